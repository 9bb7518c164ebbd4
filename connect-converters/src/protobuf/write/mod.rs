//! Values to messages.

mod encode;
mod plan;
mod scalar;

use std::sync::Arc;

use connect_api::{Error, Result, Schema, Type, Value};

use self::{encode::Encoder, plan::Plan};
use super::{
    ProtobufDataConfig,
    describe::Description,
    indexes,
    pool::{MessageId, Pool},
};
use crate::nulls::Nulls;

/// What writes values of one Connect schema as one message.
#[derive(Debug)]
pub(crate) struct MessageWriter {
    schema: Schema,
    plan: Plan,
    full_name: String,
    indexes: Vec<u8>,
    nulls: Nulls,
}

impl MessageWriter {
    /// Prepares the writing as the message of that name, or what is most like it, of a file.
    pub(super) fn new(
        schema: &Schema,
        pool: &Arc<Pool>,
        config: &ProtobufDataConfig,
    ) -> Result<Self> {
        let description = Description::of(schema, config)?;
        let id = find(pool, schema, &description)?;
        let message = &pool.messages[id];
        let plan = Plan::of(pool, id, schema, config)
            .map_err(|error| error.context(format!("message `{}`", message.full_name)))?;
        let path = message.path.as_deref().ok_or_else(|| {
            Error::rejected(format!(
                "expected a message of the file itself, found `{}`, which is imported",
                message.full_name
            ))
        })?;
        Ok(Self {
            schema: schema.clone(),
            plan,
            full_name: message.full_name.to_string(),
            indexes: indexes::to_bytes(path),
            nulls: Nulls::from(!config.ignore_default_for_nullables),
        })
    }

    /// Returns the message indexes.
    pub(super) fn indexes(&self) -> &[u8] {
        &self.indexes
    }

    /// Appends a value.
    pub(super) fn write(&self, value: &Value, out: &mut Vec<u8>) -> Result<()> {
        let start = out.len();
        let written = Encoder::new(&self.plan, self.nulls).root(&self.schema, value, out);
        written.map_err(|error| {
            out.truncate(start);
            error.context(format!("message `{}`", self.full_name))
        })
    }
}

/// Finds the message that values are written as: by its name, or by what stands behind the package.
///
/// A struct without a name is written as the first message.
fn find(pool: &Pool, schema: &Schema, description: &Description) -> Result<MessageId> {
    let full_name = description.name();
    if let Some(id) = pool
        .message(&full_name)
        .filter(|id| pool.messages[*id].path.is_some())
    {
        return Ok(id);
    }
    let is_struct = schema.type_() == Type::Struct;
    let is_unnamed = schema.name().is_none_or(|name| name.is_empty());
    if is_struct
        && is_unnamed
        && let Some(first) = pool.roots.first()
    {
        return Ok(*first);
    }
    let mut alike = pool.messages.iter().enumerate().filter(|(_, message)| {
        let name = full_name.rsplit('.').next().unwrap_or_default();
        is_struct && message.path.is_some() && message.name == name
    });
    match (alike.next(), alike.next()) {
        (Some((id, _)), None) => Ok(id),
        (None, _) => Err(Error::rejected(format!(
            "expected message `{full_name}` in the registered `.proto` file, found {}",
            names(pool)
        ))),
        (Some(_), Some(_)) => Err(Error::rejected(format!(
            "expected message `{full_name}` in the registered `.proto` file, found several that end like it in {}",
            names(pool)
        ))),
    }
}

fn names(pool: &Pool) -> String {
    let names = pool
        .messages
        .iter()
        .filter(|message| message.path.is_some());
    let names: Vec<_> = names
        .map(|message| format!("`{}`", message.full_name))
        .take(20)
        .collect();
    if names.is_empty() {
        "no message".to_owned()
    } else {
        names.join(", ")
    }
}
