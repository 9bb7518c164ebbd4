//! [`Table`]: who runs what.

use std::{
    fmt::Write as _,
    io::{IsTerminal, Write as _, stdout},
};

use connect_api::Str;
use connect_runtime::ConnectorStatus;

use crate::{Result, fellow::Fellow};

/// Who runs what, shown again when it has changed.
#[derive(Debug)]
pub(crate) struct Table {
    /// How statuses name the workers, and how people do.
    workers: Vec<(Str, String)>,
    shown: String,
}

impl Table {
    pub(crate) fn new(first: Str, fellows: &[Fellow]) -> Self {
        let mut workers = vec![(first, name(1, std::process::id()))];
        let fellows = fellows.iter();
        workers.extend(fellows.map(|it| (it.id().clone(), name(it.number(), it.pid()))));
        Self {
            workers,
            shown: String::new(),
        }
    }

    /// Shows statuses, if they are others than before; on a terminal, in place of those.
    pub(crate) fn show(&mut self, statuses: &[ConnectorStatus]) -> Result<()> {
        let text = self.text(statuses)?;
        if text != self.shown {
            let clear = match stdout().is_terminal() {
                true => "\x1b[H\x1b[2J",
                false => "\n",
            };
            let mut out = stdout().lock();
            write!(out, "{clear}{text}")?;
            out.flush()?;
            self.shown = text;
        }
        Ok(())
    }

    fn text(&self, statuses: &[ConnectorStatus]) -> Result<String> {
        let mut text = String::new();
        let mut row =
            |what: &str, state: &str, worker: &str| writeln!(text, "{what:<12}{state:<12}{worker}");
        row("", "state", "worker")?;
        for status in statuses {
            row(&status.name, status.state.name(), self.name(&status.worker))?;
            for task in &status.tasks {
                let id = format!("  {}", task.id);
                row(&id, task.state.name(), self.name(&task.worker))?;
            }
        }
        Ok(text)
    }

    /// Returns how people name a worker; one of an earlier run has no number.
    fn name<'a>(&'a self, id: &'a str) -> &'a str {
        let known = self.workers.iter().find(|(known, _)| **known == *id);
        known.map_or(id, |(_, name)| name)
    }
}

fn name(number: usize, pid: u32) -> String {
    format!("{number} (pid {pid})")
}
