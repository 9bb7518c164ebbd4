//! What configuration can name.

use connect_api::Plugin;

use crate::{FileSink, FileSinkConfig, FileSource};

/// Returns the source and the sink under their own names and Java's.
///
/// ```
/// let names: Vec<_> = connect_file::plugins().iter().map(|plugin| plugin.name()).collect();
/// assert_eq!(names, ["file-source", "file-sink"]);
/// ```
#[must_use]
pub fn plugins() -> Vec<Plugin> {
    let version = env!("CARGO_PKG_VERSION");
    vec![
        Plugin::source("file-source", version, FileSource::from_config)
            .alias("FileStreamSource")
            .alias("FileStreamSourceConnector")
            .alias("org.apache.kafka.connect.file.FileStreamSourceConnector"),
        Plugin::sink("file-sink", version, |config: FileSinkConfig| {
            Ok(FileSink::from_config(config))
        })
        .alias("FileStreamSink")
        .alias("FileStreamSinkConnector")
        .alias("org.apache.kafka.connect.file.FileStreamSinkConnector"),
    ]
}
