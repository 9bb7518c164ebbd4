//! [`Deliveries`]: what became of the records of each batch.

use std::{
    collections::VecDeque,
    ffi::c_void,
    future::poll_fn,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::Poll,
};

use futures::{channel::oneshot, task::AtomicWaker};
use rdkafka_sys::{rd_kafka_event_t, rd_kafka_t};

use crate::{
    error::{Code, Error},
    native,
    queue::Event,
};

/// The records of a batch that were not delivered, by their place in it.
pub type Failures = Vec<(usize, Error)>;

// A message carries the number of its batch and its place in it.
const _: () = assert!(
    usize::BITS == 64,
    "a pointer has room for two numbers of 32 bits"
);

/// What became of the records of each batch that a producer was given.
///
/// Each message carries the number of its batch and its place in it, so that one answer is kept per batch.
#[derive(Debug, Default)]
pub(crate) struct Deliveries {
    batches: Mutex<Batches>,
    /// Whoever waits for room in the producer's queue.
    sender: AtomicWaker,
    /// Whether something was delivered since somebody began to wait.
    moved: AtomicBool,
}

/// The batches that are not settled, in the order in which they were opened.
#[derive(Debug, Default)]
struct Batches {
    /// The number of the first of them.
    first: u32,
    open: VecDeque<Batch>,
    /// The first error of a record that nobody took yet.
    failure: Option<Error>,
    /// Why the cluster lets the client in no more.
    refusal: Option<Error>,
}

#[derive(Debug)]
struct Batch {
    /// How many records are under way; below zero while some were settled before their number was known.
    left: i64,
    failures: Failures,
    done: Option<oneshot::Sender<Failures>>,
    is_complete: bool,
}

impl Deliveries {
    fn batches(&self) -> MutexGuard<'_, Batches> {
        // Nothing under this lock can panic half way.
        self.batches.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Opens a batch, and answers its number and where the outcome will be told.
    pub(crate) fn open(&self) -> (u32, oneshot::Receiver<Failures>) {
        let (done, told) = oneshot::channel();
        let mut batches = self.batches();
        let number = batches.first.wrapping_add(as_number(batches.open.len()));
        batches.open.push_back(Batch {
            left: 0,
            failures: Vec::new(),
            done: Some(done),
            is_complete: false,
        });
        (number, told)
    }

    /// Says how many records of a batch are under way, and which were refused at once.
    pub(crate) fn complete(&self, number: u32, count: usize, refused: Failures) {
        let mut batches = self.batches();
        if let Some(batch) = batches.get(number) {
            batch.left += i64::try_from(count).unwrap_or(i64::MAX);
            batch.failures.extend(refused.iter().cloned());
            batch.is_complete = true;
        }
        for (_at, error) in refused {
            batches.note(error);
        }
        batches.settle();
    }

    /// Takes the first error of a record that is no consequence of another.
    pub(crate) fn take_failure(&self) -> Option<Error> {
        self.batches().failure.take()
    }

    /// Returns what [`take_failure`](Self::take_failure) would.
    pub(crate) fn failure(&self) -> Option<Error> {
        self.batches().failure.clone()
    }

    /// Returns why the cluster lets the client in no more.
    pub(crate) fn refusal(&self) -> Option<Error> {
        self.batches().refusal.clone()
    }

    /// Notes what became of many records.
    fn report(&self, event: &Event) {
        let mut batches = self.batches();
        loop {
            // SAFETY: the event lives, and each message as long as it.
            let (number, at, code) = unsafe {
                let message = rdkafka_sys::rd_kafka_event_message_next(event.as_ptr());
                if message.is_null() {
                    break;
                }
                let (number, at) = parted((*message)._private);
                (number, at, Code(native::code_of_message(message)))
            };
            let Some(batch) = batches.get(number) else {
                continue;
            };
            batch.left -= 1;
            if code != Code::NONE {
                let error = Error::of(code);
                batch.failures.push((at, error.clone()));
                batches.note(error);
            }
        }
        batches.settle();
    }

    /// Wakes whoever waits for room.
    fn move_on(&self) {
        self.moved.store(true, Ordering::Release);
        self.sender.wake();
    }

    /// Says that [`moved`](Self::moved) is to tell what happens from now on.
    pub(crate) fn watch(&self) {
        self.moved.store(false, Ordering::Release);
    }

    /// Waits until something was delivered since [`watch`](Self::watch).
    pub(crate) async fn moved(&self) {
        poll_fn(|cx| {
            self.sender.register(cx.waker());
            match self.moved.load(Ordering::Acquire) {
                true => Poll::Ready(()),
                false => Poll::Pending,
            }
        })
        .await;
    }
}

impl Batches {
    fn get(&mut self, number: u32) -> Option<&mut Batch> {
        let at = usize::try_from(number.wrapping_sub(self.first)).ok()?;
        self.open.get_mut(at)
    }

    fn note(&mut self, error: Error) {
        if !error.code().is_consequence() {
            self.failure.get_or_insert(error);
        }
    }

    /// Tells the outcome of the batches that are settled.
    fn settle(&mut self) {
        for batch in &mut self.open {
            if batch.is_complete
                && batch.left == 0
                && let Some(done) = batch.done.take()
            {
                batch.failures.sort_by_key(|(at, _error)| *at);
                // Nobody need wait for it.
                let _unheard = done.send(std::mem::take(&mut batch.failures));
            }
        }
        while self.open.front().is_some_and(|batch| batch.done.is_none()) {
            self.open.pop_front();
            self.first = self.first.wrapping_add(1);
        }
    }
}

fn as_number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// Packs the number of a batch and a place in it into what a message carries.
pub(crate) fn packed(number: u32, at: usize) -> *mut c_void {
    let number = usize::try_from(number).unwrap_or(0);
    std::ptr::without_provenance_mut(number << 32 | at & 0xFFFF_FFFF)
}

fn parted(carried: *mut c_void) -> (u32, usize) {
    let carried = carried.addr();
    (as_number(carried >> 32), carried & 0xFFFF_FFFF)
}

/// Takes what happened to a producer, on a thread of librdkafka's.
///
/// # Safety
///
/// `opaque` is a [`Deliveries`] that outlives the client, and `event` belongs to nobody else.
pub(crate) unsafe extern "C" fn on_event(
    _client: *mut rd_kafka_t,
    event: *mut rd_kafka_event_t,
    opaque: *mut c_void,
) {
    // SAFETY: as is said.
    let (event, deliveries) = unsafe { (Event::over(event), &*opaque.cast::<Deliveries>()) };
    let Some(event) = event else { return };
    if event.kind() == rdkafka_sys::RD_KAFKA_EVENT_DR {
        deliveries.report(&event);
        // Only then there is room in the queue: whoever looked before would wait for a delivery that never comes.
        drop(event);
        deliveries.move_on();
    } else if let Err(error) = event.check() {
        tracing::debug!(%error, "a producer met an error");
        if error.code().is_about_access() {
            deliveries.batches().refusal = Some(error);
            deliveries.move_on();
        }
    }
}
