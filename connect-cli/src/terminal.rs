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
pub(crate) struct Terminal(Arc<Mutex<Shown>>);

#[derive(Debug, Default)]
struct Shown {
    /// The line at the end.
    line: String,
    /// Events that are written later, or never.
    held: Option<Vec<u8>>,
}

/// Holds events back; dropping it writes them.
#[derive(Debug)]
pub(crate) struct Held<'a>(&'a Terminal);

impl Terminal {
    /// Returns whether a person looks at stderr.
    pub(crate) fn is_watched() -> bool {
        stderr().is_terminal()
    }

    /// Shows `line` in place of the one that is shown.
    pub(crate) fn show(&self, line: &str) {
        let mut shown = self.lock();
        shown.line = fitting(line, width());
        // A terminal that takes nothing shows nothing; the work goes on.
        let _ = write!(stderr(), "{ERASE}{}", shown.line);
    }

    /// Shows nothing any more.
    pub(crate) fn clear(&self) {
        let mut shown = self.lock();
        if !shown.line.is_empty() {
            shown.line.clear();
            let _ = write!(stderr(), "{ERASE}");
        }
    }

    /// Holds back the events that come from now on.
    pub(crate) fn hold(&self) -> Held<'_> {
        self.lock().held.get_or_insert_default();
        Held(self)
    }

    fn lock(&self) -> MutexGuard<'_, Shown> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held<'_> {
    /// Writes nothing of what was held back.
    pub(crate) fn forget(self) {
        self.0.lock().held = None;
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        let mut shown = self.0.lock();
        if let Some(events) = shown.held.take() {
            // As with events that nobody holds back, a failure is no reason to end.
            let _ = shown.write(&events);
        }
    }
}

impl Shown {
    fn write(&mut self, event: &[u8]) -> io::Result<()> {
        if let Some(held) = &mut self.held {
            held.extend(event);
            return Ok(());
        }
        let mut stderr = stderr().lock();
        if !self.line.is_empty() {
            stderr.write_all(ERASE.as_bytes())?;
        }
        stderr.write_all(event)?;
        stderr.write_all(self.line.as_bytes())
    }
}

/// Writes control characters as escapes, except those that end lines and line up columns.
///
/// What others wrote must not command the terminal.
pub(crate) fn printable(text: &str) -> String {
    let mut printed = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\t' => printed.push(c),
            c if c.is_control() => printed.extend(c.escape_default()),
            c => printed.push(c),
        }
    }
    printed
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
        self.lock().write(event).map(|()| event.len())
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

    #[test]
    fn no_control_character_reaches_the_terminal() {
        assert_eq!(
            printable("a\u{1b}[31mb\r\u{9b}c\n\té"),
            "a\\u{1b}[31mb\\r\\u{9b}c\n\té"
        );
    }
}
