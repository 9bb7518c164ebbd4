//! Types inferred from text: `Values.parseString`.

use super::{
    kind::{self, Common, Inferred, Kind, Misfit},
    temporal,
    tokens::{Tokens, trim},
};
use crate::{Decimal, Dialect, Schema, SchemaAndValue, Str, Value};

/// How deep arrays and maps may be nested; what is deeper stays text.
const DEPTH: usize = 100;

/// How long a number may be; what is longer stays text.
const NUMBER: usize = 1000;

/// Finds out what a text stands for.
///
/// It may be a number, which gets the smallest type that holds it, a date, an array, a map; otherwise it stays text.
/// An array or a map whose elements have nothing in common has no schema.
///
/// Java's dialect reads less than there is: it ignores what follows a number, a date, an array or a map, so that
/// `1,2,3` is the number 1. It also rolls over dates that do not exist. Both are text in the strict dialect.
///
/// ```
/// use connect_api::{Dialect, Schema, SchemaAndValue, values};
///
/// let found = values::parse(&"007".into(), Dialect::Strict);
/// assert_eq!(found, SchemaAndValue::new(Schema::plain_int8(), 7i8));
/// ```
#[must_use]
pub fn parse(text: &Str, dialect: Dialect) -> SchemaAndValue {
    let mut parser = Parser {
        text,
        tokens: Tokens::new(text),
        dialect,
    };
    let inferred = parser.value(Place::Top);
    let is_all = dialect == Dialect::Java || parser.tokens.is_blank();
    match inferred {
        Ok(inferred) if is_all && !text.is_empty() => kind::finish(inferred),
        _ => SchemaAndValue::new(Schema::plain_string(), text.clone()),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Top,
    /// Inside of that many arrays and maps.
    Inside(usize),
}

struct Parser<'a> {
    text: &'a Str,
    tokens: Tokens<'a>,
    dialect: Dialect,
}

impl Parser<'_> {
    fn value(&mut self, place: Place) -> Result<Inferred, Misfit> {
        if !self.tokens.has_next() {
            return Ok(None);
        }
        if place != Place::Top && self.tokens.consume("\"") {
            return Ok(self.quoted());
        }
        for (literal, value) in [("null", None), ("true", Some(true)), ("false", Some(false))] {
            if self.literal(literal, place) {
                return Ok(value.map(|truth| (Kind::Plain(Schema::plain_boolean()), truth.into())));
            }
        }
        let start = self.tokens.mark();
        match self.container(place) {
            Some(Ok(found)) => return Ok(found),
            Some(Err(Misfit)) => self.tokens.rewind(start),
            None => {}
        }
        let token = self.tokens.next();
        if trim(token).is_empty() {
            return Ok(Some(text(token.into())));
        }
        let token = trim(token);
        if let Some(found) = self.temporal(token).or_else(|| number(token)) {
            return Ok(Some(found));
        }
        match place {
            Place::Top => Ok(Some(text(self.text.clone()))),
            Place::Inside(_) => Err(Misfit),
        }
    }

    /// Consumes a word; at the top it must be all there is, or else it is the beginning of a text.
    fn literal(&mut self, literal: &str, place: Place) -> bool {
        let start = self.tokens.mark();
        let found =
            self.tokens.consume(literal) && (place != Place::Top || !self.tokens.has_next());
        if !found {
            self.tokens.rewind(start);
        }
        found
    }

    fn quoted(&mut self) -> Inferred {
        let mut content = String::new();
        while self.tokens.has_next() && !self.tokens.consume("\"") {
            content.push_str(self.tokens.next());
        }
        let found = temporal::parse(&content, self.dialect);
        Some(found.map_or_else(|| text(content.into()), plain))
    }

    fn container(&mut self, place: Place) -> Option<Result<Inferred, Misfit>> {
        let depth = match place {
            Place::Top => 1,
            Place::Inside(depth) => depth + 1,
        };
        let inside = Place::Inside(depth);
        let read = if self.tokens.consume("[") {
            Self::array
        } else if self.tokens.consume("{") {
            Self::map
        } else {
            return None;
        };
        Some(if depth > DEPTH {
            Err(Misfit)
        } else {
            read(self, inside)
        })
    }

    fn array(&mut self, inside: Place) -> Result<Inferred, Misfit> {
        let mut elements = Vec::new();
        let mut common = Common::Unknown;
        while self.tokens.has_next() {
            if self.tokens.consume("]") {
                return kind::array(elements, common);
            }
            if self.tokens.consume(",") {
                return Err(Misfit);
            }
            let (kind, element) = split(self.value(inside)?);
            common = common.merge(kind);
            elements.push(element);
            let end = self.tokens.mark();
            if self.tokens.consume("]") {
                self.tokens.rewind(end);
            } else if !self.tokens.consume(",") {
                return Err(Misfit);
            }
        }
        Err(Misfit)
    }

    fn map(&mut self, inside: Place) -> Result<Inferred, Misfit> {
        let mut entries = Vec::new();
        let (mut keys, mut values) = (Common::Unknown, Common::Unknown);
        while self.tokens.has_next() {
            if self.tokens.consume("}") {
                return kind::map(entries, keys, values);
            }
            if self.tokens.consume(",") {
                return Err(Misfit);
            }
            let (key_kind, key) = split(self.value(inside)?);
            if key.is_null() || !self.tokens.consume(":") {
                return Err(Misfit);
            }
            let (value_kind, value) = split(self.value(inside)?);
            entries.push((key, value));
            self.tokens.consume(",");
            keys = keys.merge(key_kind);
            values = values.merge(value_kind);
        }
        Err(Misfit)
    }

    /// Times consist of five tokens, since their colons are delimiters.
    fn temporal(&mut self, token: &str) -> Option<(Kind, Value)> {
        if !token.starts_with(|first: char| first.is_ascii_digit()) {
            return None;
        }
        let start = self.tokens.mark();
        let whole = self.tokens.take(4).map(|rest| [token, rest].concat());
        let found = whole.and_then(|whole| temporal::parse(&whole, self.dialect));
        if found.is_none() {
            self.tokens.rewind(start);
        }
        found
            .or_else(|| temporal::parse(token, self.dialect))
            .map(plain)
    }
}

fn text(text: Str) -> (Kind, Value) {
    (Kind::Plain(Schema::plain_string()), text.into())
}

fn plain(found: SchemaAndValue) -> (Kind, Value) {
    let schema = found.schema.unwrap_or_else(Schema::plain_string);
    (Kind::Plain(schema), found.value)
}

fn split(inferred: Inferred) -> (Option<Kind>, Value) {
    match inferred {
        Some((kind, value)) => (Some(kind), value),
        None => (None, Value::Null),
    }
}

/// Reads a whole number as the smallest integer, another one as the smallest type that holds its magnitude.
fn number(token: &str) -> Option<(Kind, Value)> {
    let may_be = token.starts_with(|first: char| first.is_ascii_digit() || "+-".contains(first));
    if !may_be || token.len() > NUMBER {
        return None;
    }
    let decimal: Decimal = token.parse().ok()?;
    let whole = decimal.rescale(0);
    if let Some(integer) = whole.and_then(|whole| i64::try_from(whole.unscaled()).ok()) {
        return Some(smallest(integer));
    }
    let (single, double) = (token.parse::<f32>().ok()?, token.parse::<f64>().ok()?);
    let (schema, value) = if single.is_finite() && decimal.scale() != 0 {
        (Schema::plain_float32(), single.into())
    } else if double.is_finite() && decimal.scale() != 0 {
        (Schema::plain_float64(), double.into())
    } else {
        (
            Schema::decimal(decimal.scale()).build().ok()?,
            decimal.into(),
        )
    };
    Some((Kind::Plain(schema), value))
}

fn smallest(integer: i64) -> (Kind, Value) {
    let (schema, value) = if let Ok(tiny) = i8::try_from(integer) {
        (Schema::plain_int8(), tiny.into())
    } else if let Ok(short) = i16::try_from(integer) {
        (Schema::plain_int16(), short.into())
    } else if let Ok(medium) = i32::try_from(integer) {
        (Schema::plain_int32(), medium.into())
    } else {
        (Schema::plain_int64(), integer.into())
    };
    (Kind::Plain(schema), value)
}
