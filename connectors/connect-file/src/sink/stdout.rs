//! [`StdoutTask`]: prints records.

use std::io::{self, Write};

use async_trait::async_trait;
use connect_api::{Classify, FlushReason, Flushed, Result, SinkBatch, SinkContext, SinkTask};

use super::{format::Texts, task::Style};

/// Prints records to the standard output: the one place in a library where that is the purpose.
#[derive(Debug)]
pub(crate) struct StdoutTask {
    cx: SinkContext,
    style: Style,
}

impl StdoutTask {
    pub(crate) fn new(cx: SinkContext, style: Style) -> Self {
        Self { cx, style }
    }

    async fn print(&self, lines: Vec<u8>) -> Result<()> {
        let print = move || {
            let mut out = io::stdout().lock();
            out.write_all(&lines)?;
            out.flush()
        };
        let printed = self.cx.blocking(print).await?;
        let doing = "writing to the standard output";
        match &printed {
            // Its reader has gone and will not come back.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => printed.fatal(doing),
            _ => printed.unavailable(doing),
        }
    }
}

#[async_trait]
impl SinkTask for StdoutTask {
    async fn put(&mut self, batch: &SinkBatch) -> Result<()> {
        if batch.is_empty() {
            return Ok(());
        }
        let mut texts = Texts::default();
        let mut lines = Vec::new();
        let mut rejected = Vec::new();
        for record in batch.records() {
            match texts.add(self.style.format, &record.value.value) {
                Ok(text) => {
                    lines.extend_from_slice(texts.bytes(&text));
                    lines.extend_from_slice(&self.style.delimiter);
                }
                Err(error) => rejected.push((record.origin.clone(), error.context(&record.origin))),
            }
        }
        if !rejected.is_empty() {
            self.cx.reject(rejected).await?;
        }
        self.print(lines).await
    }

    async fn flush(&mut self, _: FlushReason) -> Result<Flushed> {
        // Everything was printed by `put`.
        Ok(Flushed::All)
    }
}
