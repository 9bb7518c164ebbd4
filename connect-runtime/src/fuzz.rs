//! What a fuzzer feeds with bytes that others wrote: internal topics and the database's values.
//!
//! The tests below do it for a moment with mutations of a corpus, `./test soak` for minutes with a fuzzer.

use bytes::Bytes;

use crate::{
    broker::{ConsumedRecord, embedded},
    stores,
};

/// Applies a record of the offsets topic: its key, a zero, its value.
pub fn offsets_record(bytes: &[u8]) {
    stores::fuzz_offsets(record(bytes));
}

/// Applies a record of the config topic, and resolves what it says.
pub fn config_record(bytes: &[u8]) {
    stores::fuzz_configs(record(bytes));
}

/// Applies a record of the cluster topic.
pub fn cluster_record(bytes: &[u8]) {
    stores::fuzz_cluster(record(bytes));
}

/// Applies a record of the status topic.
pub fn status_record(bytes: &[u8]) {
    stores::fuzz_statuses(record(bytes));
}

/// Decodes a value of the database, as it is and with the right checksum.
pub fn chunk(bytes: &[u8]) {
    embedded::fuzz_chunk(bytes);
}

/// Parses a `sasl.jaas.config`.
#[cfg(feature = "kafka")]
pub fn jaas(bytes: &[u8]) {
    crate::broker::fuzz_jaas(bytes);
}

/// Parses an offsets file of a standalone worker, Java's or ours.
pub fn offsets_file(bytes: &[u8]) {
    stores::fuzz_file(bytes);
}

fn record(bytes: &[u8]) -> ConsumedRecord {
    let (key, value) = match bytes.iter().position(|byte| *byte == 0) {
        Some(zero) => (&bytes[..zero], Some(&bytes[zero + 1..])),
        None => (bytes, None),
    };
    ConsumedRecord {
        offset: 0,
        timestamp: 0,
        key: Some(Bytes::copy_from_slice(key)),
        value: value.map(Bytes::copy_from_slice),
        headers: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use connect_testkit::mutate;

    use super::*;

    #[test]
    fn the_offsets_topic_may_hold_any_bytes() {
        let corpus: &[&[u8]] = &[
            b"[\"files\",{\"filename\":\"a\"}]\0{\"position\":17,\"inode\":\"1:2\"}",
            b"[\"files\",{\"filename\":\"a\"}]\0null",
            b"[\"files\",{\"filename\":\"a\"}]",
            b"[\"mirror\",null]\0{}",
            b"{\"claim\":{\"connector\":\"files\",\"task\":0}}\0{\"worker\":\"67e55044-10b1-426f-9247-bb680e5fe0c8\"}",
        ];
        mutate(corpus, offsets_record);
    }

    #[test]
    fn the_cluster_topic_may_hold_any_bytes() {
        let corpus: &[&[u8]] = &[
            b"leader\0{\"term\":3,\"worker\":\"67e55044-10b1-426f-9247-bb680e5fe0c8\"}",
            b"worker-67e55044-10b1-426f-9247-bb680e5fe0c8\0{\"name\":\"a\",\"plugins\":[\"files\"],\"stay\":\"leaving\"}",
            b"unit-task-files-0\0{\"ticket\":{\"term\":3,\"number\":9},\"hold\":{\"owned\":\"67e55044-10b1-426f-9247-bb680e5fe0c8\"},\"fingerprint\":5}",
            b"released-connector-files\0{\"term\":3,\"number\":9}",
            b"request-67e55044-10b1-426f-9247-bb680e5fe0c8\0{\"from\":\"67e55044-10b1-426f-9247-bb680e5fe0c8\",\"wish\":{\"delete\":{\"connector\":\"files\"}}}",
            b"reply-67e55044-10b1-426f-9247-bb680e5fe0c8\0\"created\"",
            b"restart-files\0{\"ticket\":{\"term\":3,\"number\":9},\"scope\":{\"task\":1}}",
            b"code-files\0{\"version\":\"1\",\"fingerprint\":\"x\",\"config\":{\"a\":\"b\"},\"state\":\"STARTED\",\"tasks\":[{}]}",
        ];
        mutate(corpus, cluster_record);
    }

    #[test]
    #[cfg(feature = "kafka")]
    fn a_login_module_may_hold_any_bytes() {
        let corpus: &[&[u8]] = &[
            b"org.apache.kafka.common.security.plain.PlainLoginModule required username=\"alice\" password=\"a\\\"b\\101\";",
            b"a.ScramLoginModule required username='bob' /* not */ password='c d' tokenauth=true; // end",
            b"com.sun.security.auth.module.Krb5LoginModule required useKeyTab=true keyTab=\"/etc/k\" principal=\"k@R\";",
        ];
        mutate(corpus, jaas);
    }

    #[test]
    fn an_offsets_file_may_hold_any_bytes() {
        let corpus: &[&[u8]] = &[
            include_bytes!("stores/offsets/java/four.offsets"),
            include_bytes!("stores/offsets/java/tree.offsets"),
            b"{\"format\":\"connect-offsets\",\"version\":1}\n{\"key\":\"[\\\"a\\\",{\\\"f\\\":1}]\",\"value\":\"{}\"}\n{\"entries\":1}\n",
        ];
        mutate(corpus, offsets_file);
    }

    #[test]
    fn the_config_topic_may_hold_any_bytes() {
        let corpus: &[&[u8]] = &[
            b"connector-files\0{\"properties\":{\"connector.class\":\"file-source\",\"tasks.max\":\"1\"}}",
            b"task-files-0\0{\"properties\":{\"file\":\"a\"}}",
            b"commit-files\0{\"tasks\":2}",
            b"target-state-files\0{\"state\":\"PAUSED\",\"state.v2\":\"STOPPED\"}",
            b"tasks-fencing-files\0{\"tasks\":1}",
            b"restart-connector-files\0{\"include-tasks\":true,\"only-failed\":false}",
            b"session-key\0{\"key\":\"AQID\",\"algorithm\":\"HmacSHA256\",\"creation-timestamp\":1}",
            b"logger-cluster-org.x\0{\"level\":\"DEBUG\"}",
        ];
        mutate(corpus, config_record);
    }

    #[test]
    fn the_status_topic_may_hold_any_bytes() {
        let corpus: &[&[u8]] = &[
            b"status-connector-files\0{\"state\":\"RUNNING\",\"trace\":null,\"worker_id\":\"a:1\",\"generation\":3}",
            b"status-task-files-0\0{\"state\":\"FAILED\",\"trace\":\"why\",\"worker_id\":\"a:1\",\"generation\":3}",
            b"status-topic-t:connector-files\0{\"topic\":{\"name\":\"t\",\"connector\":\"files\",\"task\":0,\"discoverTimestamp\":1}}",
        ];
        mutate(corpus, status_record);
    }

    #[test]
    fn a_value_of_the_database_may_hold_any_bytes() {
        let chunks = embedded::fuzz_corpus();
        let corpus: Vec<_> = chunks.iter().map(Vec::as_slice).collect();
        mutate(&corpus, chunk);
    }
}
