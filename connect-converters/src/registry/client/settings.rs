//! [`CompatibilityLevel`] and [`Mode`]: what a registry or subject takes.

use connect_api::Result;
use reqwest::Method;
use serde::{Deserialize, Serialize};

use super::{Client, json};
use crate::registry::path::segment;

/// What a new version must be compatible with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[non_exhaustive]
pub enum CompatibilityLevel {
    /// Nothing.
    None,
    /// It reads what the version before it wrote.
    Backward,
    /// It reads what any version before it wrote.
    BackwardTransitive,
    /// What it writes is read by the version before it.
    Forward,
    /// What it writes is read by every version before it.
    ForwardTransitive,
    /// Both ways with the version before it.
    Full,
    /// Both ways with every version before it.
    FullTransitive,
}

/// What may be done to a registry or subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[non_exhaustive]
pub enum Mode {
    /// Reading and writing.
    Readwrite,
    /// Reading.
    Readonly,
    /// Reading, writing past what is read-only otherwise.
    ReadonlyOverride,
    /// Writing schemas with numbers that are given.
    Import,
    /// Importing into a subject that forwards the rest.
    Forward,
}

/// The level in an answer, and in a request under another name.
#[derive(Deserialize)]
struct LevelJson {
    #[serde(rename = "compatibilityLevel", alias = "compatibility")]
    level: CompatibilityLevel,
}

#[derive(Serialize)]
struct LevelUpdate {
    compatibility: CompatibilityLevel,
}

#[derive(Deserialize, Serialize)]
struct ModeJson {
    mode: Mode,
}

/// Without a subject, they are about all that say nothing themselves.
#[expect(clippy::missing_errors_doc, reason = "they are those of the type")]
impl Client {
    /// Returns the level that counts for a subject, or for all.
    pub async fn level(&self, subject: Option<&str>) -> Result<CompatibilityLevel> {
        let path = format!("{}?defaultToGlobal=true", about("config", subject)?);
        Ok(self.get::<LevelJson>(path).await?.level)
    }

    /// Sets the level of a subject, or of all.
    pub async fn set_level(&self, subject: Option<&str>, level: CompatibilityLevel) -> Result<()> {
        let update = LevelUpdate {
            compatibility: level,
        };
        let body = Some(json(&update)?);
        let path = about("config", subject)?;
        self.ask::<LevelJson>(Method::PUT, path, body)
            .await
            .map(drop)
    }

    /// Removes the level of a subject, or that of all.
    pub async fn delete_level(&self, subject: Option<&str>) -> Result<()> {
        let path = about("config", subject)?;
        let answer: Result<serde_json::Value> = self.ask(Method::DELETE, path, None).await;
        answer.map(drop)
    }

    /// Returns the mode that counts for a subject, or for all.
    ///
    /// Registries without modes answer 404.
    pub async fn mode(&self, subject: Option<&str>) -> Result<Mode> {
        let path = format!("{}?defaultToGlobal=true", about("mode", subject)?);
        Ok(self.get::<ModeJson>(path).await?.mode)
    }

    /// Sets the mode of a subject, or of all.
    pub async fn set_mode(&self, subject: Option<&str>, mode: Mode) -> Result<()> {
        let body = Some(json(&ModeJson { mode })?);
        let path = about("mode", subject)?;
        self.ask::<ModeJson>(Method::PUT, path, body)
            .await
            .map(drop)
    }

    /// Removes the mode of a subject, or that of all.
    pub async fn delete_mode(&self, subject: Option<&str>) -> Result<()> {
        let path = about("mode", subject)?;
        let answer: Result<serde_json::Value> = self.ask(Method::DELETE, path, None).await;
        answer.map(drop)
    }
}

fn about(what: &str, subject: Option<&str>) -> Result<String> {
    Ok(match subject {
        Some(subject) => format!("{what}/{}", segment("subject", subject)?),
        None => what.to_owned(),
    })
}
