//! [`History`]: who was given what, and whether units were quarantined for a reason.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use connect_runtime::{
    Environment,
    broker::{Broker, Fetched, ReaderOptions, embedded::EmbeddedBroker},
};
use serde::Deserialize;

use super::world::GROUP;
use crate::SimulatedEnvironment;

/// Who was given what; cheap to clone.
#[derive(Clone, Default)]
pub(super) struct History(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    /// Of each unit, what the leaders wrote of it, and when that could be read.
    units: BTreeMap<String, Vec<(Duration, Placement)>>,
    /// Who began to lead, and when.
    leaders: Vec<(Duration, String)>,
    wrong: Vec<String>,
}

/// What a leader writes first.
#[derive(Deserialize)]
struct Term {
    worker: String,
}

/// What a leader writes of a unit.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
struct Placement {
    ticket: Ticket,
    hold: Hold,
    deaths: u32,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
struct Ticket {
    term: u64,
    number: u64,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Hold {
    Owned(String),
    Releasing(String),
    Free,
    Quarantined(String),
}

impl History {
    /// A worker that dies sooner after it got a unit may have died of it.
    const SOON: Duration = Duration::from_secs(60);

    /// How long it may take to see that a worker is dead, and to write that.
    const DELAY: Duration = Duration::from_secs(60);

    /// Follows the cluster topic from its beginning.
    pub(super) fn follow(
        environment: &SimulatedEnvironment,
        broker: &EmbeddedBroker,
        patience: Duration,
    ) -> Self {
        let history = Self::default();
        let (known, broker, here) = (history.clone(), broker.clone(), environment.clone());
        let following = async move {
            let mut options = ReaderOptions::new(format!("connect-{GROUP}-cluster"));
            options.patience = patience * 2;
            loop {
                if let Ok(mut reader) = broker.reader(&options).await {
                    while let Ok(fetched) = reader.next().await {
                        known.read(fetched, here.elapsed());
                    }
                }
                // It does not exist yet.
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        };
        drop(environment.spawn("history", Box::pin(following)));
        history
    }

    /// Returns what was wrong.
    pub(super) fn wrong(&self) -> Vec<String> {
        self.lock().wrong.clone()
    }

    fn read(&self, fetched: Fetched, now: Duration) {
        let mut inner = self.lock();
        for record in fetched.records {
            let key = String::from_utf8_lossy(record.key.as_deref().unwrap_or_default());
            if key == "leader"
                && let Some(value) = &record.value
            {
                let term: Term = serde_json::from_slice(value).expect("leaders write terms");
                if inner
                    .leaders
                    .last()
                    .is_none_or(|(_, it)| *it != term.worker)
                {
                    inner.leaders.push((now, term.worker));
                }
            }
            let Some(unit) = key.strip_prefix("unit-") else {
                continue;
            };
            match record.value {
                Some(value) => {
                    let read = serde_json::from_slice(&value);
                    inner.note(unit, (now, read.expect("leaders write placements")));
                }
                None => drop(inner.units.remove(unit)),
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn note(&mut self, unit: &str, (now, new): (Duration, Placement)) {
        let known = self.units.entry(unit.to_owned()).or_default();
        let before = known.last().map(|(_, placement)| placement);
        let counted = before.is_some_and(|before| before.deaths < new.deaths);
        if counted && let Some(wrong) = late_death(known, &self.leaders, (now, &new)) {
            self.wrong.push(format!("{unit}: {wrong}"));
        }
        if let Hold::Quarantined(reason) = &new.hold
            && !reason.contains("died within a minute")
        {
            let wrong = format!("{unit}: quarantined, and the reason is `{reason}`");
            self.wrong.push(wrong);
        }
        known.push((now, new));
    }
}

/// Finds out whether a death was counted although one leader has seen the worker live with the unit for long.
fn late_death(
    known: &[(Duration, Placement)],
    leaders: &[(Duration, String)],
    (now, new): (Duration, &Placement),
) -> Option<String> {
    let mut stay = known.iter().filter(|(_, it)| it.ticket == new.ticket);
    let (given, _) = stay.next()?;
    let ends = leaders.iter().skip(1).map(|(end, _)| *end).chain([now]);
    let seen = leaders
        .iter()
        .zip(ends)
        .map(|((begin, _), end)| end.saturating_sub(*begin.max(given)));
    let longest = seen.max()?;
    (longest > History::SOON + History::DELAY).then(|| {
        format!(
            "a death was counted although a leader has seen it live for {} s: {new:?}",
            longest.as_secs()
        )
    })
}
