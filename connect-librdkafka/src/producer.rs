//! [`Producer`]: writes batches, with one answer per batch.

use std::{
    ffi::{CString, c_void},
    fmt,
    ptr::NonNull,
    sync::Arc,
    time::Duration,
};

use futures::channel::oneshot;
use rdkafka_sys::{
    rd_kafka_headers_t, rd_kafka_type_t, rd_kafka_vtype_t, rd_kafka_vu_s,
    rd_kafka_vu_s__bindgen_ty_1 as Argument, rd_kafka_vu_s__bindgen_ty_1__bindgen_ty_1 as Memory,
};

use crate::{
    admin::Admin,
    client::{Client, EVERYTHING, End, millis, nothing},
    config::{Config, c_text, out_of_memory},
    deliveries::{Deliveries, Failures, on_event, packed},
    error::{Code, Error},
    native,
    topic::Topic,
};

/// Writes batches, with one answer per batch.
///
/// A record is copied into librdkafka's queue and sent from there. Dropped, the producer delivers what it was given on
/// a thread of its own, however long that takes; [`purge`](Self::purge) first, if nothing of it may be written any more.
/// A transactional one aborts what is open, unless it has to be left to the broker: see
/// [`commit_transaction`](Self::commit_transaction).
///
/// Calls about transactions are made one at a time: another one meanwhile fails with [`Code::CONFLICT`]. No record may
/// be [pushed](Self::push) while a transaction is being ended: it would be sent outside of it.
#[derive(Debug)]
pub struct Producer {
    client: Arc<Client>,
    deliveries: Arc<Deliveries>,
}

/// A record to write.
#[derive(Debug, Default)]
pub struct Record<'a> {
    /// The partition; `None` lets the partitioner choose.
    pub partition: Option<i32>,
    /// The key.
    pub key: Option<&'a [u8]>,
    /// The value.
    pub value: Option<&'a [u8]>,
    /// Milliseconds since the epoch; `None` and 0 are now.
    pub timestamp: Option<i64>,
    /// The headers; `None` saves the making of an empty list.
    pub headers: Option<Headers>,
}

/// A batch that is being handed over.
///
/// Dropped, it ends with what was handed over so far.
#[derive(Debug)]
pub struct Batch {
    deliveries: Arc<Deliveries>,
    number: u32,
    count: usize,
    refused: Failures,
    told: Option<oneshot::Receiver<Failures>>,
}

impl Batch {
    /// Ends the batch. What became of it is told once each of its records is settled; `None` if the client is gone.
    pub fn finish(mut self) -> impl Future<Output = Option<Failures>> + Send + 'static {
        let told = self.told.take();
        drop(self);
        async move { told?.await.ok() }
    }
}

impl Drop for Batch {
    fn drop(&mut self) {
        let refused = std::mem::take(&mut self.refused);
        self.deliveries.complete(self.number, self.count, refused);
    }
}

/// Builds an array of arguments: the kind of each, which field of the union holds it, and its value.
macro_rules! arguments {
    ($($kind:ident: $field:ident = $value:expr,)+) => {
        [$(rd_kafka_vu_s {
            vtype: rd_kafka_vtype_t::$kind,
            u: Argument { $field: $value },
        }),+]
    };
}

impl Producer {
    /// Starts an idempotent producer, or a transactional one if the settings have a `transactional.id`.
    ///
    /// # Errors
    ///
    /// The settings do not fit together.
    pub fn new(config: Config, is_transactional: bool) -> Result<Self, Error> {
        let deliveries = Arc::new(Deliveries::default());
        // SAFETY: the callback gets a pointer to the deliveries, which the client keeps as long as it lives.
        unsafe {
            rdkafka_sys::rd_kafka_conf_set_events(
                config.as_ptr(),
                rdkafka_sys::RD_KAFKA_EVENT_DR | rdkafka_sys::RD_KAFKA_EVENT_ERROR,
            );
            rdkafka_sys::rd_kafka_conf_set_opaque(
                config.as_ptr(),
                Arc::as_ptr(&deliveries).cast_mut().cast::<c_void>(),
            );
            rdkafka_sys::rd_kafka_conf_set_background_event_cb(config.as_ptr(), Some(on_event));
        }
        let end = match is_transactional {
            true => End::Abort,
            false => End::Deliver,
        };
        let opaque = Arc::clone(&deliveries);
        let client = Client::start_with(
            rd_kafka_type_t::RD_KAFKA_PRODUCER,
            config,
            (end, Some(opaque)),
        )?;
        // SAFETY: the instance lives, and both queues are references of ours.
        unsafe {
            let main = rdkafka_sys::rd_kafka_queue_get_main(client.as_ptr());
            let background = rdkafka_sys::rd_kafka_queue_get_background(client.as_ptr());
            rdkafka_sys::rd_kafka_queue_forward(main, background);
            rdkafka_sys::rd_kafka_queue_destroy(background);
            rdkafka_sys::rd_kafka_queue_destroy(main);
        }
        Ok(Self {
            client: Arc::new(client),
            deliveries,
        })
    }

    /// Returns the admin calls of this client.
    #[must_use]
    pub fn admin(&self) -> Admin {
        Admin::of(&self.client)
    }

    /// Looks a topic up, to write to it many times.
    ///
    /// # Errors
    ///
    /// The name is none.
    pub fn topic(&self, name: &str) -> Result<Topic, Error> {
        Topic::new(&self.client, name)
    }

    /// Begins a batch.
    #[must_use]
    pub fn batch(&self) -> Batch {
        let (number, told) = self.deliveries.open();
        Batch {
            deliveries: Arc::clone(&self.deliveries),
            number,
            count: 0,
            refused: Vec::new(),
            told: Some(told),
        }
    }

    /// Hands a record over; `false` if there is no room for it.
    ///
    /// Then wait for [`room`](Self::room), and push it again. `at` is its place in the batch, which [`Failures`] name. One that is refused at once is among them.
    pub fn push(
        &self,
        batch: &mut Batch,
        (at, topic): (usize, &Topic),
        record: &mut Record<'_>,
    ) -> bool {
        debug_assert!(Arc::ptr_eq(topic.client(), &self.client), "a foreign topic");
        match self.hand_over((batch.number, at), topic, record) {
            Ok(()) => batch.count += 1,
            Err(error) if error.code() == Code::QUEUE_FULL => return false,
            Err(error) => batch.refused.push((at, error)),
        }
        true
    }

    fn hand_over(
        &self,
        (number, at): (u32, usize),
        topic: &Topic,
        record: &mut Record<'_>,
    ) -> Result<(), Error> {
        let headers = record.headers.as_ref().map(Headers::as_ptr);
        let arguments = arguments! {
            RD_KAFKA_VTYPE_RKT: rkt = topic.as_ptr(),
            RD_KAFKA_VTYPE_PARTITION: i32_ = record.partition.unwrap_or(native::UNASSIGNED),
            RD_KAFKA_VTYPE_MSGFLAGS: i = rdkafka_sys::RD_KAFKA_MSG_F_COPY,
            RD_KAFKA_VTYPE_VALUE: mem = memory(record.value),
            RD_KAFKA_VTYPE_KEY: mem = memory(record.key),
            // Zero is "now".
            RD_KAFKA_VTYPE_TIMESTAMP: i64_ = record.timestamp.unwrap_or(0),
            RD_KAFKA_VTYPE_OPAQUE: ptr = packed(number, at),
            RD_KAFKA_VTYPE_HEADERS: headers = headers.unwrap_or(nothing()),
        };
        let count = arguments.len() - usize::from(headers.is_none());
        // SAFETY: all that the arguments point to lives; key and value are copied, and the headers are taken over if
        // it succeeds.
        let answer = unsafe {
            Error::take(rdkafka_sys::rd_kafka_produceva(
                self.client.as_ptr(),
                arguments.as_ptr(),
                count,
            ))
        };
        if answer.is_ok()
            && let Some(headers) = record.headers.take()
        {
            headers.give_away();
        }
        answer
    }

    /// Begins to look for room: what is delivered after this is seen by [`room`](Self::room).
    pub fn watch_room(&self) {
        self.deliveries.watch();
    }

    /// Waits until something was delivered after [`watch_room`](Self::watch_room).
    pub async fn room(&self) {
        self.deliveries.moved().await;
    }

    /// Takes the first error of a record that is no consequence of another.
    #[must_use]
    pub fn take_failure(&self) -> Option<Error> {
        self.deliveries.take_failure()
    }

    /// Returns what [`take_failure`](Self::take_failure) would.
    #[must_use]
    pub fn failure(&self) -> Option<Error> {
        self.deliveries.failure()
    }

    /// Returns why the cluster lets the client in no more, such as wrong credentials.
    #[must_use]
    pub fn refusal(&self) -> Option<Error> {
        self.deliveries.refusal()
    }

    /// Waits until everything that was handed over is settled.
    ///
    /// It is sent at once, whatever `linger.ms` says. It blocks the thread.
    ///
    /// # Errors
    ///
    /// [`Code::TIMED_OUT`].
    pub fn flush(&self, patience: Duration) -> Result<(), Error> {
        // SAFETY: the instance lives.
        Error::check(unsafe { native::rd_kafka_flush(self.client.as_ptr(), millis(patience)) })
    }

    /// Drops everything that was handed over and not delivered.
    ///
    /// What is being sent may still be written. A transactional producer is left as it is: aborting drops what may be
    /// dropped, and what is being sent has to be waited for.
    pub fn purge(&self) {
        if self.client.is_transactional() {
            return;
        }
        // SAFETY: the instance lives. It fails for clients that are no producers only.
        let _done = unsafe { native::rd_kafka_purge(self.client.as_ptr(), EVERYTHING) };
    }

    /// Waits until a broker has answered. It blocks the thread.
    ///
    /// # Errors
    ///
    /// None did in time: the client goes on trying by itself.
    pub fn reach(&self, patience: Duration) -> Result<(), Error> {
        let mut answer = std::ptr::null();
        // SAFETY: the instance lives, and the answer is ours once it succeeds.
        unsafe {
            Error::check(native::rd_kafka_metadata(
                self.client.as_ptr(),
                0,
                nothing(),
                &raw mut answer,
                millis(patience),
            ))?;
            rdkafka_sys::rd_kafka_metadata_destroy(answer);
        }
        Ok(())
    }

    /// Takes the transactional id over.
    ///
    /// Earlier producers of it are fenced, and what they have open is settled. It blocks the thread.
    ///
    /// # Errors
    ///
    /// [`Code::TIMED_OUT`]: calling it again goes on. Others as the broker answers.
    pub fn init_transactions(&self, patience: Duration) -> Result<(), Error> {
        self.client.calls().make(|| {
            // SAFETY: the instance lives, and the error object is ours.
            unsafe {
                Error::take(rdkafka_sys::rd_kafka_init_transactions(
                    self.client.as_ptr(),
                    millis(patience),
                ))
            }
        })
    }

    /// Opens a transaction. It waits for librdkafka's own thread, not for the broker.
    ///
    /// # Errors
    ///
    /// The producer is fenced or finished.
    pub fn begin_transaction(&self) -> Result<(), Error> {
        self.client.calls().make(|| {
            // SAFETY: the instance lives, and the error object is ours.
            unsafe {
                Error::take(rdkafka_sys::rd_kafka_begin_transaction(
                    self.client.as_ptr(),
                ))
            }
        })
    }

    /// Commits the transaction, after delivering what is under way.
    ///
    /// It blocks the thread.
    ///
    /// # Errors
    ///
    /// [`is_retriable`](Error::is_retriable): calling it again goes on. [`needs_abort`](Error::needs_abort): nothing is
    /// committed. [`is_fatal`](Error::is_fatal): the producer is finished.
    ///
    /// [`Code::TIMED_OUT`]: it is not known what becomes of the transaction, and every later call about transactions
    /// fails with [`Code::STATE`]. Drop the producer: it aborts nothing then. The next owner of the id ends the
    /// transaction, or the broker by its time-out.
    pub fn commit_transaction(&self, patience: Duration) -> Result<(), Error> {
        self.client.calls().make_once(|| {
            // SAFETY: the instance lives, and the error object is ours.
            unsafe {
                Error::take(rdkafka_sys::rd_kafka_commit_transaction(
                    self.client.as_ptr(),
                    millis(patience),
                ))
            }
        })
    }

    /// Aborts the transaction: drops what is unsent, and waits for what is being sent.
    ///
    /// It blocks the thread.
    ///
    /// # Errors
    ///
    /// As [`commit_transaction`](Self::commit_transaction).
    pub fn abort_transaction(&self, patience: Duration) -> Result<(), Error> {
        self.client.calls().make_once(|| {
            // SAFETY: the instance lives, and the error object is ours.
            unsafe {
                Error::take(rdkafka_sys::rd_kafka_abort_transaction(
                    self.client.as_ptr(),
                    millis(patience),
                ))
            }
        })
    }

    /// Returns the error after which the producer can do nothing more.
    #[must_use]
    pub fn fatal_error(&self) -> Option<Error> {
        self.client.fatal_error()
    }
}

fn memory(bytes: Option<&[u8]>) -> Memory {
    let bytes = bytes.map(|bytes| (bytes.as_ptr(), bytes.len()));
    let (start, size) = bytes.unwrap_or((std::ptr::null(), 0));
    Memory {
        ptr: start.cast_mut().cast::<c_void>(),
        size,
    }
}

/// The headers of a record.
pub struct Headers(NonNull<rd_kafka_headers_t>);

// SAFETY: headers belong to nobody else.
unsafe impl Send for Headers {}

impl Headers {
    /// Makes a list with room for `count` headers.
    ///
    /// # Errors
    ///
    /// There is no memory.
    pub fn with_capacity(count: usize) -> Result<Self, Error> {
        // SAFETY: it answers a new list.
        let made = unsafe { rdkafka_sys::rd_kafka_headers_new(count) };
        NonNull::new(made).map(Self).ok_or_else(out_of_memory)
    }

    /// Adds a header after the others.
    ///
    /// # Errors
    ///
    /// The name has a zero byte.
    pub fn add(&mut self, name: &str, value: Option<&[u8]>) -> Result<(), Error> {
        let name: CString = c_text(name)?;
        let value = memory(value);
        let size = isize::try_from(value.size).unwrap_or(isize::MAX);
        // SAFETY: the list, the name and the value live; both are copied. -1 is "until its zero byte".
        Error::check(unsafe {
            native::rd_kafka_header_add(self.as_ptr(), name.as_ptr(), -1, value.ptr, size)
        })
    }

    fn as_ptr(&self) -> *mut rd_kafka_headers_t {
        self.0.as_ptr()
    }

    fn give_away(self) {
        std::mem::forget(self);
    }
}

impl Drop for Headers {
    fn drop(&mut self) {
        // SAFETY: nobody else has them.
        unsafe { rdkafka_sys::rd_kafka_headers_destroy(self.as_ptr()) }
    }
}

impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Headers")
    }
}
