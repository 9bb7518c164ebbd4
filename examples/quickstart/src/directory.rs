//! [`Directory`]: what the example keeps between two runs.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use crate::Result;

/// The directory of the broker and of the database, which count the lines of one log.
#[derive(Debug)]
pub(crate) struct Directory {
    path: PathBuf,
}

impl Directory {
    /// Makes the directory if it is missing, and keeps it for `log`.
    ///
    /// # Errors
    ///
    /// It cannot be written, or it was used with another log.
    pub(crate) fn for_log(path: &Path, log: &Path) -> Result<Self> {
        let shown = path.display();
        let log = fs::canonicalize(log)?.display().to_string();
        fs::create_dir_all(path).map_err(|error| format!("--data {shown}: {error}"))?;
        let name = path.join("log");
        match fs::read_to_string(&name) {
            Ok(known) if known != log => {
                return Err(format!(
                    "--data {shown}: it holds the lines of {known}; expected another directory for {log}"
                )
                .into());
            }
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                fs::write(&name, log).map_err(|error| format!("--data {shown}: {error}"))?;
            }
            Err(error) => return Err(format!("{}: {error}", name.display()).into()),
        }
        Ok(Self {
            path: path.to_owned(),
        })
    }

    pub(crate) fn broker(&self) -> PathBuf {
        self.path.join("broker")
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.path.join("requests.sqlite")
    }
}
