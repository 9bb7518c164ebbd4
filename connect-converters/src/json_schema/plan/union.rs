//! Which field of a union a JSON value belongs to.

use connect_api::{
    Error, Result, Schema, Struct, Type, Value,
    json::{Kind, Reader},
};

use super::{
    Plan, Shape,
    ahead::{Ahead, Source},
};
use crate::json::in_field;

impl Plan {
    /// Reads the value as the first field that is of its kind; an object, if no map comes first, as the struct of which
    /// it has most fields.
    pub(super) fn read_union(
        &self,
        source: &mut Source<'_>,
        kind: Kind,
        schema: &Schema,
        members: &[usize],
    ) -> Result<Value> {
        source.ahead.enter();
        let value = self.read_branch(source, kind, schema, members);
        source.ahead.leave();
        value
    }

    fn read_branch(
        &self,
        source: &mut Source<'_>,
        kind: Kind,
        schema: &Schema,
        members: &[usize],
    ) -> Result<Value> {
        let best = self.best(source, kind, members)?;
        let Some(at) = best.or_else(|| self.possible(members, kind)) else {
            let expected = format!("a value of one of the fields of {schema}");
            return Err(source.reader.expected(&expected));
        };
        let field = &schema.fields()[at];
        let mut values = vec![Value::Null; members.len()];
        values[at] = self
            .read_at(members[at], source)
            .map_err(|error: Error| in_field(field, error))?;
        Struct::from_values(schema, values).map(Value::Struct)
    }

    /// Returns the member that Confluent takes the value for.
    fn best(
        &self,
        source: &mut Source<'_>,
        kind: Kind,
        members: &[usize],
    ) -> Result<Option<usize>> {
        let mut best = None;
        let mut most = 0;
        for (i, &member) in members.iter().enumerate() {
            let mut reader = source.reader.clone();
            if self.is_of(member, kind, &mut reader) {
                return Ok(Some(i));
            }
            if kind != Kind::Object {
                continue;
            }
            let mut reader = source.reader.clone();
            let count = self.matching(member, &mut reader, &mut source.ahead)?;
            if count > most {
                (best, most) = (Some(i), count);
            }
        }
        Ok(best)
    }

    /// Returns whether Confluent takes the value for one of the member's, of which it is no struct.
    fn is_of(&self, member: usize, kind: Kind, reader: &mut Reader<'_>) -> bool {
        let node = self.node(member);
        match (node.schema.type_(), kind) {
            (Type::Int8 | Type::Int16 | Type::Int32 | Type::Int64, Kind::Number) => {
                reader.number().is_ok_and(|number| number.is_integer())
            }
            (Type::Bytes, Kind::Number) => reader.number().is_ok_and(|number| !number.is_integer()),
            (Type::Float32 | Type::Float64, Kind::Number)
            | (Type::Boolean, Kind::Boolean)
            | (Type::String, Kind::String)
            | (Type::Array, Kind::Array)
            | (Type::Map, Kind::Object | Kind::Array) => true,
            _ => false,
        }
    }

    /// Counts the fields of a struct that an object has, and those within them.
    fn matching(&self, member: usize, reader: &mut Reader<'_>, ahead: &mut Ahead) -> Result<usize> {
        let node = self.node(member);
        let Shape::Struct(members, _) = &node.shape else {
            ahead.skip(reader)?;
            return Ok(0);
        };
        reader.peek()?;
        let start = reader.position();
        if let Some(count) = ahead.count(member, start) {
            ahead.skip(reader)?;
            return Ok(count);
        }
        let mut counts = vec![0; members.len()];
        reader.begin_object()?;
        while let Some(name) = reader.next_name()? {
            let Some(at) = node.schema.field_index(&name) else {
                ahead.skip(reader)?;
                continue;
            };
            let inner = if reader.peek()? == Kind::Object {
                self.matching(members[at].node, reader, ahead)?
            } else {
                ahead.skip(reader)?;
                0
            };
            counts[at] = 1 + inner;
        }
        let count = counts.iter().sum();
        ahead.counted(member, (start, reader.position()), count);
        Ok(count)
    }

    /// Returns the first member that may be meant where Confluent finds none; unions within the union come last.
    fn possible(&self, members: &[usize], kind: Kind) -> Option<usize> {
        let fits = |&member: &usize| self.fits(member, kind);
        let holds = |&member: &usize| match &self.node(member).shape {
            Shape::Union(inner) => inner.iter().any(fits),
            _ => false,
        };
        let direct = members.iter().position(fits);
        direct.or_else(|| members.iter().position(holds))
    }

    fn fits(&self, member: usize, kind: Kind) -> bool {
        let node = self.node(member);
        match (&node.shape, kind) {
            (Shape::Symbol, Kind::Number | Kind::Boolean)
            | (Shape::Struct(..), Kind::Object)
            | (Shape::Array(_) | Shape::Entries(..), Kind::Array)
            | (Shape::Object(_), Kind::Object)
            | (Shape::Variant, _) => true,
            (Shape::Scalar, Kind::Number) => {
                !matches!(node.schema.type_(), Type::Boolean | Type::String)
            }
            (Shape::Scalar, Kind::String) => matches!(
                node.schema.type_(),
                Type::String | Type::Bytes | Type::Float32 | Type::Float64
            ),
            (Shape::Scalar, Kind::Boolean) => node.schema.type_() == Type::Boolean,
            _ => false,
        }
    }
}
