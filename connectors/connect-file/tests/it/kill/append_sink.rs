//! [`AppendSink`]: a sink that knows nothing of offsets.

use std::{fs::OpenOptions, io::Write, path::PathBuf};

use connect_api::{
    Classify, FlushReason, Flushed, Offsets, Result, SinkBatch, SinkConnector, SinkContext,
    SinkGuarantees, SinkTask, TopicPartition, async_trait,
};

/// Appends lines to a file in `flush`; where it goes on after a crash is what the group has committed.
#[derive(Clone, Debug)]
pub(super) struct AppendSink(PathBuf);

#[derive(Debug)]
struct Appending {
    file: PathBuf,
    lines: Vec<(TopicPartition, String)>,
}

impl AppendSink {
    pub(super) fn new(file: PathBuf) -> Self {
        Self(file)
    }
}

#[async_trait]
impl SinkConnector for AppendSink {
    async fn open(&self, _cx: SinkContext) -> Result<Box<dyn SinkTask>> {
        let file = self.0.clone();
        Ok(Box::new(Appending {
            file,
            lines: Vec::new(),
        }))
    }

    fn guarantees(&self) -> SinkGuarantees {
        SinkGuarantees::AtLeastOnce
    }
}

#[async_trait]
impl SinkTask for Appending {
    async fn open(&mut self, _partitions: &[TopicPartition]) -> Result<Offsets> {
        Ok(Offsets::new())
    }

    async fn put(&mut self, batch: &SinkBatch) -> Result<()> {
        for record in batch.records() {
            let line = record.value.value.as_str().unwrap_or_default();
            let of = record.origin.partition().clone();
            self.lines.push((of, format!("{line}\n")));
        }
        Ok(())
    }

    async fn flush(&mut self, _why: FlushReason) -> Result<Flushed> {
        let text: String = self.lines.drain(..).map(|(_, line)| line).collect();
        let mut file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&self.file)
            .unavailable("opening the file")?;
        // In one call, so that a kill leaves no half of a line; the system keeps it without a sync.
        file.write_all(text.as_bytes()).unavailable("appending")?;
        Ok(Flushed::All)
    }

    async fn close(&mut self, partitions: &[TopicPartition]) -> Result<()> {
        self.lines.retain(|(of, _)| !partitions.contains(of));
        Ok(())
    }

    async fn stop(self: Box<Self>) -> Result<()> {
        Ok(())
    }
}
