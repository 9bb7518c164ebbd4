//! [`Queue`]: converted records on their way to the plugin.

use std::collections::VecDeque;

use connect_api::{Offsets, Origin, SinkBatch, SinkRecord, TopicPartition};

use crate::task::{Failure, Share};

/// What one fetch became: records of one partition, and what could not become any.
#[derive(Debug)]
pub(crate) struct Intake {
    pub(crate) partition: TopicPartition,
    pub(crate) records: Vec<SinkRecord>,
    /// Records that failed; settled before the others are put.
    pub(crate) condemned: Vec<(Origin, Failure)>,
    /// The offset after all of it.
    pub(crate) next: i64,
    pub(crate) bytes: usize,
}

/// Converted records on their way to the plugin, bounded by bytes and by records.
#[derive(Debug)]
pub(crate) struct Queue {
    intakes: VecDeque<Intake>,
    share: Share,
    records: usize,
    max_records: usize,
}

impl Queue {
    pub(crate) fn new(share: Share, max_records: usize) -> Self {
        Self {
            intakes: VecDeque::new(),
            share,
            records: 0,
            max_records,
        }
    }

    pub(crate) fn is_full(&self) -> bool {
        self.share.is_full() || self.records >= self.max_records
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.intakes.is_empty()
    }

    pub(crate) fn push(&mut self, intake: Intake) {
        self.share.hold(intake.bytes);
        self.records += intake.records.len();
        self.intakes.push_back(intake);
    }

    /// Returns how many bytes one of the next records has, about.
    pub(crate) fn size_of_next(&self) -> usize {
        let next = self.intakes.front();
        next.map_or(0, |intake| intake.bytes / intake.records.len().max(1))
    }

    /// Takes about `max` records for one put, and what failed before them.
    ///
    /// All outputs of one input stay together.
    pub(crate) fn take(&mut self, max: usize) -> Taken {
        let mut taken = Taken::default();
        while let Some(intake) = self.intakes.front_mut() {
            let room = max.saturating_sub(taken.batch.len());
            if intake.records.len() > room {
                if taken.batch.is_empty()
                    && let Some(head) = intake.split_off_head(max)
                {
                    self.records -= head.records.len();
                    self.share.release(head.bytes);
                    taken.add(head);
                    break;
                }
                if !taken.batch.is_empty() {
                    break;
                }
            }
            let Some(intake) = self.intakes.pop_front() else {
                break;
            };
            self.records -= intake.records.len();
            self.share.release(intake.bytes);
            taken.add(intake);
        }
        taken
    }

    /// Drops what is queued for partitions that are gone.
    pub(crate) fn forget(&mut self, partitions: &[TopicPartition]) {
        let before: usize = self.intakes.iter().map(|intake| intake.bytes).sum();
        self.intakes
            .retain(|intake| !partitions.contains(&intake.partition));
        let kept: usize = self.intakes.iter().map(|intake| intake.bytes).sum();
        self.share.release(before - kept);
        self.records = self.intakes.iter().map(|intake| intake.records.len()).sum();
    }
}

/// What one put gets.
#[derive(Debug, Default)]
pub(crate) struct Taken {
    pub(crate) batch: SinkBatch,
    pub(crate) condemned: Vec<(Origin, Failure)>,
    pub(crate) bytes: usize,
}

impl Taken {
    fn add(&mut self, intake: Intake) {
        let next = Offsets::from([(intake.partition, intake.next)]);
        self.batch.append(SinkBatch::new(intake.records, next));
        self.condemned.extend(intake.condemned);
        self.bytes += intake.bytes;
    }
}

impl Intake {
    /// Splits off about `max` records, never between two outputs of one input.
    fn split_off_head(&mut self, max: usize) -> Option<Self> {
        let at = input_boundary(&self.records, max)?;
        let tail = self.records.split_off(at);
        let head = std::mem::replace(&mut self.records, tail);
        let next = self.records[0].origin.offset();
        let bytes = self.bytes / (head.len() + self.records.len()) * head.len();
        self.bytes -= bytes;
        let (condemned, later) = std::mem::take(&mut self.condemned)
            .into_iter()
            .partition(|(origin, _)| origin.offset() < next);
        self.condemned = later;
        Some(Self {
            partition: self.partition.clone(),
            records: head,
            condemned,
            next,
            bytes,
        })
    }
}

/// Returns the first place from `from` on where a new input starts; `None` if there is none.
pub(crate) fn input_boundary(records: &[SinkRecord], from: usize) -> Option<usize> {
    let input = |at: usize| {
        let origin = &records[at].origin;
        (origin.offset(), origin.partition())
    };
    (from.max(1)..records.len()).find(|at| input(*at) != input(*at - 1))
}

/// Splits a batch in two halves, never between two outputs of one input; `None` if it is one input.
pub(crate) fn halves(batch: &SinkBatch) -> Option<(SinkBatch, SinkBatch)> {
    let records = batch.records();
    let at = input_boundary(records, records.len() / 2).or_else(|| input_boundary(records, 1))?;
    let (head, tail) = records.split_at(at);
    // Below the first record of the tail everything of its partition is settled with the head.
    let mut next = batch.next_offsets().clone();
    for record in tail.iter().rev() {
        if let Some(offset) = next.get_mut(record.origin.partition()) {
            *offset = record.origin.offset();
        }
    }
    Some((
        SinkBatch::new(head.to_vec(), next),
        SinkBatch::new(tail.to_vec(), batch.next_offsets().clone()),
    ))
}

/// Returns `batch` without the records of one input.
pub(crate) fn without_input(batch: SinkBatch, input: &Origin) -> SinkBatch {
    let (mut records, next) = batch.into_parts();
    records.retain(|r| {
        r.origin.partition() != input.partition() || r.origin.offset() != input.offset()
    });
    SinkBatch::new(records, next)
}

/// Returns `batch` without what belongs to partitions that are gone.
pub(crate) fn without_partitions(batch: SinkBatch, partitions: &[TopicPartition]) -> SinkBatch {
    let (mut records, mut next) = batch.into_parts();
    records.retain(|record| !partitions.contains(record.origin.partition()));
    next.retain(|partition, _| !partitions.contains(partition));
    SinkBatch::new(records, next)
}

/// Returns whether a batch neither holds a record nor moves a position.
pub(crate) fn is_void(batch: &SinkBatch) -> bool {
    batch.is_empty() && batch.next_offsets().is_empty()
}

#[cfg(test)]
mod tests {
    use crate::task::Budget;
    use connect_api::Record;
    use proptest::prelude::*;

    use super::*;

    fn at() -> TopicPartition {
        TopicPartition::new("t", 0)
    }

    /// One record per entry: (offset, output).
    fn records(coordinates: &[(i64, u32)]) -> Vec<SinkRecord> {
        let origin =
            |(offset, output): &(i64, u32)| Origin::new(at(), *offset).with_output(*output);
        coordinates
            .iter()
            .map(|c| SinkRecord::new(Record::new("t", 1), origin(c)))
            .collect()
    }

    fn intake(coordinates: &[(i64, u32)], next: i64) -> Intake {
        let records = records(coordinates);
        let bytes = records.len() * 10;
        Intake {
            partition: at(),
            records,
            condemned: Vec::new(),
            next,
            bytes,
        }
    }

    fn shape(batch: &SinkBatch) -> (Vec<(i64, u32)>, Option<i64>) {
        let coordinates = batch
            .records()
            .iter()
            .map(|r| (r.origin.offset(), r.origin.output()))
            .collect();
        (coordinates, batch.next_offsets().get(&at()).copied())
    }

    #[test]
    fn a_put_gets_several_fetches_but_no_more_than_it_may() {
        let mut queue = Queue::new(Budget::new(1 << 20).share(1 << 20), 1 << 20);
        queue.push(intake(&[(0, 0), (1, 0)], 2));
        queue.push(intake(&[(2, 0)], 4));
        queue.push(intake(&[(4, 0)], 5));
        assert_eq!(
            shape(&queue.take(3).batch),
            (vec![(0, 0), (1, 0), (2, 0)], Some(4))
        );
        assert_eq!(shape(&queue.take(3).batch), (vec![(4, 0)], Some(5)));
        assert!(queue.is_empty() && queue.share.held() == 0 && queue.records == 0);
    }

    #[test]
    fn outputs_of_one_input_are_never_parted() {
        let mut queue = Queue::new(Budget::new(1 << 20).share(1 << 20), 1 << 20);
        queue.push(intake(&[(0, 0), (0, 1), (0, 2), (7, 0), (7, 1)], 9));
        assert_eq!(
            shape(&queue.take(2).batch),
            (vec![(0, 0), (0, 1), (0, 2)], Some(7))
        );
        assert_eq!(shape(&queue.take(2).batch), (vec![(7, 0), (7, 1)], Some(9)));
        let one = SinkBatch::new(records(&[(0, 0), (0, 1)]), Offsets::from([(at(), 1)]));
        assert!(halves(&one).is_none());
    }

    #[test]
    fn what_is_queued_for_partitions_that_are_gone_is_dropped() {
        let mut queue = Queue::new(Budget::new(1 << 20).share(1 << 20), 1 << 20);
        queue.push(intake(&[(0, 0)], 1));
        queue.forget(&[at()]);
        assert!(queue.is_empty() && queue.share.held() == 0);
    }

    proptest! {
        #[test]
        fn halves_are_the_whole_and_positions_end_where_the_tail_starts(outputs in proptest::collection::vec(1u32..4, 2..20)) {
            let coordinates: Vec<_> = outputs.iter().enumerate()
                .flat_map(|(i, n)| (0..*n).map(move |output| (i as i64 * 2, output))).collect();
            let whole = SinkBatch::new(records(&coordinates), Offsets::from([(at(), 100)]));
            let (head, tail) = halves(&whole).unwrap();
            prop_assert!(!head.is_empty() && !tail.is_empty());
            prop_assert_eq!(shape(&head).1, Some(tail.records()[0].origin.offset()));
            prop_assert_eq!(shape(&tail).1, Some(100));
            prop_assert_ne!(head.records().last().unwrap().origin.offset(), tail.records()[0].origin.offset());
            let mut joined = shape(&head).0;
            joined.extend(shape(&tail).0);
            prop_assert_eq!(joined, coordinates);
        }
    }
}
