//! [`Rotation`]: when a file is finished, and what it is called then.

use std::{
    ffi::{OsStr, OsString},
    num::{NonZeroU32, NonZeroU64},
    os::unix::ffi::{OsStrExt, OsStringExt},
    time::{Duration, SystemTime},
};

/// The fewest digits of a finished file's number, so that names sort.
const DIGITS: usize = 6;

/// When a file is finished and a new one begun; never by default.
///
/// ```
/// use std::{num::NonZero, time::Duration};
/// use connect_file::{FileSink, Rotation};
///
/// let rotation = Rotation::default()
///     .at_bytes(NonZero::new(64 * 1024 * 1024).unwrap())
///     .every(Duration::from_secs(3600))
///     .keep(NonZero::new(24).unwrap());
/// let sink = FileSink::new("/var/lib/orders.txt").with_rotation(rotation);
/// # let _ = sink;
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rotation {
    bytes: Option<NonZeroU64>,
    interval: Option<Duration>,
    keep: Option<NonZeroU32>,
}

impl Rotation {
    /// Finishes a file when it has this many bytes.
    #[must_use]
    pub fn at_bytes(mut self, bytes: NonZeroU64) -> Self {
        self.bytes = Some(bytes);
        self
    }

    /// Finishes a file this long after its first line was written.
    #[must_use]
    pub fn every(mut self, interval: Duration) -> Self {
        self.interval = Some(interval);
        self
    }

    /// Keeps this many finished files, and deletes older ones; default all.
    #[must_use]
    pub fn keep(mut self, files: NonZeroU32) -> Self {
        self.keep = Some(files);
        self
    }

    /// Returns whether files are finished at all.
    pub(crate) fn is_wanted(&self) -> bool {
        self.bytes.is_some() || self.interval.is_some()
    }

    /// Returns whether a file of `length` bytes has reached its size.
    pub(crate) fn is_full(&self, length: u64) -> bool {
        self.bytes.is_some_and(|most| length >= most.get())
    }

    /// Returns when a file is old, whose first line was written at `begun`.
    pub(crate) fn due(&self, begun: Option<SystemTime>) -> Option<SystemTime> {
        begun?.checked_add(self.interval?)
    }

    /// Returns whether finished files are deleted at all.
    pub(crate) fn deletes(&self) -> bool {
        self.keep.is_some()
    }

    /// Returns which of the finished files are deleted.
    pub(crate) fn surplus(&self, mut numbers: Vec<u64>) -> Vec<u64> {
        let keep = self.keep.map_or(usize::MAX, |keep| keep.get() as usize);
        numbers.sort_unstable();
        numbers.truncate(numbers.len().saturating_sub(keep));
        numbers
    }
}

/// Names the finished file with this number: `app-000001.log` for `app.log`.
pub(crate) fn finished_name(name: &OsStr, number: u64) -> OsString {
    let (stem, extension) = split(name);
    let mut finished = stem.to_vec();
    finished.extend_from_slice(format!("-{number:0DIGITS$}").as_bytes());
    finished.extend_from_slice(extension);
    OsString::from_vec(finished)
}

/// Returns the number of a finished file of `name`, if `found` is called as one.
pub(crate) fn finished_number(name: &OsStr, found: &OsStr) -> Option<u64> {
    let (stem, extension) = split(name);
    let rest = found.as_bytes().strip_prefix(stem)?;
    let digits = rest.strip_suffix(extension)?.strip_prefix(b"-")?;
    number(digits)
}

/// Returns whether a file of this name could be a finished file of another.
pub(crate) fn is_finished_name(name: &OsStr) -> bool {
    let (stem, _) = split(name);
    let dash = stem.iter().rposition(|byte| *byte == b'-');
    dash.is_some_and(|dash| number(&stem[dash + 1..]).is_some())
}

fn number(digits: &[u8]) -> Option<u64> {
    let is_number = digits.len() >= DIGITS && digits.iter().all(u8::is_ascii_digit);
    let text = str::from_utf8(digits).ok().filter(|_| is_number)?;
    text.parse().ok()
}

/// Parts a name in front of its extension; `.gz` is one more.
fn split(name: &OsStr) -> (&[u8], &[u8]) {
    let name = name.as_bytes();
    let length = name.strip_suffix(b".gz").map_or(name.len(), <[u8]>::len);
    let dot = name[..length].iter().rposition(|byte| *byte == b'.');
    // A first dot hides the file.
    name.split_at(dot.filter(|dot| *dot > 0).unwrap_or(length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finished_file_has_its_number_in_front_of_the_extension() {
        for (name, finished) in [
            ("app.log", "app-000007.log"),
            ("app", "app-000007"),
            ("app.log.gz", "app-000007.log.gz"),
            ("app.gz", "app-000007.gz"),
            (".hidden", ".hidden-000007"),
            ("a.b-c.txt", "a.b-c-000007.txt"),
        ] {
            assert_eq!(finished_name(name.as_ref(), 7), finished);
            assert_eq!(finished_number(name.as_ref(), finished.as_ref()), Some(7));
            assert!(is_finished_name(finished.as_ref()));
            assert!(!is_finished_name(name.as_ref()));
        }
        let million = finished_name("app.log".as_ref(), 1_000_000);
        assert_eq!(million, "app-1000000.log");
        assert_eq!(
            finished_number("app.log".as_ref(), &million),
            Some(1_000_000)
        );
    }

    #[test]
    fn other_files_are_not_finished_ones() {
        for found in [
            "app.log",
            "app-1.log",
            "app-00001x.log",
            "app-000001.txt",
            "app-000001.log.connect-offsets",
            "apple-000001.log",
            "app-0-000001.log",
            "app-99999999999999999999999.log",
        ] {
            assert_eq!(
                finished_number("app.log".as_ref(), found.as_ref()),
                None,
                "{found}"
            );
        }
    }

    #[test]
    fn the_oldest_are_surplus() {
        let rotation = Rotation::default();
        assert_eq!(rotation.surplus(vec![3, 1, 2]), [0_u64; 0]);
        let rotation = rotation.keep(NonZeroU32::MIN);
        assert_eq!(rotation.surplus(vec![3, 1, 2]), [1, 2]);
        assert_eq!(rotation.surplus(vec![9]), [0_u64; 0]);
    }
}
