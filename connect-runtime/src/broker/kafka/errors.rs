//! What errors of the client mean for the runtime.

use connect_api::{Error, ErrorKind};
use connect_librdkafka::{self as client, Code};

/// Says what an error of the client means; `doing` is what was tried.
pub(super) fn classified(error: client::Error, doing: impl Into<String>) -> Error {
    Error::new(kind_of(&error), doing).with_source(error)
}

/// What an error means for whoever made the call.
pub(super) fn kind_of(error: &client::Error) -> ErrorKind {
    match error.code() {
        Code::FENCED
        | Code::PRODUCER_FENCED
        | Code::INVALID_PRODUCER_EPOCH
        | Code::ILLEGAL_GENERATION
        | Code::UNKNOWN_MEMBER_ID
        | Code::FENCED_INSTANCE_ID
        | Code::NON_EMPTY_GROUP
        | Code::GROUP_SUBSCRIBED_TO_TOPIC => ErrorKind::Fenced,
        Code::UNKNOWN_TOPIC
        | Code::UNKNOWN_TOPIC_OR_PART
        | Code::TOPIC_EXCEPTION
        | Code::TOPIC_AUTHORIZATION_FAILED
        | Code::GROUP_AUTHORIZATION_FAILED
        | Code::CLUSTER_AUTHORIZATION_FAILED
        | Code::TRANSACTIONAL_ID_AUTHORIZATION_FAILED
        | Code::UNSUPPORTED_FEATURE
        | Code::UNSUPPORTED_VERSION
        | Code::INVALID_PARTITIONS
        | Code::INVALID_REPLICATION_FACTOR
        | Code::INVALID_CONFIG
        | Code::INVALID_REQUEST
        | Code::INVALID_ARG
        | Code::POLICY_VIOLATION
        | Code::INVALID_TRANSACTION_TIMEOUT
        | Code::INCONSISTENT_GROUP_PROTOCOL => ErrorKind::Config,
        code if code.is_about_access() => ErrorKind::Config,
        code if is_about_the_record(code) => ErrorKind::Rejected,
        Code::OFFSET_OUT_OF_RANGE
        | Code::AUTO_OFFSET_RESET
        | Code::BAD_MSG
        | Code::BAD_COMPRESSION
        | Code::NOT_IMPLEMENTED => ErrorKind::Fatal,
        _ => ErrorKind::Unavailable,
    }
}

/// Whether a record can never be written as it is.
fn is_about_the_record(code: Code) -> bool {
    matches!(
        code,
        Code::MSG_SIZE_TOO_LARGE
            | Code::RECORD_LIST_TOO_LARGE
            | Code::INVALID_RECORD
            | Code::INVALID_TIMESTAMP
            | Code::UNKNOWN_PARTITION
    )
}

/// Turns what blocking work answers into one result.
pub(super) fn joined<T>(ended: Result<(), String>, answer: Option<T>) -> Result<T, Error> {
    match (ended, answer) {
        (Ok(()), Some(answer)) => Ok(answer),
        (Err(panic), _) => Err(Error::fatal(format!("the Kafka client panicked: {panic}"))),
        (Ok(()), None) => Err(Error::unavailable("the executor is shutting down")),
    }
}
