//! What every source promises.

use std::{fs::OpenOptions, io::Write, path::PathBuf, sync::Arc};

use connect_api::{SourceConnector, async_trait};
use connect_file::FileSource;
use connect_testkit::source::SourceSystem;
use tempfile::TempDir;

/// A folder with one file in it, that is read.
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

#[tokio::test]
async fn a_file_keeps_the_source_contract() {
    connect_testkit::source(|| async { Folder::new() }).await;
}

#[tokio::test]
async fn files_in_a_folder_keep_the_source_contract() {
    connect_testkit::source(|| async { Files(tempfile::tempdir().unwrap()) }).await;
}
