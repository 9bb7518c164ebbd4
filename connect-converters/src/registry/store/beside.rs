//! What is said about a schema that was refused.

use std::fmt;

use connect_api::{Error, ErrorKind};

use super::{Registry, SchemaText};

impl Registry {
    /// Shows beside a schema that was refused the one that the subject has.
    pub(super) async fn beside_latest(
        &self,
        subject: &str,
        schema: &SchemaText,
        error: Error,
    ) -> Error {
        if error.kind() != ErrorKind::Rejected {
            return error;
        }
        let latest = match self.latest(subject, &Default::default()).await {
            Ok(latest) => format!(
                ", the latest of the subject is {}",
                Shown(&latest.schema.text)
            ),
            Err(_) => String::new(),
        };
        let own = Shown(&schema.text);
        error.context(format!("the schema to write with is {own}{latest}"))
    }
}

/// A schema's text, cut if it is very long.
struct Shown<'a>(&'a str);

impl Shown<'_> {
    const LONGEST: usize = 4096;
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.len() <= Self::LONGEST {
            return f.write_str(self.0);
        }
        let end = self.0.floor_char_boundary(Self::LONGEST);
        write!(f, "{} … ({} bytes)", &self.0[..end], self.0.len())
    }
}
