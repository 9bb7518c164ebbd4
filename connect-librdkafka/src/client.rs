//! [`Client`]: a librdkafka instance, with what all kinds of clients share.

use std::{
    any::Any,
    ffi::{c_char, c_int},
    fmt,
    ptr::NonNull,
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::Duration,
};

use rdkafka_sys::{rd_kafka_t, rd_kafka_type_t};

use crate::{
    calls::Calls,
    config::{Config, from_buffer},
    error::{Code, Error},
    native,
    partitions::{self, List},
};

/// A librdkafka instance.
///
/// Destroying one waits for its threads, so that the last owner hands it to a thread of its own.
pub(crate) struct Client {
    instance: NonNull<rd_kafka_t>,
    name: String,
    end: End,
    /// Whether it could be a member of a group.
    has_group: bool,
    /// Whether it has left its group; whoever leaves holds the lock.
    has_left: Mutex<bool>,
    /// Those of the transactional API.
    calls: Calls,
    /// What callbacks have a pointer to.
    opaque: Option<Arc<dyn Any + Send + Sync>>,
}

/// What comes before a client is destroyed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum End {
    AtOnce,
    /// A member leaves its group.
    Leave,
    /// A producer delivers what it was given, however long that takes.
    Deliver,
    /// A transactional producer aborts what is open.
    Abort,
}

// SAFETY: librdkafka's instances may be used by any thread.
unsafe impl Send for Client {}
// SAFETY: as above; all calls lock what they touch.
unsafe impl Sync for Client {}

impl Client {
    /// Starts a client of `kind`; the opaque of its callbacks is set in `config`.
    pub(crate) fn start(kind: rd_kafka_type_t, config: Config, end: End) -> Result<Self, Error> {
        Self::start_with(kind, config, (end, None))
    }

    /// Starts a client whose callbacks get a pointer to `opaque`, which lives as long.
    pub(crate) fn start_with(
        kind: rd_kafka_type_t,
        config: Config,
        (end, opaque): (End, Option<Arc<dyn Any + Send + Sync>>),
    ) -> Result<Self, Error> {
        let has_group = kind == rd_kafka_type_t::RD_KAFKA_CONSUMER && config.has_group();
        let mut text = [0; 512];
        // SAFETY: `log` has the signature that is asked for.
        unsafe { rdkafka_sys::rd_kafka_conf_set_log_cb(config.as_ptr(), Some(log)) };
        // SAFETY: the configuration is valid, and `text` has as many bytes as is said.
        let made = unsafe {
            rdkafka_sys::rd_kafka_new(kind, config.as_ptr(), text.as_mut_ptr(), text.len())
        };
        let Some(instance) = NonNull::new(made) else {
            return Err(Error::new(Code::INVALID_ARG, from_buffer(&text)));
        };
        // The instance owns it now.
        let _owned = config.into_raw();
        // SAFETY: the instance lives, and so does its name.
        let name = unsafe { native::text(rdkafka_sys::rd_kafka_name(instance.as_ptr())) };
        Ok(Self {
            instance,
            name,
            end,
            has_group,
            has_left: Mutex::new(false),
            calls: Calls::default(),
            opaque,
        })
    }

    pub(crate) fn as_ptr(&self) -> *mut rd_kafka_t {
        self.instance.as_ptr()
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Returns what every call of the transactional API goes through.
    pub(crate) fn calls(&self) -> &Calls {
        &self.calls
    }

    /// Whether it is a consumer with a `group.id`.
    pub(crate) fn has_group(&self) -> bool {
        self.has_group
    }

    /// Whether it writes in transactions.
    pub(crate) fn is_transactional(&self) -> bool {
        matches!(self.end, End::Abort)
    }

    /// Lets a group consumer leave its group; a second time changes nothing. It blocks the thread.
    pub(crate) fn leave(&self) {
        // A second one would wait for ever: only the first is told when the group is left.
        let mut has_left = self.has_left.lock().unwrap_or_else(PoisonError::into_inner);
        if !*has_left {
            // SAFETY: the instance lives.
            unsafe { leave(self.as_ptr()) }
            *has_left = true;
        }
    }

    /// Returns the error after which the client can do nothing more.
    pub(crate) fn fatal_error(&self) -> Option<Error> {
        let mut text = [0; 512];
        // SAFETY: the instance lives, and `text` has as many bytes as is said.
        let code =
            unsafe { native::rd_kafka_fatal_error(self.as_ptr(), text.as_mut_ptr(), text.len()) };
        (Code(code) != Code::NONE).then(|| Error::fatal(Code(code), from_buffer(&text)))
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let has_left = self
            .has_left
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner);
        let end = match self.end {
            End::Leave if *has_left => End::AtOnce,
            // The next owner of the id ends the transaction, or the broker by its time-out.
            End::Abort if self.calls.are_over() => End::AtOnce,
            end => end,
        };
        let ending = Arc::new(Ending {
            instance: self.instance,
            end,
            _opaque: self.opaque.take(),
        });
        let elsewhere = Arc::clone(&ending);
        let thread = thread::Builder::new().name("connect-kafka-end".to_owned());
        if let Err(error) = thread.spawn(move || elsewhere.destroy()) {
            tracing::warn!(client = self.name, %error, "closing without a thread of its own");
            ending.destroy();
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Client({})", self.name)
    }
}

/// The end of an instance that nobody uses any more.
struct Ending {
    instance: NonNull<rd_kafka_t>,
    end: End,
    _opaque: Option<Arc<dyn Any + Send + Sync>>,
}

// SAFETY: as for the client.
unsafe impl Send for Ending {}
// SAFETY: as for the client.
unsafe impl Sync for Ending {}

impl Ending {
    /// How long one wait for deliveries is, and the abort of a transaction at most.
    const PATIENCE: Duration = Duration::from_secs(5);

    fn destroy(&self) {
        let instance = self.instance.as_ptr();
        // SAFETY: it was the last owner's, who calls this once; afterwards it is used no more.
        unsafe {
            match self.end {
                End::AtOnce => {}
                End::Leave => leave(instance),
                End::Deliver => {
                    while Code(native::rd_kafka_flush(instance, millis(Self::PATIENCE)))
                        == Code::TIMED_OUT
                    {}
                }
                End::Abort => {
                    // It drops what is unsent, and waits for what is being sent: the broker could write it after the
                    // abort otherwise, into a transaction that nobody ends.
                    let aborted =
                        rdkafka_sys::rd_kafka_abort_transaction(instance, millis(Self::PATIENCE));
                    if let Err(error) = Error::take(aborted) {
                        tracing::debug!(%error, "the broker will abort the transaction by its time-out");
                    }
                }
            }
            rdkafka_sys::rd_kafka_destroy_flags(
                instance,
                rdkafka_sys::RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE,
            );
        }
    }
}

/// Lets a group consumer leave its group.
///
/// # Safety
///
/// The instance is a consumer's and lives.
unsafe fn leave(instance: *mut rd_kafka_t) {
    // SAFETY: as is said; an error object that is answered is ours.
    unsafe {
        // A revocation that waits for its answer would be waited for.
        if let Ok(nothing) = List::of([], partitions::NONE) {
            let answered = rdkafka_sys::rd_kafka_incremental_unassign(instance, nothing.as_ptr());
            if let Err(error) = Error::take(answered) {
                tracing::debug!(%error, "nothing to answer before leaving");
            }
        }
        // Without it, a member that owns nothing stays in its group until its session ends.
        native::rd_kafka_unsubscribe(instance);
        native::rd_kafka_consumer_close(instance);
    }
}

/// What a producer was given, sent or not.
pub(crate) const EVERYTHING: c_int = rdkafka_sys::RD_KAFKA_PURGE_F_QUEUE
    | rdkafka_sys::RD_KAFKA_PURGE_F_INFLIGHT
    | rdkafka_sys::RD_KAFKA_PURGE_F_NON_BLOCKING;

/// A time-out as librdkafka takes it.
pub(crate) fn millis(time: Duration) -> c_int {
    c_int::try_from(time.as_millis()).unwrap_or(c_int::MAX)
}

/// Hands a line of librdkafka's log to `tracing`.
unsafe extern "C" fn log(
    client: *const rd_kafka_t,
    level: c_int,
    facility: *const c_char,
    line: *const c_char,
) {
    // SAFETY: all three live during the call.
    let (client, facility, line) = unsafe {
        let client = match client.is_null() {
            true => String::new(),
            false => native::text(rdkafka_sys::rd_kafka_name(client)),
        };
        (client, native::text(facility), native::text(line))
    };
    // The levels of syslog.
    match level {
        // Told at each attempt to connect, twenty times a second; `FAIL` tells the reason, once in a while.
        _ if facility == "ERROR" => {
            tracing::debug!(target: "librdkafka", client, facility, "{line}")
        }
        0..=3 => tracing::warn!(target: "librdkafka", client, facility, "{line}"),
        4 => tracing::info!(target: "librdkafka", client, facility, "{line}"),
        _ => tracing::debug!(target: "librdkafka", client, facility, "{line}"),
    }
}

/// A null pointer, for what librdkafka may do without.
pub(crate) const fn nothing<T>() -> *mut T {
    std::ptr::null_mut()
}
