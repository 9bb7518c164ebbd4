//! [`Tail`]: follows a file under its name, through rotation and truncation.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};

use connect_api::{Error, ErrorKind, Result, SourceOffset};

use super::{
    block::Line,
    framing::Framing,
    java,
    names::Names,
    place::Place,
    reading::{Progress, Reading, Whereabouts, open_regular},
    rotation::{self, Found, Next, Past, unless_gone},
};

/// How long to wait for a file that does not exist, as Java does.
const MISSING: Duration = Duration::from_secs(1);

/// When a file counts as finished.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Patience {
    /// How long a last line without its end must not grow to be handed out; `None` is for ever.
    pub(crate) final_line: Option<Duration>,
    /// How long whole lines of a record that may go on must not grow to be handed out; `None` is for ever.
    pub(crate) record: Option<Duration>,
    /// How long a file that lost its name must not grow to be left.
    pub(crate) rotation: Duration,
}

/// Follows a file under its name, through rotation and truncation.
#[derive(Debug)]
pub(crate) struct Tail {
    names: Names,
    patience: Patience,
    framing: Arc<Framing>,
    /// How many bytes of a line are read.
    longest: usize,
    state: State,
}

#[derive(Debug)]
enum State {
    /// Nothing was looked for yet, or not found; this is where reading goes on.
    Starting(Option<Place>),
    /// A file is open.
    Reading(Box<Reading>),
    /// The copy of a file is open that was cut off after it was copied; nobody writes to it.
    ReadingCopy(Box<Reading>),
    /// A file was read to its end and has lost its name; no file has followed it yet.
    Between(Past),
}

/// What looking for more lines gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// There may be lines now.
    On,
    /// Nothing happens before this time has passed; without one, nobody can say when.
    Wait(Option<Duration>),
}

impl Tail {
    /// Follows the file called `path` from `place` on; of lines with more than `longest` bytes the beginning is read.
    pub(crate) fn new(
        path: impl Into<PathBuf>,
        place: Option<Place>,
        patience: Patience,
        (framing, longest): (Arc<Framing>, usize),
    ) -> Self {
        Self {
            names: Names::new(path.into()),
            patience,
            framing,
            longest,
            state: State::Starting(place),
        }
    }

    fn path(&self) -> &Path {
        self.names.main()
    }

    /// Returns the open file while it has lines to hand out.
    pub(crate) fn next_line(&mut self) -> Option<(Line, &Reading)> {
        match &mut self.state {
            State::Reading(reading) | State::ReadingCopy(reading) => {
                let line = reading.next_line()?;
                Some((line, reading))
            }
            _ => None,
        }
    }

    /// Returns the offset at the start of a file that no line has named yet, once.
    pub(crate) fn take_news(&mut self) -> Option<SourceOffset> {
        match &mut self.state {
            State::Reading(reading) | State::ReadingCopy(reading) => reading.take_news(),
            _ => None,
        }
    }

    /// Reads on, once all lines are handed out.
    ///
    /// # Errors
    ///
    /// `Unavailable`, naming the file. Nothing is lost: the next call goes on where this one failed.
    pub(crate) fn step(&mut self, now: SystemTime) -> Result<Step> {
        let step = match &mut self.state {
            State::Starting(place) => {
                let place = *place;
                self.start(place, now)
            }
            State::Reading(_) | State::ReadingCopy(_) => self.read_on(now),
            State::Between(past) => {
                let past = *past;
                self.follow(&past, now)
            }
        };
        step.map_err(|error| {
            self.let_go_of_stale(&error);
            unavailable(self.path(), error)
        })
    }

    /// Lets go of an open file that its server does not know any more, to look for it again.
    fn let_go_of_stale(&mut self, error: &io::Error) {
        if error.kind() == io::ErrorKind::StaleNetworkFileHandle
            && let State::Reading(reading) | State::ReadingCopy(reading) = &self.state
        {
            self.state = State::Starting(Some(reading.place()));
        }
    }

    fn start(&mut self, place: Option<Place>, now: SystemTime) -> io::Result<Step> {
        let Some(place) = place else {
            return self.open(0, now);
        };
        let Some(identity) = place.identity else {
            return self.open_at(place.position, now);
        };
        let past = Past {
            identity,
            position: place.position,
            modified: None,
        };
        self.names.look();
        if let Some(found) = rotation::locate(&self.names, &past)? {
            return self.open_found(&found, past.position, now);
        }
        let step = self.open(0, now)?;
        if step == Step::On {
            tracing::warn!(
                file = %self.path().display(),
                position = place.position,
                "the file that was read before is gone or was overwritten: reading starts at 0"
            );
        }
        Ok(step)
    }

    /// Goes on at a position that came without an identity.
    fn open_at(&mut self, stored: u64, now: SystemTime) -> io::Result<Step> {
        let Some(file) = unless_gone(open_regular(self.path()))? else {
            return Ok(self.missing());
        };
        let position = java::byte_position(&file, stored)?;
        if position <= file.metadata()?.len() {
            return self.open(position, now);
        }
        tracing::warn!(
            file = %self.path().display(),
            position,
            "the file is shorter than what was read of it: reading starts at 0"
        );
        self.open(0, now)
    }

    fn open(&mut self, position: u64, now: SystemTime) -> io::Result<Step> {
        match unless_gone(Reading::open(self.path(), position, &self.framing, now))? {
            Some(reading) => {
                self.names.look();
                self.names.forget();
                self.state = State::Reading(Box::new(reading));
                Ok(Step::On)
            }
            None => Ok(self.missing()),
        }
    }

    /// Opens what was found, if it still has its name; otherwise it is looked for again.
    fn open_found(&mut self, found: &Found, position: u64, now: SystemTime) -> io::Result<Step> {
        if let Some(reading) =
            unless_gone(Reading::open(&found.path, position, &self.framing, now))?
            && reading.id() == found.id
        {
            if found.path == self.path() {
                self.names.forget();
            }
            self.state = State::Reading(Box::new(reading));
        }
        Ok(Step::On)
    }

    fn missing(&self) -> Step {
        tracing::debug!(file = %self.path().display(), "waiting for the file");
        Step::Wait(Some(MISSING))
    }

    fn read_on(&mut self, now: SystemTime) -> io::Result<Step> {
        let is_copy = matches!(self.state, State::ReadingCopy(_));
        let (State::Reading(reading) | State::ReadingCopy(reading)) = &mut self.state else {
            return Ok(Step::On);
        };
        match reading.read_on(self.longest, now)? {
            Progress::Lines => return Ok(Step::On),
            Progress::InLine if reading.rest() <= self.longest as u64 => return Ok(Step::On),
            // It may take long until its end is found.
            Progress::InLine => return Ok(Step::Wait(Some(Duration::ZERO))),
            Progress::Overwritten => return self.start_over(now),
            Progress::AtEnd => {}
        }
        let quiet = reading.quiet_for(now);
        let whereabouts = reading.whereabouts(self.names.main())?;
        if whereabouts == Whereabouts::Elsewhere {
            self.names.look();
        }
        let patience = match whereabouts {
            Whereabouts::Here if reading.rest_is_whole_lines()? => self.patience.record,
            Whereabouts::Here if reading.has_rest() => self.patience.final_line,
            Whereabouts::Here => None,
            Whereabouts::Elsewhere if is_copy || is_followed(&self.names, reading)? => {
                Some(Duration::ZERO)
            }
            Whereabouts::Elsewhere => Some(self.patience.rotation),
        };
        match patience {
            Some(patience) if quiet >= patience => self.finish(now),
            Some(patience) => Ok(Step::Wait(Some(patience - quiet))),
            None => {
                reading.settle();
                Ok(Step::Wait(None))
            }
        }
    }

    /// Returns whether the next [`step`](Self::step) would find nothing new, without waiting for a disk.
    pub(crate) fn is_quiet(&self) -> bool {
        matches!(&self.state, State::Reading(reading) if reading.is_quiet())
    }

    /// Hands out the last line although its end is missing, or leaves a file that was read to its end.
    fn finish(&mut self, now: SystemTime) -> io::Result<Step> {
        let (State::Reading(reading) | State::ReadingCopy(reading)) = &mut self.state else {
            return Ok(Step::On);
        };
        if reading.has_rest() {
            return match reading.read_final_line(self.longest, now)? {
                Progress::Overwritten => self.start_over(now),
                Progress::Lines | Progress::InLine | Progress::AtEnd => Ok(Step::On),
            };
        }
        let past = reading.past();
        self.follow(&past, now)
    }

    /// Opens the file that comes after `past`.
    fn follow(&mut self, past: &Past, now: SystemTime) -> io::Result<Step> {
        self.names.look();
        match rotation::next(&self.names, past)? {
            Next::Rotated(found) | Next::Current(found) => self.open_found(&found, 0, now),
            Next::Same(found) => self.open_found(&found, past.position, now),
            Next::Nothing => {
                self.state = State::Between(*past);
                Ok(self.missing())
            }
        }
    }

    /// Goes on after the open file lost what was read of it.
    fn start_over(&mut self, now: SystemTime) -> io::Result<Step> {
        let (State::Reading(reading) | State::ReadingCopy(reading)) = &self.state else {
            return Ok(Step::On);
        };
        let past = reading.past();
        if reading.whereabouts(self.names.main())? == Whereabouts::Elsewhere {
            tracing::warn!(file = %self.path().display(), "a rotated file was cut off while it was read");
            return self.follow(&past, now);
        }
        if let Some(found) = rotation::locate_copy(&self.names, &past)? {
            let copy = Reading::open(&found.path, past.position, &self.framing, now)?;
            if copy.id() == found.id {
                self.state = State::ReadingCopy(Box::new(copy));
            }
            return Ok(Step::On);
        }
        tracing::warn!(
            file = %self.path().display(),
            position = past.position,
            "the file was cut off or overwritten: reading starts at 0"
        );
        self.open(0, now)
    }
}

/// Returns whether a whole file lies between this one and the current one: then nobody writes to it any more.
fn is_followed(names: &Names, reading: &Reading) -> io::Result<bool> {
    Ok(matches!(
        rotation::next(names, &reading.past())?,
        Next::Rotated(_)
    ))
}

fn unavailable(path: &Path, error: io::Error) -> Error {
    let kind = match error.kind() {
        io::ErrorKind::InvalidInput => ErrorKind::Fatal,
        _ => ErrorKind::Unavailable,
    };
    Error::new(kind, format!("reading file `{}`", path.display())).with_source(error)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_file_that_its_server_does_not_know_any_more_is_looked_for_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("app.log");
        fs::write(&path, "1\n2\n").unwrap();
        let patience = Patience {
            final_line: None,
            record: None,
            rotation: Duration::ZERO,
        };
        let mut tail = Tail::new(&path, None, patience, (Arc::new(Framing::Lines), 1024));
        let lines = |tail: &mut Tail| {
            // The file is opened, and read.
            for _ in 0..2 {
                assert_eq!(tail.step(SystemTime::UNIX_EPOCH).unwrap(), Step::On);
            }
            std::iter::from_fn(|| tail.next_line().map(|_| ())).count()
        };
        assert_eq!(lines(&mut tail), 2);
        let stale = rustix::io::Errno::STALE.raw_os_error();
        tail.let_go_of_stale(&io::Error::from_raw_os_error(stale));
        assert!(matches!(tail.state, State::Starting(Some(_))));
        fs::write(&path, "1\n2\n3\n").unwrap();
        assert_eq!(lines(&mut tail), 1);
    }
}
