//! What has to be there in the end, and what was never allowed to be.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use connect_api::TopicPartition;
use connect_runtime::State;
use serde_json::Value;

use super::{
    application::number,
    topics::{Latest, Placed},
    world::{LANES, NAMES, World, topic},
};

impl World {
    /// Returns what is wrong at any time.
    pub(super) async fn wrong_so_far(&self) -> Vec<String> {
        let mut wrong = self.systems.census.wrong();
        wrong.extend(self.ledger.wrong());
        for number in 0..LANES {
            let topic = self.read(&topic(number)).await;
            wrong.extend(self.wrong_in_topic(number, &topic));
            wrong.extend(self.wrong_in_table(number, &topic));
        }
        wrong
    }

    /// Each record of an input is in its topic at most once and in order, without gaps.
    fn wrong_in_topic(&self, number: usize, topic: &[Placed]) -> Vec<String> {
        let input = &self.systems.inputs[number];
        let mut wrong = Vec::new();
        for part in 0..input.partitions() {
            let found = of_part(topic, part);
            let expected: Vec<_> = (0..input.entries(part).len())
                .map(|entry| format!("{part} {entry}"))
                .collect();
            if !expected.starts_with(&found) {
                wrong.push(format!(
                    "partition {part} of input {number}: expected the beginning of {} entries in the topic, found {found:?}",
                    expected.len()
                ));
            }
            if input.acknowledged(part) > found.len() {
                wrong.push(format!(
                    "partition {part} of input {number}: {} entries are acknowledged, and {} are in the topic",
                    input.acknowledged(part),
                    found.len()
                ));
            }
        }
        wrong
    }

    /// Each record of a topic is in the table at most once and in order, without gaps.
    fn wrong_in_table(&self, number: usize, topic: &[Placed]) -> Vec<String> {
        let expected = by_partition(topic);
        let found = by_partition(&self.rows(number));
        let is_wrong = |at: &TopicPartition, rows: &Vec<_>| {
            expected
                .get(at)
                .is_none_or(|expected| !expected.starts_with(rows))
        };
        found
            .iter()
            .filter(|(at, rows)| is_wrong(at, rows))
            .map(|(at, rows)| {
                format!(
                    "{at}: expected the beginning of {:?} in the table, found {rows:?}",
                    expected.get(at)
                )
            })
            .collect()
    }

    fn rows(&self, number: usize) -> Vec<Placed> {
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
        let found = |name: &str| {
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
        let mut wanted = BTreeMap::new();
        for name in NAMES {
            if configs.contains_key(&format!("connector-{name}")) {
                let commit = configs.get(&format!("commit-{name}"));
                let tasks = commit.and_then(|it| it.get("tasks")?.as_i64()).unwrap_or(0);
                wanted.insert(name, tasks);
            }
        }
        let mut unsettled = self.unsettled_statuses(&wanted);
        unsettled.extend(self.unsettled_tasks(&wanted));
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

    /// Everything that connectors are there for has arrived.
    async fn unsettled_data(&self, wanted: &BTreeMap<&str, i64>) -> Vec<String> {
        let mut unsettled = Vec::new();
        for name in wanted.keys() {
            let number = number(name);
            let topic = self.read(&topic(number)).await;
            let input = &self.systems.inputs[number];
            if name.starts_with("from") {
                for part in 0..input.partitions() {
                    let (found, all) = (of_part(&topic, part).len(), input.entries(part).len());
                    if found != all {
                        unsettled.push(format!("{name}: {found} of {all} entries of {part}"));
                    }
                }
            } else {
                let (found, all) = (self.rows(number).len(), topic.len());
                if found != all {
                    unsettled.push(format!("{name}: {found} of {all} rows"));
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

    /// The workers have the same number of units, or almost.
    async fn imbalance(&self, wanted: &BTreeMap<&str, i64>) -> Vec<String> {
        let cluster = self.latest("cluster").await;
        let mut loads = BTreeMap::<String, usize>::new();
        let mut wrong = Vec::new();
        let mut count = 0;
        for (key, placement) in cluster.iter().filter(|(key, _)| key.starts_with("unit-")) {
            let owner = placement.get("hold").and_then(|hold| hold.get("owned"));
            match owner.and_then(Value::as_str) {
                Some(owner) => *loads.entry(owner.to_owned()).or_default() += 1,
                None => wrong.push(format!("`{key}` is {placement:?}")),
            }
            count += 1;
        }
        let expected = wanted.values().map(|tasks| tasks + 1).sum::<i64>();
        if i64::try_from(count) != Ok(expected) {
            wrong.push(format!("expected {expected} units, found {count}"));
        }
        let (least, most) = (count / self.lanes.len(), count.div_ceil(self.lanes.len()));
        if loads.values().any(|load| *load < least || *load > most)
            || loads.len() != self.lanes.len().min(count)
        {
            wrong.push(format!("{count} units are not balanced: {loads:?}"));
        }
        wrong
    }

    /// Returns who has what, for those who look at a failure.
    pub(super) fn open(&self) -> BTreeMap<String, Vec<Arc<str>>> {
        self.systems.census.open()
    }
}

fn of_part(topic: &[Placed], part: usize) -> Vec<String> {
    let prefix = format!("{part} ");
    let texts = topic.iter().map(|(_, _, text)| text.clone());
    texts.filter(|text| text.starts_with(&prefix)).collect()
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
