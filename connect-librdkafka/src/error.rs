//! [`Error`]: what librdkafka or a broker answered.

use std::{ffi::CStr, fmt};

use crate::native;

/// A code of librdkafka (negative) or of Kafka's protocol (positive).
///
/// Any number may come: a broker that is newer than the client knows more of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Code(pub i32);

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:ident;)*) => {
        impl Code {
            $($(#[$doc])* pub const $name: Self = Self(rdkafka_sys::rd_kafka_resp_err_t::$code as i32);)*
        }
    };
}

codes! {
    /// No error.
    NONE = RD_KAFKA_RESP_ERR_NO_ERROR;
    /// The end of a partition: its offset is the next one to read.
    PARTITION_EOF = RD_KAFKA_RESP_ERR__PARTITION_EOF;
    /// Partitions were assigned.
    ASSIGN_PARTITIONS = RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;
    /// Partitions are revoked.
    REVOKE_PARTITIONS = RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS;
    /// The producer's queue is full.
    QUEUE_FULL = RD_KAFKA_RESP_ERR__QUEUE_FULL;
    /// The client is in a state in which this can't be done.
    STATE = RD_KAFKA_RESP_ERR__STATE;
    /// Another call is in progress.
    CONFLICT = RD_KAFKA_RESP_ERR__CONFLICT;
    /// Another producer has the transactional id, or the transaction timed out.
    FENCED = RD_KAFKA_RESP_ERR__FENCED;
    /// The producer is finished; the text says why.
    FATAL = RD_KAFKA_RESP_ERR__FATAL;
    /// The record was purged before it was sent.
    PURGE_QUEUE = RD_KAFKA_RESP_ERR__PURGE_QUEUE;
    /// The record was purged while it was being sent.
    PURGE_INFLIGHT = RD_KAFKA_RESP_ERR__PURGE_INFLIGHT;
    /// The record was not delivered in time.
    MSG_TIMED_OUT = RD_KAFKA_RESP_ERR__MSG_TIMED_OUT;
    /// The call took too long.
    TIMED_OUT = RD_KAFKA_RESP_ERR__TIMED_OUT;
    /// The position lies outside the log, and must not be reset.
    AUTO_OFFSET_RESET = RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET;
    /// The record was refused because another one of its request was.
    INVALID_DIFFERENT_RECORD = RD_KAFKA_RESP_ERR__INVALID_DIFFERENT_RECORD;
    /// What was fetched can't be read.
    BAD_MSG = RD_KAFKA_RESP_ERR__BAD_MSG;
    /// What was fetched is compressed in an unknown way, or wrongly.
    BAD_COMPRESSION = RD_KAFKA_RESP_ERR__BAD_COMPRESSION;
    /// The client can't do it.
    NOT_IMPLEMENTED = RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED;
    /// The broker can't do it.
    UNSUPPORTED_FEATURE = RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE;
    /// The broker does not speak this version of the protocol.
    UNSUPPORTED_VERSION = RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION;
    /// The broker does not know the SASL mechanism.
    UNSUPPORTED_SASL_MECHANISM = RD_KAFKA_RESP_ERR_UNSUPPORTED_SASL_MECHANISM;
    /// The broker refused the credentials.
    SASL_AUTHENTICATION_FAILED = RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED;
    /// The connection failed.
    TRANSPORT = RD_KAFKA_RESP_ERR__TRANSPORT;
    /// A host name could not be resolved.
    RESOLVE = RD_KAFKA_RESP_ERR__RESOLVE;
    /// No broker is reachable.
    ALL_BROKERS_DOWN = RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN;
    /// Authentication failed.
    AUTHENTICATION = RD_KAFKA_RESP_ERR__AUTHENTICATION;
    /// TLS failed.
    SSL = RD_KAFKA_RESP_ERR__SSL;
    /// The client does not know the partition.
    UNKNOWN_PARTITION = RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION;
    /// The client does not know the topic.
    UNKNOWN_TOPIC = RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC;
    /// An argument is wrong.
    INVALID_ARG = RD_KAFKA_RESP_ERR__INVALID_ARG;
    /// There is nothing to commit.
    NO_OFFSET = RD_KAFKA_RESP_ERR__NO_OFFSET;
    /// There is no such thing.
    NOENT = RD_KAFKA_RESP_ERR__NOENT;
    /// The member left its group because nobody polled.
    MAX_POLL_EXCEEDED = RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED;
    /// The coordinator reads what it has stored.
    COORDINATOR_LOAD_IN_PROGRESS = RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS;
    /// Another broker coordinates the group, or the transactions.
    NOT_COORDINATOR = RD_KAFKA_RESP_ERR_NOT_COORDINATOR;
    /// The offset lies outside the log.
    OFFSET_OUT_OF_RANGE = RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE;
    /// The broker has no such topic or partition.
    UNKNOWN_TOPIC_OR_PART = RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
    /// The record, or the batch it travelled in, is too large.
    MSG_SIZE_TOO_LARGE = RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE;
    /// The batch as a whole is too large.
    RECORD_LIST_TOO_LARGE = RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE;
    /// The broker found the record invalid.
    INVALID_RECORD = RD_KAFKA_RESP_ERR_INVALID_RECORD;
    /// The timestamp lies outside what the topic allows.
    INVALID_TIMESTAMP = RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP;
    /// The topic's name or settings are not allowed.
    TOPIC_EXCEPTION = RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION;
    /// The topic exists.
    TOPIC_ALREADY_EXISTS = RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS;
    /// The number of partitions is not allowed.
    INVALID_PARTITIONS = RD_KAFKA_RESP_ERR_INVALID_PARTITIONS;
    /// There are fewer brokers than replicas.
    INVALID_REPLICATION_FACTOR = RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR;
    /// A setting is not allowed.
    INVALID_CONFIG = RD_KAFKA_RESP_ERR_INVALID_CONFIG;
    /// A request is not allowed.
    INVALID_REQUEST = RD_KAFKA_RESP_ERR_INVALID_REQUEST;
    /// A policy of the broker forbids it.
    POLICY_VIOLATION = RD_KAFKA_RESP_ERR_POLICY_VIOLATION;
    /// The topic may not be used.
    TOPIC_AUTHORIZATION_FAILED = RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED;
    /// The group may not be used.
    GROUP_AUTHORIZATION_FAILED = RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED;
    /// The cluster may not be used in this way.
    CLUSTER_AUTHORIZATION_FAILED = RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED;
    /// The transactional id may not be used.
    TRANSACTIONAL_ID_AUTHORIZATION_FAILED = RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED;
    /// The transaction time-out is not allowed.
    INVALID_TRANSACTION_TIMEOUT = RD_KAFKA_RESP_ERR_INVALID_TRANSACTION_TIMEOUT;
    /// The producer's epoch is an old one.
    INVALID_PRODUCER_EPOCH = RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH;
    /// A newer producer has this id.
    PRODUCER_FENCED = RD_KAFKA_RESP_ERR_PRODUCER_FENCED;
    /// The member's generation is an old one.
    ILLEGAL_GENERATION = RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION;
    /// The group has no such member.
    UNKNOWN_MEMBER_ID = RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID;
    /// Another member has this static id.
    FENCED_INSTANCE_ID = RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID;
    /// The group is rebalancing.
    REBALANCE_IN_PROGRESS = RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS;
    /// The group has members.
    NON_EMPTY_GROUP = RD_KAFKA_RESP_ERR_NON_EMPTY_GROUP;
    /// There is no such group.
    GROUP_ID_NOT_FOUND = RD_KAFKA_RESP_ERR_GROUP_ID_NOT_FOUND;
    /// The group subscribes to the topic.
    GROUP_SUBSCRIBED_TO_TOPIC = RD_KAFKA_RESP_ERR_GROUP_SUBSCRIBED_TO_TOPIC;
    /// Members of the group speak another protocol.
    INCONSISTENT_GROUP_PROTOCOL = RD_KAFKA_RESP_ERR_INCONSISTENT_GROUP_PROTOCOL;
    /// A transaction holds the answer up.
    UNSTABLE_OFFSET_COMMIT = RD_KAFKA_RESP_ERR_UNSTABLE_OFFSET_COMMIT;
}

impl Code {
    /// Whether it says that something else went wrong, and nothing about the record.
    #[must_use]
    pub fn is_consequence(self) -> bool {
        matches!(
            self,
            Self::INVALID_DIFFERENT_RECORD | Self::PURGE_QUEUE | Self::PURGE_INFLIGHT | Self::STATE
        )
    }

    /// Whether the cluster refuses the client as such.
    #[must_use]
    pub fn is_about_access(self) -> bool {
        matches!(
            self,
            Self::AUTHENTICATION
                | Self::SASL_AUTHENTICATION_FAILED
                | Self::UNSUPPORTED_SASL_MECHANISM
        )
    }

    /// Says what the code means, in librdkafka's words.
    #[must_use]
    pub fn text(self) -> &'static str {
        // SAFETY: the call takes any number, and its answer is a text that lives as long as the program.
        let text = unsafe { CStr::from_ptr(native::rd_kafka_err2str(self.0)) };
        text.to_str().unwrap_or("an error without a text")
    }
}

/// What librdkafka or a broker answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    code: Code,
    text: String,
    is_fatal: bool,
    is_retriable: bool,
    needs_abort: bool,
}

impl Error {
    pub(crate) fn new(code: Code, text: impl Into<String>) -> Self {
        Self {
            code,
            text: text.into(),
            is_fatal: false,
            is_retriable: false,
            needs_abort: false,
        }
    }

    /// Builds the error of a code, with its text.
    #[must_use]
    pub fn of(code: Code) -> Self {
        Self::new(code, code.text())
    }

    pub(crate) fn fatal(code: Code, text: impl Into<String>) -> Self {
        Self {
            is_fatal: true,
            ..Self::new(code, text)
        }
    }

    /// Fails unless `code` is [`Code::NONE`].
    pub(crate) fn check(code: i32) -> Result<(), Self> {
        match Code(code) {
            Code::NONE => Ok(()),
            code => Err(Self::of(code)),
        }
    }

    /// Takes an error object over; null is success.
    ///
    /// # Safety
    ///
    /// `error` is null, or an error object that nobody else uses.
    pub(crate) unsafe fn take(error: *mut rdkafka_sys::rd_kafka_error_t) -> Result<(), Self> {
        if error.is_null() {
            return Ok(());
        }
        // SAFETY: it is an error object, and is used no more after it was destroyed.
        unsafe {
            let taken = Self {
                code: Code(native::rd_kafka_error_code(error)),
                text: native::text(rdkafka_sys::rd_kafka_error_string(error)),
                is_fatal: rdkafka_sys::rd_kafka_error_is_fatal(error) != 0,
                is_retriable: rdkafka_sys::rd_kafka_error_is_retriable(error) != 0,
                needs_abort: rdkafka_sys::rd_kafka_error_txn_requires_abort(error) != 0,
            };
            rdkafka_sys::rd_kafka_error_destroy(error);
            Err(taken)
        }
    }

    /// Returns the code.
    #[must_use]
    pub fn code(&self) -> Code {
        self.code
    }

    /// Whether the client can do nothing more.
    #[must_use]
    pub fn is_fatal(&self) -> bool {
        self.is_fatal
    }

    /// Whether the same call may be repeated, and goes on where it was.
    #[must_use]
    pub fn is_retriable(&self) -> bool {
        self.is_retriable
    }

    /// Whether the transaction has to be aborted; then the producer goes on.
    #[must_use]
    pub fn needs_abort(&self) -> bool {
        self.needs_abort
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (code {})", self.text, self.code.0)
    }
}

impl std::error::Error for Error {}
