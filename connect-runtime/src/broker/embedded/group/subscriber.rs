//! [`Subscriber`]: a group's member, its wishes and what it has not heard.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use connect_api::{Result, Str, TopicPartition};
use tokio::sync::Notify;

use super::super::super::{ChosenTopics, Subscription};

/// What a member is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) enum Event {
    Assigned(Vec<TopicPartition>),
    Revoked(Vec<TopicPartition>),
    Lost(Vec<TopicPartition>),
}

/// A member of a group, what it wants and what it has not heard yet.
#[derive(Debug)]
pub(in super::super) struct Subscriber {
    topics: ChosenTopics,
    patience: Duration,
    wake: Arc<Notify>,
    events: VecDeque<Event>,
}

impl Subscriber {
    /// `patience` is how long revoked partitions may be held.
    ///
    /// # Errors
    ///
    /// `Config`: the pattern is none.
    pub(in super::super) fn new(
        subscription: &Subscription,
        patience: Duration,
        wake: Arc<Notify>,
    ) -> Result<Self> {
        Ok(Self {
            topics: ChosenTopics::of(subscription)?,
            patience,
            wake,
            events: VecDeque::new(),
        })
    }

    pub(super) fn wants(&self, topic: &Str) -> bool {
        self.topics.contains(topic)
    }

    pub(super) fn patience(&self) -> Duration {
        self.patience
    }

    pub(super) fn tell(&mut self, event: Event) {
        self.events.push_back(event);
        self.wake();
    }

    pub(super) fn wake(&self) {
        self.wake.notify_one();
    }

    pub(super) fn event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }
}
