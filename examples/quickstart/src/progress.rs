//! What the example says on stderr.

use std::{
    io::{IsTerminal, stderr},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use crate::{Result, access_log::count_lines, database::Database, options::End};

/// Looks into the database from outside, as any other program would.
#[derive(Debug)]
pub(crate) struct Progress {
    lines: i64,
    path: PathBuf,
    database: Database,
    end: End,
    started: Instant,
}

impl Progress {
    pub(crate) fn new(log: &[u8], database: &Path, end: End) -> Result<Self> {
        Ok(Self {
            lines: i64::try_from(count_lines(log))?,
            path: database.to_owned(),
            database: Database::open(database)?,
            end,
            started: Instant::now(),
        })
    }

    /// Prints how far it is, until the end.
    pub(crate) async fn show(&mut self) -> Result<()> {
        let mut tick = tokio::time::interval(Duration::from_millis(100));
        let mut shown = None;
        loop {
            tick.tick().await;
            let rows = self.rows()?;
            if shown.replace(rows) != Some(rows) {
                self.print(rows);
            }
            if self.end == End::AtEndOfLog && rows >= self.lines {
                return Ok(());
            }
        }
    }

    fn print(&self, rows: i64) {
        let seconds = self.started.elapsed().as_secs_f64();
        let rows = match self.end {
            End::AtEndOfLog => format!("{rows} of {}", self.lines),
            End::Never => rows.to_string(),
        };
        let line = format!("{rows} lines in the database after {seconds:.1} s");
        if stderr().is_terminal() {
            eprint!("\r\x1b[K{line}");
        } else {
            eprintln!("{line}");
        }
    }

    /// Prints what the database holds.
    pub(crate) fn summarize(&self) -> Result<()> {
        eprintln!("\n{} rows in {}", self.rows()?, self.path.display());
        for (status, requests) in self.database.counts()? {
            eprintln!("  {status:>7}  {requests}");
        }
        Ok(())
    }

    fn rows(&self) -> connect_api::Result<i64> {
        let counts = self.database.counts()?;
        Ok(counts.iter().map(|(_, requests)| requests).sum())
    }
}
