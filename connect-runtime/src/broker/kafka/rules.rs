//! [`Rules`]: what a topic takes. No I/O.

use std::collections::BTreeMap;

use connect_api::{Error, Result};
use connect_librdkafka::admin::Setting;

use super::super::ProducerRecord;

/// What a topic takes.
///
/// A broker that refuses one record refuses all that came with it, so what can be known is looked at before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rules {
    /// The largest batch, and so the largest record: `max.message.bytes`.
    pub(super) limit: usize,
    /// A compacted topic keeps the last record of each key: every record needs one.
    needs_key: bool,
    /// How far in the past and in the future timestamps may lie, in milliseconds.
    timestamps: Option<(i64, i64)>,
}

impl Default for Rules {
    /// What Kafka's topics take by default.
    fn default() -> Self {
        Self {
            limit: 1024 * 1024 + 12,
            needs_key: false,
            timestamps: None,
        }
    }
}

impl Rules {
    /// What a batch takes beside its records.
    const OVERHEAD: usize = 61;

    /// Reads the settings of a topic; those that are not there are Kafka's defaults.
    pub(super) fn of(settings: &BTreeMap<String, Setting>) -> Self {
        let text = |key: &str| settings.get(key)?.value.as_deref();
        let millis = |key: &str| text(key)?.parse::<i64>().ok();
        let is_stamped = text("message.timestamp.type") == Some("LogAppendTime");
        let before = millis("message.timestamp.before.max.ms");
        let after = millis("message.timestamp.after.max.ms");
        let defaults = Self::default();
        Self {
            limit: text("max.message.bytes")
                .and_then(|limit| limit.parse().ok())
                .unwrap_or(defaults.limit),
            needs_key: text("cleanup.policy").is_some_and(|policy| policy.contains("compact")),
            timestamps: before.zip(after).filter(|_| !is_stamped),
        }
    }

    /// Refuses a record that the broker would refuse; `now` is in milliseconds since the epoch.
    pub(super) fn check(&self, record: &ProducerRecord, now: i64) -> Result<()> {
        let topic = &record.topic;
        let size = record.size() + Self::OVERHEAD;
        if size > self.limit {
            return Err(Error::rejected(format!(
                "topic `{topic}`: expected a record of at most {} bytes (`max.message.bytes`), found one of about \
                 {size}",
                self.limit
            )));
        }
        if self.needs_key && record.key.is_none() {
            return Err(Error::rejected(format!(
                "topic `{topic}` is compacted (`cleanup.policy`): expected a key, found none"
            )));
        }
        if let (Some((before, after)), Some(timestamp)) = (self.timestamps, record.timestamp)
            && !(now.saturating_sub(before)..=now.saturating_add(after)).contains(&timestamp)
        {
            return Err(Error::rejected(format!(
                "topic `{topic}`: expected a timestamp at most {before} ms before and {after} ms after now \
                 (`message.timestamp.before.max.ms`, `message.timestamp.after.max.ms`), found {timestamp}, which is \
                 {} ms from now",
                timestamp.saturating_sub(now)
            )));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(settings: &[(&str, &str)]) -> Rules {
        let settings = settings.iter().map(|(key, value)| {
            let setting = Setting {
                value: Some((*value).to_owned()),
                is_given: true,
            };
            ((*key).to_owned(), setting)
        });
        Rules::of(&settings.collect())
    }

    fn refused(rules: Rules, record: &ProducerRecord) -> String {
        rules
            .check(record, 10_000)
            .unwrap_err()
            .message()
            .to_owned()
    }

    #[test]
    fn a_record_that_is_too_large_is_refused_with_both_sizes() {
        let narrow = rules(&[("max.message.bytes", "1000")]);
        let record = ProducerRecord::new("orders", vec![b'x'; 1000]);
        let message = refused(narrow, &record);
        assert!(message.contains("at most 1000 bytes"), "{message}");
        assert!(
            narrow
                .check(&ProducerRecord::new("orders", vec![b'x'; 900]), 0)
                .is_ok()
        );
    }

    #[test]
    fn a_compacted_topic_takes_no_record_without_a_key() {
        let compacted = rules(&[("cleanup.policy", "compact,delete")]);
        let record = ProducerRecord::new("orders", "a");
        assert!(refused(compacted, &record).contains("expected a key"));
        assert!(compacted.check(&record.with_key("k"), 0).is_ok());
    }

    #[test]
    fn a_timestamp_that_is_too_far_away_is_refused_unless_the_broker_stamps() {
        let bounds = [
            ("message.timestamp.before.max.ms", "9223372036854775807"),
            ("message.timestamp.after.max.ms", "500"),
        ];
        let at = |timestamp| ProducerRecord {
            timestamp: Some(timestamp),
            ..ProducerRecord::new("orders", "a")
        };
        assert!(rules(&bounds).check(&at(0), 10_000).is_ok());
        assert!(rules(&bounds).check(&at(10_500), 10_000).is_ok());
        assert!(refused(rules(&bounds), &at(10_501)).contains("501 ms from now"));
        let stamped = [&bounds[..], &[("message.timestamp.type", "LogAppendTime")]].concat();
        assert!(rules(&stamped).check(&at(99_999), 10_000).is_ok());
    }

    #[test]
    fn settings_that_are_not_known_are_kafkas_defaults() {
        assert_eq!(rules(&[]), Rules::default());
        assert_eq!(rules(&[("max.message.bytes", "a lot")]), Rules::default());
    }
}
