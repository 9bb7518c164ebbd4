//! How the topics that a source writes to are created.

use std::{collections::BTreeMap, ops::RangeFrom, str::FromStr, sync::Arc};

use connect_api::{ConfigMap, ConfigProblem};
use regex::Regex;

use super::{draft::Draft, problems::Problems, worker::Switch};
use crate::{
    broker::embedded::check_setting,
    pattern::whole,
    task::{TopicCreation, TopicGroup},
};

const PREFIX: &str = "topic.creation.";
const GROUPS: &str = "groups";
/// The group that matches what no other does.
const DEFAULT: &str = "default";

/// Reads `topic.creation.*`; `None` where the connector leaves topics to the broker.
///
/// As KIP-158: groups in their order, and `default` after them, whose numbers the others inherit.
pub(super) fn creation(
    groups: &[String],
    draft: &Draft<'_>,
    problems: &mut Problems,
) -> Option<Arc<TopicCreation>> {
    let (config, stray): (ConfigMap, ConfigMap) = draft
        .config
        .with_prefix(PREFIX)
        .into_iter()
        .partition(|(key, _)| key == GROUPS || key.contains('.'));
    for (key, _) in stray.iter() {
        let known = format!("{PREFIX}{GROUPS}");
        let unknown = ConfigProblem::unknown(format!("{PREFIX}{key}"), [known.as_str()]);
        draft.ignored(unknown, problems);
    }
    if config.is_empty() {
        return None;
    }
    if draft.settings.topics.creation == Switch::Off {
        let why = "the worker has topic.creation.enable=false";
        for (key, _) in config.iter() {
            draft.without_effect(&format!("{PREFIX}{key}"), why, problems);
        }
        return None;
    }
    for (key, _) in config.iter().filter(|(key, _)| *key != GROUPS) {
        let is_of = |group: &str| {
            key.strip_prefix(group)
                .is_some_and(|rest| rest.starts_with('.'))
        };
        if !is_of(DEFAULT) && !groups.iter().any(|group| is_of(group)) {
            let group = key.split_once('.').map_or(key, |(group, _)| group);
            let why = format!("`{group}` is not among \"{PREFIX}groups\"");
            draft.without_effect(&format!("{PREFIX}{key}"), &why, problems);
        }
    }
    let mut default = Group::new(DEFAULT, &config, problems);
    let partitions = default.number("partitions", None);
    let replication_factor = default.number("replication.factor", None);
    default.refuse("include");
    default.refuse("exclude");
    let inherited = (partitions, replication_factor);
    let last = TopicGroup {
        include: Regex::new("").into_iter().collect(),
        exclude: Vec::new(),
        partitions: partitions.and_then(positive),
        replication_factor: replication_factor.and_then(positive),
        configs: default.rest(),
    };
    let named = groups.iter().filter(|name| !name.is_empty());
    let mut groups: Vec<_> = named
        .map(|name| group(Group::new(name, &config, problems), inherited))
        .collect();
    groups.push(last);
    Some(Arc::new(TopicCreation { groups }))
}

/// Reads a group that names its topics.
fn group(mut keys: Group<'_>, inherited: (Option<i32>, Option<i16>)) -> TopicGroup {
    if keys.name == DEFAULT {
        let key = format!("{PREFIX}groups");
        let reason = "The group \"default\" is there without being listed";
        keys.problems
            .extend([ConfigProblem::invalid(key, DEFAULT, reason)]);
    }
    let include = keys.regexes("include");
    if include.is_empty() {
        keys.problems
            .extend([ConfigProblem::missing(keys.key("include"))]);
    }
    TopicGroup {
        include,
        exclude: keys.regexes("exclude"),
        partitions: keys.number("partitions", inherited.0).and_then(positive),
        replication_factor: keys
            .number("replication.factor", inherited.1)
            .and_then(positive),
        configs: keys.rest(),
    }
}

/// Turns Kafka's -1 into the broker's default.
fn positive<N: PartialOrd + Default>(number: N) -> Option<N> {
    (number > N::default()).then_some(number)
}

/// The keys of one group.
struct Group<'a> {
    name: &'a str,
    keys: ConfigMap,
    problems: &'a mut Problems,
}

impl<'a> Group<'a> {
    fn new(name: &'a str, config: &ConfigMap, problems: &'a mut Problems) -> Self {
        Self {
            name,
            keys: config.with_prefix(&format!("{name}.")),
            problems,
        }
    }

    fn key(&self, key: &str) -> String {
        format!("{PREFIX}{}.{key}", self.name)
    }

    /// Reads a number of at least 1, or the -1 that is the broker's default.
    fn number<N: FromStr + PartialOrd + From<i8>>(
        &mut self,
        key: &str,
        inherited: Option<N>,
    ) -> Option<N> {
        let Some(text) = self.keys.remove(key) else {
            if inherited.is_none() && self.name == DEFAULT {
                self.problems
                    .extend([ConfigProblem::missing(self.key(key))]);
            }
            return inherited;
        };
        let valid: RangeFrom<N> = N::from(1)..;
        match text.trim().parse::<N>() {
            Ok(number) if valid.contains(&number) || number == N::from(-1) => Some(number),
            _ => {
                let expected = "a number of at least 1, or -1 for the broker's default";
                let reason = format!("Must be {expected}");
                let problem = ConfigProblem::invalid(self.key(key), &text, reason);
                self.problems.extend([problem.with_expected(expected)]);
                None
            }
        }
    }

    /// Reads a list of regular expressions that match whole names.
    fn regexes(&mut self, key: &str) -> Vec<Regex> {
        let text = self.keys.remove(key).unwrap_or_default();
        let mut regexes = Vec::new();
        for text in text
            .split(',')
            .map(str::trim)
            .filter(|text| !text.is_empty())
        {
            match whole(text) {
                Ok(regex) => regexes.push(regex),
                Err(error) => {
                    let reason = format!("Must be a valid regular expression: {error}");
                    self.problems
                        .extend([ConfigProblem::invalid(self.key(key), text, reason)]);
                }
            }
        }
        regexes
    }

    fn refuse(&mut self, key: &str) {
        if let Some(found) = self.keys.remove(key) {
            let reason = "The default group matches every topic that no other group does";
            self.problems
                .extend([ConfigProblem::invalid(self.key(key), &found, reason)]);
        }
    }

    /// Returns the other keys: the topic's own settings.
    fn rest(self) -> BTreeMap<String, String> {
        for (key, value) in self.keys.iter() {
            if let Err(expected) = check_setting(key, value) {
                let reason = format!("Must be {expected}");
                let problem = ConfigProblem::invalid(self.key(key), value, reason);
                self.problems.extend([problem.with_expected(expected)]);
            }
        }
        self.keys.into_iter().collect()
    }
}
