//! `{"schema":…,"payload":…}`

use connect_api::{
    Error, Result, Schema, SchemaAndValue, Str,
    json::{Kind, Reader},
};

use super::config::Rules;

/// What a member is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Member {
    Schema,
    Payload,
}

/// Reads an envelope, whose members may stand in any order; of two with one name the later one counts.
pub(super) fn read(
    text: &Str,
    read_schema: impl Fn(&mut Reader<'_>) -> Result<Option<Schema>>,
    rules: Rules,
) -> Result<SchemaAndValue> {
    let mut reader = Reader::new(text, rules.dialect);
    if reader.is_blank() || reader.peek()? != Kind::Object {
        return Err(refused());
    }
    reader.begin_object()?;
    if next(&mut reader)? == Some(Member::Schema) {
        let schema = read_schema(&mut reader)?;
        if next(&mut reader)? == Some(Member::Payload) {
            let value = payload(&mut reader, schema.as_ref(), rules)?;
            if next(&mut reader)?.is_none() {
                reader.end()?;
                return Ok(SchemaAndValue { schema, value });
            }
        }
    }
    read_in_any_order(text, read_schema, rules)
}

/// Finds both members first, then reads them.
fn read_in_any_order(
    text: &Str,
    read_schema: impl Fn(&mut Reader<'_>) -> Result<Option<Schema>>,
    rules: Rules,
) -> Result<SchemaAndValue> {
    let mut reader = Reader::new(text, rules.dialect);
    let (mut schema, mut value) = (None, None);
    reader.begin_object()?;
    while let Some(member) = next(&mut reader)? {
        let range = reader.skip()?;
        match member {
            Member::Schema => schema = Some(range.start),
            Member::Payload => value = Some(range.start),
        }
    }
    reader.end()?;
    let (Some(schema), Some(value)) = (schema, value) else {
        return Err(refused());
    };
    let schema = read_schema(&mut Reader::starting_at(text, schema, rules.dialect))?;
    let mut reader = Reader::starting_at(text, value, rules.dialect);
    let value = payload(&mut reader, schema.as_ref(), rules)?;
    Ok(SchemaAndValue { schema, value })
}

fn next(reader: &mut Reader<'_>) -> Result<Option<Member>> {
    match reader.next_name()?.as_deref() {
        Some("schema") => Ok(Some(Member::Schema)),
        Some("payload") => Ok(Some(Member::Payload)),
        Some(_) => Err(refused()),
        None => Ok(None),
    }
}

fn payload(
    reader: &mut Reader<'_>,
    schema: Option<&Schema>,
    rules: Rules,
) -> Result<connect_api::Value> {
    let read = match schema {
        Some(schema) => rules.read(reader, schema),
        None => reader.value(),
    };
    read.map_err(|error| error.context("payload"))
}

/// Java's wording, which is what people search for.
#[cold]
fn refused() -> Error {
    Error::rejected(
        "JsonConverter with schemas.enable requires \"schema\" and \"payload\" fields and may not contain additional \
         fields. If you are trying to deserialize plain JSON data, set schemas.enable=false in your converter \
         configuration",
    )
}
