//! [`Rules`]: which records a topic takes. No I/O.

use std::{collections::BTreeMap, time::Duration};

use connect_api::{Error, Result};
use connect_librdkafka::admin::Setting;

use super::super::ProducerRecord;

/// Which records a topic takes.
///
/// A broker refuses a batch as a whole, and librdkafka blames all its records for one of them. So what is known to be
/// refused is not sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rules {
    /// The largest record, and batch.
    pub(super) limit: usize,
    keys: Keys,
    /// How far before and after now a timestamp may lie.
    span: (Duration, Duration),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Keys {
    Optional,
    Needed,
}

impl Rules {
    /// What a batch takes beside its records, and a record beside what it carries, at most.
    const OVERHEAD: usize = 61;

    /// The largest batch that a topic takes by default.
    const USUAL_LIMIT: usize = 1024 * 1024 + 12;

    /// How different the clocks of a worker and a broker may be: in between, the broker decides.
    const SKEW: Duration = Duration::from_secs(60);

    /// Reads the settings of a topic; without them, they are the usual ones.
    pub(super) fn of(settings: &BTreeMap<String, Setting>) -> Self {
        let value = |key| {
            settings
                .get(key)
                .and_then(|setting: &Setting| setting.value.as_deref())
        };
        let is_compacted =
            value("cleanup.policy").is_some_and(|policies| policies.contains("compact"));
        // A topic that writes its own timestamps takes any.
        let takes_any = value("message.timestamp.type") == Some("LogAppendTime");
        let span = |key| {
            let millis = value(key).and_then(|text| text.parse().ok());
            let millis = millis.filter(|_| !takes_any);
            millis.map_or(Duration::MAX, Duration::from_millis)
        };
        let limit = value("max.message.bytes").and_then(|text| text.parse().ok());
        Self {
            limit: limit.unwrap_or(Self::USUAL_LIMIT),
            keys: if is_compacted {
                Keys::Needed
            } else {
                Keys::Optional
            },
            span: (
                span("message.timestamp.before.max.ms"),
                span("message.timestamp.after.max.ms"),
            ),
        }
    }

    /// Refuses what the broker would refuse; `now` is in milliseconds since the epoch.
    ///
    /// # Errors
    ///
    /// `Rejected`.
    pub(super) fn check(&self, record: &ProducerRecord, now: i64) -> Result<()> {
        let refused = |expected: String, found: String| {
            let topic = &record.topic;
            Err(Error::rejected(format!(
                "topic `{topic}`: expected {expected}, found {found}"
            )))
        };
        let size = record.size() + Self::OVERHEAD;
        if size > self.limit {
            let expected = format!(
                "a record of at most {} bytes (`max.message.bytes`)",
                self.limit
            );
            return refused(expected, format!("one of about {size}"));
        }
        if self.keys == Keys::Needed && record.key.is_none() {
            return refused(
                "a key (`cleanup.policy=compact`)".to_owned(),
                "none".to_owned(),
            );
        }
        let Some(timestamp) = record.timestamp else {
            return Ok(());
        };
        let (key, most) = match timestamp <= now {
            true => ("message.timestamp.before.max.ms", self.span.0),
            false => ("message.timestamp.after.max.ms", self.span.1),
        };
        if Duration::from_millis(timestamp.abs_diff(now)) > most.saturating_add(Self::SKEW) {
            let expected = format!(
                "a timestamp at most {} ms from now (`{key}`)",
                most.as_millis()
            );
            return refused(expected, format!("{timestamp} at {now}"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_700_000_000_000;

    fn rules(settings: &[(&str, &str)]) -> Rules {
        let setting = |value: &str| Setting {
            value: Some(value.to_owned()),
            is_given: true,
        };
        let settings = settings
            .iter()
            .map(|(key, value)| ((*key).to_owned(), setting(value)));
        Rules::of(&settings.collect())
    }

    #[track_caller]
    fn check(settings: &[(&str, &str)], record: &ProducerRecord, expected: &str) {
        let found = rules(settings).check(record, NOW);
        let found = found.map_or_else(|error| error.message().to_owned(), |()| "taken".to_owned());
        assert_eq!(found, expected);
    }

    fn at(timestamp: i64) -> ProducerRecord {
        let mut record = ProducerRecord::new("t", "v");
        record.timestamp = Some(timestamp);
        record
    }

    #[test]
    fn a_topic_without_settings_takes_what_is_usual() {
        check(&[], &ProducerRecord::new("t", "v"), "taken");
        check(&[], &at(0), "taken");
        check(
            &[],
            &ProducerRecord::new("t", vec![0; 2_000_000]),
            "topic `t`: expected a record of at most 1048588 bytes (`max.message.bytes`), found one of about 2000093",
        );
    }

    #[test]
    fn a_compacted_topic_needs_keys() {
        let compacted = [("cleanup.policy", "delete,compact")];
        let keyed = ProducerRecord::new("t", "v").with_key("k");
        check(&compacted, &keyed, "taken");
        check(
            &compacted,
            &ProducerRecord::new("t", "v"),
            "topic `t`: expected a key (`cleanup.policy=compact`), found none",
        );
    }

    #[test]
    fn timestamps_lie_within_a_span_but_for_the_skew_of_clocks() {
        let span = [
            ("message.timestamp.before.max.ms", "1000"),
            ("message.timestamp.after.max.ms", "2000"),
        ];
        check(&span, &at(NOW - 61_000), "taken");
        check(&span, &at(NOW + 62_000), "taken");
        check(
            &span,
            &at(NOW - 61_001),
            "topic `t`: expected a timestamp at most 1000 ms from now (`message.timestamp.before.max.ms`), \
             found 1699999938999 at 1700000000000",
        );
        check(
            &span,
            &at(NOW + 62_001),
            "topic `t`: expected a timestamp at most 2000 ms from now (`message.timestamp.after.max.ms`), \
             found 1700000062001 at 1700000000000",
        );
        let own = [
            span[0],
            span[1],
            ("message.timestamp.type", "LogAppendTime"),
        ];
        check(&own, &at(0), "taken");
    }
}
