//! From keys to [`TaskOptions`].

use std::{sync::Arc, time::Duration};

use connect_api::{ConfigMap, ConfigProblem, Millis};

use super::{
    draft::Draft,
    keys::{BoundaryKey, CommonKeys, ErrorKeys, SinkKeys, SourceKeys, ToleranceKey},
    problems::Problems,
    topics,
    worker::{Storage, WorkerSettings},
};
use crate::{
    broker::{Isolation, OffsetReset, Subscription},
    pattern::whole,
    stores::{InternalTopic, Purpose},
    task::{
        Boundary, ContextHeaders, DeadLetterOptions, Delivery, ErrorLog, RateLimit, RetryOptions,
        SinkOptions, SourceOptions, TaskOptions, Tolerance,
    },
};

/// Kafka's client settings: the worker's under `prefix`, overridden by the connector's.
fn client(draft: &Draft<'_>, kind: &str) -> ConfigMap {
    let mut client = draft.settings.map.with_prefix(&format!("{kind}."));
    client.extend(draft.config.with_prefix(&format!("{kind}.override.")));
    client
}

/// Reads the options of a source.
pub(super) fn of_source(
    keys: &SourceKeys,
    delivery: Delivery,
    draft: &Draft<'_>,
    problems: &mut Problems,
) -> TaskOptions {
    let worker = draft.settings;
    let mut producer = client(draft, "producer");
    let interval = match keys.transaction_boundary_interval_ms.map(Millis::duration) {
        Some(Duration::ZERO) => {
            let reason = "Value must be at least 1";
            let key = "transaction.boundary.interval.ms";
            problems.extend([ConfigProblem::invalid(key, "0", reason)]);
            None
        }
        interval => interval,
    };
    let boundary = match keys.transaction_boundary {
        BoundaryKey::Poll => Boundary::Poll,
        BoundaryKey::Interval => Boundary::Interval(interval.unwrap_or(worker.flush_interval)),
        BoundaryKey::Connector => Boundary::Connector,
    };
    let source = SourceOptions {
        delivery,
        boundary,
        transaction_timeout: transaction_timeout(
            boundary,
            Client {
                kind: "producer",
                map: &mut producer,
                config: draft.config,
                problems,
            },
        ),
        offsets_topic: offsets_topic(keys, worker, problems),
        creation: topics::creation(&keys.topic_creation_groups, draft, problems),
    };
    // A source has no sink's options; these are never looked at.
    let sink = no_sink();
    common(&keys.common, worker, source, sink, producer)
}

/// Reads where the connector's offsets are, if not where the worker's are; a missing topic is made as the worker's is.
fn offsets_topic(
    keys: &SourceKeys,
    worker: &WorkerSettings,
    problems: &mut Problems,
) -> Option<InternalTopic> {
    const KEY: &str = "offsets.storage.topic";
    let name = keys.offsets_storage_topic.as_deref()?.trim();
    let usual = &worker.internal_topics.offsets;
    if name.is_empty() {
        let reason = "String must be non-empty";
        problems.extend([ConfigProblem::invalid(KEY, name, reason)]);
        return None;
    }
    if let Storage::File(file) = &worker.storage {
        let connector = &keys.common.name;
        let file = file.display();
        tracing::warn!(%connector, "`{KEY}` has no effect: offsets are in {file}");
        return None;
    }
    (*name != *usual.name).then(|| InternalTopic {
        purpose: Purpose::ConnectorOffsets,
        name: name.into(),
        ..usual.clone()
    })
}

/// Reads how long the broker lets a transaction stay open: longer than the connector's own transactions.
fn transaction_timeout(boundary: Boundary, mut client: Client<'_>) -> Duration {
    const KEY: &str = "transaction.timeout.ms";
    /// How long the end of a transaction may take, after its interval: Kafka's default of the whole.
    const MARGIN: u64 = 60_000;
    let interval = match boundary {
        Boundary::Interval(interval) => u64::try_from(interval.as_millis()).unwrap_or(u64::MAX),
        Boundary::Poll | Boundary::Connector => 0,
    };
    let usual = Duration::from_millis(interval.saturating_add(MARGIN));
    let timeout = client.millis(KEY, usual);
    let millis = timeout.as_millis();
    if millis <= u128::from(interval) && interval > 0 {
        let reason = format!(
            "Must be longer than the interval between transactions, which is {interval} ms \
             (transaction.boundary.interval.ms, or else offset.flush.interval.ms)"
        );
        client.refuse(KEY, &millis.to_string(), &reason);
    }
    timeout
}

/// Reads the options of a sink.
pub(super) fn of_sink(keys: &SinkKeys, draft: &Draft<'_>, problems: &mut Problems) -> TaskOptions {
    let mut consumer = client(draft, "consumer");
    let mut client_keys = Client {
        kind: "consumer",
        map: &mut consumer,
        config: draft.config,
        problems,
    };
    let group = client_keys.take("group.id");
    let isolation = client_keys.one_of(
        "isolation.level",
        [
            ("read_committed", Isolation::ReadCommitted),
            ("read_uncommitted", Isolation::ReadUncommitted),
        ],
    );
    let reset = client_keys.one_of(
        "auto.offset.reset",
        [
            ("earliest", OffsetReset::Earliest),
            ("latest", OffsetReset::Latest),
            ("none", OffsetReset::None),
        ],
    );
    let poll = client_keys.millis("max.poll.interval.ms", Duration::from_secs(300));
    let worker = &draft.settings.cluster;
    let heartbeat = client_keys.millis("heartbeat.interval.ms", worker.heartbeat);
    let session = client_keys.millis("session.timeout.ms", worker.session);
    let polled = client_keys.count("max.poll.records");
    let subscription = subscription(keys, problems);
    let sink = SinkOptions {
        subscription,
        group: group
            .unwrap_or_else(|| format!("connect-{}", keys.common.name))
            .into(),
        isolation,
        reset,
        heartbeat,
        session,
        rebalance_timeout: poll.saturating_sub(heartbeat * 2),
        batch_records: size(keys.batch_max_records.or(polled).unwrap_or(BATCH)),
        consumer,
    };
    let producer = client(draft, "producer");
    // A sink has no source's options; these are never looked at.
    let source = SourceOptions {
        delivery: Delivery::AtLeastOnce,
        boundary: Boundary::Poll,
        transaction_timeout: Duration::from_secs(60),
        offsets_topic: None,
        creation: None,
    };
    common(&keys.common, draft.settings, source, sink, producer)
}

/// How many records a sink gets at once if nobody says so.
const BATCH: u64 = 5_000;

fn no_sink() -> SinkOptions {
    SinkOptions {
        subscription: Subscription::Topics(Vec::new()),
        group: "".into(),
        isolation: Isolation::ReadCommitted,
        reset: OffsetReset::Earliest,
        heartbeat: Duration::ZERO,
        session: Duration::ZERO,
        rebalance_timeout: Duration::ZERO,
        batch_records: 1,
        consumer: ConfigMap::new(),
    }
}

fn common(
    keys: &CommonKeys,
    worker: &WorkerSettings,
    source: SourceOptions,
    sink: SinkOptions,
    producer: ConfigMap,
) -> TaskOptions {
    let errors = &keys.errors;
    TaskOptions {
        tolerance: match errors.errors_tolerance {
            ToleranceKey::None => Tolerance::None,
            ToleranceKey::All => Tolerance::All,
        },
        retry: RetryOptions {
            timeout: u64::try_from(errors.errors_retry_timeout)
                .ok()
                .map(Duration::from_millis),
            max_delay: errors.errors_retry_delay_max_ms.duration(),
        },
        error_log: match (errors.errors_log_enable, errors.errors_log_include_messages) {
            (false, _) => ErrorLog::Off,
            (true, false) => ErrorLog::Failures,
            (true, true) => ErrorLog::FailuresAndRecords,
        },
        dead_letters: dead_letters(errors),
        flush_interval: worker.flush_interval,
        flush_bytes: worker.flush_bytes,
        call_timeout: keys
            .plugin_call_timeout_ms
            .map_or(worker.call_timeout, Millis::duration),
        queue_bytes: size(keys.queue_max_bytes),
        queue_records: size(keys.queue_max_records),
        rate: Arc::new(RateLimit::new(
            keys.rate_limit_records_per_second,
            keys.rate_limit_bytes_per_second,
        )),
        source,
        sink,
        producer,
    }
}

fn dead_letters(errors: &ErrorKeys) -> Option<DeadLetterOptions> {
    let topic = errors.errors_deadletterqueue_topic_name.as_str();
    let replicas = errors.errors_deadletterqueue_topic_replication_factor;
    (!topic.is_empty()).then(|| DeadLetterOptions {
        topic: topic.into(),
        replication_factor: (replicas > 0).then_some(replicas),
        context_headers: match errors.errors_deadletterqueue_context_headers_enable {
            true => ContextHeaders::On,
            false => ContextHeaders::Off,
        },
    })
}

fn subscription(keys: &SinkKeys, problems: &mut Problems) -> Subscription {
    let dead_letters = &keys.common.errors.errors_deadletterqueue_topic_name;
    let topics: Vec<_> = keys
        .topics
        .iter()
        .filter(|topic| !topic.is_empty())
        .collect();
    match (topics.is_empty(), keys.topics_regex.is_empty()) {
        (true, true) => problems.add("topics", "Must configure one of topics or topics.regex"),
        (false, false) => problems.add(
            "topics",
            "topics and topics.regex are mutually exclusive options, but both are set.",
        ),
        (false, true) if topics.contains(&dead_letters) => problems.add(
            "topics",
            format!(
                "The DLQ topic '{dead_letters}' may not be included in the list of topics (\"topics\") \
                 consumed by the connector"
            ),
        ),
        (true, false) => match whole(&keys.topics_regex) {
            Err(error) => problems.extend([ConfigProblem::invalid(
                "topics.regex",
                &keys.topics_regex,
                format!("Must be a valid regular expression: {error}"),
            )]),
            Ok(regex) if !dead_letters.is_empty() && regex.is_match(dead_letters) => problems.add(
                "topics.regex",
                format!(
                    "The DLQ topic '{dead_letters}' may not be matched by the regex of topics \
                     (\"topics.regex\") consumed by the connector"
                ),
            ),
            Ok(_) => {}
        },
        (false, true) => {}
    }
    match keys.topics_regex.is_empty() {
        true => Subscription::Topics(
            topics
                .into_iter()
                .map(|topic| topic.as_str().into())
                .collect(),
        ),
        false => Subscription::Pattern(keys.topics_regex.clone()),
    }
}

fn size(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// Client settings that the runtime itself has to know; the rest is the broker's.
struct Client<'a> {
    kind: &'static str,
    map: &'a mut ConfigMap,
    /// The connector's own settings; what they do not have is the worker's.
    config: &'a ConfigMap,
    problems: &'a mut Problems,
}

impl Client<'_> {
    fn take(&mut self, key: &str) -> Option<String> {
        self.map.remove(key).map(|text| text.trim().to_owned())
    }

    fn millis(&mut self, key: &str, default: Duration) -> Duration {
        let Some(text) = self.take(key) else {
            return default;
        };
        let parsed = text.parse().map(Duration::from_millis);
        parsed.unwrap_or_else(|_| {
            self.refuse(key, &text, "Must be a number of milliseconds of at least 0");
            default
        })
    }

    /// Reads a number of at least 1.
    fn count(&mut self, key: &str) -> Option<u64> {
        let text = self.take(key)?;
        let count = text.parse().ok().filter(|count| *count > 0);
        if count.is_none() {
            self.refuse(key, &text, "Value must be at least 1");
        }
        count
    }

    /// Reads a choice; the first one is the default.
    fn one_of<T: Copy, const N: usize>(&mut self, key: &str, choices: [(&str, T); N]) -> T {
        let Some(text) = self.take(key) else {
            return choices[0].1;
        };
        let chosen = choices
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(&text));
        let names = || choices.map(|(name, _)| name).join(", ");
        chosen.map_or_else(
            || {
                self.refuse(key, &text, &format!("String must be one of: {}", names()));
                choices[0].1
            },
            |(_, choice)| *choice,
        )
    }

    fn refuse(&mut self, key: &str, found: &str, reason: &str) {
        let own = format!("{}.override.{key}", self.kind);
        let key = match self.config.contains_key(&own) {
            true => own,
            false => format!("{}.{key}", self.kind),
        };
        self.problems
            .extend([ConfigProblem::invalid(key, found, reason)]);
    }
}
