//! [`Ownership`]: what a member of a group has, and what was fetched of it. No I/O.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use connect_api::{Error, Result, TopicPartition};
use connect_librdkafka::{Messages, Place};
use tokio::time::Instant;

use super::{
    super::Fetched,
    ends::is_missing,
    errors::classified,
    records::{Read, read},
};

/// What a member of a group has, and what was fetched of it.
#[derive(Debug, Default)]
pub(super) struct Ownership {
    /// Partitions that are this member's; `None` for those that are not fetched.
    owned: BTreeMap<TopicPartition, Option<Position>>,
    revocation: Option<Revocation>,
    ready: VecDeque<Fetched>,
}

/// How far a partition was read.
#[derive(Debug)]
struct Position {
    /// Where reading goes on.
    next: i64,
    /// What the client says of its position until it has read something from here: where it was before.
    stale: Option<i64>,
}

/// Partitions that others want.
#[derive(Debug)]
struct Revocation {
    /// Those that are not released.
    left: BTreeSet<TopicPartition>,
    /// Those of all of them that were fetched.
    fetched: Vec<TopicPartition>,
    deadline: Instant,
}

/// What the group is to be answered: the member stops fetching these, and lets go what it was asked for.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) fetched: Vec<TopicPartition>,
}

impl Ownership {
    /// Whether a partition is this member's, and not wanted by others.
    pub(super) fn holds(&self, at: &TopicPartition) -> bool {
        self.owned.contains_key(at)
    }

    pub(super) fn is_fetched(&self, at: &TopicPartition) -> bool {
        matches!(self.owned.get(at), Some(Some(_)))
    }

    /// Whether offsets of a partition may be committed: until it is released.
    pub(super) fn may_commit(&self, at: &TopicPartition) -> bool {
        let is_left = |revocation: &Revocation| revocation.left.contains(at);
        self.holds(at) || self.revocation.as_ref().is_some_and(is_left)
    }

    /// Until when revoked partitions have to be released.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.revocation
            .as_ref()
            .map(|revocation| revocation.deadline)
    }

    pub(super) fn assigned(&mut self, places: Vec<Place>) -> Vec<TopicPartition> {
        let partitions = partitions_of(places);
        self.owned
            .extend(partitions.iter().map(|at| (at.clone(), None)));
        partitions
    }

    /// Takes partitions out of what is fetched; answered at once if nobody has to settle any.
    pub(super) fn revoked(
        &mut self,
        places: Vec<Place>,
        deadline: Instant,
    ) -> (Vec<TopicPartition>, Option<Answer>) {
        let (partitions, fetched) = self.remove(places);
        if partitions.is_empty() {
            return (partitions, Some(Answer { fetched }));
        }
        self.revocation = Some(Revocation {
            left: partitions.iter().cloned().collect(),
            fetched,
            deadline,
        });
        (partitions, None)
    }

    /// Forgets partitions, those that others wanted before included.
    pub(super) fn lost(&mut self, places: Vec<Place>) -> (Vec<TopicPartition>, Answer) {
        let (mut partitions, mut fetched) = self.remove(places);
        if let Some(revocation) = self.revocation.take() {
            partitions.extend(revocation.left);
            fetched.extend(revocation.fetched);
        }
        (partitions, Answer { fetched })
    }

    /// Forgets what was not released in time.
    pub(super) fn expired(&mut self) -> (Vec<TopicPartition>, Answer) {
        self.lost(Vec::new())
    }

    /// Lets partitions go; the group is answered when the last of them is.
    pub(super) fn released(&mut self, partitions: &[TopicPartition]) -> Option<Answer> {
        let revocation = self.revocation.as_mut()?;
        for at in partitions {
            revocation.left.remove(at);
        }
        let is_done = revocation.left.is_empty();
        let done = self.revocation.take_if(|_| is_done)?;
        Some(Answer {
            fetched: done.fetched,
        })
    }

    fn remove(&mut self, places: Vec<Place>) -> (Vec<TopicPartition>, Vec<TopicPartition>) {
        let mut partitions = partitions_of(places);
        let mut fetched = Vec::new();
        partitions.retain(|at| match self.owned.remove(at) {
            Some(place) => {
                fetched.extend(place.map(|_| at.clone()));
                true
            }
            None => false,
        });
        self.ready
            .retain(|fetched| !partitions.contains(&fetched.partition));
        (partitions, fetched)
    }

    /// Notes that a partition is fetched from an offset on; what was fetched before is dropped.
    pub(super) fn fetched(&mut self, at: TopicPartition, next: i64, stale: Option<i64>) {
        self.ready.retain(|fetched| fetched.partition != at);
        self.owned.insert(at, Some(Position { next, stale }));
    }

    /// Sorts what was fetched; what belongs to others is dropped.
    pub(super) fn add(&mut self, messages: &Messages, limit: usize) -> Result<()> {
        for read in read(messages, limit) {
            match read {
                Read::Records(fetched) => self.extend(fetched),
                Read::Failed(at, error) if is_missing(error.code()) => {
                    // Its topic was deleted: the group will take it away.
                    tracing::debug!(partition = %at, %error, "a partition is gone");
                }
                Read::Failed(at, error) if self.is_fetched(&at) => {
                    return Err(self.failed(&at, error));
                }
                Read::Failed(..) => {}
            }
        }
        Ok(())
    }

    /// Notes how far the client is: past records that are not seen, too. Whether that is news.
    pub(super) fn passed(&mut self, positions: Vec<Place>) -> bool {
        for place in positions {
            let at = TopicPartition::new(&place.topic, place.partition);
            let position = self.owned.get_mut(&at).and_then(Option::as_mut);
            if let (Some(next), Some(position)) = (place.offset, position)
                && position.stale != Some(next)
            {
                position.stale = None;
                self.extend(Fetched {
                    partition: at,
                    records: Vec::new(),
                    next,
                });
            }
        }
        !self.ready.is_empty()
    }

    /// Returns the partitions that are fetched.
    pub(super) fn fetching(&self) -> impl Iterator<Item = &TopicPartition> {
        let fetched = |(at, position): (_, &Option<Position>)| position.as_ref().map(|_| at);
        self.owned.iter().filter_map(fetched)
    }

    fn failed(&self, at: &TopicPartition, error: connect_librdkafka::Error) -> Error {
        let position = self.owned.get(at).and_then(Option::as_ref);
        let place = position.map_or(-1, |position| position.next);
        classified(error, format!("reading partition {at} at offset {place}"))
    }

    fn extend(&mut self, fetched: Fetched) {
        if let Some(Some(position)) = self.owned.get_mut(&fetched.partition)
            && fetched.next > position.next
        {
            position.next = fetched.next;
            self.ready.push_back(fetched);
        }
    }

    /// Takes what was fetched first.
    pub(super) fn take(&mut self) -> Option<Fetched> {
        self.ready.pop_front()
    }
}

fn partitions_of(places: Vec<Place>) -> Vec<TopicPartition> {
    places
        .into_iter()
        .map(|place| TopicPartition::new(&place.topic, place.partition))
        .collect()
}
