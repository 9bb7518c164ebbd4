//! Stepping over values that the reader does not want.

use connect_api::Result;

use super::input::Input;
use crate::avro::schema::{AvroSchema, Kind, NodeId};

/// Steps over one value.
pub(super) fn skip(schema: &AvroSchema, id: NodeId, input: &mut Input<'_>) -> Result<()> {
    match &schema[id].kind {
        Kind::Null => Ok(()),
        Kind::Boolean => input.advance(1).map(drop),
        Kind::Int | Kind::Long | Kind::Enum(_) => input.long().map(drop),
        Kind::Float => input.advance(4).map(drop),
        Kind::Double => input.advance(8).map(drop),
        Kind::Fixed(fixed) => input.advance(fixed.size).map(drop),
        Kind::Bytes | Kind::String => {
            let length = input.length()?;
            input.advance(length).map(drop)
        }
        Kind::Union(branches) => {
            let index = input.index(branches.len(), "branches")?;
            skip(schema, branches[index], input)
        }
        Kind::Array(of) => blocks(input, |input| skip(schema, *of, input)),
        Kind::Map(of) => blocks(input, |input| {
            let length = input.length()?;
            input.advance(length)?;
            skip(schema, *of, input)
        }),
        Kind::Record(record) => {
            input.enter()?;
            input.spend(1)?;
            for field in &record.fields {
                skip(schema, field.schema, input)
                    .map_err(|error| error.context(format_args!("field `{}`", field.name)))?;
            }
            input.leave();
            Ok(())
        }
    }
}

fn blocks(
    input: &mut Input<'_>,
    mut element: impl FnMut(&mut Input<'_>) -> Result<()>,
) -> Result<()> {
    input.enter()?;
    loop {
        // What an element takes is not looked at here: each one counts.
        match input.block(0)? {
            0 => break,
            count => {
                for _ in 0..count {
                    element(input)?;
                }
            }
        }
    }
    input.leave();
    Ok(())
}
