//! [`Lines`]: files of lines to read.

use std::{
    fs::File,
    io::{BufWriter, Write},
    path::Path,
};

/// A number of lines of one length.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Lines {
    /// How many.
    pub count: usize,
    /// The bytes of each, its end included.
    pub size: usize,
}

impl Lines {
    /// Describes `count` lines of `size` bytes.
    #[must_use]
    pub const fn new(count: usize, size: usize) -> Self {
        Self { count, size }
    }

    /// Writes them to `path`; each begins with its number.
    pub fn write(self, path: &Path) {
        let mut file = BufWriter::with_capacity(1 << 20, File::create(path).unwrap());
        let rest = "x".repeat(self.size - 13);
        for number in 0..self.count {
            writeln!(file, "{number:012}{rest}").unwrap();
        }
        file.flush().unwrap();
        file.get_ref().sync_all().unwrap();
    }

    /// Returns how many bytes they are.
    #[must_use]
    pub fn bytes(self) -> u64 {
        (self.count * self.size) as u64
    }
}
