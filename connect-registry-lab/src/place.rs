//! [`Place`]: where `./test` puts what it fetches.

use std::{env, path::PathBuf};

use crate::LabError;

/// Where `./test` puts something that it fetches.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    /// Says where it is.
    pub(crate) variable: &'static str,
    /// The name of its folder otherwise.
    pub(crate) folder: &'static str,
}

impl Place {
    /// Finds the folder.
    pub(crate) fn find(self) -> Result<PathBuf, LabError> {
        let Self { variable, folder } = self;
        let path = match env::var_os(variable) {
            Some(path) => path.into(),
            None => cache(variable)?.join("connect").join(folder),
        };
        if !path.is_dir() {
            return Err(LabError::new(format!(
                "expected a folder {}, found none: `./test` makes it",
                path.display()
            )));
        }
        Ok(path)
    }
}

fn cache(variable: &str) -> Result<PathBuf, LabError> {
    let cache = env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = cache.or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".cache")));
    cache.ok_or_else(|| {
        LabError::new(format!(
            "expected {variable}, found neither it nor HOME: `./test` sets it"
        ))
    })
}
