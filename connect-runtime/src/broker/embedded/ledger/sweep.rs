//! [`Sweep`]: what is removed in small steps, between commands.

use std::{collections::VecDeque, time::Duration};

use redb::{ReadableTable, StorageError};

use super::{
    super::{command::Reply, log::LogId, rows::Key},
    Entry, Ledger, Tables, Urgency, Work,
    compaction::Compaction,
};

/// How many bytes of chunks one step looks at, so that commands do not wait for long.
pub(super) const STEP: usize = 1024 * 1024;

/// What is removed in small steps, between commands.
#[derive(Debug, Default)]
pub(super) struct Sweep {
    jobs: VecDeque<Job>,
    /// Who waits for the end of it.
    replies: Vec<Reply<()>>,
}

#[derive(Debug)]
enum Job {
    /// Removes the chunks of a deleted topic.
    Garbage(u32),
    /// Removes old chunks.
    Retention(LogId),
    /// Removes what newer records replace.
    Compaction(Compaction),
}

/// What a sweep looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Effort {
    /// What is worth it.
    Usual,
    /// Everything, for those who ask.
    All,
}

/// Whether there is more to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    More,
    Done,
}

impl Ledger {
    /// Adds what there is to remove. `wall` is the time since the epoch.
    pub(in super::super) fn plan(&mut self, (effort, wall): (Effort, Duration)) {
        let jobs = &mut self.sweep.jobs;
        jobs.extend(self.garbage.iter().copied().map(Job::Garbage));
        for topic in self.topics.values() {
            for id in topic.log_ids() {
                let entry = &self.logs[&id];
                if topic.settings.is_deleted() && entry.row.bytes > 0 {
                    jobs.push_back(Job::Retention(id));
                }
                if topic.settings.is_compacted() && entry.is_dirty(effort, wall) {
                    let compaction = Compaction::of(id, entry, (topic.settings.tombstones, wall));
                    jobs.push_back(Job::Compaction(compaction));
                }
            }
        }
    }

    /// Removes all that may go, and answers then.
    pub(in super::super) fn maintain(
        &mut self,
        work: &mut Work,
        (reply, wall): (Reply<()>, Duration),
    ) {
        self.plan((Effort::All, wall));
        if self.sweep.jobs.is_empty() {
            work.answer_read(reply, ());
        } else {
            self.sweep.replies.push(reply);
        }
    }

    /// Returns whether something is planned.
    pub(in super::super) fn is_sweeping(&self) -> bool {
        !self.sweep.jobs.is_empty()
    }

    /// Returns whether time alone makes more to remove.
    pub(in super::super) fn ages(&self) -> bool {
        let holds = |entry: &Entry| entry.row.bytes > 0;
        !self.garbage.is_empty() || self.logs.values().any(holds)
    }

    /// Does a bit of a sweep.
    pub(in super::super) fn step(
        &mut self,
        tables: &mut Tables<'_>,
        work: &mut Work,
        wall: Duration,
    ) -> Result<(), StorageError> {
        if let Some(mut job) = self.sweep.jobs.pop_front() {
            let progress = match &mut job {
                Job::Garbage(topic) => self.collect(tables, work, *topic)?,
                Job::Retention(id) => self.retain(tables, work, (*id, wall))?,
                Job::Compaction(compaction) => self.compact(tables, work, compaction)?,
            };
            if progress == Progress::More {
                self.sweep.jobs.push_front(job);
            }
        }
        if self.sweep.jobs.is_empty() {
            for reply in self.sweep.replies.drain(..) {
                work.answer(reply, ());
            }
        }
        Ok(())
    }

    /// Removes some chunks of a deleted topic.
    fn collect(
        &mut self,
        tables: &mut Tables<'_>,
        work: &mut Work,
        topic: u32,
    ) -> Result<Progress, StorageError> {
        const MOST: usize = 256;
        let all = u128::from(topic) << 96..u128::from(topic + 1) << 96;
        let mut keys = Vec::new();
        for entry in tables.chunks.range(all)?.take(MOST) {
            keys.push(entry?.0.value());
        }
        work.urgency = Urgency::Now;
        for key in &keys {
            tables.chunks.remove(key)?;
        }
        if keys.len() == MOST {
            return Ok(Progress::More);
        }
        tables.remove(Key::Garbage(topic))?;
        self.garbage.remove(&topic);
        Ok(Progress::Done)
    }
}
