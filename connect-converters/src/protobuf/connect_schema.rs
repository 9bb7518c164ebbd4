//! Connect's schemas of messages.

use std::collections::HashMap;

use connect_api::{Error, Result, Schema, SchemaBuilder, Str};

use super::{
    ProtobufDataConfig,
    layout::{Layout, Meaning, Membership, Place},
    names::{UNION, VARIANT, map_of, parameter},
    pool::{Cardinality, Enum, Field, Kind, MessageId, Oneof, Pool, Presence, Scalar},
};

/// How many fields a schema may have, nested ones included.
///
/// Messages that contain each other in many ways have many more fields than their text has lines.
const FIELDS: usize = 100_000;

/// Returns the Connect schema of a message.
pub(super) fn of(
    pool: &Pool,
    id: MessageId,
    config: &ProtobufDataConfig,
    version: Option<i32>,
) -> Result<Schema> {
    let mut reader = SchemaReader {
        pool,
        config,
        around: Vec::new(),
        known: HashMap::new(),
        fields: 0,
    };
    let builder = match Meaning::of_root(pool, id, config) {
        Meaning::Wrapper(scalar) => scalar_schema(scalar),
        _ => reader.message(id)?,
    };
    match version {
        Some(version) => builder.version(version).build(),
        None => builder.build(),
    }
}

struct SchemaReader<'a> {
    pool: &'a Pool,
    config: &'a ProtobufDataConfig,
    /// The messages around the one that is read, with the names of their schemas.
    around: Vec<(MessageId, Str)>,
    /// Schemas of messages that stand by themselves, wherever they are.
    known: HashMap<MessageId, Schema>,
    fields: usize,
}

impl SchemaReader<'_> {
    fn message(&mut self, id: MessageId) -> Result<SchemaBuilder> {
        if let Some(known) = self.known.get(&id) {
            return Ok(known.to_builder());
        }
        let message = &self.pool.messages[id];
        let name = if self.config.enhanced_protobuf_schema_support {
            message.full_name.clone()
        } else {
            message.name.clone()
        };
        if let Some(builder) = self.enclosing(id, &name)? {
            return Ok(builder);
        }
        self.around.push((id, name.clone()));
        let mut builder = Schema::record(name);
        for place in Layout::of(message, self.config).places {
            let (name, schema) = match place {
                Place::Union {
                    oneof,
                    name,
                    members,
                } => {
                    let fields = members.iter().map(|at| &message.fields[*at]);
                    let schema = self.union(&message.oneofs[oneof], fields)?;
                    (Str::from(name), schema)
                }
                Place::Field { at, membership } => {
                    let field = &message.fields[at];
                    (field.name.clone(), self.field(field, membership)?)
                }
            };
            builder = builder.field(name, schema);
        }
        self.around.pop();
        let schema = builder.build()?;
        if schema.unbound().is_empty() {
            self.known.insert(id, schema.clone());
        }
        Ok(schema.to_builder())
    }

    /// Returns what stands for a message around the one that is read.
    fn enclosing(&self, id: MessageId, name: &Str) -> Result<Option<SchemaBuilder>> {
        if !self.around.iter().any(|(known, _)| *known == id) {
            return Ok(None);
        }
        let nearest = self.around.iter().rfind(|(_, known)| known == name);
        if nearest.is_some_and(|(nearest, _)| *nearest != id) {
            return Err(Error::rejected(format!(
                "expected messages in each other to have different names, found two called `{name}`: \
                 `enhanced.protobuf.schema.support=true` tells them apart"
            )));
        }
        Ok(Some(Schema::enclosing(name)))
    }

    fn union<'a>(
        &mut self,
        oneof: &Oneof,
        members: impl Iterator<Item = &'a Field>,
    ) -> Result<Schema> {
        let mut builder = if self.config.generalized_sum_type_support {
            Schema::record(oneof.name.clone())
                .parameter(parameter::GENERAL_UNION, oneof.name.clone())
        } else if self.config.enhanced_protobuf_schema_support {
            Schema::record(format!("{UNION}.{}", oneof.full_name))
        } else {
            Schema::record(format!("{UNION}.{}", oneof.name))
        };
        for field in members {
            let schema = self.field(field, Membership::Member)?;
            builder = builder.field(field.name.clone(), schema);
        }
        builder.optional().build()
    }

    fn field(&mut self, field: &Field, membership: Membership) -> Result<Schema> {
        self.fields += 1;
        if self.fields > FIELDS {
            return Err(Error::rejected(format!(
                "expected at most {FIELDS} fields in a schema, nested ones included, found more"
            )));
        }
        let schema = self.build_field(field, membership);
        schema.map_err(|error| error.context(format!("field `{}`", field.name)))
    }

    fn build_field(&mut self, field: &Field, membership: Membership) -> Result<Schema> {
        let mut builder = match self.pool.entry(field) {
            Some((key, value)) => {
                let key = self.field(key, Membership::None)?;
                let value = self.field(value, Membership::None)?;
                Schema::map(key, value)
                    .name(self.map_name(field))
                    .optional()
            }
            None if field.cardinality == Cardinality::Repeated => {
                let element = self.single(field)?.optional().build()?;
                Schema::array(element).optional()
            }
            None => self.single(field)?,
        };
        let labelled = matches!(
            field.presence,
            Presence::Proto3Optional | Presence::Proto2Optional
        );
        if membership == Membership::Member {
            builder = builder.optional();
            if self.config.wrapper_for_nullables && self.is_wrapper(field) {
                builder = builder.parameter(parameter::WRAPPER, "true");
            }
        } else if self.config.optional_for_nullables {
            if labelled && field.cardinality != Cardinality::Repeated {
                builder = builder.optional();
            }
        } else if !self.config.wrapper_for_nullables {
            builder = builder.optional();
        }
        builder
            .parameter(parameter::TAG, field.number.to_string())
            .build()
    }

    fn map_name(&self, field: &Field) -> String {
        let Kind::Message(id) = field.kind else {
            return String::new();
        };
        let entry = &self.pool.messages[id];
        if self.config.enhanced_protobuf_schema_support {
            map_of(&entry.full_name)
        } else {
            map_of(&entry.name)
        }
    }

    fn is_wrapper(&self, field: &Field) -> bool {
        matches!(field.kind, Kind::Message(id) if self.pool.wrapped(id).is_some())
    }

    /// Starts the schema of one value of a field.
    fn single(&mut self, field: &Field) -> Result<SchemaBuilder> {
        match field.kind {
            Kind::Scalar(scalar) => Ok(scalar_field(scalar, field)),
            Kind::Enum(id) => Ok(self.enumeration(&self.pool.enums[id])),
            Kind::Message(id) => {
                let builder = match Meaning::of(self.pool, id, self.config) {
                    Meaning::Decimal => decimal(field),
                    Meaning::Date => Schema::date(),
                    Meaning::Time => Schema::time(),
                    Meaning::Timestamp => Schema::timestamp(),
                    Meaning::Variant => Schema::record(VARIANT)
                        .field("metadata", Schema::plain_bytes())
                        .field("value", Schema::plain_bytes()),
                    Meaning::Wrapper(scalar) => scalar_schema(scalar),
                    Meaning::Struct => self.message(id)?,
                };
                Ok(builder.optional())
            }
            Kind::Group => Err(Error::rejected(
                "expected a scalar, an enum or a message, found a group",
            )),
        }
    }

    fn enumeration(&self, of: &Enum) -> SchemaBuilder {
        let builder = if self.config.int_for_enums {
            Schema::int32()
        } else {
            Schema::string()
        };
        let parameter = if self.config.generalized_sum_type_support {
            parameter::GENERAL_ENUM
        } else {
            parameter::ENUM
        };
        let name = if self.config.enhanced_protobuf_schema_support {
            &of.full_name
        } else {
            &of.name
        };
        let mut builder = builder.name(name).parameter(parameter, &of.name).optional();
        for (symbol, number) in &of.values {
            builder = builder.parameter(format!("{parameter}.{symbol}"), number.to_string());
        }
        builder
    }
}

fn decimal(field: &Field) -> SchemaBuilder {
    let number = |name| {
        field
            .parameter(name)
            .and_then(|told| told.parse::<i32>().ok())
    };
    let builder = Schema::decimal(number("scale").unwrap_or(0));
    match number("precision") {
        Some(precision) => builder.parameter(parameter::PRECISION, precision.to_string()),
        None => builder,
    }
}

/// Starts the schema of a scalar field, with what Connect's type leaves out.
fn scalar_field(scalar: Scalar, field: &Field) -> SchemaBuilder {
    let is_small = matches!(scalar, Scalar::Int32 | Scalar::SInt32 | Scalar::SFixed32);
    match field.parameter("connect.type").filter(|_| is_small) {
        Some("int8") => return Schema::int8(),
        Some("int16") => return Schema::int16(),
        _ => {}
    }
    match scalar {
        Scalar::UInt32
        | Scalar::Fixed32
        | Scalar::UInt64
        | Scalar::SInt64
        | Scalar::Fixed64
        | Scalar::SFixed64
        | Scalar::SInt32
        | Scalar::SFixed32 => scalar_schema(scalar).parameter(parameter::TYPE, scalar.name()),
        _ => scalar_schema(scalar),
    }
}

fn scalar_schema(scalar: Scalar) -> SchemaBuilder {
    match scalar {
        Scalar::Double => Schema::float64(),
        Scalar::Float => Schema::float32(),
        Scalar::Int32 | Scalar::SInt32 | Scalar::SFixed32 => Schema::int32(),
        Scalar::UInt32
        | Scalar::Fixed32
        | Scalar::Int64
        | Scalar::UInt64
        | Scalar::SInt64
        | Scalar::Fixed64
        | Scalar::SFixed64 => Schema::int64(),
        Scalar::Bool => Schema::boolean(),
        Scalar::String => Schema::string(),
        Scalar::Bytes => Schema::bytes(),
    }
}
