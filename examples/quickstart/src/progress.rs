//! What the example says on stderr.

use std::{
    error::Error,
    io::{IsTerminal, stderr},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use rusqlite::{Connection, OpenFlags};

use crate::options::End;

/// Looks into the database from outside, as any other program would.
#[derive(Debug)]
pub(crate) struct Progress {
    lines: i64,
    database: PathBuf,
    started: Instant,
}

impl Progress {
    pub(crate) fn new(log: &Path, database: &Path) -> Result<Self, Box<dyn Error>> {
        let log = std::fs::read(log).map_err(|error| format!("{}: {error}", log.display()))?;
        let unfinished = log.last().is_some_and(|last| *last != b'\n');
        let lines = log.iter().filter(|byte| **byte == b'\n').count() + usize::from(unfinished);
        Ok(Self {
            lines: lines as i64,
            database: database.to_owned(),
            started: Instant::now(),
        })
    }

    /// Prints how far it is, until the end.
    pub(crate) async fn show_until(&self, end: End) -> Result<(), Box<dyn Error>> {
        let mut tick = tokio::time::interval(Duration::from_millis(100));
        let mut shown = None;
        loop {
            tick.tick().await;
            let rows = self.rows().unwrap_or(0);
            if shown.replace(rows) != Some(rows) {
                self.show(rows);
            }
            if end == End::AtEndOfLog && rows >= self.lines {
                return Ok(());
            }
        }
    }

    fn show(&self, rows: i64) {
        let seconds = self.started.elapsed().as_secs_f64();
        let line = format!(
            "{rows} of {} lines in the database after {seconds:.1} s",
            self.lines
        );
        if stderr().is_terminal() {
            eprint!("\r\x1b[K{line}");
        } else {
            eprintln!("{line}");
        }
    }

    /// Prints what the database holds.
    pub(crate) fn summarize(&self) -> Result<(), Box<dyn Error>> {
        let database = self.open()?;
        eprintln!("\n{} rows in {}", self.rows()?, self.database.display());
        let mut counts =
            database.prepare("SELECT status, requests FROM counts ORDER BY requests DESC")?;
        let mut rows = counts.query([])?;
        while let Some(row) = rows.next()? {
            let (status, requests): (String, i64) = (row.get(0)?, row.get(1)?);
            eprintln!("  {status:>7}  {requests}");
        }
        Ok(())
    }

    fn rows(&self) -> rusqlite::Result<i64> {
        self.open()?
            .query_row("SELECT count(*) FROM requests", [], |row| row.get(0))
    }

    fn open(&self) -> rusqlite::Result<Connection> {
        Connection::open_with_flags(&self.database, OpenFlags::SQLITE_OPEN_READ_ONLY)
    }
}
