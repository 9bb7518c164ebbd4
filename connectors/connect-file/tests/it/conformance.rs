//! What every connector promises.

use std::{
    fs::{self, OpenOptions},
    io::Write,
    path::PathBuf,
    sync::Arc,
};

use connect_api::{Bytes, Record, SinkConnector, SourceConnector, Value, async_trait};
use connect_file::{FileSink, FileSource};
use connect_testkit::{
    sink::{Outage, SinkSystem},
    source::SourceSystem,
};
use tempfile::TempDir;

/// A folder with one file in it.
struct Folder(TempDir);

/// A folder with some files in it, each of them a partition.
struct Files(TempDir);

#[async_trait]
impl SourceSystem for Files {
    fn connector(&self) -> Arc<dyn SourceConnector> {
        let pattern = format!("{}/*.txt", self.0.path().display());
        Arc::new(FileSource::new(pattern, "topic"))
    }

    fn partitions(&self) -> usize {
        3
    }

    async fn append(&mut self, partition: usize, texts: &[String]) {
        let path = self.0.path().join(format!("{partition}.txt"));
        let mut file = OpenOptions::new();
        let mut file = file.create(true).append(true).open(path).unwrap();
        for text in texts {
            file.write_all(format!("{text}\n").as_bytes()).unwrap();
        }
    }
}

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self) -> PathBuf {
        self.0.path().join("lines.txt")
    }

    /// As long as a folder has this name, no offsets file can be written.
    fn obstacle(&self) -> PathBuf {
        self.0.path().join("lines.txt.connect-offsets.tmp")
    }
}

#[async_trait]
impl SourceSystem for Folder {
    fn connector(&self) -> Arc<dyn SourceConnector> {
        Arc::new(FileSource::new(self.file().to_str().unwrap(), "topic"))
    }

    async fn append(&mut self, _: usize, texts: &[String]) {
        let mut file = OpenOptions::new();
        let mut file = file.create(true).append(true).open(self.file()).unwrap();
        for text in texts {
            file.write_all(format!("{text}\n").as_bytes()).unwrap();
        }
    }
}

#[async_trait]
impl SinkSystem for Folder {
    fn connector(&self) -> Arc<dyn SinkConnector> {
        Arc::new(FileSink::new(self.file()))
    }

    async fn read(&self) -> Vec<String> {
        let text = fs::read_to_string(self.file()).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    fn refused(&self, topic: &str) -> Option<Record> {
        // Bytes inside of a value have no text form.
        let value = Value::array([Bytes::from_static(b"bytes")]);
        Some(Record::new(topic, value))
    }

    async fn cut_off(&self) -> Outage {
        if !self.obstacle().exists() {
            fs::create_dir(self.obstacle()).unwrap();
        }
        Outage::Begun
    }

    async fn reconnect(&self) {
        fs::remove_dir(self.obstacle()).unwrap();
    }
}

#[tokio::test]
async fn a_file_keeps_the_source_contract() {
    connect_testkit::source(|| async { Folder::new() }).await;
}

#[tokio::test]
async fn files_in_a_folder_keep_the_source_contract() {
    connect_testkit::source(|| async { Files(tempfile::tempdir().unwrap()) }).await;
}

#[tokio::test]
async fn a_file_keeps_the_sink_contract() {
    connect_testkit::sink(|| async { Folder::new() }).await;
}
