//! [`LogReader`]: reads partitions of one topic, without a group.

use std::{
    sync::Arc,
    task::{Context, Poll},
};

use rdkafka_sys::rd_kafka_type_t;

use crate::{
    admin::Admin,
    client::{Client, End},
    config::Config,
    error::{Code, Error},
    message::Messages,
    native,
    partitions::Place,
    positions::positions,
    queue::EventQueue,
    topic::Topic,
};

/// Reads partitions of one topic, as a member of no group.
///
/// Once the topic is deleted nothing comes any more, not even an error: ask the [`Admin`] now and then.
#[derive(Debug)]
pub struct LogReader {
    errors: EventQueue,
    records: EventQueue,
    topic: Topic,
    client: Arc<Client>,
}

impl LogReader {
    /// Starts a reader of `topic`.
    ///
    /// # Errors
    ///
    /// The settings do not fit together, or the name is none.
    pub fn new(config: Config, topic: &str) -> Result<Self, Error> {
        // SAFETY: the configuration is valid.
        unsafe {
            rdkafka_sys::rd_kafka_conf_set_events(
                config.as_ptr(),
                rdkafka_sys::RD_KAFKA_EVENT_ERROR,
            );
        }
        let client = Arc::new(Client::start(
            rd_kafka_type_t::RD_KAFKA_CONSUMER,
            config,
            End::AtOnce,
        )?);
        Ok(Self {
            errors: EventQueue::of_client(&client),
            records: EventQueue::new(&client),
            topic: Topic::new(&client, topic)?,
            client,
        })
    }

    /// Returns the admin calls of this client.
    #[must_use]
    pub fn admin(&self) -> Admin {
        Admin::of(&self.client)
    }

    /// Starts reading a partition at an offset.
    ///
    /// It is not asked where the log begins: librdkafka would wait for half a second before it does that, since it does
    /// not know the partition's leader yet.
    ///
    /// # Errors
    ///
    /// It is being read already.
    pub fn start(&self, partition: i32, offset: i64) -> Result<(), Error> {
        // SAFETY: the topic and the queue live.
        let started = unsafe {
            rdkafka_sys::rd_kafka_consume_start_queue(
                self.topic.as_ptr(),
                partition,
                offset,
                self.records.as_ptr(),
            )
        };
        if started == 0 {
            Ok(())
        } else {
            // SAFETY: it reads the error that the call before left for this thread.
            Err(Error::of(Code(unsafe { native::rd_kafka_last_error() })))
        }
    }

    /// Takes the records that were fetched, or wakes `cx` when there are some.
    ///
    /// # Errors
    ///
    /// What the client says; it goes on by itself unless the error is fatal.
    pub fn poll(&self, cx: &Context<'_>) -> Poll<Result<Messages, Error>> {
        while let Poll::Ready(event) = self.errors.poll(cx) {
            event.check()?;
        }
        self.records.register(cx);
        // SAFETY: the queue is this client's, and what is forwarded to it are records.
        let messages = unsafe { Messages::take(&self.client, self.records.as_ptr()) };
        if messages.is_empty() {
            Poll::Pending
        } else {
            Poll::Ready(Ok(messages))
        }
    }

    /// Returns how far partitions were read.
    ///
    /// That is also past transaction markers and records that are not seen.
    ///
    /// # Errors
    ///
    /// There is no memory.
    pub fn positions(
        &self,
        partitions: impl IntoIterator<Item = i32>,
    ) -> Result<Vec<Place>, Error> {
        let topic = self.topic.name();
        let partitions = partitions.into_iter().map(|partition| (topic, partition));
        positions(&self.client, partitions)
    }
}
