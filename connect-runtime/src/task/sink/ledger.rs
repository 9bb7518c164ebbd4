//! [`Ledger`]: per partition what was put, what is durable, and what is committed.

use std::collections::{BTreeMap, VecDeque};

use connect_api::{Flushed, Offsets, SinkBatch, TopicPartition};

/// Per partition what was put, what is durable, and what is committed: commits never go beyond what is durable.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    partitions: BTreeMap<TopicPartition, Account>,
}

#[derive(Debug, Default)]
struct Account {
    /// The offset after everything that was put.
    put: Option<i64>,
    /// The offset below which everything is durable.
    durable: Option<i64>,
    committed: Option<i64>,
    /// Whether the partition is lost: others may own it, and nothing of it counts any more.
    is_lost: bool,
    /// Offsets from…to (exclusive) that were put without a record: dropped ones, and gaps of the log.
    gaps: VecDeque<(i64, i64)>,
}

impl Ledger {
    /// Opens an account that starts at `offset`, if the sink has stored one.
    ///
    /// That is durable, and not known to be committed: the sink may have died in between.
    pub(crate) fn open(&mut self, partition: &TopicPartition, offset: Option<i64>) {
        let account = Account {
            put: offset,
            durable: offset,
            committed: None,
            is_lost: false,
            gaps: VecDeque::new(),
        };
        self.partitions.insert(partition.clone(), account);
    }

    /// Closes accounts.
    pub(crate) fn close(&mut self, partitions: &[TopicPartition]) {
        partitions.iter().for_each(|partition| {
            self.partitions.remove(partition);
        });
    }

    /// Lets nothing of these partitions count any more.
    pub(crate) fn lose(&mut self, partitions: &[TopicPartition]) {
        for partition in partitions {
            if let Some(account) = self.partitions.get_mut(partition) {
                account.is_lost = true;
            }
        }
    }

    /// Returns all partitions that are open.
    pub(crate) fn open_partitions(&self) -> Vec<TopicPartition> {
        self.partitions.keys().cloned().collect()
    }

    /// Notes a batch that the sink accepted.
    pub(crate) fn put(&mut self, batch: &SinkBatch) {
        let runs = batch
            .records()
            .chunk_by(|one, two| one.origin.is_beside(&two.origin));
        for run in runs {
            if let Some(account) = self.partitions.get_mut(run[0].origin.partition()) {
                for record in run {
                    account.delivered(record.origin.offset());
                }
            }
        }
        for (partition, next) in batch.next_offsets() {
            if let Some(account) = self.partitions.get_mut(partition) {
                account.skipped_to(*next);
            }
        }
    }

    /// Returns whether something was put whose offset is not committed.
    pub(crate) fn is_unsettled(&self) -> bool {
        let mut accounts = self.partitions.values();
        accounts.any(|account| !account.is_lost && account.put > account.committed)
    }

    /// Notes what the sink made durable.
    pub(crate) fn flushed(&mut self, flushed: &Flushed) {
        match flushed {
            Flushed::All => self.partitions.values_mut().for_each(|account| {
                account.durable = account.put;
                account.gaps.clear();
            }),
            Flushed::Below(offsets) => offsets.iter().for_each(|(partition, offset)| {
                if let Some(account) = self.partitions.get_mut(partition) {
                    account.durable_below(*offset);
                }
            }),
            // The enum may grow; what is not understood makes nothing durable.
            _ => {}
        }
    }

    /// Returns what is durable and not committed.
    pub(crate) fn uncommitted(&self) -> Offsets {
        let moved = self
            .partitions
            .iter()
            .filter(|(_, account)| !account.is_lost && account.durable > account.committed);
        moved
            .filter_map(|(partition, account)| Some((partition.clone(), account.durable?)))
            .collect()
    }

    /// Notes what was committed.
    pub(crate) fn committed(&mut self, offsets: &Offsets) {
        for (partition, offset) in offsets {
            if let Some(account) = self.partitions.get_mut(partition) {
                account.committed = Some(*offset);
            }
        }
    }
}

impl Account {
    fn delivered(&mut self, offset: i64) {
        self.skipped_to(offset);
        self.put = self.put.max(Some(offset + 1));
    }

    /// Moves on to `offset` without a record.
    fn skipped_to(&mut self, offset: i64) {
        if let Some(put) = self.put
            && put < offset
        {
            match self.gaps.back_mut() {
                Some((_, end)) if *end == put => *end = offset,
                _ => self.gaps.push_back((put, offset)),
            }
        }
        self.put = self.put.max(Some(offset));
    }

    fn durable_below(&mut self, offset: i64) {
        let mut below = self.put.map_or(offset, |put| offset.min(put));
        while let Some((start, end)) = self.gaps.front().copied()
            && start <= below
        {
            below = below.max(end);
            self.gaps.pop_front();
        }
        self.durable = self.durable.max(Some(below));
    }
}

#[cfg(test)]
mod tests {
    use connect_api::{Origin, Record, SinkRecord};

    use super::*;

    fn at() -> TopicPartition {
        TopicPartition::new("t", 0)
    }

    fn batch(offsets: &[i64], next: i64) -> SinkBatch {
        let record =
            |offset: &i64| SinkRecord::new(Record::new("t", 1), Origin::new(at(), *offset));
        SinkBatch::new(
            offsets.iter().map(record).collect(),
            Offsets::from([(at(), next)]),
        )
    }

    #[track_caller]
    fn check(puts: &[(&[i64], i64)], flushed: &Flushed, commits: Option<i64>) {
        let mut ledger = Ledger::default();
        ledger.open(&at(), Some(0));
        puts.iter()
            .for_each(|(offsets, next)| ledger.put(&batch(offsets, *next)));
        ledger.flushed(flushed);
        assert_eq!(ledger.uncommitted().get(&at()).copied(), commits);
    }

    fn below(offset: i64) -> Flushed {
        Flushed::Below(Offsets::from([(at(), offset)]))
    }

    #[test]
    fn everything_that_was_put_is_durable_after_all() {
        check(&[(&[0, 1, 2], 3)], &Flushed::All, Some(3));
        check(&[(&[], 7)], &Flushed::All, Some(7));
    }

    #[test]
    fn an_answer_is_rounded_up_over_offsets_without_records() {
        check(&[(&[0, 1], 5)], &below(2), Some(5));
        check(&[(&[0, 3, 4], 5)], &below(1), Some(3));
        check(&[(&[0, 3, 4], 5)], &below(4), Some(4));
        check(&[(&[], 4), (&[4, 5], 6)], &below(0), Some(4));
        check(&[(&[0], 2), (&[], 5), (&[5], 6)], &below(1), Some(5));
    }

    #[test]
    fn an_answer_never_counts_beyond_what_was_put() {
        check(&[(&[0, 1], 2)], &below(100), Some(2));
    }

    #[test]
    fn what_is_committed_is_not_committed_again() {
        let mut ledger = Ledger::default();
        ledger.open(&at(), None);
        ledger.put(&batch(&[4, 5], 6));
        assert!(ledger.is_unsettled());
        ledger.flushed(&Flushed::All);
        let offsets = ledger.uncommitted();
        assert_eq!(offsets, Offsets::from([(at(), 6)]));
        assert!(ledger.is_unsettled(), "the commit may fail");
        ledger.committed(&offsets);
        assert!(ledger.uncommitted().is_empty() && !ledger.is_unsettled());
    }

    #[test]
    fn nothing_of_a_lost_partition_is_committed() {
        let mut ledger = Ledger::default();
        ledger.open(&at(), Some(0));
        ledger.put(&batch(&[0], 1));
        ledger.lose(&[at()]);
        ledger.put(&batch(&[1], 2));
        ledger.flushed(&Flushed::All);
        assert!(ledger.uncommitted().is_empty() && !ledger.is_unsettled());
        assert_eq!(ledger.open_partitions(), [at()]);
    }

    #[test]
    fn what_is_durable_stays_unsettled_until_it_is_committed() {
        let mut ledger = Ledger::default();
        ledger.open(&at(), Some(0));
        ledger.put(&batch(&[0], 1));
        ledger.flushed(&Flushed::All);
        assert!(ledger.is_unsettled());
        ledger.committed(&ledger.uncommitted());
        assert!(!ledger.is_unsettled());
    }

    #[test]
    fn an_offset_that_the_sink_has_stored_is_committed() {
        let mut ledger = Ledger::default();
        ledger.open(&at(), Some(6));
        assert!(ledger.is_unsettled());
        assert_eq!(ledger.uncommitted(), Offsets::from([(at(), 6)]));
    }

    #[test]
    fn a_partition_without_an_offset_has_nothing_to_commit() {
        let mut ledger = Ledger::default();
        ledger.open(&at(), None);
        ledger.flushed(&Flushed::All);
        assert!(ledger.uncommitted().is_empty() && !ledger.is_unsettled());
    }

    #[test]
    fn a_closed_partition_is_neither_flushed_nor_committed() {
        let mut ledger = Ledger::default();
        ledger.open(&at(), Some(0));
        ledger.put(&batch(&[0], 1));
        ledger.close(&[at()]);
        ledger.flushed(&Flushed::All);
        assert!(ledger.uncommitted().is_empty());
    }
}
