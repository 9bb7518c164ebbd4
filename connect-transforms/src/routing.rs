//! [`route`]: records that go to another topic.

use connect_api::{Dialect, Error, Record, Result, Str};

/// Sends a record to `topic`.
///
/// # Errors
///
/// The topic has no name. Java's classes leave that to the producer.
pub(crate) fn route(record: &mut Record, topic: Str, dialect: Dialect) -> Result<()> {
    if topic.is_empty() && dialect != Dialect::Java {
        return Err(Error::rejected(format!(
            "routing from topic `{}`: expected the name of a topic, found an empty one",
            record.topic
        )));
    }
    record.topic = topic;
    Ok(())
}
