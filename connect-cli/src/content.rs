//! [`Content`]: bytes in JSON.

use base64::{Engine, prelude::BASE64_STANDARD};
use connect_api::Bytes;
use serde::{Deserialize, Serialize};

/// Bytes: as text if they are UTF-8, else in base64.
#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Content {
    Text(String),
    Bytes { base64: String },
}

impl Content {
    pub(crate) fn of(bytes: &Bytes) -> Self {
        match std::str::from_utf8(bytes) {
            Ok(text) => Self::Text(text.to_owned()),
            Err(_) => Self::Bytes {
                base64: BASE64_STANDARD.encode(bytes),
            },
        }
    }

    pub(crate) fn into_bytes(self) -> Result<Bytes, String> {
        match self {
            Self::Text(text) => Ok(text.into_bytes().into()),
            Self::Bytes { base64 } => match BASE64_STANDARD.decode(&base64) {
                Ok(bytes) => Ok(bytes.into()),
                Err(error) => Err(format!("expected base64, found `{base64}`: {error}")),
            },
        }
    }
}
