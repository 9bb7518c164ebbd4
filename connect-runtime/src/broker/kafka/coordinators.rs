//! [`Coordinators`]: which broker coordinates which group.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
    pin::pin,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use connect_api::{Error, ErrorKind, Result};
use connect_librdkafka::{self as client, Admin, Code, admin::Group};
use futures::{
    StreamExt,
    future::{Either, select},
    stream::FuturesUnordered,
};
use tokio::time::{Instant, sleep};

use super::errors::kind_of;

/// Which broker coordinates which group, as far as it is known.
///
/// It is found by asking all brokers at once. No executor is needed: whoever asks may be what watches one.
#[derive(Debug, Default)]
pub(super) struct Coordinators(Mutex<BTreeMap<String, i32>>);

/// What is asked of a cluster to find a coordinator.
pub(super) trait View: Sync {
    /// Returns the numbers of the brokers that are known.
    fn brokers(&self) -> BTreeSet<i32>;

    /// Asks the cluster which brokers there are.
    fn look_for_brokers(&self) -> impl Future<Output = Result<(), client::Error>> + Send;

    /// Describes a group as a broker knows it.
    fn group_at(
        &self,
        broker: i32,
        group: &str,
    ) -> impl Future<Output = Result<Group, client::Error>> + Send;
}

/// A cluster as a client sees it.
#[derive(Debug)]
pub(super) struct ClientView<'a> {
    pub(super) admin: &'a Admin,
    /// How long a broker may take to answer; one that is away is given up then.
    pub(super) patience: Duration,
}

impl View for ClientView<'_> {
    fn brokers(&self) -> BTreeSet<i32> {
        self.admin.brokers()
    }

    async fn look_for_brokers(&self) -> Result<(), client::Error> {
        self.admin.look_for_brokers(self.patience).await
    }

    async fn group_at(&self, broker: i32, group: &str) -> Result<Group, client::Error> {
        self.admin.group_at(broker, group, self.patience).await
    }
}

/// The coordinator of a group, and what it says of the group.
pub(super) type Found = (i32, Result<Group, client::Error>);

/// What each broker said that does not coordinate a group.
type Refusals = BTreeMap<i32, client::Error>;

impl Coordinators {
    /// Describes a group, and says who did.
    ///
    /// # Errors
    ///
    /// `Unavailable`: no broker says that it coordinates it.
    pub(super) async fn describe(&self, view: &impl View, group: &str) -> Result<Found> {
        let mut refusals = Refusals::new();
        let known = self.lock().get(group).copied();
        if let Some(broker) = known {
            match view.group_at(broker, group).await {
                Err(error) if is_elsewhere(&error) => refusals.insert(broker, error),
                answer => return Ok((broker, answer)),
            };
            self.lock().remove(group);
        }
        let found = find(view, group, &mut refusals).await;
        let (broker, answer) = found.ok_or_else(|| nobody(group, &refusals))?;
        tracing::debug!(group, broker, "found the coordinator of a group");
        self.lock().insert(group.to_owned(), broker);
        Ok((broker, answer))
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, i32>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Asks the brokers that have not refused yet, and those that are heard of meanwhile.
async fn find(view: &impl View, group: &str, refusals: &mut Refusals) -> Option<Found> {
    let heard = async {
        if let Err(error) = view.look_for_brokers().await {
            tracing::debug!(group, %error, "asking which brokers there are");
        }
    };
    match select(pin!(ask_all(view, group, refusals)), pin!(heard)).await {
        Either::Left((Some(found), _)) => return Some(found),
        Either::Left((None, heard)) => heard.await,
        Either::Right(((), asked)) => {
            if let Some(found) = asked.await {
                return Some(found);
            }
        }
    }
    ask_all(view, group, refusals).await
}

/// Asks brokers side by side; the first one that describes the group, or says what is wrong with that, is its coordinator.
async fn ask_all(view: &impl View, group: &str, refusals: &mut Refusals) -> Option<Found> {
    let brokers = view.brokers().into_iter();
    let asked = brokers.filter(|broker| !refusals.contains_key(broker));
    let asked = asked.map(async |broker| {
        let answer = view.group_at(broker, group).await;
        (broker, answer)
    });
    let mut asked: FuturesUnordered<_> = asked.collect();
    while let Some((broker, answer)) = asked.next().await {
        match answer {
            Err(error) if is_elsewhere(&error) => {
                refusals.insert(broker, error);
            }
            answer => return Some((broker, answer)),
        }
    }
    None
}

/// Whether another broker may know better: this one is no coordinator, or does not answer.
fn is_elsewhere(error: &client::Error) -> bool {
    kind_of(error) == ErrorKind::Unavailable && error.code() != Code::COORDINATOR_LOAD_IN_PROGRESS
}

/// How long it is waited for a coordinator that answers.
const LIMIT: Duration = Duration::from_secs(30);

/// How long to wait before looking for one again.
const PAUSE: Duration = Duration::from_millis(250);

/// Asks the coordinator of a group, once there is one: for some seconds after a broker has gone there may be none.
///
/// It asks again where it does not know whether it was heard, so a question has to be one that may be asked twice.
///
/// # Errors
///
/// `Unavailable`: there was none for half a minute. Otherwise as `describe`.
pub(super) async fn ask<T, D, Q>(
    describe: impl Fn() -> D,
    question: impl Fn(i32) -> Q,
) -> Result<Result<T, client::Error>>
where
    D: Future<Output = Result<Found>>,
    Q: Future<Output = Result<T, client::Error>>,
{
    let started = Instant::now();
    loop {
        let is_late = started.elapsed() >= LIMIT;
        match describe().await {
            Ok((coordinator, _)) => match question(coordinator).await {
                Err(error) if kind_of(&error) == ErrorKind::Unavailable && !is_late => {}
                answer => return Ok(answer),
            },
            Err(error) if error.kind() == ErrorKind::Unavailable && !is_late => {}
            Err(error) => return Err(error),
        }
        sleep(PAUSE).await;
    }
}

fn nobody(group: &str, refusals: &Refusals) -> Error {
    let mut text = format!("group `{group}`: expected a broker that coordinates it, found none");
    if refusals.is_empty() {
        text.push_str("; no broker is known");
    }
    for (broker, error) in refusals {
        // Writing to a text does not fail.
        let _ = write!(text, "; broker {broker}: {error}");
    }
    Error::unavailable(text)
}

#[cfg(test)]
mod tests {
    use std::{
        mem,
        sync::atomic::{AtomicUsize, Ordering},
    };

    use connect_librdkafka::admin::GroupState;
    use futures::executor::block_on;

    use super::*;

    const ELSEWHERE: Option<Code> = Some(Code::NOT_COORDINATOR);

    /// What each broker says; nothing is a description.
    struct Fake {
        answers: BTreeMap<i32, Option<Code>>,
        /// How many of them are known before they are looked for.
        known: AtomicUsize,
        asked: Mutex<Vec<i32>>,
    }

    impl Fake {
        fn new(answers: impl IntoIterator<Item = (i32, Option<Code>)>) -> Self {
            Self {
                answers: answers.into_iter().collect(),
                known: AtomicUsize::new(usize::MAX),
                asked: Mutex::default(),
            }
        }

        /// Returns who was asked since the last time.
        fn asked(&self) -> Vec<i32> {
            mem::take(&mut self.asked.lock().unwrap())
        }
    }

    impl View for Fake {
        fn brokers(&self) -> BTreeSet<i32> {
            let known = self.known.load(Ordering::Relaxed);
            self.answers.keys().copied().take(known).collect()
        }

        async fn look_for_brokers(&self) -> Result<(), client::Error> {
            self.known.store(usize::MAX, Ordering::Relaxed);
            Ok(())
        }

        async fn group_at(&self, broker: i32, _group: &str) -> Result<Group, client::Error> {
            self.asked.lock().unwrap().push(broker);
            let group = Group {
                state: GroupState::Empty,
                members: Vec::new(),
            };
            let code = self
                .answers
                .get(&broker)
                .copied()
                .unwrap_or(Some(Code::TIMED_OUT));
            code.map_or(Ok(group), |code| Err(client::Error::of(code)))
        }
    }

    fn describe(coordinators: &Coordinators, cluster: &Fake) -> Result<(i32, Option<Code>)> {
        let found = block_on(coordinators.describe(cluster, "g"));
        found.map(|(broker, answer)| (broker, answer.err().map(|error| error.code())))
    }

    #[test]
    fn all_are_asked_once_and_then_the_one_that_knows_the_group() {
        let coordinators = Coordinators::default();
        let cluster = Fake::new([(1, ELSEWHERE), (2, None), (3, ELSEWHERE)]);
        assert_eq!(describe(&coordinators, &cluster).unwrap(), (2, None));
        assert_eq!(cluster.asked(), [1, 2]);
        assert_eq!(describe(&coordinators, &cluster).unwrap(), (2, None));
        assert_eq!(cluster.asked(), [2]);
    }

    #[test]
    fn a_group_is_found_where_it_has_moved() {
        let coordinators = Coordinators::default();
        describe(&coordinators, &Fake::new([(1, None), (2, ELSEWHERE)])).unwrap();
        let moved = Fake::new([(1, ELSEWHERE), (2, None)]);
        assert_eq!(describe(&coordinators, &moved).unwrap(), (2, None));
        // By a broker that is new, and while another one is away.
        let grown = Fake::new([(1, ELSEWHERE), (2, Some(Code::TIMED_OUT)), (3, None)]);
        grown.known.store(2, Ordering::Relaxed);
        assert_eq!(describe(&coordinators, &grown).unwrap(), (3, None));
        assert_eq!(grown.asked(), [2, 1, 3]);
    }

    #[test]
    fn a_coordinator_that_is_still_loading_stays_the_one_that_is_asked() {
        let coordinators = Coordinators::default();
        let loading = Some(Code::COORDINATOR_LOAD_IN_PROGRESS);
        let cluster = Fake::new([(1, ELSEWHERE), (2, loading)]);
        assert_eq!(describe(&coordinators, &cluster).unwrap(), (2, loading));
        cluster.asked();
        describe(&coordinators, &cluster).unwrap();
        assert_eq!(cluster.asked(), [2]);
    }

    #[test]
    fn what_is_wrong_with_a_group_is_an_answer() {
        let wrong = Some(Code::GROUP_AUTHORIZATION_FAILED);
        let cluster = Fake::new([(1, ELSEWHERE), (2, wrong)]);
        let found = describe(&Coordinators::default(), &cluster).unwrap();
        assert_eq!(found, (2, wrong));
    }

    #[test]
    fn where_nobody_coordinates_a_group_each_broker_is_named() {
        let cluster = Fake::new([(1, ELSEWHERE), (2, Some(Code::TIMED_OUT))]);
        let error = describe(&Coordinators::default(), &cluster).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        let said = error.message();
        assert!(said.starts_with("group `g`: expected a broker"), "{said}");
        assert!(
            said.contains("broker 1: ") && said.contains("broker 2: "),
            "{said}"
        );
    }
}
