//! [`Groups`]: who is a member of which consumer group, and who owns which partition.
//!
//! A pure state machine: calls and the time go in, events for the members come out. A partition moves in two steps:
//! its owner is told [`Event::Revoked`] and lets it go, or is too slow and has [`Event::Lost`] it; then the next owner is
//! told [`Event::Assigned`]. Partitions that do not move are not touched.

mod assignment;
mod subscriber;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use connect_api::{Error, Result, Str, TopicPartition};

use self::assignment::{Assignment, assign};
pub(super) use self::subscriber::{Event, Subscriber};
use super::{
    super::{GroupDescription, GroupMember, GroupPhase},
    log::LogId,
    topic::{Catalog, Topic},
};

/// The members of all consumer groups.
#[derive(Debug, Default)]
pub(super) struct Groups {
    groups: BTreeMap<Str, Group>,
    members: u64,
    /// The topics as they were told last. Kept here, so that no caller can bring older ones.
    catalog: Arc<Catalog>,
}

#[derive(Debug, Default)]
struct Group {
    members: BTreeMap<u64, Subscriber>,
    /// Who should have what.
    target: Assignment,
    /// Who has what.
    owners: BTreeMap<TopicPartition, Owner>,
    /// The logs of the partitions: a topic that is deleted and created again has others.
    logs: BTreeMap<TopicPartition, LogId>,
}

#[derive(Debug)]
struct Owner {
    member: u64,
    log: LogId,
    hold: Hold,
}

#[derive(Debug, PartialEq, Eq)]
enum Hold {
    Firm,
    /// It has to let go until then.
    Revoked {
        until: Duration,
    },
}

impl Groups {
    /// Adds a member, and returns its number.
    pub(super) fn join(&mut self, group: &Str, member: Subscriber, now: Duration) -> u64 {
        self.members += 1;
        let number = self.members;
        let group = self.groups.entry(group.clone()).or_default();
        group.members.insert(number, member);
        group.rebalance(&self.catalog, now);
        number
    }

    /// Removes a member; its partitions go to others at once.
    pub(super) fn leave(&mut self, name: &Str, member: u64, now: Duration) {
        let Some(group) = self.groups.get_mut(name) else {
            return;
        };
        if let Some(left) = group.members.remove(&member) {
            left.wake();
        }
        group.owners.retain(|_, owner| owner.member != member);
        if group.members.is_empty() {
            self.groups.remove(name);
        } else {
            group.rebalance(&self.catalog, now);
        }
    }

    /// Takes other topics; groups that want none of those that changed are not looked at.
    pub(super) fn topics_changed(&mut self, catalog: &Arc<Catalog>, now: Duration) {
        let changed = differences(&self.catalog, catalog);
        for group in self.groups.values_mut() {
            if changed.iter().any(|topic| group.wants(topic)) {
                group.rebalance(catalog, now);
            }
        }
        self.catalog = Arc::clone(catalog);
    }

    /// Has all members look what happened.
    pub(super) fn wake_all(&self) {
        let members = self
            .groups
            .values()
            .flat_map(|group| group.members.values());
        members.for_each(Subscriber::wake);
    }

    /// Lets revoked partitions go; others are none of its business.
    pub(super) fn release(
        &mut self,
        group: &Str,
        (member, partitions): (u64, &[TopicPartition]),
        now: Duration,
    ) {
        if let Some(group) = self.groups.get_mut(group) {
            group.owners.retain(|at, owner| {
                owner.member != member || owner.hold == Hold::Firm || !partitions.contains(at)
            });
            group.reconcile(now);
        }
    }

    /// Takes partitions from members that did not let go in time.
    pub(super) fn expire(&mut self, now: Duration) {
        for group in self.groups.values_mut() {
            group.expire(now);
        }
    }

    /// Returns when the next revoked partition is lost.
    pub(super) fn deadline(&self) -> Option<Duration> {
        let owners = self.groups.values().flat_map(|group| group.owners.values());
        owners
            .filter_map(|owner| match owner.hold {
                Hold::Firm => None,
                Hold::Revoked { until } => Some(until),
            })
            .min()
    }

    /// Returns what happened to a member; `None` if nothing did.
    ///
    /// # Errors
    ///
    /// `Fenced`: it is no member any more.
    pub(super) fn event(&mut self, group: &Str, member: u64) -> Result<Option<Event>> {
        let found = self.groups.get_mut(group);
        let found = found.and_then(|group| group.members.get_mut(&member));
        match found {
            Some(member) => Ok(member.event()),
            None => Err(closed(group)),
        }
    }

    /// Returns whether the member has the partition, firmly.
    pub(super) fn holds(&self, group: &Str, member: u64, at: &TopicPartition) -> bool {
        let owner = self
            .groups
            .get(group)
            .and_then(|group| group.owners.get(at));
        owner.is_some_and(|owner| owner.member == member && owner.hold == Hold::Firm)
    }

    /// Answers whether the member is one, and may commit offsets of these partitions.
    pub(super) fn check_owner<'a>(
        &self,
        group: &Str,
        member: u64,
        mut partitions: impl Iterator<Item = &'a TopicPartition>,
    ) -> Result<()> {
        let found = self.groups.get(group);
        let found = found.filter(|group| group.members.contains_key(&member));
        let found = found.ok_or_else(|| closed(group))?;
        let owns = |at: &TopicPartition| {
            let owner = found.owners.get(at);
            owner.is_some_and(|owner| owner.member == member)
        };
        match partitions.find(|at| !owns(at)) {
            None => Ok(()),
            Some(at) => Err(Error::fenced(format!(
                "group `{group}`: partition {at} is no longer this consumer's"
            ))),
        }
    }

    /// Lists the members in the order in which they joined.
    pub(super) fn describe(&self, group: &str) -> GroupDescription {
        let Some(group) = self.groups.get(group) else {
            return GroupDescription {
                phase: GroupPhase::Stable,
                members: Vec::new(),
            };
        };
        let is_firm = |owner: &Owner| owner.hold == Hold::Firm;
        let phase = match group.owners.values().all(is_firm) {
            true => GroupPhase::Stable,
            false => GroupPhase::Rebalancing,
        };
        let members = group.members.values().map(|member| GroupMember {
            client_id: member.client_id().clone(),
        });
        GroupDescription {
            phase,
            members: members.collect(),
        }
    }

    /// Refuses groups that have members.
    pub(super) fn check_empty(&self, group: &Str) -> Result<()> {
        match self.groups.get(group) {
            None => Ok(()),
            Some(found) => Err(Error::fenced(format!(
                "group `{group}`: expected no members, found {}",
                found.members.len()
            ))),
        }
    }
}

fn closed(group: &Str) -> Error {
    Error::fenced(format!("consumer of group `{group}` was closed"))
}

/// Lists the topics that only one of the two has; one that was created anew is another one.
fn differences<'a>(one: &'a Catalog, other: &'a Catalog) -> Vec<&'a Str> {
    let missing = |from: &'a Catalog, topics: &'a Catalog| {
        let is_missing = |topic: &&Arc<Topic>| {
            from.get(&topic.name)
                .is_none_or(|found| found.id != topic.id)
        };
        let missing = topics.values().filter(is_missing);
        missing.map(|topic| &topic.name).collect::<Vec<_>>()
    };
    [missing(one, other), missing(other, one)].concat()
}

impl Group {
    fn wants(&self, topic: &Str) -> bool {
        self.members.values().any(|member| member.wants(topic))
    }

    fn rebalance(&mut self, catalog: &Catalog, now: Duration) {
        let mut wanted: BTreeMap<TopicPartition, Vec<u64>> = BTreeMap::new();
        self.logs.clear();
        for topic in catalog.values() {
            let subscribed = self.members.iter().filter(|(_, m)| m.wants(&topic.name));
            let members: Vec<u64> = subscribed.map(|(number, _)| *number).collect();
            if members.is_empty() {
                continue;
            }
            for log in &topic.logs {
                self.logs.insert(log.partition.clone(), log.id);
                wanted.insert(log.partition.clone(), members.clone());
            }
        }
        self.target = assign(&wanted, &self.target);
        self.drop_deleted(catalog);
        self.reconcile(now);
    }

    /// Nobody can let go of what is not there any more.
    fn drop_deleted(&mut self, catalog: &Catalog) {
        let mut lost: BTreeMap<u64, Vec<TopicPartition>> = BTreeMap::new();
        self.owners.retain(|at, owner| {
            let topic = catalog.get(&at.topic);
            let exists = topic.is_some_and(|topic| topic.log_ids().any(|id| id == owner.log));
            if !exists {
                lost.entry(owner.member).or_default().push(at.clone());
            }
            exists
        });
        self.tell(lost, Event::Lost);
    }

    fn expire(&mut self, now: Duration) {
        let mut lost: BTreeMap<u64, Vec<TopicPartition>> = BTreeMap::new();
        self.owners.retain(|at, owner| match owner.hold {
            Hold::Revoked { until } if until <= now => {
                lost.entry(owner.member).or_default().push(at.clone());
                false
            }
            _ => true,
        });
        if !lost.is_empty() {
            self.tell(lost, Event::Lost);
            self.reconcile(now);
        }
    }

    /// Moves towards the target as far as owners allow.
    fn reconcile(&mut self, now: Duration) {
        let mut revoked: BTreeMap<u64, Vec<TopicPartition>> = BTreeMap::new();
        for (at, owner) in &mut self.owners {
            if owner.hold == Hold::Firm && self.target.get(at) != Some(&owner.member) {
                let patience = self.members[&owner.member].patience();
                owner.hold = Hold::Revoked {
                    until: now.saturating_add(patience),
                };
                revoked.entry(owner.member).or_default().push(at.clone());
            }
        }
        let mut assigned: BTreeMap<u64, Vec<TopicPartition>> = BTreeMap::new();
        for (at, member) in &self.target {
            if !self.owners.contains_key(at) {
                let owner = Owner {
                    member: *member,
                    log: self.logs[at],
                    hold: Hold::Firm,
                };
                self.owners.insert(at.clone(), owner);
                assigned.entry(*member).or_default().push(at.clone());
            }
        }
        self.tell(revoked, Event::Revoked);
        self.tell(assigned, Event::Assigned);
    }

    fn tell(
        &mut self,
        partitions: BTreeMap<u64, Vec<TopicPartition>>,
        event: fn(Vec<TopicPartition>) -> Event,
    ) {
        for (member, partitions) in partitions {
            if let Some(member) = self.members.get_mut(&member) {
                member.tell(event(partitions));
            }
        }
    }
}

#[cfg(test)]
mod tests;
