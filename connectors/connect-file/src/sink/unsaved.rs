//! [`Unsaved`]: lines that no offsets file knows yet.

use connect_api::{Offsets, TopicPartition};

/// Lines that were accepted and are in memory only, in the order in which they will be written.
#[derive(Debug, Default)]
pub(crate) struct Unsaved {
    bytes: Vec<u8>,
    /// Whose lines they are.
    runs: Vec<Run>,
    /// The offset after them, of each topic-partition; also of those without lines.
    next: Offsets,
}

/// Bytes of one topic-partition.
#[derive(Debug)]
struct Run {
    of: TopicPartition,
    length: usize,
}

impl Unsaved {
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(crate) fn next(&self) -> &Offsets {
        &self.next
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.bytes.is_empty() && self.next.is_empty()
    }

    /// Appends lines of one topic-partition, and `end` after each.
    pub(crate) fn push<'a>(
        &mut self,
        of: &TopicPartition,
        lines: impl IntoIterator<Item = &'a [u8]>,
        end: &[u8],
    ) {
        let before = self.bytes.len();
        for line in lines {
            self.bytes.extend_from_slice(line);
            match end {
                // The usual one, and cheaper than a slice.
                [byte] => self.bytes.push(*byte),
                _ => self.bytes.extend_from_slice(end),
            }
        }
        let length = self.bytes.len() - before;
        match self.runs.last_mut() {
            Some(run) if run.of == *of => run.length += length,
            _ => self.runs.push(Run {
                of: of.clone(),
                length,
            }),
        }
    }

    /// Moves the offset of a topic-partition, never back.
    pub(crate) fn advance(&mut self, of: &TopicPartition, offset: i64) {
        match self.next.get_mut(of) {
            Some(next) => *next = offset.max(*next),
            None => drop(self.next.insert(of.clone(), offset)),
        }
    }

    /// Drops the first `length` bytes, and the offsets that `saved` has already.
    pub(crate) fn drop_first(&mut self, length: usize, saved: &Offsets) {
        self.next
            .retain(|of, offset| saved.get(of).is_none_or(|saved| *offset > *saved));
        if length == self.bytes.len() {
            self.bytes.clear();
            self.runs.clear();
            return;
        }
        self.bytes.drain(..length);
        let mut left = length;
        self.runs.retain_mut(|run| {
            let dropped = run.length.min(left);
            left -= dropped;
            run.length -= dropped;
            run.length > 0
        });
    }

    /// Gives back memory that lines took which are saved, down to `kept` bytes.
    pub(crate) fn shrink(&mut self, kept: usize) {
        self.bytes.shrink_to(kept);
    }

    /// Drops everything of these topic-partitions.
    pub(crate) fn drop_partitions(&mut self, lost: &[TopicPartition]) {
        self.next.retain(|of, _| !lost.contains(of));
        let mut kept = Vec::new();
        let mut at = 0;
        self.runs.retain(|run| {
            let bytes = &self.bytes[at..at + run.length];
            at += run.length;
            let is_kept = !lost.contains(&run.of);
            if is_kept {
                kept.extend_from_slice(bytes);
            }
            is_kept
        });
        self.bytes = kept;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(partition: i32) -> TopicPartition {
        TopicPartition::new("t", partition)
    }

    fn sample() -> Unsaved {
        let mut unsaved = Unsaved::default();
        for (partition, line) in [(0, "a1"), (0, "a2"), (1, "b1"), (0, "a3")] {
            unsaved.push(&of(partition), [line.as_bytes()], b"\n");
        }
        unsaved.advance(&of(0), 3);
        unsaved.advance(&of(1), 1);
        unsaved
    }

    #[test]
    fn lines_of_lost_partitions_disappear_and_others_keep_their_order() {
        let mut unsaved = sample();
        unsaved.drop_partitions(&[of(0)]);
        assert_eq!(unsaved.bytes(), b"b1\n");
        assert_eq!(unsaved.next(), &[(of(1), 1)].into());
        let mut unsaved = sample();
        unsaved.drop_partitions(&[of(1)]);
        assert_eq!(unsaved.bytes(), b"a1\na2\na3\n");
    }

    #[test]
    fn what_was_saved_is_dropped_from_the_front() {
        let mut unsaved = sample();
        unsaved.drop_first(9, &[(of(0), 2), (of(1), 1)].into());
        assert_eq!(unsaved.bytes(), b"a3\n");
        assert_eq!(unsaved.next(), &[(of(0), 3)].into());
        unsaved.drop_partitions(&[of(0)]);
        assert!(unsaved.is_empty());
    }

    #[test]
    fn offsets_never_move_back() {
        let mut unsaved = sample();
        unsaved.advance(&of(0), 2);
        assert_eq!(unsaved.next()[&of(0)], 3);
    }
}
