//! Connect's schemas as `.proto` files.

use connect_api::{Error, Logical, Result, Schema, Type};

use super::{
    ProtobufDataConfig,
    definition::{
        EnumDefinition, FieldDefinition, FileDefinition, Label, MessageDefinition, OneofDefinition,
    },
    names::{UNNAMED, entry_of, is_identifier, parameter, scrub, unqualified},
    numbers::Numbers,
    special::{Enum, is_union, is_variant, union_name},
};

/// What values of a Connect schema are written as.
pub(super) enum Description {
    /// A message of our own.
    Message(FileDefinition),
    /// A primitive, in the message of this name of `google/protobuf/wrappers.proto`.
    Wrapper(&'static str),
}

impl Description {
    /// Says which message values of `schema` are written as.
    pub(super) fn of(schema: &Schema, config: &ProtobufDataConfig) -> Result<Self> {
        if let Some(wrapper) = wrapper_of(schema) {
            return Ok(Self::Wrapper(wrapper));
        }
        if schema.type_() != Type::Struct {
            return Err(Error::rejected(format!(
                "expected a struct or a primitive, found {}: Protobuf has no message that is {} alone",
                schema.type_(),
                if schema.type_() == Type::Map {
                    "a map"
                } else {
                    "an array"
                },
            )));
        }
        let mut describer = Describer {
            config,
            unnamed: 0,
            imports: Vec::new(),
            enclosing: Vec::new(),
        };
        let (package, name) = describer.message_name(schema)?;
        let message = describer.message(name, schema)?;
        Ok(Self::Message(FileDefinition {
            package,
            imports: describer.imports,
            message,
        }))
    }

    /// Returns the full name of the message.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Message(file) => match &file.package {
                Some(package) => format!("{package}.{}", file.message.name),
                None => file.message.name.clone(),
            },
            Self::Wrapper(name) => format!("google.protobuf.{name}"),
        }
    }
}

/// Returns the wrapper of a primitive, whatever its logical type.
fn wrapper_of(schema: &Schema) -> Option<&'static str> {
    let wrapper = match schema.type_() {
        Type::Int8 | Type::Int16 | Type::Int32 => "Int32Value",
        Type::Int64 => match schema.parameter(parameter::TYPE).map(|name| &**name) {
            Some("uint32" | "fixed32") => "UInt32Value",
            Some("uint64" | "fixed64") => "UInt64Value",
            _ => "Int64Value",
        },
        Type::Float32 => "FloatValue",
        Type::Float64 => "DoubleValue",
        Type::Boolean => "BoolValue",
        Type::String => "StringValue",
        Type::Bytes => "BytesValue",
        Type::Array | Type::Map | Type::Struct => return None,
    };
    Some(wrapper)
}

/// Where a field stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Message,
    Oneof,
    Entry,
}

struct Describer<'a> {
    config: &'a ProtobufDataConfig,
    /// How many schemas had no name.
    unnamed: u32,
    imports: Vec<&'static str>,
    /// The structs around the one that is described, with the names of their messages.
    enclosing: Vec<(String, Schema)>,
}

/// The type of a field, and what has to be said of it beside.
struct FieldType {
    name: String,
    parameters: Vec<(&'static str, String)>,
}

impl FieldType {
    fn named(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            parameters: Vec::new(),
        }
    }
}

impl Describer<'_> {
    /// Names the message of the root: its package, and its own name.
    fn message_name(&mut self, schema: &Schema) -> Result<(Option<String>, String)> {
        let full = self.name_of(schema);
        let parts: Vec<_> = full.split('.').map(|part| self.scrubbed(part)).collect();
        for part in &parts {
            self.refuse_invalid(part)?;
        }
        let (name, package) = parts.split_last().expect("a split text has a part");
        let package = (!package.is_empty()).then(|| package.join("."));
        Ok((package, name.clone()))
    }

    fn name_of(&mut self, schema: &Schema) -> String {
        match schema.name() {
            Some(name) if !name.is_empty() => name.to_string(),
            _ => {
                self.unnamed += 1;
                format!("{UNNAMED}{}", self.unnamed)
            }
        }
    }

    fn unqualified_name_of(&mut self, schema: &Schema) -> Result<String> {
        let full = self.name_of(schema);
        let name = self.scrubbed(unqualified(&full));
        self.refuse_invalid(&name)?;
        Ok(name)
    }

    fn scrubbed(&self, name: &str) -> String {
        if self.config.scrub_invalid_names {
            scrub(name)
        } else {
            name.to_owned()
        }
    }

    fn refuse_invalid(&self, name: &str) -> Result<()> {
        if is_identifier(name) {
            return Ok(());
        }
        Err(Error::rejected(format!(
            "expected a name of letters, digits and underscores, found `{name}`; `scrub.invalid.names=true` changes it"
        )))
    }

    fn message(&mut self, name: String, schema: &Schema) -> Result<MessageDefinition> {
        self.enclosing.push((name.clone(), schema.clone()));
        let mut message = MessageDefinition {
            name,
            ..MessageDefinition::default()
        };
        let mut numbers = Numbers::of(schema)?;
        let mut described = Vec::new();
        for field in schema.fields() {
            self.add_field(
                &mut message,
                &mut described,
                &mut numbers,
                (field.name(), field.schema()),
            )
            .map_err(|error| error.context(format!("field `{}`", field.name())))?;
        }
        self.enclosing.pop();
        Ok(message)
    }

    fn add_field(
        &mut self,
        message: &mut MessageDefinition,
        described: &mut Vec<(String, Schema)>,
        numbers: &mut Numbers,
        (name, schema): (&str, &Schema),
    ) -> Result<()> {
        if is_union(schema) {
            return self.add_oneof(message, described, numbers, schema);
        }
        let name = self.scrubbed(name);
        let number = numbers.of_field(schema)?;
        let mut scope = Scope { message, described };
        let field = self.field(&mut scope, schema, (name, number), Place::Message)?;
        scope.message.refuse_twice(&field.name)?;
        scope.message.fields.push(field);
        Ok(())
    }

    fn add_oneof(
        &mut self,
        message: &mut MessageDefinition,
        described: &mut Vec<(String, Schema)>,
        numbers: &mut Numbers,
        union: &Schema,
    ) -> Result<()> {
        let mut oneof = OneofDefinition {
            name: self.scrubbed(&union_name(union)),
            fields: Vec::new(),
        };
        self.refuse_invalid(&oneof.name)?;
        for member in union.fields() {
            let name = self.scrubbed(member.name());
            let number = numbers.of_field(member.schema())?;
            let mut scope = Scope { message, described };
            let field = self
                .field(&mut scope, member.schema(), (name, number), Place::Oneof)
                .map_err(|error| error.context(format!("field `{}`", member.name())))?;
            scope.message.refuse_twice(&field.name)?;
            oneof.fields.push(field);
        }
        message.oneofs.push(oneof);
        Ok(())
    }

    fn field(
        &mut self,
        scope: &mut Scope<'_>,
        schema: &Schema,
        (name, number): (String, u32),
        place: Place,
    ) -> Result<FieldDefinition> {
        self.refuse_invalid(&name)?;
        let label = match schema.type_() {
            Type::Array | Type::Map if place == Place::Oneof => {
                return Err(Error::rejected(format!(
                    "expected a single value in a union, found {}: a `oneof` holds no repeated fields",
                    schema.type_()
                )));
            }
            Type::Array | Type::Map => Label::Repeated,
            _ if schema.is_optional()
                && self.config.optional_for_nullables
                && place == Place::Message =>
            {
                Label::Optional
            }
            _ => Label::None,
        };
        let single = match (schema.type_(), schema.value_schema()) {
            (Type::Array, Some(element)) if matches!(element.type_(), Type::Array | Type::Map) => {
                return Err(Error::rejected(format!(
                    "expected an array of single values, found one of {}s: Protobuf has no repeated fields in each other",
                    element.type_()
                )));
            }
            (Type::Array, Some(element)) if is_union(element) => {
                return Err(Error::rejected(
                    "expected an array of values, found one of unions: put each into a struct",
                ));
            }
            (Type::Array, Some(element)) => element,
            _ => schema,
        };
        let kind = self.field_type(single, &name, place)?;
        self.define(scope, single, &kind.name)?;
        Ok(FieldDefinition {
            label,
            type_name: kind.name,
            name,
            number,
            parameters: kind.parameters,
        })
    }

    fn field_type(&mut self, schema: &Schema, field: &str, place: Place) -> Result<FieldType> {
        if let Some(logical) = schema.logical() {
            return Ok(self.logical_type(logical, schema));
        }
        if is_variant(schema) {
            self.import("confluent/type/variant.proto");
            return Ok(FieldType::named("confluent.type.Variant"));
        }
        match schema.type_() {
            Type::Map => {
                let name = self.unqualified_name_of(schema)?;
                Ok(FieldType::named(entry_of(&name)))
            }
            Type::Struct => {
                let mut name = self.unqualified_name_of(schema)?;
                if name == field {
                    name.push_str("Message");
                }
                Ok(FieldType::named(name))
            }
            _ => match Enum::of(schema, self.config) {
                Some(of) => Ok(FieldType::named(self.scrubbed(of.name))),
                None => Ok(self.scalar_type(schema, place)),
            },
        }
    }

    fn logical_type(&mut self, logical: Logical, schema: &Schema) -> FieldType {
        let (name, import) = match logical {
            Logical::Date => ("google.type.Date", "google/type/date.proto"),
            Logical::Time => ("google.type.TimeOfDay", "google/type/timeofday.proto"),
            Logical::Timestamp => (
                "google.protobuf.Timestamp",
                "google/protobuf/timestamp.proto",
            ),
            _ => ("confluent.type.Decimal", "confluent/type/decimal.proto"),
        };
        self.import(import);
        let mut kind = FieldType::named(name);
        if matches!(logical, Logical::Decimal { .. }) {
            let known = [
                ("precision", schema.parameter(parameter::PRECISION)),
                ("scale", schema.parameter("scale")),
            ];
            kind.parameters.extend(
                known
                    .into_iter()
                    .filter_map(|(name, value)| Some((name, value?.to_string()))),
            );
        }
        kind
    }

    fn scalar_type(&mut self, schema: &Schema, place: Place) -> FieldType {
        let told = schema.parameter(parameter::TYPE).map(|name| &**name);
        let scalar = match schema.type_() {
            Type::Int8 | Type::Int16 => "int32",
            Type::Int32 => match told {
                Some("sint32") => "sint32",
                Some("sfixed32") => "sfixed32",
                _ => "int32",
            },
            Type::Int64 => match told {
                Some("uint32") => "uint32",
                Some("fixed32") => "fixed32",
                Some("uint64") => "uint64",
                Some("sint64") => "sint64",
                Some("fixed64") => "fixed64",
                Some("sfixed64") => "sfixed64",
                _ => "int64",
            },
            Type::Float32 => "float",
            Type::Float64 => "double",
            Type::Boolean => "bool",
            Type::Bytes => "bytes",
            _ => "string",
        };
        let marked = schema
            .parameter(parameter::WRAPPER)
            .is_some_and(|told| told.eq_ignore_ascii_case("true"));
        let wrapped = self.config.wrapper_for_nullables
            && schema.is_optional()
            && (place != Place::Oneof || marked);
        let mut kind = match wrapper_of(schema).filter(|_| wrapped) {
            Some(wrapper) => {
                self.import("google/protobuf/wrappers.proto");
                FieldType::named(format!("google.protobuf.{wrapper}"))
            }
            None => FieldType::named(scalar),
        };
        match schema.type_() {
            Type::Int8 => kind.parameters.push(("connect.type", "int8".to_owned())),
            Type::Int16 => kind.parameters.push(("connect.type", "int16".to_owned())),
            _ => {}
        }
        kind
    }

    fn import(&mut self, file: &'static str) {
        if !self.imports.contains(&file) {
            self.imports.push(file);
        }
    }

    /// Defines the message or the enum that a field is of, if it is one of ours and not there yet.
    fn define(&mut self, scope: &mut Scope<'_>, schema: &Schema, name: &str) -> Result<()> {
        if schema.logical().is_some() || is_variant(schema) {
            return Ok(());
        }
        match schema.type_() {
            Type::Struct | Type::Map => self.define_message(scope, schema, name),
            _ => match Enum::of(schema, self.config) {
                Some(of) => self.define_enum(scope, name, &of),
                None => Ok(()),
            },
        }
    }

    fn define_enum(&self, scope: &mut Scope<'_>, name: &str, of: &Enum<'_>) -> Result<()> {
        self.refuse_invalid(name)?;
        let mut values = Vec::new();
        for (symbol, number) in of.symbols() {
            self.refuse_invalid(symbol)?;
            values.push((symbol.to_owned(), number?));
        }
        let defined = EnumDefinition {
            name: name.to_owned(),
            values,
        };
        match scope.message.enums.iter().find(|known| known.name == name) {
            Some(known) if *known == defined => Ok(()),
            Some(_) => Err(two_of("enums", name)),
            None => {
                scope.message.enums.push(defined);
                Ok(())
            }
        }
    }

    fn define_message(&mut self, scope: &mut Scope<'_>, schema: &Schema, name: &str) -> Result<()> {
        let encloses = |(around, of): &&(String, Schema)| {
            around == name && schema.type_() == Type::Struct && of.fields() == schema.fields()
        };
        if self.enclosing.iter().rev().any(|around| encloses(&around)) {
            return Ok(());
        }
        let known = scope.described.iter().find(|(known, _)| known == name);
        if known.is_some_and(|(_, known)| known.is_same(schema) || has_shape_of(known, schema)) {
            return Ok(());
        }
        let defined = self.nested_message(schema, name)?;
        match scope
            .message
            .messages
            .iter()
            .find(|known| known.name == name)
        {
            Some(known) if *known == defined => Ok(()),
            Some(_) => Err(two_of("messages", name)),
            None => {
                scope.message.messages.push(defined);
                scope.described.push((name.to_owned(), schema.clone()));
                Ok(())
            }
        }
    }

    fn nested_message(&mut self, schema: &Schema, name: &str) -> Result<MessageDefinition> {
        let (Some(key), Some(value)) = (schema.key_schema(), schema.value_schema()) else {
            return self.message(name.to_owned(), schema);
        };
        let mut message = MessageDefinition {
            name: name.to_owned(),
            ..MessageDefinition::default()
        };
        let mut described = Vec::new();
        for (part, name, number) in [(key, "key", 1), (value, "value", 2)] {
            if is_union(part) {
                return Err(Error::rejected(format!(
                    "map {name}: expected a value, found a union: put it into a struct"
                )));
            }
            let mut scope = Scope {
                message: &mut message,
                described: &mut described,
            };
            let field = self
                .field(&mut scope, part, (name.to_owned(), number), Place::Entry)
                .map_err(|error| error.context(format!("map {name}")))?;
            message.fields.push(field);
        }
        Ok(message)
    }
}

/// A message that is being described, and the schemas of the messages in it.
struct Scope<'a> {
    message: &'a mut MessageDefinition,
    described: &'a mut Vec<(String, Schema)>,
}

impl MessageDefinition {
    fn refuse_twice(&self, name: &str) -> Result<()> {
        let members = self.oneofs.iter().flat_map(|oneof| &oneof.fields);
        if self
            .fields
            .iter()
            .chain(members)
            .any(|known| known.name == name)
        {
            return Err(Error::rejected(format!(
                "expected each name once in `{}`, found `{name}` again",
                self.name
            )));
        }
        Ok(())
    }
}

fn two_of(what: &str, name: &str) -> Error {
    Error::rejected(format!(
        "expected one schema called `{name}`, found two that differ: {what} of one name cannot stand beside each other"
    ))
}

/// Returns whether the messages of two schemas are the same, which is cheap if they share their fields.
fn has_shape_of(known: &Schema, schema: &Schema) -> bool {
    known.type_() == schema.type_()
        && known.fields() == schema.fields()
        && known.key_schema() == schema.key_schema()
        && known.value_schema() == schema.value_schema()
}
