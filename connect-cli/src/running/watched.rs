//! [`Watched`]: a connector's file while the worker runs.

use std::{convert::Infallible, path::PathBuf, sync::Arc, time::Duration};

use connect_api::{ConfigMap, ConfigProblem, Error, ErrorKind};
use connect_runtime::{InitialState, Put, Restart, WorkerHandle};
use tokio::time::{Instant, MissedTickBehavior};
use tracing::{instrument::WithSubscriber, subscriber::NoSubscriber};

use super::Names;
use crate::files::{Complaint, ConfigFile, Subject};

/// How often files are looked at: they are small, and what was read cannot be missed as an event can.
pub(crate) const EVERY: Duration = Duration::from_millis(250);

/// A connector's file while the worker runs.
#[derive(Debug)]
pub(crate) struct Watched {
    path: PathBuf,
    names: Arc<Names>,
    /// The connector's name, which stays once it is known.
    name: Option<String>,
    /// What was applied or refused last, if the file was read at all.
    known: Option<Vec<u8>>,
    /// What was applied last.
    applied: Option<ConfigMap>,
    state: Seen,
    /// Set while what is known was refused, but may be right later.
    again: Option<Again>,
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

/// When something is tried again, and what was told about the last try.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Again {
    at: Instant,
    pause: Duration,
    told: String,
}

/// What is to be said or done about a file.
#[derive(Debug, PartialEq, Eq)]
enum News {
    Changed(Vec<u8>),
    /// What was refused may be right now.
    Due(Vec<u8>),
    Gone(String),
}

/// Why a connector goes on with its old configuration.
#[derive(Debug, PartialEq, Eq)]
enum Refusal {
    /// The file is wrong, whatever happens elsewhere.
    Wrong(String),
    /// It is right, or will be, when something else has changed.
    NotNow(String),
}

impl Watched {
    /// Begins with a file whose connector was started with it.
    pub(crate) fn started(file: ConfigFile, names: Arc<Names>) -> Self {
        Self {
            name: Some(file.name().to_owned()),
            path: file.path,
            names,
            known: Some(file.content),
            applied: Some(file.options),
            state: Seen::Same,
            again: None,
        }
    }

    /// Begins with a file that was not read yet.
    pub(crate) fn found(path: PathBuf, names: Arc<Names>) -> Self {
        Self {
            path,
            names,
            name: None,
            known: None,
            applied: None,
            state: Seen::Same,
            again: None,
        }
    }

    /// Applies what the file says for ever, to its own connector.
    pub(crate) async fn follow(mut self, worker: &WorkerHandle) -> Infallible {
        let mut tick = tokio::time::interval(EVERY);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tick.tick().await;
            let read = tokio::fs::read(&self.path).await;
            match self.look(read.map_err(|error| error.to_string()), Instant::now()) {
                Some(News::Changed(content)) => {
                    let applied = self.apply(worker, &content).await;
                    self.conclude(applied, Instant::now());
                }
                Some(News::Due(content)) => {
                    let applied = self.apply_if_right(worker, &content).await;
                    self.conclude(applied, Instant::now());
                }
                Some(News::Gone(why)) => self.tell_gone(&why),
                None => {}
            }
        }
    }

    /// Decides what a look at the file means. A change counts once it was seen twice: who saw half of it sees more next.
    fn look(&mut self, read: Result<Vec<u8>, String>, now: Instant) -> Option<News> {
        let content = match read {
            Ok(content) => content,
            Err(why) => {
                let before = std::mem::replace(&mut self.state, Seen::Gone);
                return (before != Seen::Gone).then_some(News::Gone(why));
            }
        };
        if self.known.as_ref() == Some(&content) {
            self.state = Seen::Same;
            let is_due = self.again.as_ref().is_some_and(|again| again.at <= now);
            return is_due.then_some(News::Due(content));
        }
        if self.state != Seen::Changing(content.clone()) {
            self.state = Seen::Changing(content);
            return None;
        }
        self.state = Seen::Same;
        self.known = Some(content.clone());
        self.again = None;
        Some(News::Changed(content))
    }

    fn tell_gone(&self, why: &str) {
        let path = self.path.display();
        match &self.name {
            Some(name) => tracing::warn!("{path}: {why}; connector `{name}` goes on as it is"),
            None => tracing::warn!("{path}: {why}; no connector is changed"),
        }
    }

    async fn apply(&mut self, worker: &WorkerHandle, content: &[u8]) -> Result<(), Refusal> {
        let file = self.parse(content)?;
        file.warn();
        self.put(worker, file).await
    }

    /// Applies what was refused; what is told about it was told the first time, so that a vain try is silent.
    async fn apply_if_right(
        &mut self,
        worker: &WorkerHandle,
        content: &[u8],
    ) -> Result<(), Refusal> {
        let file = self.parse(content)?;
        let looked = worker.validate(&file.options);
        match looked.with_subscriber(NoSubscriber::new()).await {
            Ok(problems) if problems.is_empty() => self.put(worker, file).await,
            Ok(problems) => Err(self.refusal(&file, &Error::invalid_config(problems))),
            Err(error) => Err(self.refusal(&file, &error)),
        }
    }

    fn parse(&mut self, content: &[u8]) -> Result<ConfigFile, Refusal> {
        let parsed = ConfigFile::parse(&self.path, content);
        let file = parsed.map_err(|complaints| Refusal::Wrong(lines(&complaints)))?;
        let complaint = match &self.name {
            Some(name) if file.name() == name => return Ok(file),
            Some(name) => {
                let message = format!(
                    "expected `name={name}` as at the start, found `{}`: another name is another connector, \
                     which needs a new start",
                    file.name()
                );
                Complaint::about(&self.path, message)
            }
            None if file.subject() == Subject::Worker => Complaint::not_of_connector(&self.path),
            None if file.name().is_empty() => file.complaint(ConfigProblem::missing("name")),
            None => return self.claim(file),
        };
        Err(Refusal::Wrong(lines(&[complaint])))
    }

    /// Takes the name that stands in the file, unless another file has it; that one may go.
    fn claim(&mut self, file: ConfigFile) -> Result<ConfigFile, Refusal> {
        match self.names.claim(file.name(), &self.path) {
            Ok(()) => {
                self.name = Some(file.name().to_owned());
                Ok(file)
            }
            Err(other) => {
                let complaint = file.repeats_name_of(&other);
                Err(Refusal::NotNow(format!(
                    "it is wrong, and tried again because the other file may go:{}",
                    lines(&[complaint])
                )))
            }
        }
    }

    async fn put(&mut self, worker: &WorkerHandle, file: ConfigFile) -> Result<(), Refusal> {
        let (name, path) = (file.name(), self.path.display());
        if self.is_created(worker, &file).await? {
            let state = file.initial_state.name();
            tracing::info!("connector `{name}` is created as {path} says, {state}");
        } else {
            match worker.put_connector(name, file.options.clone()).await {
                Ok(Put::Unchanged) if self.applied.as_ref() == Some(&file.options) => {
                    self.revive(worker, name).await;
                }
                Ok(Put::Unchanged) => {
                    tracing::info!("connector `{name}` has the configuration of {path} already");
                }
                Ok(Put::Created) => tracing::info!("connector `{name}` is created as {path} says"),
                Ok(_) => tracing::info!("connector `{name}` has the new configuration of {path}"),
                Err(error) => return Err(self.refusal(&file, &error)),
            }
        }
        self.applied = Some(file.options);
        Ok(())
    }

    /// Creates a connector that begins in another state than running, if it is not there.
    async fn is_created(&self, worker: &WorkerHandle, file: &ConfigFile) -> Result<bool, Refusal> {
        let name = file.name();
        let state = file.initial_state;
        if self.applied.is_some() || state == InitialState::Running {
            return Ok(false);
        }
        match worker.config(name).await {
            Ok(_) => return Ok(false),
            Err(error) if error.kind() == ErrorKind::Config => {}
            Err(error) => return Err(self.refusal(file, &error)),
        }
        let created = worker.create_connector_in(name, file.options.clone(), state);
        match created.await {
            Ok(()) => Ok(true),
            // Another worker with this file was faster.
            Err(_) if worker.config(name).await.is_ok() => Ok(false),
            Err(error) => Err(self.refusal(file, &error)),
        }
    }

    /// Starts what failed again: whoever touches the file has mended what the failure was about.
    async fn revive(&self, worker: &WorkerHandle, name: &str) {
        let path = self.path.display();
        let status = worker.status(name);
        if !status.is_some_and(|status| status.has_failed()) {
            return tracing::info!("{path}: nothing has changed");
        }
        match worker.restart(name, Restart::Failed).await {
            Ok(()) => tracing::info!(
                "{path}: nothing has changed; what failed of connector `{name}` is started again"
            ),
            Err(error) => tracing::error!("{path}: nothing has changed; {}", error.report()),
        }
    }

    /// What refers to values elsewhere may be right once these have changed.
    fn refusal(&self, file: &ConfigFile, error: &Error) -> Refusal {
        let it = self.it();
        let told = report(error, file.name());
        if error.kind() != ErrorKind::Config {
            let of = match self.applied {
                Some(_) => format!(" of {}", self.path.display()),
                None => String::new(),
            };
            return Refusal::NotNow(format!(
                "{it}{of} cannot be applied now and is tried again: {told}"
            ));
        }
        let complaints: Vec<_> = match error.problems() {
            [] => vec![Complaint::about(&file.path, told)],
            problems => {
                let problems = problems.iter().cloned();
                problems.map(|problem| file.complaint(problem)).collect()
            }
        };
        let lines = lines(&complaints);
        match file.has_references() {
            true => Refusal::NotNow(format!(
                "{it} is wrong, and tried again because it refers to values elsewhere:{lines}"
            )),
            false => Refusal::Wrong(lines),
        }
    }

    /// Returns how a configuration is called behind [`kept`](Self::kept).
    fn it(&self) -> &'static str {
        match self.applied {
            Some(_) => "the new one",
            None => "it",
        }
    }

    /// Says what a refusal leaves as it was.
    fn kept(&self) -> String {
        match (&self.name, &self.applied) {
            (Some(name), Some(_)) => {
                format!("connector `{name}` goes on with its old configuration")
            }
            _ => format!(
                "the configuration of {} is not applied",
                self.path.display()
            ),
        }
    }

    /// Tells a refusal, the same one once, and decides when it is tried again.
    fn conclude(&mut self, applied: Result<(), Refusal>, now: Instant) {
        let before = self.again.take();
        let (kept, it) = (self.kept(), self.it());
        match applied {
            Ok(()) => {}
            Err(Refusal::Wrong(lines)) => tracing::error!("{kept}, {it} is wrong:{lines}"),
            Err(Refusal::NotNow(why)) => {
                if before.as_ref().is_none_or(|before| before.told != why) {
                    tracing::error!("{kept}, {why}");
                }
                self.again = Some(Again::after(before.as_ref(), why, now));
            }
        }
    }
}

impl Again {
    const FIRST: Duration = Duration::from_secs(1);
    const LONGEST: Duration = Duration::from_secs(30);

    /// Waits twice as long as the last time, up to half a minute.
    fn after(before: Option<&Self>, told: String, now: Instant) -> Self {
        let pause = before.map_or(Self::FIRST, |before| {
            before.pause.saturating_mul(2).min(Self::LONGEST)
        });
        Self {
            at: now + pause,
            pause,
            told,
        }
    }
}

/// Whoever reads it knows the connector.
fn report(error: &Error, connector: &str) -> String {
    let report = error.report().to_string();
    let context = format!("connector `{connector}`: ");
    report.strip_prefix(&context).unwrap_or(&report).to_owned()
}

/// Each complaint on a line of its own, below what comes before.
fn lines(complaints: &[Complaint]) -> String {
    let lines = complaints.iter().map(|line| format!("\n{line}"));
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watched() -> Watched {
        Watched {
            name: Some("a".to_owned()),
            known: Some(b"old".to_vec()),
            applied: Some(ConfigMap::new()),
            ..Watched::found("a.properties".into(), Arc::default())
        }
    }

    #[test]
    fn a_change_counts_once_it_was_seen_twice() {
        let mut file = watched();
        let now = Instant::now();
        let mut look = |content: &str| file.look(Ok(content.into()), now);
        assert_eq!(look("old"), None);
        assert_eq!(look("ha"), None);
        assert_eq!(look("half"), None);
        assert_eq!(look("half"), Some(News::Changed(b"half".to_vec())));
        assert_eq!(look("half"), None);
    }

    #[test]
    fn a_file_that_is_gone_is_told_once_and_may_come_back() {
        let mut file = watched();
        let now = Instant::now();
        let gone = || Err("gone".to_owned());
        assert_eq!(file.look(gone(), now), Some(News::Gone("gone".to_owned())));
        assert_eq!(file.look(gone(), now), None);
        assert_eq!(file.look(Ok(b"old".to_vec()), now), None);
        assert_eq!(file.look(gone(), now), Some(News::Gone("gone".to_owned())));
        assert_eq!(file.look(Ok(b"new".to_vec()), now), None);
        assert_eq!(
            file.look(Ok(b"new".to_vec()), now),
            Some(News::Changed(b"new".to_vec()))
        );
    }

    #[test]
    fn what_is_refused_for_now_is_tried_again_with_growing_pauses_until_it_is_applied() {
        let mut file = watched();
        let mut now = Instant::now();
        let look = |file: &mut Watched, now| file.look(Ok(b"old".to_vec()), now);
        for seconds in [1, 2, 4, 8, 16, 30, 30] {
            file.conclude(Err(Refusal::NotNow("down".to_owned())), now);
            let pause = Duration::from_secs(seconds);
            assert_eq!(look(&mut file, now + pause - EVERY), None, "{seconds}");
            now += pause;
            let due = Some(News::Due(b"old".to_vec()));
            assert_eq!(look(&mut file, now), due, "{seconds}");
        }
        file.conclude(Ok(()), now);
        assert_eq!(look(&mut file, now + Again::LONGEST), None);
    }

    #[test]
    fn what_is_wrong_for_good_or_was_changed_is_not_tried_again() {
        let mut file = watched();
        let now = Instant::now();
        file.conclude(Err(Refusal::NotNow("down".to_owned())), now);
        file.conclude(Err(Refusal::Wrong("wrong".to_owned())), now);
        assert_eq!(file.again, None);
        file.conclude(Err(Refusal::NotNow("down".to_owned())), now);
        for _ in 0..2 {
            file.look(Ok(b"new".to_vec()), now);
        }
        assert_eq!(file.again, None);
    }
}
