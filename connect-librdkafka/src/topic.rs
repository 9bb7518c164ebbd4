//! [`Topic`]: a topic that a client knows.

use std::{ffi::CStr, fmt, ptr::NonNull, sync::Arc};

use rdkafka_sys::rd_kafka_topic_t;

use crate::{
    client::{Client, nothing},
    config::{c_text, out_of_memory},
    error::Error,
};

/// A topic that a client knows.
///
/// It is looked up once, and not for each record.
pub struct Topic {
    topic: NonNull<rd_kafka_topic_t>,
    client: Arc<Client>,
}

// SAFETY: topics of librdkafka may be used by any thread.
unsafe impl Send for Topic {}
// SAFETY: as above.
unsafe impl Sync for Topic {}

impl Topic {
    pub(crate) fn new(client: &Arc<Client>, name: &str) -> Result<Self, Error> {
        let name = c_text(name)?;
        // SAFETY: the instance lives; without a configuration the client's is used.
        let made =
            unsafe { rdkafka_sys::rd_kafka_topic_new(client.as_ptr(), name.as_ptr(), nothing()) };
        let topic = NonNull::new(made).ok_or_else(out_of_memory)?;
        let client = Arc::clone(client);
        Ok(Self { topic, client })
    }

    pub(crate) fn as_ptr(&self) -> *mut rd_kafka_topic_t {
        self.topic.as_ptr()
    }

    pub(crate) fn name(&self) -> &str {
        // SAFETY: the topic lives, and its name is a text.
        let name = unsafe { CStr::from_ptr(rdkafka_sys::rd_kafka_topic_name(self.as_ptr())) };
        name.to_str().unwrap_or("")
    }

    pub(crate) fn client(&self) -> &Arc<Client> {
        &self.client
    }
}

impl Drop for Topic {
    fn drop(&mut self) {
        // SAFETY: this reference is ours, and the client is dropped after it.
        unsafe { rdkafka_sys::rd_kafka_topic_destroy(self.as_ptr()) }
    }
}

impl fmt::Debug for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Topic of {}", self.client.name())
    }
}
