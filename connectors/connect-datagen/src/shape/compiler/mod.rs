//! [`Compiler`]: from the text of a JSON Schema to a [`Shape`].

mod choice;
mod number;
mod string;

use connect_api::{Schema, SchemaBuilder};
use serde_json::Value as Json;

use self::number::Whole;
use super::{Content, Mistake, Nulls, Shape, keywords::Keywords, text::Text};

/// The most elements of an array.
const LONGEST_ARRAY: usize = 1000;

/// The most schemas, each counted as often as it is referred to.
const MOST_SCHEMAS: usize = 10_000;

/// The most references within references.
const DEEPEST: usize = 32;

/// The most values of a record, the longest arrays assumed.
const MOST_VALUES: u64 = 1_000_000;

/// How many characters of a text count as a value.
const TEXT: u64 = 64;

/// Reads a schema; it remembers which references are open, since a value that holds itself never ends.
struct Compiler<'a> {
    root: &'a Json,
    open: Vec<&'a str>,
    schemas: usize,
}

/// JSON Schema's types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Null,
    Boolean,
    Integer,
    Number,
    String,
    Array,
    Object,
}

impl Kind {
    const NAMES: &str = "null, boolean, integer, number, string, array or object";

    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "null" => Self::Null,
            "boolean" => Self::Boolean,
            "integer" => Self::Integer,
            "number" => Self::Number,
            "string" => Self::String,
            "array" => Self::Array,
            "object" => Self::Object,
            _ => return None,
        })
    }
}

impl Shape {
    /// Reads the text of a JSON Schema.
    pub(crate) fn parse(text: &str) -> Result<Self, Mistake> {
        let root = serde_json::from_str(text).map_err(|error| Mistake {
            at: String::new(),
            expected: "JSON".to_owned(),
            found: error.to_string(),
        })?;
        let mut compiler = Compiler {
            root: &root,
            open: Vec::new(),
            schemas: 0,
        };
        let shape = compiler.shape(&root, String::new(), Nulls::Never)?;
        match shape.most_values() {
            ..=MOST_VALUES => Ok(shape),
            values => Err(Mistake {
                at: String::new(),
                expected: format!(
                    "arrays that together have at most {MOST_VALUES} elements, \
                     of which a text of more than {TEXT} characters is several"
                ),
                found: format!("up to {values}"),
            }),
        }
    }

    fn most_values(&self) -> u64 {
        match &self.content {
            Content::Array { element, max, .. } => {
                (element.most_values()).saturating_mul(*max as u64)
            }
            Content::Object(fields) => {
                let fields = fields.iter().map(Self::most_values);
                fields.fold(0, u64::saturating_add)
            }
            // A long text takes as long as many values.
            Content::Text(Text::Random { max, .. }) => 1 + *max as u64 / TEXT,
            _ => 1,
        }
    }
}

impl<'a> Compiler<'a> {
    /// Compiles the schema at `at`; an optional property may be null whatever its schema says.
    fn shape(&mut self, json: &'a Json, at: String, nulls: Nulls) -> Result<Shape, Mistake> {
        let keywords = Keywords::of(json, at)?;
        self.schemas += 1;
        if self.schemas > MOST_SCHEMAS {
            let expected = format!("at most {MOST_SCHEMAS} schemas");
            return Err(keywords.mistake(expected, "more, through references"));
        }
        if let Some(reference) = keywords.text("$ref")? {
            keywords.only(&["$ref"])?;
            return self.referenced(&keywords, reference, nulls);
        }
        let (kind, nullable) = kind(&keywords)?;
        let nulls = match (nulls, nullable) {
            (Nulls::Never, Nulls::Never) => Nulls::Never,
            _ => Nulls::Sometimes,
        };
        let (builder, content) = if keywords.has("enum") || keywords.has("const") {
            choice::content(&keywords, kind)?
        } else {
            self.content(&keywords, kind)?
        };
        let builder = match keywords.text("description")? {
            Some(description) => builder.doc(description),
            None => builder,
        };
        let builder = match nulls {
            Nulls::Never => builder,
            Nulls::Sometimes => builder.optional(),
        };
        let schema = builder.build();
        Ok(Shape {
            schema: schema.map_err(|error| keywords.mistake("a schema", error.message()))?,
            content,
            nulls,
        })
    }

    fn referenced(
        &mut self,
        keywords: &Keywords<'a>,
        reference: &'a str,
        nulls: Nulls,
    ) -> Result<Shape, Mistake> {
        let target = reference
            .strip_prefix('#')
            .and_then(|pointer| Some((pointer, self.root.pointer(pointer)?)));
        let Some((pointer, target)) = target else {
            return Err(
                keywords.wrong("$ref", "a pointer into this schema, such as `#/$defs/name`")
            );
        };
        if self.open.contains(&pointer) || pointer.is_empty() {
            return Err(keywords.wrong("$ref", "a schema that does not hold itself"));
        }
        if self.open.len() == DEEPEST {
            let expected = format!("at most {DEEPEST} references within each other");
            return Err(keywords.wrong("$ref", expected));
        }
        self.open.push(pointer);
        let shape = self.shape(target, pointer.to_owned(), nulls);
        self.open.pop();
        shape
    }

    fn content(
        &mut self,
        keywords: &Keywords<'a>,
        kind: Kind,
    ) -> Result<(SchemaBuilder, Content), Mistake> {
        match kind {
            Kind::Null => {
                keywords.only(&["type"])?;
                Ok((Schema::string().optional(), Content::Null))
            }
            Kind::Boolean => {
                keywords.only(&["type", "nullable"])?;
                Ok((Schema::boolean(), Content::Boolean))
            }
            Kind::Integer => number::content(keywords, Whole::Only),
            Kind::Number => number::content(keywords, Whole::Too),
            Kind::String => string::content(keywords),
            Kind::Array => self.array(keywords),
            Kind::Object => self.object(keywords),
        }
    }

    fn array(&mut self, keywords: &Keywords<'a>) -> Result<(SchemaBuilder, Content), Mistake> {
        keywords.only(&["type", "nullable", "items", "minItems", "maxItems"])?;
        let Some(items) = keywords.get("items") else {
            return Err(keywords.mistake("`items`, the schema of the elements", "nothing"));
        };
        let (min, max) = keywords.lengths(["minItems", "maxItems"], (0, 4), LONGEST_ARRAY)?;
        let element = Box::new(self.shape(items, keywords.pointer("items"), Nulls::Never)?);
        let builder = Schema::array(element.schema.clone());
        Ok((builder, Content::Array { element, min, max }))
    }

    fn object(&mut self, keywords: &Keywords<'a>) -> Result<(SchemaBuilder, Content), Mistake> {
        keywords.only(&[
            "type",
            "nullable",
            "properties",
            "required",
            "additionalProperties",
        ])?;
        // None are made beside the listed ones, which is right whether more are allowed or not.
        keywords.truth("additionalProperties")?;
        let Some(properties) = keywords
            .object("properties")?
            .filter(|list| !list.is_empty())
        else {
            return Err(keywords.mistake("`properties`, at least one", "none"));
        };
        let required = keywords.array("required")?.unwrap_or_default();
        for name in required {
            if !name
                .as_str()
                .is_some_and(|name| properties.contains_key(name))
            {
                return Err(keywords.wrong("required", "names of properties"));
            }
        }
        let mut builder = match keywords.text("title")? {
            Some(title) => Schema::record(title),
            None => Schema::structure(),
        };
        let mut fields = Vec::with_capacity(properties.len());
        for (name, schema) in properties {
            let nulls = if required.iter().any(|required| required == name) {
                Nulls::Never
            } else {
                Nulls::Sometimes
            };
            let at = keywords.pointer_below("properties", name);
            let field = self.shape(schema, at, nulls)?;
            builder = builder.field(name.as_str(), field.schema.clone());
            fields.push(field);
        }
        Ok((builder, Content::Object(fields)))
    }
}

/// Finds the type, and whether null is allowed beside it.
fn kind(keywords: &Keywords<'_>) -> Result<(Kind, Nulls), Mistake> {
    let (names, nullable) = match keywords.get("type") {
        Some(Json::String(name)) => (vec![name.as_str()], false),
        Some(Json::Array(names)) => {
            let names: Vec<_> = names.iter().filter_map(Json::as_str).collect();
            let others = names.iter().copied().filter(|name| *name != "null");
            let others: Vec<_> = others.collect();
            let nullable = others.len() < names.len();
            (if others.is_empty() { names } else { others }, nullable)
        }
        Some(_) => return Err(keywords.wrong("type", Kind::NAMES)),
        None => (vec![implied(keywords)?], false),
    };
    let ([name], nullable) = (
        names.as_slice(),
        nullable || keywords.truth("nullable")? == Some(true),
    ) else {
        return Err(keywords.wrong("type", "one type, or one and null"));
    };
    let Some(kind) = Kind::named(name) else {
        return Err(keywords.wrong("type", Kind::NAMES));
    };
    let nullable = nullable || choice::has_null(keywords);
    Ok((
        kind,
        if nullable && kind != Kind::Null {
            Nulls::Sometimes
        } else {
            Nulls::Never
        },
    ))
}

/// Tells the type by what else is said.
fn implied(keywords: &Keywords<'_>) -> Result<&'static str, Mistake> {
    if keywords.has("properties") {
        return Ok("object");
    }
    if keywords.has("items") {
        return Ok("array");
    }
    choice::implied_type(keywords).ok_or_else(|| {
        keywords.mistake(
            "`type`, `$ref`, `enum`, `const`, `properties` or `items`",
            "none of them",
        )
    })
}
