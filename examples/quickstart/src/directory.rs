//! [`Directory`]: what the example keeps between two runs.

use std::{
    fs,
    hash::{BuildHasher, RandomState},
    io,
    path::{Path, PathBuf},
};

use crate::{Result, options::Options};

/// The directory of the database and of the embedded broker, which count the lines of one log.
#[derive(Debug)]
pub(crate) struct Directory {
    path: PathBuf,
    /// What `bootstrap.servers` is.
    servers: String,
    /// What names on a cluster end with: topics outlive this directory there, and others may count lines too.
    suffix: String,
}

impl Directory {
    /// Makes the directory if it is missing, and keeps it for the log and the broker of `options`.
    ///
    /// # Errors
    ///
    /// It cannot be written, or it was used with another log or another broker.
    pub(crate) fn of(options: &Options) -> Result<Self> {
        let (path, shown) = (&options.data, options.data.display());
        let log = fs::canonicalize(&options.log)?.display().to_string();
        fs::create_dir_all(path).map_err(|error| format!("--data {shown}: {error}"))?;
        let known = keep(path, "log", &log)?;
        if known != log {
            return Err(format!(
                "--data {shown}: it holds the lines of {known}; expected another directory for {log}"
            )
            .into());
        }
        let embedded = || format!("embedded:{}", path.join("broker").display());
        let (broker, servers) = match &options.servers {
            Some(servers) => (servers.as_str(), servers.clone()),
            None => ("embedded", embedded()),
        };
        let known = keep(path, "bootstrap.servers", broker)?;
        if known != broker {
            return Err(format!(
                "--data {shown}: its lines went through the broker {known}; expected another directory for {broker}"
            )
            .into());
        }
        let suffix = match &options.servers {
            Some(_) => format!("-{}", keep(path, "id", &id())?),
            None => String::new(),
        };
        Ok(Self {
            path: path.clone(),
            servers,
            suffix,
        })
    }

    /// Returns what `bootstrap.servers` is.
    pub(crate) fn servers(&self) -> &str {
        &self.servers
    }

    /// Returns a name that no other directory uses on this broker.
    pub(crate) fn named(&self, name: &str) -> String {
        format!("{name}{}", self.suffix)
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.path.join("requests.sqlite")
    }
}

/// Returns what was kept under `name`, and keeps `text` if nothing was.
fn keep(directory: &Path, name: &str, text: &str) -> Result<String> {
    let path = directory.join(name);
    let failed = |error| format!("{}: {error}", path.display());
    match fs::read_to_string(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            // In one step: a run may be killed here.
            let written = directory.join(format!("{name}.new"));
            fs::write(&written, text).map_err(failed)?;
            fs::rename(&written, &path).map_err(failed)?;
            Ok(text.to_owned())
        }
        kept => Ok(kept.map_err(failed)?),
    }
}

/// Draws a name.
fn id() -> String {
    format!("{:016x}", RandomState::new().hash_one(0))
}
