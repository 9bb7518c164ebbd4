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
    /// That something is missing, if that is kept.
    missing: Option<Noes<K>>,
    /// That something is refused for another reason, if that is kept.
    refused: Option<Noes<K>>,
    flights: Flights<K, V>,
}

/// What the registry said no to, and for how long that counts.
struct Noes<K> {
    kept: Cache<K, Kept<Told>>,
    counts: Duration,
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
            missing: None,
            refused: None,
            flights: Flights(Mutex::default()),
        }
    }

    /// Keeps each answer for a time.
    pub(super) fn counting(mut self, counts: Option<Duration>) -> Self {
        self.counts = counts;
        self
    }

    /// Keeps so many answers that something is missing, for a time.
    pub(super) fn missing(mut self, most: u32, counts: Duration) -> Self {
        self.missing = Noes::new(most, counts);
        self
    }

    /// Keeps so many answers that something is refused, for a time.
    pub(super) fn refused(mut self, most: u32, counts: Duration) -> Self {
        self.refused = Noes::new(most, counts);
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
        let mut noes = self.missing.iter().chain(&self.refused);
        noes.find_map(|noes| noes.get(key)).map(Err)
    }

    fn note(&self, key: &K, error: &Error) {
        // Anything else may be answered in another way at once.
        if let (ErrorKind::Rejected, Some(refusal)) = (error.kind(), Refusal::behind(error)) {
            let noes = match refusal.is_missing() {
                true => &self.missing,
                false => &self.refused,
            };
            if let Some(noes) = noes {
                noes.keep(key.clone(), error);
            }
        }
    }
}

impl<K: Eq + Hash> Noes<K> {
    /// For no time nothing is kept.
    fn new(most: u32, counts: Duration) -> Option<Self> {
        (!counts.is_zero()).then(|| Self {
            kept: Cache::new(most as usize),
            counts,
        })
    }

    fn get(&self, key: &K) -> Option<Error> {
        let kept = self.kept.get(key)?;
        let left = kept.until?.checked_duration_since(Instant::now())?;
        let again = format!("the registry is asked again in {} s", left.as_secs() + 1);
        Some(Error::from(kept.value).context(again))
    }

    fn keep(&self, key: K, error: &Error) {
        let kept = Kept {
            value: Told::from(error),
            until: Instant::now().checked_add(self.counts),
        };
        self.kept.insert(key, kept);
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
