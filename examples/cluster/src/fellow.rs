//! [`Fellow`]: another worker, in a process of its own.

use std::process::Stdio;

use connect_api::Str;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

use crate::{Result, options::Options};

/// Another worker, in a process of its own; dropping it kills it.
#[derive(Debug)]
pub(crate) struct Fellow {
    number: usize,
    id: Str,
    pid: u32,
    process: Child,
}

impl Fellow {
    /// Starts this program once more, and waits until it takes part.
    pub(crate) async fn start(number: usize, options: &Options) -> Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command
            .args(["--fellow", "--group", &options.group])
            .args(["--bootstrap-servers", &options.servers])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // Ctrl-C is for the first process, which ends the others.
            .process_group(0)
            .kill_on_drop(true);
        let mut process = command.spawn()?;
        let ended = || format!("worker {number} has ended");
        let pid = process.id().ok_or_else(ended)?;
        let said = process.stdout.take().ok_or_else(ended)?;
        let id = BufReader::new(said).lines().next_line().await?;
        Ok(Self {
            number,
            id: id.ok_or_else(ended)?.into(),
            pid,
            process,
        })
    }

    pub(crate) fn number(&self) -> usize {
        self.number
    }

    /// Returns how statuses name it.
    pub(crate) fn id(&self) -> &Str {
        &self.id
    }

    pub(crate) fn pid(&self) -> u32 {
        self.pid
    }

    /// Ends it at once, as a crash would.
    pub(crate) async fn kill(mut self) -> Result<()> {
        Ok(self.process.kill().await?)
    }

    /// Tells it to hand over what it runs and to end.
    pub(crate) fn dismiss(&mut self) {
        drop(self.process.stdin.take());
    }

    /// Waits for its end; somebody may have killed it.
    pub(crate) async fn ended(mut self) -> Result<()> {
        self.process.wait().await?;
        Ok(())
    }
}
