//! [`Admin`]: what a client may ask a cluster beside records.
//!
//! Each call is one request, whose answer is awaited in a queue of its own: calls run side by side, and dropping one
//! forgets its answer.
//!
//! What only the coordinator of a group answers is asked of a broker that the caller names. Librdkafka would look for the
//! coordinator itself, but its search ends the process: a request whose time is over while its coordinator is away is
//! freed, and used once that one is back ([librdkafka 4605](https://github.com/confluentinc/librdkafka/issues/4605),
//! `rd_kafka_admin_coord_request` of 2.12). Besides, it asks whom it has found for as long as it is asked often, whatever
//! the answers are.

mod groups;
mod offsets;
mod topics;

use std::{
    ffi::{CString, c_int},
    ptr::NonNull,
    slice,
    sync::Arc,
    time::Duration,
};

use rdkafka_sys::{
    rd_kafka_AdminOptions_t, rd_kafka_admin_op_t, rd_kafka_queue_t, rd_kafka_t, rd_kafka_type_t,
};

pub use self::{
    groups::{Group, GroupState, Member},
    offsets::{End, IsolationLevel},
    topics::{Setting, Topic},
};
use crate::{
    client::{self, Client, millis},
    config::{Config, out_of_memory},
    error::Error,
    native,
    queue::{Event, EventQueue},
};

/// What a client may ask a cluster beside records.
#[derive(Clone, Debug)]
pub struct Admin {
    client: Arc<Client>,
}

impl Admin {
    /// Starts a client for these calls alone.
    ///
    /// It is a consumer, which makes no topic by asking for it, and joins no group.
    ///
    /// # Errors
    ///
    /// The settings do not fit together.
    pub fn new(config: Config) -> Result<Self, Error> {
        let kind = rd_kafka_type_t::RD_KAFKA_CONSUMER;
        let client = Client::start(kind, config, client::End::AtOnce)?;
        Ok(Self::of(&Arc::new(client)))
    }

    pub(crate) fn of(client: &Arc<Client>) -> Self {
        Self {
            client: Arc::clone(client),
        }
    }

    /// Returns the id of the cluster; `None` if no broker answered in time.
    ///
    /// It blocks the thread.
    #[must_use]
    pub fn cluster_id(&self, patience: Duration) -> Option<String> {
        // SAFETY: the instance lives; the answer is null or a text of ours, which is freed once.
        unsafe {
            let id = rdkafka_sys::rd_kafka_clusterid(self.client.as_ptr(), millis(patience));
            let text = (!id.is_null()).then(|| native::text(id));
            rdkafka_sys::rd_kafka_mem_free(self.client.as_ptr(), id.cast());
            text
        }
    }

    /// Sends a request and waits for its answer.
    ///
    /// `ask` gets the instance, the options and the queue for the answer; nothing that it makes is needed afterwards.
    fn call(
        &self,
        operation: rd_kafka_admin_op_t,
        limits: &Limits,
        ask: impl FnOnce(*mut rd_kafka_t, *const rd_kafka_AdminOptions_t, *mut rd_kafka_queue_t),
    ) -> impl Future<Output = Result<Event, Error>> + Send + 'static {
        let options = Options::new(&self.client, operation, limits);
        let asked = options.map(|options| {
            let answers = EventQueue::new(&self.client);
            ask(self.client.as_ptr(), options.as_ptr(), answers.as_ptr());
            answers
        });
        async move {
            let event = asked?.next().await;
            event.check()?;
            Ok(event)
        }
    }
}

/// How long a request may take, and what else belongs to it.
#[derive(Clone, Copy, Debug, Default)]
struct Limits {
    /// How long it may take until there is an answer; a minute, unless `socket.timeout.ms` says otherwise.
    patience: Option<Duration>,
    /// How long the cluster may take to do what is asked, beyond taking the request.
    operation: Option<Duration>,
    isolation: Option<IsolationLevel>,
    /// Which broker is asked, where any could answer.
    broker: Option<i32>,
    /// Whether offsets of open transactions are waited for.
    is_stable: bool,
}

impl Limits {
    /// How long a certain broker may take: another one may do its work by then.
    const PATIENCE: Duration = Duration::from_secs(10);

    /// Those of what a certain broker is asked.
    fn at(broker: i32) -> Self {
        Self {
            patience: Some(Self::PATIENCE),
            broker: Some(broker),
            ..Self::default()
        }
    }
}

/// The options of a request.
struct Options(NonNull<rd_kafka_AdminOptions_t>);

impl Options {
    fn new(
        client: &Client,
        operation: rd_kafka_admin_op_t,
        limits: &Limits,
    ) -> Result<Self, Error> {
        // SAFETY: the instance lives.
        let made = unsafe { rdkafka_sys::rd_kafka_AdminOptions_new(client.as_ptr(), operation) };
        let options = NonNull::new(made).map(Self).ok_or_else(out_of_memory)?;
        let raw = options.as_ptr();
        // SAFETY: the options live; no text is asked for, and error objects are ours.
        unsafe {
            if let Some(time) = limits.patience {
                let set = native::rd_kafka_AdminOptions_set_request_timeout(
                    raw,
                    millis(time),
                    client::nothing(),
                    0,
                );
                Error::check(set)?;
            }
            if let Some(time) = limits.operation {
                let set = native::rd_kafka_AdminOptions_set_operation_timeout(
                    raw,
                    millis(time),
                    client::nothing(),
                    0,
                );
                Error::check(set)?;
            }
            if let Some(broker) = limits.broker {
                let set =
                    native::rd_kafka_AdminOptions_set_broker(raw, broker, client::nothing(), 0);
                Error::check(set)?;
            }
            if let Some(level) = limits.isolation {
                Error::take(rdkafka_sys::rd_kafka_AdminOptions_set_isolation_level(
                    raw,
                    level.native(),
                ))?;
            }
            if limits.is_stable {
                Error::take(rdkafka_sys::rd_kafka_AdminOptions_set_require_stable_offsets(raw, 1))?;
            }
        }
        Ok(options)
    }

    fn as_ptr(&self) -> *mut rd_kafka_AdminOptions_t {
        self.0.as_ptr()
    }
}

impl Drop for Options {
    fn drop(&mut self) {
        // SAFETY: nobody else has them.
        unsafe { rdkafka_sys::rd_kafka_AdminOptions_destroy(self.as_ptr()) }
    }
}

/// Reads an array that an answer has.
///
/// # Safety
///
/// `read` answers an array and writes how many elements it has.
unsafe fn array<T: Copy>(read: impl FnOnce(*mut usize) -> *mut T) -> Vec<T> {
    let mut count = 0;
    let array = read(&raw mut count);
    if array.is_null() {
        return Vec::new();
    }
    // SAFETY: it has so many elements.
    unsafe { slice::from_raw_parts(array, count) }.to_vec()
}

/// Fails unless the code is none, with the text that came along.
fn checked(code: c_int, text: String) -> Result<(), Error> {
    Error::check(code).map_err(|error| match text.is_empty() {
        true => error,
        false => Error::new(error.code(), text),
    })
}

/// Fails if an error object that somebody else owns is one.
///
/// # Safety
///
/// `error` is null or an error object.
unsafe fn borrowed(error: *const rdkafka_sys::rd_kafka_error_t) -> Result<(), Error> {
    if error.is_null() {
        return Ok(());
    }
    // SAFETY: it is an error object, whose text lives as long.
    unsafe {
        checked(
            native::rd_kafka_error_code(error),
            native::text(rdkafka_sys::rd_kafka_error_string(error)),
        )
    }
}

fn c_texts(texts: &[&str]) -> Result<Vec<CString>, Error> {
    texts
        .iter()
        .map(|text| crate::config::c_text(text))
        .collect()
}
