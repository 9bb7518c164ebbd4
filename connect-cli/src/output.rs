//! The standard output: what was asked for, and nothing else.

use std::io::{BufWriter, Stdout, Write, stdout};

use crate::failure::{Failure, Result};

/// The standard output, while many lines are written.
#[derive(Debug)]
pub(crate) struct Output(BufWriter<Stdout>);

impl Output {
    pub(crate) fn new() -> Self {
        Self(BufWriter::new(stdout()))
    }

    /// Writes a line; it is seen at the latest after [`flush`](Self::flush).
    pub(crate) fn line(&mut self, line: &str) -> Result<()> {
        writeln!(self.0, "{line}").map_err(|error| Failure::of_output(&error))
    }

    pub(crate) fn flush(&mut self) -> Result<()> {
        self.0.flush().map_err(|error| Failure::of_output(&error))
    }
}

/// Writes a whole text.
pub(crate) fn print(text: &str) -> Result<()> {
    let mut out = stdout().lock();
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    written.map_err(|error| Failure::of_output(&error))
}

/// Returns what a generator writes.
pub(crate) fn generated(generate: impl FnOnce(&mut Vec<u8>)) -> String {
    let mut bytes = Vec::new();
    generate(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Lines up cells below each other, two spaces apart.
pub(crate) fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<_> = (0..columns).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            line.push_str(&format!("{cell:<width$}  "));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}
