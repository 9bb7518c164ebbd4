//! What every sink promises, kept in every layout.

use std::{
    fs,
    io::Read,
    num::NonZero,
    path::{Path, PathBuf},
    sync::Arc,
};

use connect_api::{Bytes, Record, SinkConnector, Value, async_trait};
use connect_file::{Compression, FileSink, Format, Rotation};
use connect_testkit::sink::{Outage, SinkSystem};
use flate2::read::MultiGzDecoder;
use tempfile::TempDir;

/// What a sink writes, and how.
struct Output {
    folder: TempDir,
    template: &'static str,
    format: Format,
    compression: Compression,
    rotation: Rotation,
}

impl Output {
    fn new(template: &'static str) -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            template,
            format: Format::Text,
            compression: Compression::None,
            rotation: Rotation::default(),
        }
    }

    /// Finishes files again and again.
    fn rotating(mut self) -> Self {
        self.rotation = self.rotation.at_bytes(NonZero::new(60).unwrap());
        self
    }

    /// As long as folders have these names, no offsets file can be written.
    fn obstacles(&self) -> impl Iterator<Item = PathBuf> {
        (0..3).map(|partition| {
            let name = self.template.replace("${topic}", "testkit");
            let name = name.replace("${partition}", &partition.to_string());
            let name = format!("{name}.connect-offsets.tmp");
            self.folder.path().join(name)
        })
    }

    /// Returns the data files, those of a partition together and in order.
    fn files(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.folder.path()).unwrap();
        let paths = entries.map(|entry| entry.unwrap().path());
        let mut files: Vec<_> = paths
            .filter(|path| path.extension().is_some_and(|name| name == "txt"))
            .collect();
        files.sort();
        files
    }

    fn text(&self, file: &Path) -> String {
        let bytes = fs::read(file).unwrap();
        let mut text = String::new();
        match self.compression {
            Compression::Gzip if !bytes.is_empty() => {
                let read = MultiGzDecoder::new(&*bytes).read_to_string(&mut text);
                read.unwrap();
            }
            _ => text = String::from_utf8(bytes).unwrap(),
        }
        text
    }
}

#[async_trait]
impl SinkSystem for Output {
    fn connector(&self) -> Arc<dyn SinkConnector> {
        let template = format!("{}/{}", self.folder.path().display(), self.template);
        let sink = FileSink::by_template(&template).unwrap();
        Arc::new(
            sink.with_format(self.format)
                .with_compression(self.compression)
                .with_rotation(self.rotation)
                .with_most_open_files(NonZero::new(2).unwrap()),
        )
    }

    async fn read(&self) -> Vec<String> {
        let texts = self.files().into_iter().map(|file| self.text(&file));
        let value = |line: &str| line.trim_matches('"').to_owned();
        texts
            .flat_map(|text| text.lines().map(value).collect::<Vec<_>>())
            .collect()
    }

    fn refused(&self, topic: &str) -> Option<Record> {
        // Bytes inside of a value have no text form but in JSON.
        let value = Value::array([Bytes::from_static(b"bytes")]);
        (self.format == Format::Text).then(|| Record::new(topic, value))
    }

    async fn cut_off(&self) -> Outage {
        for obstacle in self.obstacles() {
            fs::create_dir_all(obstacle).unwrap();
        }
        Outage::Begun
    }

    async fn reconnect(&self) {
        for obstacle in self.obstacles().filter(|path| path.exists()) {
            fs::remove_dir(obstacle).unwrap();
        }
    }
}

#[tokio::test]
async fn a_file_keeps_the_sink_contract() {
    connect_testkit::sink(|| async { Output::new("lines.txt") }).await;
}

#[tokio::test]
async fn a_rotated_file_keeps_the_sink_contract() {
    connect_testkit::sink(|| async { Output::new("lines.txt").rotating() }).await;
}

#[tokio::test]
async fn a_file_for_each_partition_keeps_the_sink_contract() {
    connect_testkit::sink(|| async { Output::new("${topic}-${partition}.txt") }).await;
}

#[tokio::test]
async fn rotated_files_of_compressed_json_keep_the_sink_contract() {
    let output = || Output {
        format: Format::Json,
        compression: Compression::Gzip,
        ..Output::new("${topic}-${partition}.txt").rotating()
    };
    connect_testkit::sink(move || async move { output() }).await;
}
