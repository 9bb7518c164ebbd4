//! The offsets of consumer groups.

use std::collections::BTreeMap;

use connect_api::{Error, Offsets, Result, Str, TopicPartition};
use redb::StorageError;

use super::{
    super::{
        command::Reply,
        rows::{Key, Row},
    },
    Ledger, Tables, Work,
};

impl Ledger {
    /// Stores offsets whose owner was checked.
    pub(in super::super) fn commit_offsets(
        &mut self,
        tables: &mut Tables<'_>,
        work: &mut Work,
        (group, offsets, reply): (Str, Offsets, Reply<()>),
    ) -> Result<(), StorageError> {
        let changes = offsets.into_iter().map(|(at, offset)| (at, Some(offset)));
        self.set_offsets(tables, &group, changes)?;
        work.answer(reply, ());
        Ok(())
    }

    /// Sets offsets of a group that has no members.
    pub(in super::super) fn alter_offsets(
        &mut self,
        tables: &mut Tables<'_>,
        work: &mut Work,
        (group, offsets, reply): (Str, BTreeMap<TopicPartition, Option<i64>>, Reply<()>),
    ) -> Result<(), StorageError> {
        for (at, offset) in &offsets {
            if let Err(error) = self.check_offset(at, *offset) {
                let error = error.context(format_args!("group `{group}`"));
                drop(reply.send(Err(error)));
                return Ok(());
            }
        }
        self.set_offsets(tables, &group, offsets)?;
        work.answer(reply, ());
        Ok(())
    }

    fn check_offset(&self, at: &TopicPartition, offset: Option<i64>) -> Result<()> {
        let Some(offset) = offset else {
            return Ok(());
        };
        if offset < 0 {
            return Err(Error::config(format!(
                "partition {at}: expected an offset from 0 on, found {offset}"
            )));
        }
        let partition = usize::try_from(at.partition).ok();
        let topic = self.topics.get(&at.topic);
        let log = topic.and_then(|topic| topic.logs.get(partition?));
        match log {
            Some(_) => Ok(()),
            None => Err(Error::config(format!("partition {at} does not exist"))),
        }
    }

    pub(in super::super) fn group_offsets(
        &self,
        work: &mut Work,
        (group, reply): (&Str, Reply<Offsets>),
    ) {
        let offsets = self.committed.get(group).cloned().unwrap_or_default();
        work.answer_read(reply, offsets);
    }

    pub(in super::super) fn delete_group(
        &mut self,
        tables: &mut Tables<'_>,
        work: &mut Work,
        (group, reply): (Str, Reply<()>),
    ) -> Result<(), StorageError> {
        let offsets = self.committed.get(&group).cloned().unwrap_or_default();
        self.set_offsets(tables, &group, offsets.into_keys().map(|at| (at, None)))?;
        self.committed.remove(&group);
        work.answer(reply, ());
        Ok(())
    }

    /// Removes the offsets of a topic from all groups.
    pub(super) fn forget_offsets(
        &mut self,
        tables: &mut Tables<'_>,
        topic: &Str,
    ) -> Result<(), StorageError> {
        let groups: Vec<Str> = self.committed.keys().cloned().collect();
        for group in groups {
            let gone = self.committed[&group]
                .keys()
                .filter(|at| at.topic == *topic)
                .map(|at| (at.clone(), None))
                .collect::<Vec<_>>();
            self.set_offsets(tables, &group, gone)?;
        }
        Ok(())
    }

    fn set_offsets(
        &mut self,
        tables: &mut Tables<'_>,
        group: &Str,
        changes: impl IntoIterator<Item = (TopicPartition, Option<i64>)>,
    ) -> Result<(), StorageError> {
        let offsets = self.committed.entry(group.clone()).or_default();
        for (at, offset) in changes {
            match offset {
                Some(offset) => {
                    tables.put(&Row::Committed(group.clone(), at.clone(), offset))?;
                    offsets.insert(at, offset);
                }
                None => {
                    tables.remove(Key::Committed(group, &at))?;
                    offsets.remove(&at);
                }
            }
        }
        Ok(())
    }
}
