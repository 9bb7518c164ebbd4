//! [`Faults`]: what goes wrong in a plugin, and when.

use std::{
    future::pending,
    panic::resume_unwind,
    sync::{Arc, Condvar, Mutex, PoisonError},
};

use connect_api::{Error, ErrorKind, Result};

use crate::script::Script;

/// A call into a plugin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Call {
    /// [`SourceConnector::task_configs`](connect_api::SourceConnector::task_configs).
    TaskConfigs,
    /// `open` of a connector.
    Open,
    /// [`SourceTask::poll`](connect_api::SourceTask::poll).
    Poll,
    /// [`SourceTask::commit`](connect_api::SourceTask::commit).
    Commit,
    /// [`SinkTask::open`](connect_api::SinkTask::open).
    OpenPartitions,
    /// [`SinkTask::put`](connect_api::SinkTask::put).
    Put,
    /// [`SinkTask::flush`](connect_api::SinkTask::flush).
    Flush,
    /// [`SinkTask::close`](connect_api::SinkTask::close).
    ClosePartitions,
    /// `stop` of a task.
    Stop,
}

/// What goes wrong in a call.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Fault {
    /// It answers an error, and nothing happened.
    Fail(ErrorKind),
    /// It does its work, and answers an error all the same.
    FailAfterwards(ErrorKind),
    /// It panics.
    Panic,
    /// It waits for ever.
    Hang,
    /// It blocks its thread until the gate opens.
    Block(Gate),
    /// It answers far more than it should: more tasks than allowed, ten thousand batches at once, the offset of a
    /// partition it was not given, or offsets far beyond what was put. Other calls answer nothing, so nothing happens.
    TooMuch,
}

/// Whether a call that met its faults answers too much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "it does or it does not")]
pub enum Excess {
    /// It answers what it should.
    None,
    /// It answers far more.
    TooMuch,
}

/// What goes wrong in the calls of a plugin; without entries nothing does.
///
/// The same script serves all tasks of a connector, so a fault that is met once does not come again after a restart.
/// Clones share it.
///
/// ```
/// use connect_api::ErrorKind;
/// use connect_testkit::memory::{Call, Fault, Faults};
///
/// let faults = Faults::none();
/// faults.on(Call::Poll, 3, Fault::Panic); // the fourth poll from here on
/// faults.on(Call::Commit, 0, Fault::Fail(ErrorKind::Unavailable));
/// ```
#[derive(Clone, Debug)]
pub struct Faults(Script<Call, Fault>);

impl Faults {
    /// Lets everything go well.
    #[must_use]
    pub fn none() -> Self {
        Self(Script::new(None))
    }

    /// Asks `draw` before each call that has no entry of its own.
    pub fn drawn(mut draw: impl FnMut(Call) -> Option<Fault> + Send + 'static) -> Self {
        Self(Script::new(Some(Box::new(move |call| draw(*call)))))
    }

    /// Lets the call after the next `after` ones meet `fault`.
    pub fn on(&self, call: Call, after: u32, fault: Fault) {
        self.0.on(call, after, fault);
    }

    /// Takes the fault that this call meets.
    #[must_use]
    pub fn take(&self, call: Call) -> Option<Fault> {
        self.0.take(&call)
    }

    /// Does `work` unless the fault of this call prevents it.
    ///
    /// # Errors
    ///
    /// Those of `work`, and those of the script.
    pub async fn meet<T>(
        &self,
        call: Call,
        work: impl AsyncFnOnce(Excess) -> Result<T>,
    ) -> Result<T> {
        let injected = |kind| Error::new(kind, format!("injected into {call:?}"));
        match self.take(call) {
            None => {}
            Some(Fault::Fail(kind)) => return Err(injected(kind)),
            Some(Fault::FailAfterwards(kind)) => {
                work(Excess::None).await?;
                return Err(injected(kind));
            }
            // Unlike `panic!` it prints nothing: simulations do this often.
            Some(Fault::Panic) => resume_unwind(Box::new(format!("injected into {call:?}"))),
            Some(Fault::Hang) => pending().await,
            Some(Fault::Block(gate)) => gate.pass(),
            Some(Fault::TooMuch) => return work(Excess::TooMuch).await,
        }
        work(Excess::None).await
    }
}

impl Default for Faults {
    fn default() -> Self {
        Self::none()
    }
}

/// Blocks threads until it is opened; clones are the same gate.
#[derive(Clone, Debug, Default)]
pub struct Gate(Arc<(Mutex<Passage>, Condvar)>);

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Passage {
    #[default]
    Closed,
    Open,
}

impl Gate {
    /// Builds a closed gate.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets all pass, now and later.
    pub fn open(&self) {
        let (passage, opened) = &*self.0;
        *passage.lock().unwrap_or_else(PoisonError::into_inner) = Passage::Open;
        opened.notify_all();
    }

    /// Blocks the thread until the gate is open.
    pub fn pass(&self) {
        let (passage, opened) = &*self.0;
        let waiting = passage.lock().unwrap_or_else(PoisonError::into_inner);
        drop(
            opened
                .wait_while(waiting, |passage| *passage == Passage::Closed)
                .unwrap_or_else(PoisonError::into_inner),
        );
    }
}
