//! Files that are read whole.

use std::{
    fs,
    io::{self, Read},
    path::Path,
};

use crate::failure::{Failure, Result};

/// Reads all of a file; `-` is the standard input.
pub(crate) async fn read(input: &Path) -> Result<Vec<u8>> {
    let path = input.to_owned();
    let reading = tokio::task::spawn_blocking(move || match path.as_os_str() == "-" {
        true => {
            let mut text = Vec::new();
            io::stdin().read_to_end(&mut text).map(|_| text)
        }
        false => fs::read(path),
    });
    let read = reading.await.map_err(io::Error::other).flatten();
    read.map_err(|error| Failure::of_configuration(format!("reading {}: {error}", input.display())))
}
