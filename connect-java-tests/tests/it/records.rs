//! Records by chance that Java can have too.

use connect_api::{Record, Schema, SchemaAndValue};
use connect_testkit::generate::{self, Rng};

/// Draws a record; in Java no field is without a name.
pub(crate) fn any(random: &mut Rng) -> Record {
    drawn(random, generate::record, |record| {
        let headers = record.headers.iter().map(|(_, header)| header);
        [&record.key, &record.value]
            .into_iter()
            .chain(headers)
            .all(|datum: &SchemaAndValue| datum.schema.as_ref().is_none_or(has_names))
    })
}

/// Draws a schema.
pub(crate) fn schema(random: &mut Rng) -> Schema {
    drawn(random, generate::schema, has_names)
}

fn drawn<T>(random: &mut Rng, draw: fn(&mut Rng) -> T, is_fit: impl Fn(&T) -> bool) -> T {
    loop {
        let drawn = draw(random);
        if is_fit(&drawn) {
            return drawn;
        }
    }
}

fn has_names(schema: &Schema) -> bool {
    let inner = [schema.key_schema(), schema.value_schema()];
    let fields = schema.fields();
    inner.into_iter().flatten().all(has_names)
        && fields
            .iter()
            .all(|field| !field.name().is_empty() && has_names(field.schema()))
}
