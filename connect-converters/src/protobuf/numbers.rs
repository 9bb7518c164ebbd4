//! [`Numbers`]: the numbers of the fields of a message.

use std::collections::BTreeSet;

use connect_api::{Error, Result, Schema};

use super::{names::parameter, special::is_union};

/// The numbers of the fields of a message.
pub(super) struct Numbers {
    taken: BTreeSet<u32>,
    next: u32,
}

impl Numbers {
    const LAST: u32 = 0x1FFF_FFFF;

    /// Reserves the numbers that the fields of a struct, and the members of unions among them, are told to have.
    pub(super) fn of(schema: &Schema) -> Result<Self> {
        let mut taken = BTreeSet::new();
        let fields = schema.fields().iter().flat_map(|field| {
            if is_union(field.schema()) {
                field.schema().fields()
            } else {
                std::slice::from_ref(field)
            }
        });
        for field in fields {
            let told = told_number(field.schema())
                .map_err(|error| error.context(format!("field `{}`", field.name())))?;
            if told.is_some_and(|number| !taken.insert(number)) {
                return Err(Error::rejected(format!(
                    "field `{}`: expected a number of its own in `{}`, found that of another field",
                    field.name(),
                    parameter::TAG
                )));
            }
        }
        Ok(Self { taken, next: 1 })
    }

    pub(super) fn of_field(&mut self, schema: &Schema) -> Result<u32> {
        if let Some(number) = told_number(schema)? {
            return Ok(number);
        }
        // Protobuf keeps 19000 to 19999 for itself.
        while self.taken.contains(&self.next) || (19_000..=19_999).contains(&self.next) {
            self.next += 1;
        }
        self.next += 1;
        Ok(self.next - 1)
    }
}

fn told_number(schema: &Schema) -> Result<Option<u32>> {
    let Some(told) = schema.parameter(parameter::TAG) else {
        return Ok(None);
    };
    match told.parse() {
        Ok(number @ 1..=Numbers::LAST) => Ok(Some(number)),
        _ => Err(Error::rejected(format!(
            "expected a number from 1 to {} in `{}`, found `{told}`",
            Numbers::LAST,
            parameter::TAG
        ))),
    }
}
