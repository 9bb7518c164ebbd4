//! [`Trouble`]: whether calls go wrong.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use connect_api::ErrorKind;

use crate::{
    SimulatedEnvironment,
    memory::{Fault, Faults},
};

/// Whether calls go wrong; cheap to clone.
#[derive(Clone)]
pub(super) struct Trouble(Arc<AtomicBool>);

impl Trouble {
    pub(super) fn begun() -> Self {
        Self(Arc::new(AtomicBool::new(true)))
    }

    /// Lets all calls go well from now on.
    pub(super) fn end(&self) {
        self.0.store(false, Ordering::Relaxed);
    }

    pub(super) fn is_over(&self) -> bool {
        !self.0.load(Ordering::Relaxed)
    }

    /// Returns faults that `rate` of a thousand calls into the plugins of a process meet.
    pub(super) fn of_plugins(&self, process: &SimulatedEnvironment, rate: u64) -> Faults {
        let (trouble, process) = (self.clone(), process.clone());
        Faults::drawn(move |call| {
            if trouble.is_over() || process.below(1000) >= rate {
                return None;
            }
            let fault = match process.below(8) {
                0 => Fault::Panic,
                1 => Fault::Hang,
                2 => Fault::Fail(ErrorKind::Fatal),
                3 | 4 => Fault::FailAfterwards(ErrorKind::Unavailable),
                _ => Fault::Fail(ErrorKind::Unavailable),
            };
            process.record(format_args!("{call:?} meets {fault:?}"));
            Some(fault)
        })
    }
}
