//! [`Held`]: a plugin value whose end is watched too.

use std::{
    fmt,
    ops::{Deref, DerefMut},
    sync::Arc,
    time::Duration,
};

use super::{Call, Calls};

/// A plugin value whose end is watched too: dropping it is a [`Call::Drop`].
///
/// A panic of that is logged and goes no further: whoever drops the value has its own reason already.
pub(crate) struct Held<T> {
    /// `None` once it was taken out.
    value: Option<T>,
    watch: Watch,
}

enum Watch {
    By(Arc<Calls>, Duration),
    Nobody,
}

impl<T> Held<T> {
    pub(super) fn new(value: T, calls: Arc<Calls>, deadline: Duration) -> Self {
        Self {
            value: Some(value),
            watch: Watch::By(calls, deadline),
        }
    }

    /// Takes the value out, for a call that ends it.
    pub(crate) fn into_inner(mut self) -> T {
        self.value.take().expect("it is taken out only here")
    }
}

impl<T> Deref for Held<T> {
    type Target = T;

    fn deref(&self) -> &T {
        let value = self.value.as_ref();
        value.expect("whoever takes it out has no `Held` any more")
    }
}

impl<T> DerefMut for Held<T> {
    fn deref_mut(&mut self) -> &mut T {
        let value = self.value.as_mut();
        value.expect("whoever takes it out has no `Held` any more")
    }
}

impl<T> Drop for Held<T> {
    fn drop(&mut self) {
        let Some(value) = self.value.take() else {
            return;
        };
        match &self.watch {
            Watch::By(calls, deadline) => {
                let dropped = calls.run_now(Call::Drop, *deadline, || {
                    drop(value);
                    Ok(())
                });
                if let Err(error) = dropped {
                    tracing::error!("{}", error.into_error().report());
                }
            }
            Watch::Nobody => {}
        }
    }
}

/// Nobody watches: in a preview, and in tests of what is inside.
impl<T> From<T> for Held<T> {
    fn from(value: T) -> Self {
        Self {
            value: Some(value),
            watch: Watch::Nobody,
        }
    }
}

impl<T: fmt::Debug> fmt::Debug for Held<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Held").field(&self.value).finish()
    }
}
