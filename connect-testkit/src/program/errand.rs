//! [`Errand`]: the program's side.

use std::{env, path::PathBuf, sync::Arc};

use connect_runtime::Environment;

use super::{
    Census,
    marked::{Marked, Marks},
    order::Order,
    report::{DONE, say},
};

/// What a process was started for by a [`Program`](super::Program).
#[derive(Debug)]
pub struct Errand {
    marks: Arc<Marks>,
}

impl Errand {
    /// Returns the errand of this process, if it has one.
    ///
    /// It has none where its test merely runs with all the others.
    ///
    /// From then on the process dies with the thread that started it.
    ///
    /// # Panics
    ///
    /// The order is none: something else than a [`Program`](super::Program) gave it.
    #[must_use]
    pub fn received() -> Option<Self> {
        let order = env::var(Order::VARIABLE).ok()?;
        let Some(order) = Order::read(&order) else {
            panic!("`{}`: expected an order, found `{order}`", Order::VARIABLE)
        };
        // A parent that is killed itself drops nothing.
        #[cfg(target_os = "linux")]
        rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL))
            .expect("any process may die with its parent");
        Some(Self {
            marks: Arc::new(Marks::new(order)),
        })
    }

    /// Returns a path that the parent has passed with [`Program::with`](super::Program::with).
    ///
    /// # Panics
    ///
    /// It passed none of that name.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        let value = env::var_os(name);
        let value = value.unwrap_or_else(|| panic!("`{name}`: expected a path, found nothing"));
        PathBuf::from(value)
    }

    /// Lets the milestones of `environment` count, and the order be carried out at them.
    pub fn environment(&self, environment: impl Environment) -> Arc<dyn Environment> {
        Arc::new(Marked::new(environment, &self.marks))
    }

    /// Waits until `done` holds; it is asked each time when a milestone was reached.
    pub async fn until(&self, mut done: impl AsyncFnMut(&Census) -> bool) {
        let mut news = self.marks.news();
        while !done(&self.marks.census()).await {
            // The sender is part of `self`, so it cannot be gone.
            let _ = news.changed().await;
        }
    }

    /// Tells the parent that everything is done, and how often this process came where.
    pub fn done(self) {
        let census = self.marks.census();
        let lines = format!("{census:#}\n{DONE}");
        lines.lines().for_each(say);
    }
}
