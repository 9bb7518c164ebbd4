//! [`Files`]: connectors' files while their connectors run.

use std::{convert::Infallible, fs, path::PathBuf, time::Duration};

use connect_api::Error;
use connect_runtime::{Put, WorkerHandle};
use tokio::task::spawn_blocking;

use crate::files::{Complaint, ConfigFile};

/// How often files are looked at: they are small, and what was read cannot be missed as an event can.
const EVERY: Duration = Duration::from_millis(250);

/// The files of connectors that run.
#[derive(Debug)]
pub(super) struct Files(Vec<Watched>);

/// A file of a connector that runs.
#[derive(Debug)]
struct Watched {
    path: PathBuf,
    /// The connector's name, which stays.
    name: String,
    /// What was applied, or refused.
    known: Vec<u8>,
    state: Seen,
}

/// How a file was when it was last looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Seen {
    /// As it is known.
    Same,
    /// In another way, perhaps while it was being written.
    Changing(Vec<u8>),
    /// Not at all.
    Gone,
}

/// What is to be said or done about a file.
#[derive(Debug, PartialEq, Eq)]
enum News {
    Changed(Vec<u8>),
    Gone(String),
}

impl Files {
    pub(super) fn of(files: Vec<ConfigFile>) -> Self {
        let watched = files.into_iter().map(|file| Watched {
            name: file.name().to_owned(),
            path: file.path,
            known: file.content,
            state: Seen::Same,
        });
        Self(watched.collect())
    }

    /// Applies changes for ever, each to its own connector.
    pub(super) async fn follow(&mut self, worker: &WorkerHandle) -> Infallible {
        let mut tick = tokio::time::interval(EVERY);
        loop {
            tick.tick().await;
            for file in &mut self.0 {
                let path = file.path.clone();
                let read = spawn_blocking(move || fs::read(path)).await;
                // A read that panicked has read nothing.
                let read = read.unwrap_or_else(|panic| Err(panic.into()));
                match file.look(read.map_err(|error| error.to_string())) {
                    Some(News::Changed(content)) => file.apply(worker, &content).await,
                    Some(News::Gone(why)) => tracing::warn!(
                        "{}: {why}; connector `{}` goes on as it is",
                        file.path.display(),
                        file.name
                    ),
                    None => {}
                }
            }
        }
    }
}

impl Watched {
    /// Decides what a look at the file means. A change counts once it was seen twice: who saw half of it sees more next.
    fn look(&mut self, read: Result<Vec<u8>, String>) -> Option<News> {
        let content = match read {
            Ok(content) => content,
            Err(why) => {
                let before = std::mem::replace(&mut self.state, Seen::Gone);
                return (before != Seen::Gone).then_some(News::Gone(why));
            }
        };
        if content == self.known {
            self.state = Seen::Same;
            return None;
        }
        if self.state != Seen::Changing(content.clone()) {
            self.state = Seen::Changing(content);
            return None;
        }
        self.state = Seen::Same;
        self.known.clone_from(&content);
        Some(News::Changed(content))
    }

    async fn apply(&self, worker: &WorkerHandle, content: &[u8]) {
        let file = match ConfigFile::parse(&self.path, content) {
            Ok(file) => file,
            Err(complaints) => return self.refuse(&complaints),
        };
        file.warn();
        if file.name() != self.name {
            let message = format!(
                "expected `name={}` as at the start, found `{}`: another name is another connector, \
                 which needs a new start",
                self.name,
                file.name()
            );
            return self.refuse(&[Complaint::about(&self.path, message)]);
        }
        match worker.put_connector(&self.name, file.options.clone()).await {
            Ok(Put::Unchanged) => tracing::info!("{}: nothing has changed", self.path.display()),
            Ok(_) => tracing::info!(
                "connector `{}` has the new configuration of {}",
                self.name,
                self.path.display()
            ),
            Err(error) => self.refuse(&complaints(&file, &error)),
        }
    }

    fn refuse(&self, complaints: &[Complaint]) {
        let lines: Vec<_> = complaints.iter().map(|line| format!("\n{line}")).collect();
        tracing::error!(
            "connector `{}` goes on with its old configuration, the new one is wrong:{}",
            self.name,
            lines.concat()
        );
    }
}

fn complaints(file: &ConfigFile, error: &Error) -> Vec<Complaint> {
    match error.problems() {
        [] => vec![Complaint::about(&file.path, error.report().to_string())],
        problems => {
            let problems = problems.iter().cloned();
            problems.map(|problem| file.complaint(problem)).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watched() -> Watched {
        Watched {
            path: "a.properties".into(),
            name: "a".to_owned(),
            known: b"old".to_vec(),
            state: Seen::Same,
        }
    }

    #[test]
    fn a_change_counts_once_it_was_seen_twice() {
        let mut file = watched();
        assert_eq!(file.look(Ok(b"old".to_vec())), None);
        assert_eq!(file.look(Ok(b"ha".to_vec())), None);
        assert_eq!(file.look(Ok(b"half".to_vec())), None);
        assert_eq!(
            file.look(Ok(b"half".to_vec())),
            Some(News::Changed(b"half".to_vec()))
        );
        assert_eq!(file.look(Ok(b"half".to_vec())), None);
    }

    #[test]
    fn a_file_that_is_gone_is_told_once_and_may_come_back() {
        let mut file = watched();
        let gone = || Err("gone".to_owned());
        assert_eq!(file.look(gone()), Some(News::Gone("gone".to_owned())));
        assert_eq!(file.look(gone()), None);
        assert_eq!(file.look(Ok(b"old".to_vec())), None);
        assert_eq!(file.look(gone()), Some(News::Gone("gone".to_owned())));
        assert_eq!(file.look(Ok(b"new".to_vec())), None);
        assert_eq!(
            file.look(Ok(b"new".to_vec())),
            Some(News::Changed(b"new".to_vec()))
        );
    }
}
