//! [`Subscriber`]: a group's member, its wishes and what it has not heard.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use connect_api::{Result, Str, TopicPartition};
use tokio::sync::Notify;

use super::super::super::{ChosenTopics, ConsumerOptions};

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
    client_id: Str,
    topics: ChosenTopics,
    patience: Duration,
    wake: Arc<Notify>,
    events: VecDeque<Event>,
}

impl Subscriber {
    /// # Errors
    ///
    /// `Config`: the pattern is none.
    pub(in super::super) fn new(options: &ConsumerOptions, wake: Arc<Notify>) -> Result<Self> {
        Ok(Self {
            client_id: options.client_id.clone(),
            topics: ChosenTopics::of(&options.subscription)?,
            patience: options.rebalance_timeout,
            wake,
            events: VecDeque::new(),
        })
    }

    pub(super) fn client_id(&self) -> &Str {
        &self.client_id
    }

    pub(super) fn wants(&self, topic: &Str) -> bool {
        self.topics.contains(topic)
    }

    /// Returns how long revoked partitions may be held.
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
