//! [`Names`]: which file says what becomes of which connector.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

/// The connectors that files have named so far.
#[derive(Debug, Default)]
pub(crate) struct Names(Mutex<BTreeMap<String, PathBuf>>);

impl Names {
    /// Gives a connector to a file, unless another file that still exists has it; that one is returned.
    pub(super) fn claim(&self, name: &str, file: &Path) -> Result<(), PathBuf> {
        let mut names = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match names.get(name) {
            Some(other) if other != file && other.exists() => Err(other.clone()),
            _ => {
                names.insert(name.to_owned(), file.to_owned());
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_that_of_one_file_until_this_is_gone() {
        let names = Names::default();
        let (here, gone) = (Path::new("Cargo.toml"), Path::new("gone.properties"));
        let other = Path::new("other.properties");
        assert_eq!(names.claim("a", gone), Ok(()));
        assert_eq!(names.claim("a", here), Ok(()));
        assert_eq!(names.claim("a", other), Err(here.to_owned()));
        assert_eq!(names.claim("a", here), Ok(()));
        assert_eq!(names.claim("b", other), Ok(()));
    }
}
