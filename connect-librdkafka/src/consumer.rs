//! [`Consumer`]: a member of a consumer group that takes records in batches.

use std::{
    ptr::NonNull,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
};

use rdkafka_sys::rd_kafka_type_t;

use crate::{
    admin::Admin,
    client::{Client, End, nothing},
    config::{Config, c_text},
    error::{Code, Error},
    message::Messages,
    native,
    partitions::{self, List, Place},
    positions::positions,
    queue::{Event, EventQueue},
};

/// A member of a consumer group with incremental rebalances.
///
/// Membership and fetching are apart: partitions that the group assigns are fetched only once
/// [`fetch`](Self::fetch) says so. Their records come from a queue of their own, so that leaving it unread is the
/// back-pressure: librdkafka stops fetching at `queued.max.messages.kbytes`, and membership is heard of all the same.
/// (`rd_kafka_pause_partitions` would throw away what was fetched.)
///
/// Somebody has to [`poll`](Self::poll) at least every `max.poll.interval.ms`. Dropped, it leaves its group on a
/// thread of its own, without committing anything.
#[derive(Debug)]
pub struct Consumer {
    membership: EventQueue,
    records: EventQueue,
    /// Held by whoever looks at the membership.
    state: Mutex<State>,
    client: Arc<Client>,
}

#[derive(Debug, Default)]
struct State {
    /// The rest is for whoever leaves.
    is_leaving: bool,
    /// The assignment was lost, and that is not told yet.
    is_lost: bool,
}

/// What happened to a member.
#[derive(Debug)]
#[non_exhaustive]
pub enum Membership {
    /// Partitions arrived; [`Consumer::accept`] is to be called.
    Assigned(Vec<Place>),
    /// Partitions go; [`Consumer::release`] is to be called, and others wait for it.
    Revoked(Vec<Place>),
    /// Partitions are gone, others may have them; [`Consumer::release`] is to be called.
    Lost(Vec<Place>),
    /// Something is wrong; the client goes on by itself unless it is fatal.
    Error(Error),
}

impl Consumer {
    /// Starts a consumer, which has no topics yet.
    ///
    /// # Errors
    ///
    /// The settings do not fit together.
    pub fn new(config: Config) -> Result<Self, Error> {
        // SAFETY: the configuration is valid.
        unsafe {
            rdkafka_sys::rd_kafka_conf_set_events(
                config.as_ptr(),
                rdkafka_sys::RD_KAFKA_EVENT_REBALANCE
                    | rdkafka_sys::RD_KAFKA_EVENT_ERROR
                    | rdkafka_sys::RD_KAFKA_EVENT_OFFSET_COMMIT,
            );
        }
        let client = Arc::new(Client::start(
            rd_kafka_type_t::RD_KAFKA_CONSUMER,
            config,
            End::Leave,
        )?);
        // SAFETY: the instance lives.
        Error::check(unsafe { native::rd_kafka_poll_set_consumer(client.as_ptr()) })?;
        Ok(Self {
            membership: EventQueue::of_consumer(&client),
            records: EventQueue::new(&client),
            state: Mutex::default(),
            client,
        })
    }

    /// Returns the admin calls of this client.
    #[must_use]
    pub fn admin(&self) -> Admin {
        Admin::of(&self.client)
    }

    /// Joins the group, for these topics and no others.
    ///
    /// It waits for librdkafka's own thread, not for the broker.
    ///
    /// # Errors
    ///
    /// A name is none.
    pub fn subscribe<'a>(&self, topics: impl IntoIterator<Item = &'a str>) -> Result<(), Error> {
        let topics = topics.into_iter().map(|topic| (topic, -1, None));
        let list = List::of(topics, partitions::NONE)?;
        // SAFETY: the instance and the list live.
        Error::check(unsafe { native::rd_kafka_subscribe(self.client.as_ptr(), list.as_ptr()) })
    }

    /// Says what happened to the membership, or wakes `cx` when something does.
    pub fn poll(&self, cx: &Context<'_>) -> Poll<Membership> {
        let mut state = self.state();
        loop {
            if state.is_leaving {
                return Poll::Pending;
            }
            let event = match self.membership.poll(cx) {
                Poll::Ready(event) => event,
                Poll::Pending => return Poll::Pending,
            };
            if let Some(news) = self.read(&event, &mut state) {
                return Poll::Ready(news);
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing under this lock can panic half way.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether partitions may be others' already.
    fn is_lost(&self) -> bool {
        // SAFETY: the instance lives.
        unsafe { rdkafka_sys::rd_kafka_assignment_lost(self.client.as_ptr()) != 0 }
    }

    fn read(&self, event: &Event, state: &mut State) -> Option<Membership> {
        match event.kind() {
            rdkafka_sys::RD_KAFKA_EVENT_REBALANCE => {
                // SAFETY: such an event has a list, which lives as long.
                let places = unsafe {
                    partitions::places(rdkafka_sys::rd_kafka_event_topic_partition_list(
                        event.as_ptr(),
                    ))
                };
                Some(match event.code() {
                    Code::ASSIGN_PARTITIONS => Membership::Assigned(places),
                    _ if std::mem::take(&mut state.is_lost) || self.is_lost() => {
                        Membership::Lost(places)
                    }
                    _ => Membership::Revoked(places),
                })
            }
            _ => event.check().err().map(Membership::Error),
        }
    }

    /// Answers an assignment: the group goes on. Nothing is fetched.
    ///
    /// # Errors
    ///
    /// The client is closing.
    pub fn accept(&self) -> Result<(), Error> {
        self.assign(&List::of([], partitions::NONE)?)
    }

    /// Fetches partitions from these offsets.
    ///
    /// # Errors
    ///
    /// One is fetched already, or the assignment was lost; then none starts.
    pub fn fetch<'a>(
        &self,
        from: impl IntoIterator<Item = (&'a str, i32, i64)>,
    ) -> Result<(), Error> {
        let from: Vec<_> = from.into_iter().collect();
        if from.is_empty() {
            return Ok(());
        }
        let mut state = self.state();
        // Assigning would make librdkafka forget it.
        state.is_lost |= self.is_lost();
        if state.is_lost {
            let text = "the assignment was lost";
            return Err(Error::new(Code::STATE, text));
        }
        for (topic, partition, _offset) in &from {
            self.forward(topic, *partition)?;
        }
        let places = from
            .into_iter()
            .map(|(topic, partition, offset)| (topic, partition, Some(offset)));
        self.assign(&List::of(places, partitions::NONE)?)
    }

    fn assign(&self, list: &List) -> Result<(), Error> {
        // SAFETY: the instance and the list live, and the error object is ours.
        unsafe {
            Error::take(rdkafka_sys::rd_kafka_incremental_assign(
                self.client.as_ptr(),
                list.as_ptr(),
            ))
        }
    }

    /// Lets the records of a partition arrive in the queue of records. Stopping to fetch it undoes that.
    fn forward(&self, topic: &str, partition: i32) -> Result<(), Error> {
        let topic = c_text(topic)?;
        // SAFETY: the instance and the queue live.
        unsafe {
            let queue = rdkafka_sys::rd_kafka_queue_get_partition(
                self.client.as_ptr(),
                topic.as_ptr(),
                partition,
            );
            if let Some(queue) = NonNull::new(queue) {
                rdkafka_sys::rd_kafka_queue_forward(queue.as_ptr(), self.records.as_ptr());
                rdkafka_sys::rd_kafka_queue_destroy(queue.as_ptr());
            }
        }
        Ok(())
    }

    /// Stops fetching partitions, and answers a revocation if one waits. Their records may still be in the queue.
    ///
    /// # Errors
    ///
    /// One is not fetched; then none stops.
    pub fn release<'a>(
        &self,
        partitions: impl IntoIterator<Item = (&'a str, i32)>,
    ) -> Result<(), Error> {
        let places = partitions
            .into_iter()
            .map(|(topic, partition)| (topic, partition, None));
        let list = List::of(places, partitions::NONE)?;
        // SAFETY: the instance and the list live, and the error object is ours.
        unsafe {
            Error::take(rdkafka_sys::rd_kafka_incremental_unassign(
                self.client.as_ptr(),
                list.as_ptr(),
            ))
        }
    }

    /// Goes on fetching at other offsets; what was fetched before is dropped.
    ///
    /// # Errors
    ///
    /// The client is closing.
    pub fn seek<'a>(&self, to: impl IntoIterator<Item = (&'a str, i32, i64)>) -> Result<(), Error> {
        let places = to
            .into_iter()
            .map(|(topic, partition, offset)| (topic, partition, Some(offset)));
        let list = List::of(places, partitions::NONE)?;
        // SAFETY: the instance and the list live, and the error object is ours. Without a time-out the seek begins at
        // once, and what was fetched before is outdated from here on.
        unsafe {
            Error::take(rdkafka_sys::rd_kafka_seek_partitions(
                self.client.as_ptr(),
                list.as_ptr(),
                0,
            ))
        }
    }

    /// Leaves the group, without committing anything. It blocks the thread.
    pub fn leave(&self) {
        self.state().is_leaving = true;
        self.client.leave();
    }

    /// Takes the records that were fetched, or wakes `cx` when some are.
    pub fn poll_records(&self, cx: &Context<'_>) -> Poll<Messages> {
        self.records.register(cx);
        // SAFETY: the queue is this client's, and what is forwarded to it are records.
        let messages = unsafe { Messages::take(&self.client, self.records.as_ptr()) };
        if messages.is_empty() {
            Poll::Pending
        } else {
            Poll::Ready(messages)
        }
    }

    /// Returns how far partitions were read.
    ///
    /// That is also past transaction markers and records that are not seen. Those of which nothing was read yet have no
    /// offset.
    ///
    /// # Errors
    ///
    /// There is no memory.
    pub fn positions<'a>(
        &self,
        partitions: impl IntoIterator<Item = (&'a str, i32)>,
    ) -> Result<Vec<Place>, Error> {
        positions(&self.client, partitions)
    }

    /// Commits offsets for the group, as a member of it.
    ///
    /// Once this was called they are on their way, whether the answer is awaited or not.
    ///
    /// # Errors
    ///
    /// As the broker answers, for the whole or the first partition that it refused.
    pub fn commit<'a>(
        &self,
        offsets: impl IntoIterator<Item = (&'a str, i32, i64)>,
    ) -> impl Future<Output = Result<(), Error>> + Send + 'static {
        let places = offsets
            .into_iter()
            .map(|(topic, partition, offset)| (topic, partition, Some(offset)));
        let asked = List::of(places, partitions::NONE).and_then(|list| {
            let answers = EventQueue::new(&self.client);
            // SAFETY: all live; without a callback the answer comes as an event.
            let code = unsafe {
                native::rd_kafka_commit_queue(
                    self.client.as_ptr(),
                    list.as_ptr(),
                    answers.as_ptr(),
                    nothing::<std::ffi::c_void>(),
                    nothing(),
                )
            };
            Error::check(code).map(|()| answers)
        });
        async move {
            let event = asked?.next().await;
            event.check()?;
            // SAFETY: such an event has a list, which lives as long.
            let answers = unsafe {
                partitions::answers(rdkafka_sys::rd_kafka_event_topic_partition_list(
                    event.as_ptr(),
                ))
            };
            partitions::all(answers).map(drop)
        }
    }

    /// Returns the error after which the consumer can do nothing more.
    #[must_use]
    pub fn fatal_error(&self) -> Option<Error> {
        self.client.fatal_error()
    }
}
