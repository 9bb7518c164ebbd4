//! [`Messages`]: records as they were read, many at once.

use std::{ffi::CStr, fmt, marker::PhantomData, ptr::NonNull, slice, sync::Arc};

use rdkafka_sys::{rd_kafka_headers_t, rd_kafka_message_t, rd_kafka_queue_t};

use crate::{
    client::{Client, nothing},
    error::{Code, Error},
    native,
};

/// How many records are taken from a queue with one call.
const BATCH: usize = 1024;

/// Records in the order in which they were read; those of one partition keep theirs.
///
/// Taking them copies nothing: they are slices of what was fetched, which is freed with this value.
pub struct Messages {
    messages: Vec<NonNull<rd_kafka_message_t>>,
    /// They are parts of it.
    _client: Arc<Client>,
}

// SAFETY: messages belong to nobody else, and may be freed on any thread.
unsafe impl Send for Messages {}

impl Messages {
    /// Takes what waits in a queue, without waiting for more.
    ///
    /// # Safety
    ///
    /// The queue is one of `client`'s, and records come from it.
    pub(crate) unsafe fn take(client: &Arc<Client>, queue: *mut rd_kafka_queue_t) -> Self {
        let mut taken = [nothing(); BATCH];
        // SAFETY: as is said, and the array has as many places; without a time-out nothing is waited for.
        let count = unsafe {
            rdkafka_sys::rd_kafka_consume_batch_queue(queue, 0, taken.as_mut_ptr(), BATCH)
        };
        let count = usize::try_from(count).unwrap_or(0);
        let taken = taken[..count].iter();
        Self {
            messages: taken.filter_map(|message| NonNull::new(*message)).collect(),
            _client: Arc::clone(client),
        }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    /// Returns how many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.messages.len()
    }

    /// Returns each of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = Message<'_>> {
        // SAFETY: they live as long as this value.
        self.messages
            .iter()
            .map(|message| Message(unsafe { message.as_ref() }))
    }
}

impl Drop for Messages {
    fn drop(&mut self) {
        for message in &self.messages {
            // SAFETY: nobody else has it.
            unsafe { rdkafka_sys::rd_kafka_message_destroy(message.as_ptr()) }
        }
    }
}

impl fmt::Debug for Messages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Messages({})", self.messages.len())
    }
}

/// One record, or what happened to its partition.
#[derive(Clone, Copy)]
pub struct Message<'a>(&'a rd_kafka_message_t);

impl<'a> Message<'a> {
    /// Returns what happened to the partition; `None` for a record.
    ///
    /// [`Code::PARTITION_EOF`] says that everything before [`offset`](Self::offset) was read.
    #[must_use]
    pub fn code(&self) -> Option<Code> {
        // SAFETY: it is a message of librdkafka's.
        let code = Code(unsafe { native::code_of_message(self.0) });
        (code != Code::NONE).then_some(code)
    }

    /// Returns the error that [`code`](Self::code) names, with its text.
    #[must_use]
    pub fn error(&self) -> Option<Error> {
        let code = self.code()?;
        // SAFETY: it is a message of librdkafka's, whose text lives as long.
        let text = unsafe { native::text(rdkafka_sys::rd_kafka_message_errstr(self.0)) };
        Some(Error::new(code, text))
    }

    /// Returns a number that messages of one topic share, for as long as they live.
    #[must_use]
    pub fn topic_number(&self) -> usize {
        self.0.rkt as usize
    }

    /// Returns the topic.
    #[must_use]
    pub fn topic(&self) -> &'a str {
        if self.0.rkt.is_null() {
            return "";
        }
        // SAFETY: the message keeps its topic alive, whose name is a text.
        let name = unsafe { CStr::from_ptr(rdkafka_sys::rd_kafka_topic_name(self.0.rkt)) };
        name.to_str().unwrap_or("")
    }

    /// Returns the partition.
    #[must_use]
    pub fn partition(&self) -> i32 {
        self.0.partition
    }

    /// Returns the offset.
    #[must_use]
    pub fn offset(&self) -> i64 {
        self.0.offset
    }

    /// Returns the timestamp, in milliseconds since the epoch; -1 if it has none.
    #[must_use]
    pub fn timestamp(&self) -> i64 {
        // SAFETY: it is a message of librdkafka's; the kind of timestamp is not asked for.
        unsafe { rdkafka_sys::rd_kafka_message_timestamp(self.0, nothing()) }
    }

    /// Returns the key.
    #[must_use]
    pub fn key(&self) -> Option<&'a [u8]> {
        // SAFETY: the message has so many bytes of it, for as long as it lives.
        unsafe { bytes_at(self.0.key.cast(), self.0.key_len) }
    }

    /// Returns the value.
    #[must_use]
    pub fn value(&self) -> Option<&'a [u8]> {
        // SAFETY: as for the key.
        unsafe { bytes_at(self.0.payload.cast(), self.0.len) }
    }

    /// Returns the headers, which are looked for anew at each call.
    #[must_use]
    pub fn headers(&self) -> FoundHeaders<'a> {
        let mut headers: *mut rd_kafka_headers_t = nothing();
        // SAFETY: it is a message of librdkafka's, which keeps the headers alive.
        let found = unsafe { native::rd_kafka_message_headers(self.0, &raw mut headers) };
        FoundHeaders {
            found: if Code(found) == Code::NONE {
                headers
            } else {
                nothing()
            },
            of: PhantomData,
        }
    }
}

/// The headers of a record.
#[derive(Clone, Copy, Debug)]
pub struct FoundHeaders<'a> {
    /// Null if there are none.
    found: *const rd_kafka_headers_t,
    of: PhantomData<&'a rd_kafka_message_t>,
}

impl<'a> FoundHeaders<'a> {
    /// Returns the name and the value of each, in order.
    pub fn iter(self) -> impl Iterator<Item = (&'a [u8], Option<&'a [u8]>)> {
        (0..).map_while(move |index| self.at(index))
    }

    fn at(self, index: usize) -> Option<(&'a [u8], Option<&'a [u8]>)> {
        if self.found.is_null() {
            return None;
        }
        let (mut name, mut value, mut size) = (std::ptr::null(), std::ptr::null(), 0);
        // SAFETY: the headers live as long as their message; beyond the last one the answer is an error.
        unsafe {
            let found = native::rd_kafka_header_get_all(
                self.found,
                index,
                &raw mut name,
                &raw mut value,
                &raw mut size,
            );
            (Code(found) == Code::NONE).then(|| {
                (
                    CStr::from_ptr(name).to_bytes(),
                    bytes_at(value.cast(), size),
                )
            })
        }
    }
}

/// # Safety
///
/// `start` is null, or there are `length` bytes for as long as `'a`.
unsafe fn bytes_at<'a>(start: *const u8, length: usize) -> Option<&'a [u8]> {
    // SAFETY: as is said.
    (!start.is_null()).then(|| unsafe { slice::from_raw_parts(start, length) })
}

impl fmt::Debug for Message<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}@{}", self.topic(), self.partition(), self.offset())
    }
}
