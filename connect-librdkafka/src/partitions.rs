//! [`Place`] and lists of places: partitions with offsets.

use std::{fmt, ptr::NonNull, slice};

use rdkafka_sys::rd_kafka_topic_partition_list_t;

use crate::{
    config::{c_text, out_of_memory},
    error::Error,
    native,
};

/// A place in a topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The topic.
    pub topic: String,
    /// The partition.
    pub partition: i32,
    /// The offset; `None` where there is none, or none is meant.
    pub offset: Option<i64>,
}

/// What was answered for one partition.
pub type Answer = (Place, Result<(), Error>);

/// A list of librdkafka's.
pub(crate) struct List(NonNull<rd_kafka_topic_partition_list_t>);

// SAFETY: a list belongs to nobody else.
unsafe impl Send for List {}

impl List {
    /// Makes a list; places without an offset get the logical one that is `missing`.
    pub(crate) fn of<'a>(
        places: impl IntoIterator<Item = (&'a str, i32, Option<i64>)>,
        missing: i64,
    ) -> Result<Self, Error> {
        // SAFETY: it answers a new list.
        let made = unsafe { rdkafka_sys::rd_kafka_topic_partition_list_new(0) };
        let list = NonNull::new(made).map(Self).ok_or_else(out_of_memory)?;
        for (topic, partition, offset) in places {
            let topic = c_text(topic)?;
            // SAFETY: the list lives and copies the text; the element is ours to fill.
            unsafe {
                let element = rdkafka_sys::rd_kafka_topic_partition_list_add(
                    list.as_ptr(),
                    topic.as_ptr(),
                    partition,
                );
                (*element).offset = offset.unwrap_or(missing);
            }
        }
        Ok(list)
    }

    pub(crate) fn as_ptr(&self) -> *mut rd_kafka_topic_partition_list_t {
        self.0.as_ptr()
    }
}

impl Drop for List {
    fn drop(&mut self) {
        // SAFETY: nobody else has it.
        unsafe { rdkafka_sys::rd_kafka_topic_partition_list_destroy(self.as_ptr()) }
    }
}

impl fmt::Debug for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("List")
    }
}

/// Copies a list of librdkafka's; null is empty.
///
/// # Safety
///
/// `list` is null or a list.
pub(crate) unsafe fn answers(list: *const rd_kafka_topic_partition_list_t) -> Vec<Answer> {
    if list.is_null() {
        return Vec::new();
    }
    // SAFETY: a list has `cnt` elements; none without an array.
    let elements = unsafe {
        match usize::try_from((*list).cnt) {
            Ok(count) if count > 0 => slice::from_raw_parts((*list).elems, count),
            _ => &[],
        }
    };
    elements
        .iter()
        .map(|element| {
            // SAFETY: the element is one of librdkafka's, and its topic a text.
            let (topic, code) = unsafe {
                (
                    native::text(element.topic),
                    native::code_of_partition(element),
                )
            };
            let place = Place {
                topic,
                partition: element.partition,
                // Logical offsets, such as "none", are negative.
                offset: (element.offset >= 0).then_some(element.offset),
            };
            (place, Error::check(code))
        })
        .collect()
}

/// Copies the places of a list, without what was answered for each.
///
/// # Safety
///
/// As [`answers`].
pub(crate) unsafe fn places(list: *const rd_kafka_topic_partition_list_t) -> Vec<Place> {
    // SAFETY: as is said.
    let answers = unsafe { answers(list) };
    answers.into_iter().map(|(place, _answer)| place).collect()
}

/// Fails with the first answer that is an error.
pub(crate) fn all(answers: Vec<Answer>) -> Result<Vec<Place>, Error> {
    answers
        .into_iter()
        .map(|(place, answer)| match answer {
            Ok(()) => Ok(place),
            Err(error) => Err(Error::new(
                error.code(),
                format!(
                    "partition {}-{}: {}",
                    place.topic,
                    place.partition,
                    error.code().text()
                ),
            )),
        })
        .collect()
}

/// The logical offset that means none.
pub(crate) const NONE: i64 = rdkafka_sys::RD_KAFKA_OFFSET_INVALID as i64;
