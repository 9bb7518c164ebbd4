//! [`Terminal`]: stderr, with one line at its end that is rewritten.

use std::{
    io::{self, IsTerminal, Write, stderr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tracing_subscriber::fmt::MakeWriter;

/// Goes to the beginning of the line, and erases it.
const ERASE: &str = "\r\x1b[K";

/// Stderr, with one line at its end that is rewritten; logs go above it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Terminal(Arc<Mutex<String>>);

impl Terminal {
    /// Returns whether a person looks at stderr.
    pub(crate) fn is_watched() -> bool {
        stderr().is_terminal()
    }

    /// Shows `line` in place of the one that is shown.
    pub(crate) fn show(&self, line: &str) {
        let mut shown = self.lock();
        *shown = fitting(line, width());
        // A terminal that takes nothing shows nothing; the work goes on.
        let _ = write!(stderr(), "{ERASE}{shown}");
    }

    /// Shows nothing any more.
    pub(crate) fn clear(&self) {
        let mut shown = self.lock();
        if !shown.is_empty() {
            shown.clear();
            let _ = write!(stderr(), "{ERASE}");
        }
    }

    fn lock(&self) -> MutexGuard<'_, String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A line that is wrapped could not be erased.
fn fitting(line: &str, width: usize) -> String {
    line.chars().take(width.saturating_sub(1)).collect()
}

fn width() -> usize {
    const USUAL: usize = 80;
    match rustix::termios::tcgetwinsize(stderr()) {
        Ok(size) if size.ws_col > 0 => usize::from(size.ws_col),
        _ => USUAL,
    }
}

impl MakeWriter<'_> for Terminal {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

impl Write for Terminal {
    /// Writes whole events, as the subscriber formats them.
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let shown = self.lock();
        let mut stderr = stderr().lock();
        if !shown.is_empty() {
            stderr.write_all(ERASE.as_bytes())?;
        }
        stderr.write_all(event)?;
        stderr.write_all(shown.as_bytes())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        stderr().flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_never_wraps() {
        assert_eq!(fitting("ünf reads", 4), "ünf");
        assert_eq!(fitting("short", 80), "short");
    }
}
