//! [`Live`]: a file that is followed.

use std::{
    path::PathBuf,
    sync::Arc,
    time::{Duration, SystemTime},
};

use connect_api::SourcePartition;

use super::{
    super::place::{Place, partition},
    content::Content,
    pattern::Look,
};

/// How long to wait after a file could not be read: longer each time.
const PAUSES: std::ops::RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_secs(60);

/// A file that is followed, open or not.
#[derive(Debug)]
pub(crate) struct Live {
    /// Its name, as of the last look at its folder.
    pub(crate) path: PathBuf,
    /// Its name when it was met.
    pub(crate) met: PathBuf,
    /// When the file was created, if that is known.
    pub(crate) created: Option<SystemTime>,
    pub(crate) whereabouts: Whereabouts,
    /// The name under which its place is stored.
    pub(crate) key: Option<Arc<str>>,
    /// The source partition of that name.
    pub(crate) partition: Option<SourcePartition>,
    /// Up to where lines were handed out.
    pub(crate) place: Place,
    pub(crate) content: Option<Content>,
    /// What it looked like when it was read to its end.
    pub(crate) look: Option<Look>,
    /// Up to where it was searched when it was closed, and since when it had not grown.
    pub(crate) rested: Option<(u64, SystemTime)>,
    pub(crate) trouble: Option<Trouble>,
    pub(crate) queue: Queue,
}

/// Where a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whereabouts {
    /// Among those that are meant.
    Here,
    /// Under a name that is not meant, since this time.
    Away(SystemTime),
    /// It has no name any more that was found, since this time.
    Gone(SystemTime),
}

/// Whether a file waits for its turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Queue {
    In,
    Out,
}

/// A file that could not be read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Trouble {
    /// When it is tried again.
    pub(crate) until: SystemTime,
    pause: Duration,
}

impl Live {
    pub(crate) fn new(path: PathBuf, place: Place) -> Self {
        Self {
            met: path.clone(),
            created: None,
            path,
            whereabouts: Whereabouts::Here,
            key: None,
            partition: None,
            place,
            content: None,
            look: None,
            rested: None,
            trouble: None,
            queue: Queue::Out,
        }
    }

    /// Lets it go on under a name that is stored already.
    pub(crate) fn known_as(mut self, key: Arc<str>) -> Self {
        self.partition = Some(partition(Some(&key)));
        self.key = Some(key);
        self
    }

    /// Closes the file; it is opened again where it was.
    pub(crate) fn close(&mut self) {
        if let Some(Content::Plain(reading)) = &self.content {
            self.rested = Some(reading.rested());
        }
        self.content = None;
    }

    /// Returns whether it is an archive that was read to its end.
    pub(crate) fn is_read_archive(&self) -> bool {
        match &self.content {
            Some(Content::Archive(..)) => self.look.is_some(),
            Some(Content::Plain(_)) => false,
            // Of any other file is known up to where it was searched.
            None => self.look.is_some() && self.rested.is_none(),
        }
    }

    /// Reads it from its start.
    pub(crate) fn start_over(&mut self) {
        self.content = None;
        self.rested = None;
        self.look = None;
        self.place = Place {
            position: 0,
            identity: None,
        };
    }
}

impl Trouble {
    /// Says when to try again after another failure.
    pub(crate) fn after(former: Option<Self>, now: SystemTime) -> Self {
        let pause = former.map_or(*PAUSES.start(), |former| 2 * former.pause);
        let pause = pause.min(*PAUSES.end());
        Self {
            until: now + pause,
            pause,
        }
    }
}
