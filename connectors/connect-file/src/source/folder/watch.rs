//! [`Watcher`]: the system tells when something happens in a folder.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use schemars::JsonSchema;
use serde::Deserialize;
use tokio::sync::Notify;

#[cfg(target_os = "linux")]
pub(crate) use self::linux::Watcher;

/// How changes of a folder are noticed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Watch {
    /// The system tells, where it can; otherwise as with `poll`.
    #[default]
    Notify,
    /// By looking at it again and again.
    Poll,
}

/// What rings when something happens, and from time to time.
#[derive(Debug, Default)]
pub(crate) struct Bell {
    has_news: AtomicBool,
    rung: Notify,
}

impl Bell {
    /// Waits until it rings; dropping the future loses nothing.
    pub(crate) async fn rung(&self) {
        self.rung.notified().await;
    }

    /// Returns whether something happened since the last call.
    pub(crate) fn take_news(&self) -> bool {
        self.has_news.swap(false, Ordering::AcqRel)
    }

    fn ring(&self) {
        self.rung.notify_one();
    }

    fn tell(&self) {
        self.has_news.store(true, Ordering::Release);
        self.ring();
    }
}

/// Whether the system tells what happens in all folders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coverage {
    Whole,
    /// In some it would not: they have to be looked at.
    Partial,
}

#[cfg(target_os = "linux")]
mod linux {
    use std::{
        collections::{HashMap, HashSet},
        fs::File,
        io,
        mem::MaybeUninit,
        os::fd::OwnedFd,
        thread::{self, JoinHandle},
    };

    use rustix::{
        event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll},
        fs::inotify::{self, CreateFlags, ReadFlags, WatchFlags},
        io::{Errno, retry_on_intr},
    };

    use super::{Arc, Bell, Coverage, PathBuf};
    use crate::source::glimpse;

    /// How often it rings when nothing happens.
    const TICK: Timespec = Timespec {
        tv_sec: 1,
        tv_nsec: 0,
    };
    /// How long it is silent after it rang: where much happens, one ring is for much.
    const SILENCE: Timespec = Timespec {
        tv_sec: 0,
        tv_nsec: 10_000_000,
    };

    /// The system tells when something happens in a folder (inotify).
    ///
    /// Its thread ends when it is dropped.
    #[derive(Debug)]
    pub(crate) struct Watcher {
        inotify: Arc<OwnedFd>,
        stop: Arc<OwnedFd>,
        thread: Option<JoinHandle<()>>,
        bell: Arc<Bell>,
        /// The folders that are watched, and the system's number of each; two names of one have the same.
        folders: HashMap<PathBuf, i32>,
        /// Whether it was said that some are not.
        has_warned: bool,
    }

    impl Watcher {
        /// Starts to watch, as yet nothing.
        ///
        /// # Errors
        ///
        /// The system has no more watchers, files or threads.
        pub(crate) fn start(bell: &Arc<Bell>) -> io::Result<Self> {
            let inotify = Arc::new(inotify::init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC)?);
            let stop = Arc::new(eventfd(0, EventfdFlags::NONBLOCK | EventfdFlags::CLOEXEC)?);
            let thread = thread::Builder::new().name("connect-file-watch".to_owned());
            let (events, stopped) = (Arc::clone(&inotify), Arc::clone(&stop));
            let told = Arc::clone(bell);
            let thread = thread.spawn(move || listen(&events, &stopped, &told))?;
            Ok(Self {
                inotify,
                stop,
                thread: Some(thread),
                bell: Arc::clone(bell),
                folders: HashMap::new(),
                has_warned: false,
            })
        }

        /// Watches these folders, and no others.
        pub(crate) fn watch(&mut self, folders: Vec<PathBuf>) -> Coverage {
            let mut coverage = match folders.is_empty() {
                true => Coverage::Partial,
                false => Coverage::Whole,
            };
            let flags = WatchFlags::MODIFY
                | WatchFlags::ATTRIB
                | WatchFlags::CREATE
                | WatchFlags::DELETE
                | WatchFlags::MOVE
                | WatchFlags::DELETE_SELF
                | WatchFlags::MOVE_SELF
                | WatchFlags::ONLYDIR;
            let mut watched = HashMap::with_capacity(folders.len());
            for folder in folders {
                // Another folder may have the name now; watching one twice changes nothing.
                let added = inotify::add_watch(&*self.inotify, &folder, flags);
                match added {
                    Ok(number)
                        if File::open(&folder).is_ok_and(|folder| glimpse::is_local(&folder)) =>
                    {
                        if self.folders.get(&folder) != Some(&number) {
                            // What happened between the look at it and now.
                            self.bell.tell();
                        }
                        watched.insert(folder, number);
                    }
                    // A network tells nothing of what others do.
                    Ok(_) | Err(Errno::NOENT | Errno::NOTDIR) => coverage = Coverage::Partial,
                    Err(error) => {
                        coverage = Coverage::Partial;
                        if !self.has_warned {
                            let folder = folder.display();
                            tracing::warn!(%folder, %error, "it cannot be watched, and is looked at instead");
                            self.has_warned = true;
                        }
                    }
                }
            }
            let kept: HashSet<_> = watched.values().copied().collect();
            let former = std::mem::replace(&mut self.folders, watched);
            for number in former.into_values().filter(|number| !kept.contains(number)) {
                // It fails if the folder is gone, and its watch with it.
                let _ = inotify::remove_watch(&*self.inotify, number);
            }
            coverage
        }
    }

    impl Drop for Watcher {
        fn drop(&mut self) {
            // It can only fail where the thread has read less than 2^64 stops.
            let _ = rustix::io::write(&*self.stop, &1_u64.to_ne_bytes());
            if let Some(thread) = self.thread.take() {
                let _ = thread.join();
            }
        }
    }

    fn listen(inotify: &OwnedFd, stop: &OwnedFd, bell: &Bell) {
        let mut buffer = [const { MaybeUninit::uninit() }; 4096];
        loop {
            let mut fds = [
                PollFd::new(stop, PollFlags::IN),
                PollFd::new(inotify, PollFlags::IN),
            ];
            if retry_on_intr(|| poll(&mut fds, Some(&TICK))).is_err()
                || !fds[0].revents().is_empty()
            {
                return;
            }
            if fds[1].revents().is_empty() {
                bell.ring();
                continue;
            }
            let mut events = inotify::Reader::new(inotify, &mut buffer);
            while let Ok(event) = events.next() {
                if event.events().contains(ReadFlags::QUEUE_OVERFLOW) {
                    tracing::debug!(
                        "more happened than the system could tell: everything is looked at"
                    );
                }
            }
            bell.tell();
            let mut fds = [PollFd::new(stop, PollFlags::IN)];
            if retry_on_intr(|| poll(&mut fds, Some(&SILENCE))).is_err()
                || !fds[0].revents().is_empty()
            {
                return;
            }
        }
    }
}

/// Systems that tell nothing, or in another way.
#[cfg(not(target_os = "linux"))]
#[derive(Debug)]
pub(crate) struct Watcher(std::convert::Infallible);

#[cfg(not(target_os = "linux"))]
impl Watcher {
    pub(crate) fn start(_bell: &Arc<Bell>) -> std::io::Result<Self> {
        Err(std::io::ErrorKind::Unsupported.into())
    }

    pub(crate) fn watch(&mut self, _folders: Vec<PathBuf>) -> Coverage {
        Coverage::Partial
    }
}
