//! What configuration can name.

use connect_api::Plugin;

use crate::{FileSink, FileSinkConfig, FileSource, FileSourceConfig, source::Stdin};

/// Returns the source and the sink under their own names and Java's.
///
/// Sources that are built with the same plugin take turns at the standard input: a changed configuration loses no line.
///
/// ```
/// let names: Vec<_> = connect_file::plugins().iter().map(|plugin| plugin.name()).collect();
/// assert_eq!(names, ["file-source", "file-sink"]);
/// ```
#[must_use]
pub fn plugins() -> Vec<Plugin> {
    let version = env!("CARGO_PKG_VERSION");
    let stdin = Stdin::default();
    let source = move |config: FileSourceConfig| FileSource::with_stdin(config, &stdin);
    vec![
        Plugin::source("file-source", version, source)
            .alias("FileStreamSource")
            .alias("FileStreamSourceConnector")
            .alias("org.apache.kafka.connect.file.FileStreamSourceConnector"),
        Plugin::sink("file-sink", version, |config: FileSinkConfig| {
            FileSink::from_config(&config)
        })
        .alias("FileStreamSink")
        .alias("FileStreamSinkConnector")
        .alias("org.apache.kafka.connect.file.FileStreamSinkConnector"),
    ]
}
