//! Connect's schemas to Avro's.

mod defaults;
mod props;
mod same;

use std::collections::{HashMap, HashSet};

use connect_api::{Error, Result, Schema, Str, Type};

use self::{
    defaults::{Floats, json_of},
    same::differs_in_parameters,
};
use super::{
    config::Rules,
    marks,
    schema::{
        AvroSchema, Enum, Field, Fixed, FullName, Kind, Named, NodeId, Props, Record, fits, is_name,
    },
};

/// Makes the schema that values of `schema` are written with; without one, that of any value.
pub(super) fn describe(schema: Option<&Schema>, rules: Rules) -> Result<AvroSchema> {
    let Some(schema) = schema else {
        return AvroSchema::parse(marks::ANYTHING);
    };
    let mut describer = Describer {
        rules,
        out: AvroSchema::new(),
        known: Vec::new(),
        names: HashMap::new(),
        open: Vec::new(),
        seen: HashSet::new(),
        unnamed: 0,
    };
    let root = describer.node(schema, Place::Other)?;
    let described = describer.out.finish(root);
    described.check_depth()?;
    Ok(described)
}

struct Describer {
    rules: Rules,
    out: AvroSchema,
    /// The structs that have a record already, optional or not.
    known: Vec<(Schema, NodeId)>,
    names: HashMap<FullName, NodeId>,
    /// The structs around the one that is being described.
    open: Vec<(Str, NodeId)>,
    /// The names of schemas that some field had before.
    seen: HashSet<String>,
    /// How many types were given a name because they had none.
    unnamed: usize,
}

/// Where a schema stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// In a field, after another field had a schema with this name: parameters may stand in the field.
    FieldAgain,
    Other,
}

impl Describer {
    fn node(&mut self, schema: &Schema, place: Place) -> Result<NodeId> {
        if marks::is_union(schema) {
            return self.union(schema);
        }
        let bare = self.bare(schema, place)?;
        if !schema.is_optional() {
            return Ok(bare);
        }
        let null = self.out.add(Kind::Null);
        let branches = if schema.default_value().is_some() {
            vec![bare, null]
        } else {
            vec![null, bare]
        };
        Ok(self.out.add(Kind::Union(branches)))
    }

    /// Makes the schema of values that are not null.
    fn bare(&mut self, schema: &Schema, place: Place) -> Result<NodeId> {
        let kind = match schema.type_() {
            Type::Int8 | Type::Int16 | Type::Int32 => Kind::Int,
            Type::Int64 => Kind::Long,
            Type::Float32 => Kind::Float,
            Type::Float64 => Kind::Double,
            Type::Boolean => Kind::Boolean,
            Type::String => match self.enum_name(schema) {
                Some(name) => return self.enumeration(schema, &name),
                None => Kind::String,
            },
            Type::Bytes => match marks::fixed_size(schema) {
                Some(size) => return self.fixed(schema, size),
                None => Kind::Bytes,
            },
            Type::Array => Kind::Array(self.part(schema.value_schema(), "element")?),
            Type::Map if marks::has_text_keys(schema, self.rules) => {
                Kind::Map(self.part(schema.value_schema(), "map value")?)
            }
            Type::Map => Kind::Array(self.entry(schema)?),
            Type::Struct if marks::is_union(schema) => return self.union(schema),
            Type::Struct => return self.record(schema, place),
        };
        let props = self.props(schema, Props::new(), &kind)?;
        Ok(self.out.add_with(kind, props))
    }

    fn part(&mut self, schema: Option<&Schema>, place: &str) -> Result<NodeId> {
        let schema = schema
            .ok_or_else(|| Error::rejected(format!("{place}: expected a schema, found none")))?;
        self.node(schema, Place::Other)
            .map_err(|error| error.context(place))
    }

    fn enum_name(&self, schema: &Schema) -> Option<String> {
        let rules = self.rules;
        let parameter = match (rules.generalized, rules.enhanced) {
            (true, _) => marks::GENERALIZED_ENUM,
            (false, true) => marks::ENUM,
            (false, false) => return None,
        };
        schema.parameter(parameter).map(ToString::to_string)
    }

    fn enumeration(&mut self, schema: &Schema, name: &str) -> Result<NodeId> {
        let prefix = if self.rules.generalized {
            marks::GENERALIZED_ENUM
        } else {
            marks::ENUM
        };
        let symbols = schema.parameters().iter().filter_map(|(key, _)| {
            let symbol = key.strip_prefix(prefix)?.strip_prefix('.')?;
            Some(symbol.to_owned())
        });
        let symbols: Vec<_> = symbols.collect();
        if let Some(invalid) = symbols.iter().find(|symbol| !is_name(symbol)) {
            return Err(invalid_name("symbol", invalid));
        }
        let local = match schema.name() {
            Some(name) => marks::full_name(name, self.rules).name,
            None => self.unnamed().name,
        };
        let text = |key: &str| schema.parameter(key).map(ToString::to_string);
        let (doc, default) = if self.rules.discard {
            (text(marks::ENUM_DOC), None)
        } else {
            (
                text(&format!("{}{local}", marks::PARAM_ENUM_DOC)),
                text(&format!("{}{local}", marks::PARAM_ENUM_DEFAULT)),
            )
        };
        if let Some(default) = &default
            && !symbols.contains(default)
        {
            return Err(Error::rejected(format!(
                "enum `{name}`: expected a symbol as default, found `{default}`"
            )));
        }
        let named = self.named(marks::full_name(name, self.rules), doc)?;
        let kind = Kind::Enum(Enum {
            named,
            symbols,
            default,
        });
        let props = self.props(schema, Props::new(), &kind)?;
        Ok(self.define(kind, props))
    }

    fn fixed(&mut self, schema: &Schema, size: &str) -> Result<NodeId> {
        let number = size
            .parse::<i32>()
            .ok()
            .and_then(|size| usize::try_from(size).ok());
        let Some(size) = number else {
            return Err(Error::rejected(format!(
                "parameter `{}`: expected a number of bytes, found `{size}`",
                marks::FIXED_SIZE
            )));
        };
        let name = schema.name().map_or("", |name| name);
        let named = self.named(marks::full_name(name, self.rules), None)?;
        let kind = Kind::Fixed(Fixed { named, size });
        let props = self.props(schema, Props::new(), &kind)?;
        Ok(self.define(kind, props))
    }

    /// Makes the record of a map's entries, for maps whose keys are not text.
    fn entry(&mut self, schema: &Schema) -> Result<NodeId> {
        let (name, marked) = match schema.name() {
            Some(name) => (marks::full_name(name, self.rules), true),
            None => (
                FullName::new(marks::MAP_ENTRY, Some(marks::NAMESPACE)),
                false,
            ),
        };
        let named = self.named(name, None)?;
        let mut fields = Vec::with_capacity(2);
        for (name, part) in [
            ("key", schema.key_schema()),
            ("value", schema.value_schema()),
        ] {
            let part = part.ok_or_else(|| {
                Error::rejected(format!("map {name}: expected a schema, found none"))
            })?;
            let field = self.field(name.to_owned(), part, None);
            fields.push(field.map_err(|error| error.context(format_args!("map {name}")))?);
        }
        let mut props = Props::new();
        if marked {
            props.insert(marks::INTERNAL_TYPE.to_owned(), marks::MAP_ENTRY.into());
        }
        Ok(self.define(Kind::Record(Record { named, fields }), props))
    }

    fn union(&mut self, schema: &Schema) -> Result<NodeId> {
        let mut branches = Vec::with_capacity(schema.fields().len() + 1);
        let mut names: Vec<String> = Vec::with_capacity(branches.capacity());
        if schema.is_optional() {
            branches.push(self.out.add(Kind::Null));
        }
        for field in schema.fields() {
            let place = format!("branch `{}`", field.name());
            let branch = self
                .bare(field.schema(), Place::Other)
                .map_err(|error| error.context(&place))?;
            let kind = &self.out[branch].kind;
            let name = kind.branch_name();
            if matches!(kind, Kind::Union(_)) || names.contains(&name) {
                return Err(Error::rejected(format!(
                    "{place}: expected a type that the union does not have yet, found {}",
                    kind.describe()
                )));
            }
            names.push(name);
            branches.push(branch);
        }
        Ok(self.out.add(Kind::Union(branches)))
    }

    fn record(&mut self, schema: &Schema, place: Place) -> Result<NodeId> {
        if schema.is_enclosing()
            && let Some(id) = self.around(schema)
        {
            return Ok(id);
        }
        let key = if schema.is_optional() {
            schema.to_builder().required().build()?
        } else {
            schema.clone()
        };
        let known = self.known.iter().find(|(known, _)| {
            *known == key || (place == Place::FieldAgain && differs_in_parameters(known, &key))
        });
        if let Some((_, id)) = known {
            return Ok(*id);
        }
        let name = match schema.name() {
            Some(name) => marks::full_name(name, self.rules),
            None => self.unnamed(),
        };
        let doc = if self.rules.discard {
            marks::RECORD_DOC
        } else {
            marks::PARAM_RECORD_DOC
        };
        let doc = schema.parameter(doc).map(ToString::to_string);
        let mut named = self.named(name, doc)?;
        named.name = self.unused(&named.name);
        // Reserved first, for fields that refer to it.
        let id = self.out.add(Kind::Record(Record {
            named: named.clone(),
            fields: Vec::new(),
        }));
        self.names.insert(named.name.clone(), id);
        self.known.push((key, id));
        if let Some(name) = schema.name() {
            self.open.push((name.clone(), id));
        }
        let fields = self.fields(schema)?;
        if schema.name().is_some() {
            self.open.pop();
        }
        let kind = Kind::Record(Record { named, fields });
        let props = self.props(schema, Props::new(), &kind)?;
        let node = self.out.node_mut(id);
        node.kind = kind;
        node.props = props;
        Ok(id)
    }

    /// Returns the record that a schema stands for within it.
    fn around(&self, schema: &Schema) -> Option<NodeId> {
        let name = schema.name()?;
        let around = self.open.iter().rev().find(|(open, _)| open == name);
        around.map(|(_, id)| *id)
    }

    fn fields(&mut self, schema: &Schema) -> Result<Vec<Field>> {
        let mut fields: Vec<Field> = Vec::with_capacity(schema.fields().len());
        let mut names = HashSet::new();
        for field in schema.fields() {
            let name = marks::field_name(field.name(), self.rules);
            if !is_name(&name) {
                return Err(invalid_name("field", field.name()));
            }
            if !names.insert(name.clone()) {
                return Err(Error::rejected(format!(
                    "field `{}`: expected a name that no other field gets when names are scrubbed, found `{name}`",
                    field.name()
                )));
            }
            let doc = if self.rules.discard {
                field.schema().doc()
            } else {
                schema.parameter(&format!("{}{}", marks::PARAM_FIELD_DOC, field.name()))
            };
            let made = self.field(name, field.schema(), doc.map(ToString::to_string));
            fields.push(
                made.map_err(|error| error.context(format_args!("field `{}`", field.name())))?,
            );
        }
        Ok(fields)
    }

    fn field(&mut self, name: String, schema: &Schema, doc: Option<String>) -> Result<Field> {
        let again = match schema.name() {
            Some(name) => !self
                .seen
                .insert(marks::full_name(name, self.rules).to_string()),
            None => false,
        };
        let place = if again {
            Place::FieldAgain
        } else {
            Place::Other
        };
        let id = self.node(schema, place)?;
        let default = match schema.default_value() {
            Some(value) => Some(json_of(schema, value, self.rules, Floats::Wide)?),
            None => schema.is_optional().then_some(serde_json::Value::Null),
        };
        let default = default.filter(|json| fits(&self.out, id, json));
        let mut props = Props::new();
        if again && self.rules.meta && self.is_named(id) {
            let parameters = self.parameters(schema);
            if !parameters.is_empty() {
                props.insert(marks::PARAMETERS.to_owned(), parameters.into());
            }
        }
        Ok(Field {
            name,
            schema: id,
            doc: if self.rules.discard {
                schema.doc().map(ToString::to_string)
            } else {
                doc
            },
            default,
            order: None,
            aliases: Vec::new(),
            props,
        })
    }

    /// Returns whether a type with a name stands here, or in a branch of the union that stands here.
    fn is_named(&self, id: NodeId) -> bool {
        match &self.out[id].kind {
            Kind::Union(branches) => branches
                .iter()
                .any(|branch| self.out[*branch].kind.named().is_some()),
            kind => kind.named().is_some(),
        }
    }

    fn unnamed(&mut self) -> FullName {
        self.unnamed += 1;
        let name = match self.unnamed {
            1 => marks::DEFAULT_NAME.to_owned(),
            more => format!("{}{more}", marks::DEFAULT_NAME),
        };
        FullName::new(&name, Some(marks::NAMESPACE))
    }

    fn named(&self, name: FullName, doc: Option<String>) -> Result<Named> {
        let mut parts = name.namespace.as_deref().unwrap_or("a").split('.');
        if !is_name(&name.name)
            || !parts.all(is_name)
            || Kind::primitive(&name.to_string()).is_some()
        {
            return Err(invalid_name("type", &name.to_string()));
        }
        Ok(Named {
            name,
            doc,
            aliases: Vec::new(),
        })
    }
}

fn invalid_name(what: &str, name: &str) -> Error {
    Error::rejected(format!(
        "{what} `{name}`: expected a name of letters, digits and `_` that begins with no digit; \
         `scrub.invalid.names` makes it one"
    ))
}
