//! What has to be there in the end, and what was never allowed to be.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use connect_api::TopicPartition;
use connect_runtime::State;
use serde_json::Value;

use super::{
    alterations::disorder,
    application::{number, version},
    topics::{Latest, Placed},
    world::{CODE, LANES, NAMES, World, topic},
};

impl World {
    /// Returns what was seen to be wrong when it happened.
    pub(super) fn wrong_at_once(&self) -> Vec<String> {
        let mut wrong = self.systems.census.wrong();
        wrong.extend(self.ledger.wrong());
        wrong.extend(self.history.wrong());
        wrong
    }

    /// Returns what is wrong at any time.
    pub(super) async fn wrong_so_far(&self) -> Vec<String> {
        let mut wrong = self.wrong_at_once();
        for number in 0..LANES {
            let topic = self.read(&topic(number)).await;
            wrong.extend(self.wrong_in_topic(number, &topic));
            wrong.extend(self.wrong_in_table(number, &topic));
        }
        wrong
    }

    /// Each record of an input is in its topic at most once and in order, without gaps, but where offsets were changed.
    fn wrong_in_topic(&self, number: usize, topic: &[Placed]) -> Vec<String> {
        let input = &self.systems.inputs[number];
        let mut wrong = Vec::new();
        for part in 0..input.partitions() {
            let at = i32::try_from(part).expect("few");
            let jumps = self.alterations.jumps(&format!("from-{number}"), at);
            let found = of_part(topic, part);
            let place = |target| usize::try_from(target).expect("counted from 0");
            if let Some(disorder) = disorder(&found, &jumps, place) {
                wrong.push(format!("partition {part} of input {number}: {disorder}"));
            }
            let ends = found.iter().map(|entry| entry + 1);
            let skipped = jumps.iter().map(|jump| place(jump.target));
            let end = ends.chain(skipped).max().unwrap_or(0);
            let acknowledged = input.acknowledged(part);
            if acknowledged > end {
                wrong.push(format!(
                    "partition {part} of input {number}: {acknowledged} entries are acknowledged, and {end} are in the topic",
                ));
            }
        }
        wrong
    }

    /// Each record of a topic is in the table at most once and in order, without gaps, but where offsets were changed.
    fn wrong_in_table(&self, number: usize, topic: &[Placed]) -> Vec<String> {
        let expected = by_partition(topic);
        let mut wrong = Vec::new();
        for (at, rows) in by_partition(&self.rows(number)) {
            let records = expected.get(&at).map(Vec::as_slice).unwrap_or_default();
            let place =
                |target| records.partition_point(|(offset, _): &(i64, String)| *offset < target);
            let copy: Option<Vec<_>> = rows
                .iter()
                .map(|row| records.iter().position(|record| record == row))
                .collect();
            let jumps = self
                .alterations
                .jumps(&format!("into-{number}"), at.partition);
            let disorder = match copy {
                Some(copy) => disorder(&copy, &jumps, place),
                None => Some(format!("expected only {records:?}, found {rows:?}")),
            };
            wrong.extend(disorder.map(|disorder| format!("{at} in the table: {disorder}")));
        }
        wrong
    }

    pub(super) fn rows(&self, number: usize) -> Vec<Placed> {
        let rows = self.systems.tables[number].rows();
        rows.into_iter()
            .map(|row| {
                let text = String::from_utf8_lossy(row.value.as_deref().unwrap_or_default());
                let (at, offset) = (row.origin.partition().clone(), row.origin.offset());
                (at, offset, text.into_owned())
            })
            .collect()
    }

    /// Returns what was answered and is not so.
    pub(super) async fn wrong_configs(&self) -> Vec<String> {
        let configs = self.latest("configs").await;
        let cluster = self.latest("cluster").await;
        let found = |name: &str| {
            if name == CODE {
                let code = cluster.get(&format!("code-{name}"))?;
                return Some(("0".to_owned(), code.get("state")?.as_str()?.to_owned()));
            }
            let connector = configs.get(&format!("connector-{name}"))?;
            let mark = connector.get("properties")?.get("mark")?.as_str()?;
            let target = configs.get(&format!("target-state-{name}"));
            let target = target.and_then(|it| it.get("state.v2").or_else(|| it.get("state")));
            let target = target.and_then(Value::as_str).unwrap_or("STARTED");
            Some((mark.to_owned(), target.to_owned()))
        };
        let mut wrong = Vec::new();
        for name in NAMES {
            let may_be: BTreeSet<_> = self.ledger.may_be(name);
            let may_be: BTreeSet<_> = may_be
                .into_iter()
                .map(|known| known.map(|(mark, target)| (mark.to_string(), target.to_owned())))
                .collect();
            let found = found(name);
            if !may_be.contains(&found) {
                wrong.push(format!(
                    "connector `{name}`: the answers say that it is one of {may_be:?}, found {found:?}"
                ));
            }
        }
        wrong
    }

    /// Returns what is not yet as it has to be.
    pub(super) async fn unsettled(&self) -> Vec<String> {
        let configs = self.latest("configs").await;
        let cluster = self.latest("cluster").await;
        let mut wanted = BTreeMap::new();
        if let Some(code) = cluster.get(&format!("code-{CODE}")) {
            let tasks = code
                .get("tasks")
                .and_then(Value::as_array)
                .map_or(0, Vec::len);
            wanted.insert(CODE, i64::try_from(tasks).expect("few"));
        }
        for name in NAMES {
            if configs.contains_key(&format!("connector-{name}")) {
                let commit = configs.get(&format!("commit-{name}"));
                let tasks = commit.and_then(|it| it.get("tasks")?.as_i64()).unwrap_or(0);
                wanted.insert(name, tasks);
            }
        }
        let mut unsettled = self.unsettled_statuses(&wanted);
        unsettled.extend(self.unsettled_tasks(&wanted));
        unsettled.extend(self.unsettled_release(&cluster));
        if unsettled.is_empty() {
            unsettled.extend(self.unsettled_data(&wanted).await);
            unsettled.extend(self.leftovers(&wanted, &configs).await);
            unsettled.extend(self.imbalance(&wanted).await);
        }
        unsettled
    }

    /// Every worker says that all runs, and they agree on where.
    fn unsettled_statuses(&self, wanted: &BTreeMap<&str, i64>) -> Vec<String> {
        let mut unsettled = Vec::new();
        let mut first = None;
        for lane in &self.lanes {
            let Some(handle) = lane.handle() else {
                unsettled.push(format!("{:?} has not started", lane.process));
                continue;
            };
            let statuses = handle.statuses();
            let names: BTreeSet<&str> = statuses.iter().map(|it| it.name.as_str()).collect();
            if names != wanted.keys().copied().collect() {
                unsettled.push(format!("{:?} knows {names:?}", lane.process));
            }
            for status in &statuses {
                let tasks = i64::try_from(status.tasks.len()).expect("few");
                let all_run = status.state == State::Running
                    && status.tasks.iter().all(|task| task.state == State::Running);
                if !all_run || tasks == 0 || wanted.get(status.name.as_str()) != Some(&tasks) {
                    unsettled.push(format!("{:?} says {status:?}", lane.process));
                }
            }
            if *first.get_or_insert_with(|| statuses.clone()) != statuses {
                unsettled.push(format!(
                    "{:?} says something else: {statuses:?}",
                    lane.process
                ));
            }
        }
        unsettled
    }

    /// Every task that is wanted is open at exactly one worker, and no other one is.
    fn unsettled_tasks(&self, wanted: &BTreeMap<&str, i64>) -> Vec<String> {
        let open = self.systems.census.open();
        let expected: BTreeSet<String> = wanted
            .iter()
            .flat_map(|(name, tasks)| (0..*tasks).map(move |task| format!("{name}-{task}")))
            .collect();
        let found: BTreeSet<String> = open.keys().cloned().collect();
        match found == expected && open.values().all(|processes| processes.len() == 1) {
            true => Vec::new(),
            false => vec![format!("expected {expected:?} to be open, found {open:?}")],
        }
    }

    /// The newest release that was accepted runs, and no other.
    fn unsettled_release(&self, cluster: &Latest) -> Vec<String> {
        let code = cluster.get(&format!("code-{CODE}"));
        let found = code.and_then(|code| code.get("version")?.as_str());
        let newest = (1..=self.release).rfind(|it| found == Some(&version(*it)));
        let accepted = self.systems.census.newest_release();
        let open = self.systems.census.open_releases();
        if newest < Some(accepted) || open.iter().any(|open| Some(*open) != newest) {
            return vec![format!(
                "release {accepted} was accepted, found {newest:?} in the cluster topic, and tasks of {open:?}"
            )];
        }
        Vec::new()
    }

    /// Everything that connectors are there for has arrived.
    async fn unsettled_data(&self, wanted: &BTreeMap<&str, i64>) -> Vec<String> {
        let mut unsettled = Vec::new();
        for name in wanted.keys() {
            let number = number(name);
            let topic = self.read(&topic(number)).await;
            let input = &self.systems.inputs[number];
            if name.starts_with("from") {
                for part in 0..input.partitions() {
                    let last = input.entries(part).len().checked_sub(1);
                    let found = of_part(&topic, part).last().copied();
                    if found != last {
                        unsettled.push(format!(
                            "{name}: expected entry {last:?} of {part} to be the last, found {found:?}"
                        ));
                    }
                }
            } else {
                let rows = by_partition(&self.rows(number));
                for (at, records) in by_partition(&topic) {
                    let found = rows.get(&at).and_then(|rows| rows.last());
                    if found != records.last() {
                        unsettled.push(format!("{name}: the last row of {at} is {found:?}"));
                    }
                }
            }
        }
        unsettled
    }

    /// Nothing is left of connectors that are deleted, nor of tasks, requests and releases that are over.
    async fn leftovers(&self, wanted: &BTreeMap<&str, i64>, configs: &Latest) -> Vec<String> {
        let statuses = self.latest("status").await;
        let cluster = self.latest("cluster").await;
        let mut left = Vec::new();
        for (which, topic) in [
            ("configs", configs),
            ("status", &statuses),
            ("cluster", &cluster),
        ] {
            for key in topic.keys() {
                let of = NAMES.iter().find(|name| key.contains(**name));
                let is_over = of.is_some_and(|name| match wanted.get(name) {
                    None => true,
                    Some(tasks) => is_task_beyond(key, name, *tasks),
                });
                if is_over || key.starts_with("request-") {
                    left.push(format!("`{key}` is left in the topic of {which}"));
                }
            }
        }
        left
    }

    /// Returns who has what, for those who look at a failure.
    pub(super) fn open(&self) -> BTreeMap<String, Vec<Arc<str>>> {
        self.systems.census.open()
    }
}

/// Returns which entries of a partition of an input are in its topic, in their order.
pub(super) fn of_part(topic: &[Placed], part: usize) -> Vec<usize> {
    let prefix = format!("{part} ");
    let texts = topic
        .iter()
        .filter_map(|(_, _, text)| text.strip_prefix(&prefix));
    texts
        .map(|entry| entry.parse().expect("entries are numbers"))
        .collect()
}

fn by_partition(placed: &[Placed]) -> BTreeMap<TopicPartition, Vec<(i64, String)>> {
    let mut partitions = BTreeMap::<_, Vec<_>>::new();
    for (at, offset, text) in placed {
        let rows = partitions.entry(at.clone()).or_default();
        rows.push((*offset, text.clone()));
    }
    partitions
}

/// Returns whether a key is of a task that there is no more.
fn is_task_beyond(key: &str, name: &str, tasks: i64) -> bool {
    let Some((before, after)) = key.split_once(name) else {
        return false;
    };
    let is_task = before.ends_with("task-");
    let task = after.trim_start_matches('-').parse::<i64>();
    is_task && task.is_ok_and(|task| task >= tasks)
}
