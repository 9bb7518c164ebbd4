//! [`Answers`]: what was answered, kept for a time, and asked for once.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use connect_api::{Error, ErrorKind, Result};
use quick_cache::{Equivalent, sync::Cache};
use tokio::time::Instant;

use super::Refusal;
use crate::told::Told;

/// Answers by what was asked, bounded in number.
pub(super) struct Answers<K, V> {
    kept: Cache<K, Kept<V>>,
    /// For how long an answer counts; for ever without it.
    counts: Option<Duration>,
    /// That something is missing or refused, if that is kept at all.
    refusals: Option<Refusals<K>>,
    flights: Flights<K, V>,
}

struct Refusals<K> {
    kept: Cache<K, Kept<Told>>,
    /// For how long it counts that something is missing.
    missing: Duration,
    /// For how long any other no counts.
    refused: Duration,
}

#[derive(Clone)]
struct Kept<V> {
    value: V,
    until: Option<Instant>,
}

/// The requests that are on their way, each with a seat for its outcome.
struct Flights<K, V>(Mutex<HashMap<K, Seat<V>>>);

/// Whoever holds the lock asks; who gets it later finds the outcome, or asks in turn.
type Seat<V> = Arc<tokio::sync::Mutex<Option<Result<V, Told>>>>;

impl<K: Clone + Eq + Hash + Send + Sync, V: Clone + Send + Sync> Answers<K, V> {
    /// Keeps so many answers for ever.
    pub(super) fn new(most: u32) -> Self {
        Self {
            kept: Cache::new(most as usize),
            counts: None,
            refusals: None,
            flights: Flights(Mutex::default()),
        }
    }

    /// Keeps each answer for a time.
    pub(super) fn counting(mut self, counts: Option<Duration>) -> Self {
        self.counts = counts;
        self
    }

    /// Keeps so many answers that something is missing, for a time.
    pub(super) fn missing(self, most: u32, counts: Duration) -> Self {
        self.refusing(most, counts, Duration::ZERO)
    }

    /// Keeps so many answers that something is missing or refused, each for a time of its own.
    pub(super) fn refusing(mut self, most: u32, missing: Duration, refused: Duration) -> Self {
        self.refusals = (!missing.max(refused).is_zero()).then(|| Refusals {
            kept: Cache::new(most as usize),
            missing,
            refused,
        });
        self
    }

    /// Returns what was answered, if it counts still.
    pub(super) fn get<Q: Hash + Equivalent<K> + ?Sized>(&self, key: &Q) -> Option<V> {
        self.kept.get(key).and_then(Kept::current)
    }

    /// Returns what was answered last, also if it counts no longer.
    pub(super) fn last<Q: Hash + Equivalent<K> + ?Sized>(&self, key: &Q) -> Option<V> {
        self.kept.get(key).map(|kept| kept.value)
    }

    /// Keeps an answer that was not asked for here.
    pub(super) fn keep(&self, key: K, value: V) {
        let until = self
            .counts
            .and_then(|counts| Instant::now().checked_add(counts));
        self.kept.insert(key, Kept { value, until });
    }

    /// Forgets the answers of which `stays` says no.
    pub(super) fn forget(&self, goes: impl Fn(&K) -> bool) {
        self.kept.retain(|key, _| !goes(key));
    }

    /// Returns what is kept, or else asks, together with all who want the same at this time.
    ///
    /// `ask` may be dropped at any await: then somebody else asks. Its failure is shared by those who waited for it,
    /// and kept if it is the registry's no.
    pub(super) async fn get_or_ask(
        &self,
        key: K,
        ask: impl Future<Output = Result<V>> + Send,
    ) -> Result<V> {
        if let Some(answer) = self.answered(&key) {
            return answer;
        }
        let ticket = self.flights.join(&key);
        let mut outcome = ticket.seat.lock().await;
        if let Some(outcome) = &*outcome {
            return outcome.clone().map_err(Error::from);
        }
        // Another flight may have landed between the first look and this one's start.
        if let Some(answer) = self.answered(&key) {
            return answer;
        }
        let answer = ask.await;
        match &answer {
            Ok(value) => self.keep(key.clone(), value.clone()),
            Err(error) => self.note(&key, error),
        }
        *outcome = Some(answer.as_ref().map_err(Told::from).cloned());
        answer
    }

    fn answered(&self, key: &K) -> Option<Result<V>> {
        if let Some(value) = self.get(key) {
            return Some(Ok(value));
        }
        let told = self.refusals.as_ref()?.kept.get(key)?.current()?;
        Some(Err(told.into()))
    }

    fn note(&self, key: &K, error: &Error) {
        let (Some(refusals), Some(refusal)) = (&self.refusals, Refusal::behind(error)) else {
            return;
        };
        let counts = match error.kind() {
            ErrorKind::Rejected if refusal.is_missing() => refusals.missing,
            ErrorKind::Rejected => refusals.refused,
            // What may be answered in another way at once.
            _ => Duration::ZERO,
        };
        if !counts.is_zero() {
            let kept = Kept {
                value: Told::from(error),
                until: Instant::now().checked_add(counts),
            };
            refusals.kept.insert(key.clone(), kept);
        }
    }
}

impl<V> Kept<V> {
    fn current(self) -> Option<V> {
        let counts = self.until.is_none_or(|until| Instant::now() < until);
        counts.then_some(self.value)
    }
}

/// A part in a flight; the last one to leave closes it.
struct Ticket<'a, K: Eq + Hash, V> {
    flights: &'a Flights<K, V>,
    key: K,
    seat: Seat<V>,
}

impl<K: Clone + Eq + Hash, V> Flights<K, V> {
    fn join(&self, key: &K) -> Ticket<'_, K, V> {
        let mut flights = self.lock();
        // Those who find an outcome there came too late for it: they start anew.
        let landed = |seat: &Seat<V>| seat.try_lock().is_ok_and(|outcome| outcome.is_some());
        let seat = match flights.get(key) {
            Some(seat) if !landed(seat) => Arc::clone(seat),
            _ => {
                let seat = Seat::default();
                flights.insert(key.clone(), Arc::clone(&seat));
                seat
            }
        };
        Ticket {
            flights: self,
            key: key.clone(),
            seat,
        }
    }
}

impl<K, V> Flights<K, V> {
    fn lock(&self) -> MutexGuard<'_, HashMap<K, Seat<V>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Eq + Hash, V> Drop for Ticket<'_, K, V> {
    fn drop(&mut self) {
        let mut flights = self.flights.lock();
        // Left under the lock: of two who leave at once the last one sees itself alone.
        let left = std::mem::take(&mut self.seat);
        let ours = flights
            .get(&self.key)
            .is_some_and(|seat| Arc::ptr_eq(seat, &left));
        drop(left);
        if ours
            && flights
                .get(&self.key)
                .is_some_and(|seat| Arc::strong_count(seat) == 1)
        {
            flights.remove(&self.key);
        }
    }
}
