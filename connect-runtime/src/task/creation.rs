//! [`TopicCreation`]: how the topics that a source writes to are created.

use std::collections::BTreeMap;

use connect_api::Str;
use regex::Regex;

use crate::broker::NewTopic;

/// How the topics that a source writes to are created, before the first record: `topic.creation.*`.
#[derive(Clone, Debug)]
pub(crate) struct TopicCreation {
    /// The first one that matches counts; the last one, `default`, matches every topic.
    pub(crate) groups: Vec<TopicGroup>,
}

/// Topics that are created in one way.
#[derive(Clone, Debug)]
pub(crate) struct TopicGroup {
    /// Matches whole names.
    pub(crate) include: Vec<Regex>,
    /// Matches whole names, and comes before `include`.
    pub(crate) exclude: Vec<Regex>,
    /// `None` is the broker's default.
    pub(crate) partitions: Option<i32>,
    /// `None` is the broker's default.
    pub(crate) replication_factor: Option<i16>,
    pub(crate) configs: BTreeMap<String, String>,
}

impl TopicCreation {
    /// Returns how a topic is created; `None` if no group matches it.
    pub(crate) fn of(&self, topic: &Str) -> Option<NewTopic> {
        let group = self.groups.iter().find(|group| group.matches(topic))?;
        let mut new = NewTopic::new(topic.clone());
        new.partitions = group.partitions;
        new.replication_factor = group.replication_factor;
        new.configs.clone_from(&group.configs);
        Some(new)
    }
}

impl TopicGroup {
    fn matches(&self, topic: &str) -> bool {
        let any = |regexes: &[Regex]| regexes.iter().any(|regex| regex.is_match(topic));
        any(&self.include) && !any(&self.exclude)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::whole;

    fn group(include: &str, exclude: &str, partitions: i32) -> TopicGroup {
        let regexes = |text: &str| {
            let texts = text.split_whitespace();
            texts.map(|text| whole(text).unwrap()).collect()
        };
        TopicGroup {
            include: regexes(include),
            exclude: regexes(exclude),
            partitions: Some(partitions),
            replication_factor: None,
            configs: BTreeMap::from([("retention.ms".to_owned(), partitions.to_string())]),
        }
    }

    #[test]
    fn the_first_group_that_includes_and_does_not_exclude_a_topic_counts() {
        let creation = TopicCreation {
            groups: vec![
                group("orders.* returns", "orders-old", 1),
                group("orders.*", "", 2),
                group(".*", "", 3),
            ],
        };
        let partitions = |topic: &str| creation.of(&topic.into()).unwrap().partitions.unwrap();
        assert_eq!(partitions("orders-new"), 1);
        assert_eq!(partitions("returns"), 1);
        assert_eq!(partitions("my-returns"), 3);
        assert_eq!(partitions("orders-old"), 2);
        let new = creation.of(&"other".into()).unwrap();
        assert_eq!(new.configs["retention.ms"], "3");
    }
}
