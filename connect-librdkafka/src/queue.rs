//! [`EventQueue`]: where a client answers, to be awaited.

use std::{
    ffi::c_void,
    fmt,
    future::poll_fn,
    ptr::NonNull,
    sync::Arc,
    task::{Context, Poll},
};

use futures::task::AtomicWaker;
use rdkafka_sys::{rd_kafka_event_t, rd_kafka_queue_t, rd_kafka_t};

use crate::{
    client::Client,
    error::{Code, Error},
    native,
};

/// A queue of librdkafka that wakes a task when something arrives.
///
/// There is no thread behind it: librdkafka's own calls the waker, and whoever awaits takes events without blocking.
pub(crate) struct EventQueue {
    queue: NonNull<rd_kafka_queue_t>,
    /// Librdkafka's thread has a pointer to it until the queue is dropped.
    waker: Box<AtomicWaker>,
    client: Arc<Client>,
}

// SAFETY: queues of librdkafka may be used by any thread.
unsafe impl Send for EventQueue {}
// SAFETY: as above.
unsafe impl Sync for EventQueue {}

impl EventQueue {
    /// Makes a queue for answers.
    pub(crate) fn new(client: &Arc<Client>) -> Self {
        // SAFETY: the client lives.
        let made = unsafe { rdkafka_sys::rd_kafka_queue_new(client.as_ptr()) };
        Self::over(client, made)
    }

    /// Takes over where a group consumer hears of its membership.
    pub(crate) fn of_consumer(client: &Arc<Client>) -> Self {
        // SAFETY: the client lives.
        let made = unsafe { rdkafka_sys::rd_kafka_queue_get_consumer(client.as_ptr()) };
        Self::over(client, made)
    }

    /// Takes over where a client hears of errors.
    pub(crate) fn of_client(client: &Arc<Client>) -> Self {
        // SAFETY: the client lives.
        let made = unsafe { rdkafka_sys::rd_kafka_queue_get_main(client.as_ptr()) };
        Self::over(client, made)
    }

    fn over(client: &Arc<Client>, queue: *mut rd_kafka_queue_t) -> Self {
        // Memory is all that making one needs.
        let queue = NonNull::new(queue).expect("a client has queues");
        let waker = Box::new(AtomicWaker::new());
        let opaque = std::ptr::from_ref::<AtomicWaker>(&waker).cast_mut();
        // SAFETY: `wake` is called with `opaque`, which lives until the callback is taken away again in `drop`.
        unsafe {
            rdkafka_sys::rd_kafka_queue_cb_event_enable(
                queue.as_ptr(),
                Some(wake),
                opaque.cast::<c_void>(),
            );
        }
        Self {
            queue,
            waker,
            client: Arc::clone(client),
        }
    }

    pub(crate) fn as_ptr(&self) -> *mut rd_kafka_queue_t {
        self.queue.as_ptr()
    }

    /// Wakes `cx` when something arrives from now on.
    pub(crate) fn register(&self, cx: &Context<'_>) {
        self.waker.register(cx.waker());
    }

    /// Takes the next event, if there is one.
    pub(crate) fn take(&self) -> Option<Event> {
        // SAFETY: without a time-out it does not wait; the event is ours.
        let event = unsafe { rdkafka_sys::rd_kafka_queue_poll(self.as_ptr(), 0) };
        NonNull::new(event).map(|event| Event {
            event,
            _client: Some(Arc::clone(&self.client)),
        })
    }

    pub(crate) fn poll(&self, cx: &Context<'_>) -> Poll<Event> {
        // Registered first: what arrives between the two is not missed.
        self.register(cx);
        self.take().map_or(Poll::Pending, Poll::Ready)
    }

    /// Waits for the next event.
    pub(crate) async fn next(&self) -> Event {
        poll_fn(|cx| self.poll(cx)).await
    }
}

impl Drop for EventQueue {
    fn drop(&mut self) {
        // SAFETY: the callback is called under the queue's lock, which this takes too: afterwards nobody has the
        // pointer to the waker. What still arrives is dropped with the queue.
        unsafe {
            rdkafka_sys::rd_kafka_queue_cb_event_enable(
                self.as_ptr(),
                None,
                std::ptr::null_mut::<c_void>(),
            );
            rdkafka_sys::rd_kafka_queue_destroy(self.as_ptr());
        }
    }
}

impl fmt::Debug for EventQueue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EventQueue({})", self.client.name())
    }
}

unsafe extern "C" fn wake(_client: *mut rd_kafka_t, waker: *mut c_void) {
    // SAFETY: it is the waker that was registered, and it lives.
    unsafe { &*waker.cast::<AtomicWaker>() }.wake();
}

/// Something that a client answered.
pub(crate) struct Event {
    event: NonNull<rd_kafka_event_t>,
    /// It is a part of it; callbacks need none.
    _client: Option<Arc<Client>>,
}

// SAFETY: an event belongs to nobody else.
unsafe impl Send for Event {}
// SAFETY: shared, it is only read.
unsafe impl Sync for Event {}

impl Event {
    /// Takes an event over.
    ///
    /// # Safety
    ///
    /// `event` is null, or an event that nobody else uses.
    pub(crate) unsafe fn over(event: *mut rd_kafka_event_t) -> Option<Self> {
        NonNull::new(event).map(|event| Self {
            event,
            _client: None,
        })
    }

    pub(crate) fn as_ptr(&self) -> *mut rd_kafka_event_t {
        self.event.as_ptr()
    }

    /// Returns its kind: one of `RD_KAFKA_EVENT_…`.
    pub(crate) fn kind(&self) -> i32 {
        // SAFETY: it is an event.
        unsafe { rdkafka_sys::rd_kafka_event_type(self.as_ptr()) }
    }

    pub(crate) fn code(&self) -> Code {
        // SAFETY: it is an event.
        Code(unsafe { native::rd_kafka_event_error(self.as_ptr()) })
    }

    /// Fails if the whole request did.
    pub(crate) fn check(&self) -> Result<(), Error> {
        match self.code() {
            Code::NONE => Ok(()),
            code => {
                // SAFETY: it is an event.
                let (text, fatal) = unsafe {
                    (
                        native::text(rdkafka_sys::rd_kafka_event_error_string(self.as_ptr())),
                        rdkafka_sys::rd_kafka_event_error_is_fatal(self.as_ptr()) != 0,
                    )
                };
                Err(if fatal {
                    Error::fatal(code, text)
                } else {
                    Error::new(code, text)
                })
            }
        }
    }
}

impl Drop for Event {
    fn drop(&mut self) {
        // SAFETY: nobody else has it.
        unsafe { rdkafka_sys::rd_kafka_event_destroy(self.as_ptr()) }
    }
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Event({})", self.kind())
    }
}
