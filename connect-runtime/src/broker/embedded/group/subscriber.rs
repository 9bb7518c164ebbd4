//! [`Subscriber`]: a group's member, its wishes and what it has not heard.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use connect_api::{Error, Result, Str, TopicPartition};
use regex::Regex;
use tokio::sync::Notify;

use super::super::super::Subscription;

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
    topics: Topics,
    patience: Duration,
    wake: Arc<Notify>,
    events: VecDeque<Event>,
}

#[derive(Debug)]
enum Topics {
    Named(Vec<Str>),
    /// Anchored at both ends.
    Matching(Regex),
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
        let topics = match subscription {
            Subscription::Topics(topics) => Topics::Named(topics.clone()),
            Subscription::Pattern(pattern) => {
                let regex = Regex::new(&format!("^(?:{pattern})$")).map_err(|error| {
                    Error::config(format!(
                        "`topics.regex`: expected a pattern, found `{pattern}`"
                    ))
                    .with_source(error)
                })?;
                Topics::Matching(regex)
            }
        };
        Ok(Self {
            topics,
            patience,
            wake,
            events: VecDeque::new(),
        })
    }

    pub(super) fn wants(&self, topic: &Str) -> bool {
        match &self.topics {
            Topics::Named(topics) => topics.contains(topic),
            Topics::Matching(regex) => regex.is_match(topic),
        }
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
