//! [`positions`]: how far a consumer is.

use crate::{
    client::Client,
    error::Error,
    native,
    partitions::{List, NONE, Place, places},
};

/// Asks a consumer how far it is.
pub(crate) fn positions<'a>(
    client: &Client,
    partitions: impl IntoIterator<Item = (&'a str, i32)>,
) -> Result<Vec<Place>, Error> {
    let wanted = partitions
        .into_iter()
        .map(|(topic, partition)| (topic, partition, None));
    let list = List::of(wanted, NONE)?;
    // SAFETY: the instance and the list live.
    unsafe {
        Error::check(native::rd_kafka_position(client.as_ptr(), list.as_ptr()))?;
        Ok(places(list.as_ptr()))
    }
}
