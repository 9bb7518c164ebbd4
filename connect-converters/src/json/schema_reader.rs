//! JSON text to schemas.

use connect_api::{
    Error, Result, Schema, SchemaBuilder, Str, Type,
    json::{Kind, Reader},
};

use super::config::Rules;

/// How deep schemas may be nested.
const DEPTH: usize = 100;

const DECIMAL: &str = "org.apache.kafka.connect.data.Decimal";

/// Reads a text that is a schema and nothing else; `null` is none.
pub(super) fn read(text: &Str, rules: Rules) -> Result<Option<Schema>> {
    let mut reader = Reader::new(text, rules.dialect);
    let range = reader.skip()?;
    reader.end()?;
    read_at(text, range.start, rules)
}

/// Reads the schema that begins at byte `start`; that it is JSON is known.
pub(super) fn read_at(text: &Str, start: usize, rules: Rules) -> Result<Option<Schema>> {
    let source = Source { text, rules };
    source
        .schema(start, 0)
        .map_err(|error| error.context("schema"))
}

#[derive(Clone, Copy)]
struct Source<'a> {
    text: &'a Str,
    rules: Rules,
}

/// Where the attributes of a schema begin; they may come in any order.
#[derive(Default)]
struct Members {
    start: usize,
    depth: usize,
    type_: Option<usize>,
    items: Option<usize>,
    keys: Option<usize>,
    values: Option<usize>,
    fields: Option<usize>,
    optional: Option<usize>,
    name: Option<usize>,
    version: Option<usize>,
    doc: Option<usize>,
    parameters: Option<usize>,
    default: Option<usize>,
    field: Option<usize>,
}

impl<'a> Source<'a> {
    fn at(self, start: usize) -> Reader<'a> {
        Reader::starting_at(self.text, start, self.rules.dialect)
    }

    fn schema(self, start: usize, depth: usize) -> Result<Option<Schema>> {
        match self.at(start).peek()? {
            Kind::Null => Ok(None),
            _ => self.build(&self.members(start, depth)?).map(Some),
        }
    }

    fn members(self, start: usize, depth: usize) -> Result<Members> {
        let mut reader = self.at(start);
        if reader.peek()? != Kind::Object {
            return Err(reader.expected("a schema with `type`"));
        }
        if depth == DEPTH {
            return Err(reader.expected("at most 100 levels of schemas"));
        }
        let mut members = Members {
            start,
            depth,
            ..Members::default()
        };
        reader.begin_object()?;
        while let Some(name) = reader.next_name()? {
            let value = reader.skip()?.start;
            let member = match &*name {
                "type" => &mut members.type_,
                "items" => &mut members.items,
                "keys" => &mut members.keys,
                "values" => &mut members.values,
                "fields" => &mut members.fields,
                "optional" => &mut members.optional,
                "name" => &mut members.name,
                "version" => &mut members.version,
                "doc" => &mut members.doc,
                "parameters" => &mut members.parameters,
                "default" => &mut members.default,
                "field" => &mut members.field,
                _ => continue,
            };
            *member = Some(value);
        }
        Ok(members)
    }

    fn build(self, members: &Members) -> Result<Schema> {
        let builder = self.with_attributes(self.builder(members)?, members)?;
        let schema = builder.build()?;
        let is_decimal = schema.name().is_some_and(|name| name == DECIMAL);
        if is_decimal && schema.type_() == Type::Bytes && schema.logical().is_none() {
            let expected = "a decimal with the parameter `scale`";
            return Err(self.at(members.start).expected(expected));
        }
        let Some(default) = members.default else {
            return Ok(schema);
        };
        let default = self
            .rules
            .read(&mut self.at(default), &schema)
            .map_err(|error| error.context("default value"))?;
        if default.is_null() {
            return Ok(schema);
        }
        schema.to_builder().default_value(default).build()
    }

    /// Attributes of another kind than expected count as absent, as in Java.
    fn with_attributes(
        self,
        mut builder: SchemaBuilder,
        members: &Members,
    ) -> Result<SchemaBuilder> {
        if let Some(mut optional) = self.of_kind(members.optional, Kind::Boolean)?
            && optional.boolean()?
        {
            builder = builder.optional();
        }
        if let Some(name) = self.text(members.name)? {
            builder = builder.name(name);
        }
        if let Some(mut version) = self.of_kind(members.version, Kind::Number)? {
            let (start, number) = (version.position(), version.number()?);
            if number.is_integer() {
                let fitting = number.to_i64().and_then(|wide| i32::try_from(wide).ok());
                builder = builder.version(
                    fitting
                        .ok_or_else(|| version.expected_at(start, "a version that fits int32"))?,
                );
            }
        }
        if let Some(doc) = self.text(members.doc)? {
            builder = builder.doc(doc);
        }
        if let Some(mut parameters) = self.of_kind(members.parameters, Kind::Object)? {
            parameters.begin_object()?;
            while let Some(name) = parameters.next_name()? {
                builder = builder.parameter(&*name, &*parameters.string()?);
            }
        }
        Ok(builder)
    }

    fn builder(self, members: &Members) -> Result<SchemaBuilder> {
        let Some(name) = self.text(members.type_)? else {
            return Err(self.at(members.start).expected("a schema with `type`"));
        };
        Ok(match &*name {
            "boolean" => Schema::boolean(),
            "int8" => Schema::int8(),
            "int16" => Schema::int16(),
            "int32" => Schema::int32(),
            "int64" => Schema::int64(),
            "float" => Schema::float32(),
            "double" => Schema::float64(),
            "bytes" => Schema::bytes(),
            "string" => Schema::string(),
            "array" => Schema::array(self.part(members, members.items, "items")?),
            "map" => Schema::map(
                self.part(members, members.keys, "keys")?,
                self.part(members, members.values, "values")?,
            ),
            "struct" => self.structure(members)?,
            other => {
                return Err(Error::rejected(format!(
                    "expected one of the types boolean, int8, int16, int32, int64, float, double, bytes, string, array, \
                     map, struct, found `{other}`"
                )));
            }
        })
    }

    fn part(self, members: &Members, part: Option<usize>, name: &str) -> Result<Schema> {
        let schema = match part {
            Some(part) => self
                .schema(part, members.depth + 1)
                .map_err(|error| error.context(name))?,
            None => None,
        };
        schema.ok_or_else(|| {
            let expected = format!("a schema with `{name}`");
            self.at(members.start).expected(&expected)
        })
    }

    fn structure(self, members: &Members) -> Result<SchemaBuilder> {
        let mut builder = Schema::structure();
        let Some(mut fields) = self.of_kind(members.fields, Kind::Array)? else {
            return Err(self
                .at(members.start)
                .expected("a schema with an array `fields`"));
        };
        fields.begin_array()?;
        while fields.next_element()? {
            let start = fields.skip()?.start;
            let field = self.members(start, members.depth + 1)?;
            let Some(name) = self.text(field.field)? else {
                return Err(self.at(start).expected("a field schema with `field`"));
            };
            let schema = self
                .build(&field)
                .map_err(|error| error.context(format_args!("field `{name}`")))?;
            builder = builder.field(name, schema);
        }
        Ok(builder)
    }

    /// Returns a reader of an attribute, if it is there and of that kind.
    fn of_kind(self, start: Option<usize>, kind: Kind) -> Result<Option<Reader<'a>>> {
        let Some(start) = start else { return Ok(None) };
        let mut reader = self.at(start);
        Ok((reader.peek()? == kind).then_some(reader))
    }

    /// Copies a text: a schema outlives the record that it came with.
    fn text(self, start: Option<usize>) -> Result<Option<Str>> {
        match self.of_kind(start, Kind::String)? {
            Some(mut reader) => Ok(Some(reader.string()?.as_str().into())),
            None => Ok(None),
        }
    }
}
