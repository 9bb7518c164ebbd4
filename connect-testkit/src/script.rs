//! [`Script`]: which call meets which fault.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Which call meets which fault: planned, drawn, or none; clones share one script.
#[derive(Clone)]
pub(crate) struct Script<C, F>(Arc<Mutex<Inner<C, F>>>);

type Draw<C, F> = Box<dyn FnMut(&C) -> Option<F> + Send>;

struct Inner<C, F> {
    /// After how many calls of this kind a fault is met.
    planned: BTreeMap<C, Vec<(u32, F)>>,
    drawn: Option<Draw<C, F>>,
}

impl<C: Ord, F: Clone> Script<C, F> {
    pub(crate) fn new(drawn: Option<Draw<C, F>>) -> Self {
        Self(Arc::new(Mutex::new(Inner {
            planned: BTreeMap::new(),
            drawn,
        })))
    }

    /// Lets the call after the next `after` ones meet `fault`.
    pub(crate) fn on(&self, call: C, after: u32, fault: F) {
        let mut inner = self.lock();
        inner.planned.entry(call).or_default().push((after, fault));
    }

    /// Takes the fault that this call meets.
    pub(crate) fn take(&self, call: &C) -> Option<F> {
        let inner = &mut *self.lock();
        let mut met = None;
        if let Some(planned) = inner.planned.get_mut(call) {
            planned.retain_mut(|(after, fault)| match after.checked_sub(1) {
                Some(fewer) => {
                    *after = fewer;
                    true
                }
                None if met.is_none() => {
                    met = Some(fault.clone());
                    false
                }
                None => true,
            });
        }
        met.or_else(|| inner.drawn.as_mut().and_then(|draw| draw(call)))
    }

    fn lock(&self) -> MutexGuard<'_, Inner<C, F>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<C: Ord + fmt::Debug, F: Clone + fmt::Debug> fmt::Debug for Script<C, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(&self.lock().planned).finish()
    }
}
