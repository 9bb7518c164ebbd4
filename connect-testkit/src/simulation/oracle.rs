//! What has to be there in the end, and what was never allowed to be.

use std::collections::{BTreeMap, BTreeSet};

use connect_api::{Offsets, SinkGuarantees, TopicPartition};
use connect_runtime::{
    ConnectorOffsets,
    broker::{Broker, Fetched, ReaderOptions},
};

use super::{
    plan::{Delivery, Poison},
    story::{Item, Kind, rows_of},
    world::{DEAD_AT_SINK, DEAD_AT_SOURCE, SINK, SOURCE, TOPIC, World},
};
use crate::memory::MemorySource;

/// A record of the topic: where it stands, and its text.
type Placed = (TopicPartition, i64, String);

impl World {
    /// Returns whether everything arrived everywhere.
    pub(super) async fn is_complete(&self) -> bool {
        let Some(worker) = self.workers.last().and_then(|lane| lane.handle()) else {
            return false;
        };
        let Ok(ConnectorOffsets::Source(offsets)) = worker.offsets(SOURCE).await else {
            return false;
        };
        let topic = self.read(TOPIC).await;
        if !self.missing_rows(&topic).is_empty() {
            return false;
        }
        let dead: BTreeSet<String> = texts(&self.read(DEAD_AT_SINK).await).collect();
        let dies = |text: &String| Kind::of(text).dies_at_sink();
        if texts(&topic).any(|text| dies(&text) && !dead.contains(&text)) {
            return false;
        }
        let durable = durable(&topic, &self.read(DEAD_AT_SOURCE).await);
        (0..self.story.parts().len()).all(|part| {
            let offset = offsets.get(&MemorySource::partition(part));
            let position = offset.map_or(0, |offset| MemorySource::position(offset).unwrap_or(0));
            position == self.story.input().entries(part).len()
                || (self.plan.delivery == Delivery::AtLeastOnce && self.is_durable(part, &durable))
        })
    }

    /// Returns whether all of a partition is there, wherever its position is.
    ///
    /// Where nothing fences it, a zombie may have stored an older position last: what follows it would come again.
    fn is_durable(&self, part: usize, durable: &BTreeSet<String>) -> bool {
        let mut texts = self.story.parts()[part]
            .iter()
            .flat_map(|item| item.outputs().into_iter().chain(dead_text(item)));
        texts.all(|text| durable.contains(&text))
    }

    /// Returns what is wrong while things still happen.
    pub(super) async fn wrong_so_far(&self) -> Vec<String> {
        let input = self.story.input();
        // Promises first: what they promise has to be there when it is looked at later.
        let acknowledged: Vec<_> = (0..input.partitions())
            .map(|part| input.acknowledged(part))
            .collect();
        let committed = self.committed().await;
        let dead_at_source = self.read(DEAD_AT_SOURCE).await;
        let dead_at_sink = self.read(DEAD_AT_SINK).await;
        let topic = self.read(TOPIC).await;
        let mut wrong = self.early_acknowledgements(&acknowledged, &topic, &dead_at_source);
        wrong.extend(self.early_commits(&committed, &topic, &dead_at_sink));
        wrong
    }

    /// Returns what is wrong in the end.
    pub(super) async fn wrong(&self) -> Vec<String> {
        let topic = self.read(TOPIC).await;
        let mut wrong = self.wrong_so_far().await;
        wrong.extend(self.wrong_in_topic(&topic));
        wrong.extend(self.wrong_in_table(&topic));
        if self.plan.poison == Poison::Some {
            wrong.extend(self.wrong_dead_letters(&topic).await);
        }
        wrong
    }

    /// What the source was told to be durable has to be: the topic and the dead letter queue are its word.
    fn early_acknowledgements(
        &self,
        acknowledged: &[usize],
        topic: &[Placed],
        dead: &[Placed],
    ) -> Vec<String> {
        let there = durable(topic, dead);
        let mut wrong = Vec::new();
        for (items, acknowledged) in self.story.parts().iter().zip(acknowledged) {
            for item in &items[..*acknowledged] {
                for text in item.outputs().into_iter().chain(dead_text(item)) {
                    if !there.contains(&text) {
                        wrong.push(format!(
                            "`{text}` is not durable, but the source was told that it is"
                        ));
                    }
                }
            }
        }
        wrong
    }

    /// What the group committed has to be in the table, or in the dead letter queue.
    fn early_commits(&self, committed: &Offsets, topic: &[Placed], dead: &[Placed]) -> Vec<String> {
        let below = |(at, offset, _): &&Placed| committed.get(at).is_some_and(|end| offset < end);
        let settled: Vec<Placed> = topic.iter().filter(below).cloned().collect();
        let mut wrong: Vec<_> = self
            .missing_rows(&settled)
            .into_iter()
            .map(|text| format!("`{text}` is not in the table, but its offset is committed"))
            .collect();
        let dead: BTreeSet<String> = texts(dead).collect();
        for (at, offset, text) in settled {
            if Kind::of(&text).dies_at_sink() && !dead.contains(&text) {
                wrong.push(format!(
                    "`{text}` at {at}@{offset} is in no dead letter queue, but its offset is committed"
                ));
            }
        }
        wrong
    }

    fn wrong_in_topic(&self, topic: &[Placed]) -> Vec<String> {
        let mut wrong = Vec::new();
        for (number, items) in self.story.parts().iter().enumerate() {
            let expected: Vec<String> = items.iter().flat_map(Item::outputs).collect();
            let known: BTreeSet<&String> = expected.iter().collect();
            let own = |text: &String| text.split(' ').nth(1) == Some(&number.to_string());
            let mut found: Vec<String> = texts(topic).filter(own).collect();
            let foreign = found.iter().filter(|text| !known.contains(text));
            wrong.extend(foreign.map(|text| format!("`{text}` must not be in the topic")));
            if self.plan.delivery == Delivery::AtLeastOnce {
                found = first_occurrences(found);
            }
            if found != expected {
                wrong.push(format!(
                    "partition {number} of the source: expected {expected:?} in the topic, found {found:?}"
                ));
            }
        }
        wrong
    }

    fn wrong_in_table(&self, topic: &[Placed]) -> Vec<String> {
        let mut expected: BTreeMap<&TopicPartition, Vec<(i64, String)>> = BTreeMap::new();
        for (at, offset, text) in topic {
            let rows = rows_of(text).into_iter().map(|row| (*offset, row));
            expected.entry(at).or_default().extend(rows);
        }
        let mut found: BTreeMap<&TopicPartition, Vec<(i64, String)>> = BTreeMap::new();
        let rows = self.table.rows();
        for row in &rows {
            let text = String::from_utf8_lossy(row.value.as_deref().unwrap_or_default());
            found
                .entry(row.origin.partition())
                .or_default()
                .push((row.origin.offset(), text.into_owned()));
        }
        if self.plan.sink == SinkGuarantees::AtLeastOnce {
            let first = |rows: &mut Vec<_>| *rows = first_occurrences(std::mem::take(rows));
            found.values_mut().for_each(first);
        }
        expected.retain(|_, rows| !rows.is_empty());
        let wrong = expected
            .iter()
            .filter(|(at, rows)| found.get(*at) != Some(*rows))
            .map(|(at, rows)| {
                format!(
                    "{at}: expected {rows:?} in the table, found {:?}",
                    found.get(at)
                )
            });
        let foreign = found
            .keys()
            .filter(|at| !expected.contains_key(*at))
            .map(|at| format!("{at}: expected no row in the table, found {:?}", found[*at]));
        wrong.chain(foreign).collect()
    }

    async fn wrong_dead_letters(&self, topic: &[Placed]) -> Vec<String> {
        let items = self.story.parts().iter().flatten();
        let at_source: Vec<String> = items.filter_map(dead_text).collect();
        let dead = self.read(DEAD_AT_SOURCE).await;
        let found: Vec<String> = texts(&dead).map(|text| unquoted(&text)).collect();
        let mut wrong = match self.plan.delivery {
            Delivery::AtLeastOnce => compare("source", &at_source, &first_occurrences(found)),
            _ => compare("source", &at_source, &found),
        };
        let dies = |text: &String| Kind::of(text).dies_at_sink();
        let at_sink: Vec<String> = first_occurrences(texts(topic).filter(dies).collect());
        let found = first_occurrences(texts(&self.read(DEAD_AT_SINK).await).collect());
        wrong.extend(compare("sink", &at_sink, &found));
        wrong
    }

    /// Returns the texts of rows that are not in the table yet.
    fn missing_rows(&self, topic: &[Placed]) -> Vec<String> {
        let rows = self.table.rows();
        let there: BTreeSet<_> = rows
            .iter()
            .map(|row| {
                (
                    row.origin.partition(),
                    row.origin.offset(),
                    row.origin.output(),
                )
            })
            .collect();
        let mut missing = Vec::new();
        for (at, offset, text) in topic {
            for (output, row) in (0..).zip(rows_of(text)) {
                if !there.contains(&(at, *offset, output)) {
                    missing.push(row);
                }
            }
        }
        missing
    }

    /// Reads the committed records of a topic, partition by partition.
    async fn read(&self, topic: &str) -> Vec<Placed> {
        let mut options = ReaderOptions::new(topic);
        // Open transactions hold nothing back that could be committed: they end by their time-out.
        options.patience = self.plan.transaction_timeout * 2;
        let reader = self.broker.reader(&options).await;
        let mut reader = reader.expect("a broker in memory answers");
        let mut placed = Vec::new();
        let mut each = |fetched: Fetched| {
            for record in fetched.records {
                let text = String::from_utf8_lossy(record.value.as_deref().unwrap_or_default());
                let at = fetched.partition.clone();
                placed.push((at, record.offset, text.into_owned()));
            }
        };
        let read = reader.to_end(&mut each).await;
        read.expect("transactions end by their time-out");
        placed
    }

    /// Returns what the group committed, for those who look at a failure.
    pub(super) async fn committed(&self) -> Offsets {
        let group = self.broker.group_offsets(&format!("connect-{SINK}")).await;
        group.expect("a broker in memory answers")
    }
}

/// What of the source is durable: in the topic, or in the dead letter queue.
fn durable(topic: &[Placed], dead_at_source: &[Placed]) -> BTreeSet<String> {
    let mut durable: BTreeSet<String> = texts(topic).collect();
    durable.extend(texts(dead_at_source).map(|text| unquoted(&text)));
    durable
}

fn texts(placed: &[Placed]) -> impl Iterator<Item = String> {
    placed.iter().map(|(_, _, text)| text.clone())
}

/// The text that the source's dead letter queue gets for an item.
fn dead_text(item: &Item) -> Option<String> {
    (item.kind.dies_at_source() && !item.aborted).then(|| item.text.clone())
}

/// The text of a dead letter: a source writes values as JSON.
fn unquoted(text: &str) -> String {
    text.trim_matches('"').to_owned()
}

fn first_occurrences<T: Ord + Clone>(all: Vec<T>) -> Vec<T> {
    let mut seen = BTreeSet::new();
    all.into_iter()
        .filter(|one| seen.insert(one.clone()))
        .collect()
}

/// Compares dead letters as sets that count: their order means nothing.
fn compare(side: &str, expected: &[String], found: &[String]) -> Vec<String> {
    let sorted = |texts: &[String]| {
        let mut texts = texts.to_vec();
        texts.sort();
        texts
    };
    let (expected, found) = (sorted(expected), sorted(found));
    match expected == found {
        true => Vec::new(),
        false => vec![format!(
            "dead letters of the {side}: expected {expected:?}, found {found:?}"
        )],
    }
}
