//! [`Coordinators`]: which broker coordinates which group.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use connect_api::{Error, ErrorKind, Result};
use connect_librdkafka::{self as client, Admin, admin::Group};
use futures::{StreamExt, stream::FuturesUnordered};
use tokio::time::{Instant, sleep};

use super::{
    clients::Clients,
    errors::{classified, kind_of},
};

/// Which broker coordinates which group, as far as it is known.
///
/// It is found by asking all brokers at once. No executor is needed: whoever asks may be what watches one.
#[derive(Debug, Default)]
pub(super) struct Coordinators(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    brokers: BTreeSet<i32>,
    coordinators: BTreeMap<String, i32>,
}

/// What is asked of a cluster to find a coordinator.
pub(super) trait View: Sync {
    /// Returns the numbers of the brokers.
    fn brokers(&self) -> impl Future<Output = Result<Vec<i32>>> + Send;

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
    pub(super) clients: &'a Clients,
}

impl ClientView<'_> {
    /// How long a broker may take to answer; one that is away is given up then.
    const PATIENCE: Duration = Duration::from_secs(3);
}

impl View for ClientView<'_> {
    async fn brokers(&self) -> Result<Vec<i32>> {
        let admin = self.admin.clone();
        let asked = move || admin.brokers(Self::PATIENCE);
        let asked = self.clients.apart("connect-kafka-brokers", asked)?;
        asked
            .await?
            .map_err(|error| classified(error, "asking which brokers there are"))
    }

    async fn group_at(&self, broker: i32, group: &str) -> Result<Group, client::Error> {
        self.admin.group_at(broker, group, Self::PATIENCE).await
    }
}

/// How long it is waited for a coordinator.
const LIMIT: Duration = Duration::from_secs(30);

/// How long to wait before looking again for one.
const PAUSE: Duration = Duration::from_millis(100);

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
        let known = self.lock().coordinators.get(group).copied();
        if let Some(broker) = known {
            let answer = view.group_at(broker, group).await;
            if !is_refusal(&answer) {
                return Ok((broker, answer));
            }
            self.lock().coordinators.remove(group);
        }
        let (broker, answer) = self.find(view, group).await?;
        tracing::debug!(group, broker, "found the coordinator of a group");
        self.lock().coordinators.insert(group.to_owned(), broker);
        Ok((broker, answer))
    }

    async fn find(&self, view: &impl View, group: &str) -> Result<Found> {
        let known = self.lock().brokers.clone();
        let mut refusals = match ask(view, group, &known).await {
            Ok(found) => return Ok(found),
            Err(refusals) => refusals,
        };
        let brokers = BTreeSet::from_iter(view.brokers().await?);
        let new = &brokers - &known;
        self.lock().brokers = brokers;
        match ask(view, group, &new).await {
            Ok(found) => Ok(found),
            Err(more) => {
                refusals.extend(more);
                Err(nobody(group, &refusals))
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the coordinator of a group, once there is one: for some seconds after a broker has gone there may be none.
///
/// # Errors
///
/// `Unavailable`: there was none for half a minute.
pub(super) async fn wait<F>(described: impl Fn() -> F) -> Result<i32>
where
    F: Future<Output = Result<Found>>,
{
    let started = Instant::now();
    loop {
        match described().await {
            Ok((broker, _)) => return Ok(broker),
            Err(error) if started.elapsed() > LIMIT => return Err(error),
            Err(_) => sleep(PAUSE).await,
        }
    }
}

/// Asks brokers side by side; the first one that describes the group, or says what is wrong with that, is its coordinator.
async fn ask(view: &impl View, group: &str, brokers: &BTreeSet<i32>) -> Result<Found, Refusals> {
    let asked = brokers.iter().map(async |&broker| {
        let answer = view.group_at(broker, group).await;
        (broker, answer)
    });
    let mut asked = FuturesUnordered::from_iter(asked);
    let mut refusals = Refusals::new();
    while let Some((broker, answer)) = asked.next().await {
        match answer {
            Err(error) if is_elsewhere(&error) => {
                refusals.insert(broker, error);
            }
            answer => return Ok((broker, answer)),
        }
    }
    Err(refusals)
}

fn is_refusal(answer: &Result<Group, client::Error>) -> bool {
    answer.as_ref().is_err_and(is_elsewhere)
}

/// Whether another broker may know better: this one is no coordinator, or does not answer.
fn is_elsewhere(error: &client::Error) -> bool {
    kind_of(error) == ErrorKind::Unavailable
}

fn nobody(group: &str, refusals: &Refusals) -> Error {
    let mut text = format!("group `{group}`: expected a broker that coordinates it, found none");
    for (broker, error) in refusals {
        // Writing to a text does not fail.
        let _ = write!(text, "; broker {broker}: {error}");
    }
    Error::unavailable(text)
}

#[cfg(test)]
mod tests {
    use std::mem;

    use connect_librdkafka::{Code, admin::GroupState};
    use futures::executor::block_on;

    use super::*;

    const ELSEWHERE: Option<Code> = Some(Code::NOT_COORDINATOR);

    /// What each broker says; nothing is a description.
    struct Fake(BTreeMap<i32, Option<Code>>, Mutex<Vec<i32>>);

    impl Fake {
        fn new(answers: impl IntoIterator<Item = (i32, Option<Code>)>) -> Self {
            Self(answers.into_iter().collect(), Mutex::default())
        }

        /// Returns who was asked since the last time.
        fn asked(&self) -> Vec<i32> {
            mem::take(&mut self.1.lock().unwrap())
        }
    }

    impl View for Fake {
        async fn brokers(&self) -> Result<Vec<i32>> {
            Ok(self.0.keys().copied().collect())
        }

        async fn group_at(&self, broker: i32, _group: &str) -> Result<Group, client::Error> {
            self.1.lock().unwrap().push(broker);
            let group = Group {
                state: GroupState::Empty,
                members: Vec::new(),
            };
            let code = self
                .0
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
        let grown = Fake::new([(1, ELSEWHERE), (3, None)]);
        assert_eq!(describe(&coordinators, &grown).unwrap(), (3, None));
        assert_eq!(describe(&coordinators, &grown).unwrap(), (3, None));
        assert_eq!(grown.asked(), [2, 1, 2, 3, 3]);
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
