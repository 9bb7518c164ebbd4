//! [`Paths`]: which files may be read, and how they are.

use std::{
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use connect_api::{Error, Millis, Result};
use schemars::JsonSchema;
use serde::Deserialize;

/// Which files a provider may read, and how often it looks at them again.
#[derive(Deserialize, JsonSchema)]
pub(super) struct Paths {
    /// The files and directories that may be read, with everything below them; all by default.
    #[serde(default)]
    allowed_paths: Vec<PathBuf>,
    /// How often files are looked at again; 0 is never.
    #[serde(default = "half_a_minute")]
    refresh_interval_ms: Millis,
}

fn half_a_minute() -> Millis {
    Millis::new(30_000)
}

impl Paths {
    /// Returns how long a value holds.
    pub(super) fn ttl(&self) -> Option<Duration> {
        Some(self.refresh_interval_ms.duration()).filter(|ttl| !ttl.is_zero())
    }

    /// Reads a text; `None` if there is no such file.
    ///
    /// # Errors
    ///
    /// `Config`: it is not allowed, or no text. `Unavailable`: it cannot be read now.
    pub(super) async fn read(&self, path: &Path) -> Result<Option<String>> {
        let wrong = |error: io::Error| {
            let message = format!("reading {}", path.display());
            match error.kind() {
                io::ErrorKind::InvalidData => Error::config(format!("{message}: expected UTF-8")),
                io::ErrorKind::PermissionDenied | io::ErrorKind::IsADirectory => {
                    Error::config(message).with_source(error)
                }
                _ => Error::unavailable(message).with_source(error),
            }
        };
        let real = match tokio::fs::canonicalize(path).await {
            Ok(real) => real,
            Err(error) if is_missing(&error) => return Ok(None),
            Err(error) => return Err(wrong(error)),
        };
        if !self.allows(&real).await {
            let path = path.display();
            return Err(Error::config(format!(
                "{path} is not among `allowed.paths`"
            )));
        }
        match tokio::fs::read_to_string(&real).await {
            Ok(text) => Ok(Some(text)),
            Err(error) if is_missing(&error) => Ok(None),
            Err(error) => Err(wrong(error)),
        }
    }

    /// Links are followed on both sides, so that none leads out.
    async fn allows(&self, real: &Path) -> bool {
        for allowed in &self.allowed_paths {
            if let Ok(allowed) = tokio::fs::canonicalize(allowed).await
                && real.starts_with(allowed)
            {
                return true;
            }
        }
        self.allowed_paths.is_empty()
    }
}

fn is_missing(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}
