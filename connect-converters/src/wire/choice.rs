//! [`Choice`]: which schema a record is written with.

use std::{collections::BTreeMap, sync::Arc};

use connect_api::Result;
use uuid::Uuid;

use crate::registry::{Key, Known, Registry, SchemaText};

/// Which schema of the registry a record is written with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Choice {
    /// Its own, which is registered if need be.
    Register,
    /// Its own, which must be registered.
    LookUp,
    /// The one with this number.
    Id(i32, Fit),
    /// The one with this GUID.
    Guid(Uuid, Fit),
    /// The latest one of the subject that has this metadata.
    Latest(BTreeMap<String, String>, Fit),
}

/// Whether a chosen schema is compared with the record's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fit {
    Checked,
    Assumed,
}

impl Choice {
    /// Returns the schema, if the registry said it before.
    pub(super) fn known(
        &self,
        registry: &Registry,
        subject: &str,
        own: &SchemaText,
    ) -> Option<Arc<Known>> {
        match self {
            Self::Register | Self::LookUp => registry.known_text(subject, own),
            Self::Id(id, _) => registry.known(Key::Id(*id), subject),
            Self::Guid(guid, _) => registry.known(Key::Guid(*guid), subject),
            Self::Latest(metadata, _) => registry.known_latest(subject, metadata),
        }
    }

    /// Asks the registry.
    pub(super) async fn ask(
        &self,
        registry: &Registry,
        subject: &str,
        own: &SchemaText,
    ) -> Result<Arc<Known>> {
        match self {
            Self::Register => registry.register(subject, own).await,
            Self::LookUp => registry.look_up(subject, own).await,
            Self::Id(id, _) => registry.fetch(Key::Id(*id), subject).await,
            Self::Guid(guid, _) => registry.fetch(Key::Guid(*guid), subject).await,
            Self::Latest(metadata, _) => registry.latest(subject, metadata).await,
        }
    }

    /// Returns whether the schema is another one than the record's, and which key says that it need not fit.
    pub(super) fn fit(&self) -> Option<(Fit, &'static str)> {
        match self {
            Self::Register | Self::LookUp => None,
            Self::Id(_, fit) | Self::Guid(_, fit) => Some((*fit, "id.compatibility.strict")),
            Self::Latest(_, fit) => Some((*fit, "latest.compatibility.strict")),
        }
    }
}
