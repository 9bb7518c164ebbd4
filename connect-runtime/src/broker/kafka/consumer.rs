//! [`KafkaConsumer`]: a member of a consumer group.

use std::{
    collections::BTreeMap,
    error::Error as _,
    future::{pending, poll_fn},
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use async_trait::async_trait;
use connect_api::{ConfigMap, Error, ErrorKind, Offsets, Result, TopicPartition};
use connect_librdkafka::{
    self as client, Admin, Code, Membership,
    admin::{End, IsolationLevel},
};
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;

use super::{
    super::{Closer, Consumer, ConsumerEvent, ConsumerOptions, OffsetReset, Want},
    clients::{Clients, isolation_setting},
    coordinators::{self, ClientView, Coordinators, Found},
    ends::{ends, is_missing, level_of},
    errors::{classified, kind_of},
    ownership::{Answer, Ownership},
    settings::ClientKind,
    topics::Topics,
};

/// A member of a consumer group.
#[derive(Debug)]
pub(super) struct KafkaConsumer {
    topics: Topics,
    member: Member,
}

/// What it has and reads.
#[derive(Debug)]
struct Member {
    client: Arc<client::Consumer>,
    clients: Arc<Clients>,
    options: ConsumerOptions,
    coordinators: Coordinators,
    ownership: Ownership,
    /// Partitions that could not be started for want of an offset.
    missing: Vec<TopicPartition>,
    closed: CancellationToken,
}

impl KafkaConsumer {
    /// Joins the group.
    pub(super) async fn join(clients: &Arc<Clients>, options: &ConsumerOptions) -> Result<Self> {
        let fixed = [
            ("group.id", &*options.group),
            isolation_setting(options.isolation),
        ];
        let named = (&*options.client_id, &fixed[..]);
        let config = clients.config(ClientKind::Consumer, &with_times(options), named)?;
        let client = client::Consumer::new(config);
        let client = client.map_err(|error| classified(error, "settings of the consumer"))?;
        let client = Arc::new(client);
        let topics = Topics::subscribe(clients, &client, &options.subscription).await?;
        let member = Member {
            client,
            clients: Arc::clone(clients),
            options: options.clone(),
            coordinators: Coordinators::default(),
            ownership: Ownership::default(),
            missing: Vec::new(),
            closed: CancellationToken::new(),
        };
        Ok(Self { topics, member })
    }
}

impl Member {
    /// How long a broker may take to answer: what is fetched from it comes over the same connection.
    const PATIENCE: Duration = Duration::from_secs(10);

    fn check(&self) -> Result<()> {
        if self.closed.is_cancelled() {
            return Err(Error::fenced(format!(
                "group `{}`: the consumer was closed",
                self.options.group
            )));
        }
        match self.client.fatal_error() {
            Some(error) => Err(self.explained(error, "the consumer is finished")),
            None => Ok(()),
        }
    }

    fn explained(&self, error: client::Error, doing: &str) -> Error {
        classified(error, format!("group `{}`: {doing}", self.options.group))
    }

    async fn described_group(&self, admin: &Admin) -> Result<Found> {
        let view = ClientView {
            admin,
            patience: Self::PATIENCE,
        };
        self.coordinators.describe(&view, &self.options.group).await
    }

    /// Says what members a group has that takes no such member as this one; other errors stay as they are.
    async fn refused(&self, error: Error) -> Error {
        let cause = error.source().and_then(|cause| cause.downcast_ref());
        let code = cause.map(client::Error::code);
        if code != Some(Code::INCONSISTENT_GROUP_PROTOCOL) {
            return error;
        }
        let found = match self.described_group(&self.client.admin()).await {
            Ok((_, Ok(_))) => "consumers with another `partition.assignment.strategy`".to_owned(),
            Ok((_, Err(found))) => found.to_string(),
            Err(found) => found.to_string(),
        };
        let members = "expected members that are consumers with `cooperative-sticky`";
        Error::config(format!(
            "group `{}`: {members}, found: {found}",
            self.options.group
        ))
        .with_source(error)
    }

    /// Says what happened, or wakes `cx` when something does.
    fn poll(&mut self, cx: &Context<'_>, want: Want) -> Poll<Result<ConsumerEvent>> {
        // Membership first: what was fetched of partitions that go is not handed out.
        while let Poll::Ready(news) = self.client.poll(cx) {
            if let Some(event) = self.on(news)? {
                return Poll::Ready(Ok(event));
            }
        }
        if let Some(at) = self.missing.first() {
            return Poll::Ready(Err(Error::fatal(format!(
                "group `{}`: partition {at} has no committed offset, and `auto.offset.reset` is `none`",
                self.options.group
            ))));
        }
        if want == Want::Membership {
            return Poll::Pending;
        }
        loop {
            if let Some(fetched) = self.ownership.take()? {
                return Poll::Ready(Ok(ConsumerEvent::Records(fetched)));
            }
            match self.client.poll_records(cx) {
                Poll::Ready(messages) => self.ownership.add(&messages, self.options.fetch_bytes),
                Poll::Pending if self.look()? => {}
                Poll::Pending => return Poll::Pending,
            }
        }
    }

    /// Looks whether the client is further than the last record: past markers and aborted records.
    fn look(&mut self) -> Result<bool> {
        let fetching = self
            .ownership
            .fetching()
            .map(|at| (&*at.topic, at.partition));
        let positions = self.client.positions(fetching);
        let positions = positions.map_err(|error| self.explained(error, "asking for positions"))?;
        Ok(self.ownership.passed(positions))
    }

    /// Answers what happened to the membership where the group waits for it.
    fn on(&mut self, news: Membership) -> Result<Option<ConsumerEvent>> {
        match news {
            Membership::Assigned(places) => {
                if let Err(error) = self.client.accept() {
                    return Err(self.explained(error, "answering an assignment"));
                }
                let partitions = self.ownership.assigned(places);
                Ok((!partitions.is_empty()).then_some(ConsumerEvent::Assigned(partitions)))
            }
            Membership::Revoked(places) => {
                let deadline = Instant::now() + self.options.rebalance_timeout;
                let (partitions, answer) = self.ownership.revoked(places, deadline);
                self.forget(&partitions);
                self.give(answer);
                Ok((!partitions.is_empty()).then_some(ConsumerEvent::Revoked(partitions)))
            }
            Membership::Lost(places) => {
                let (partitions, answer) = self.ownership.lost(places);
                self.forget(&partitions);
                self.give(Some(answer));
                Ok((!partitions.is_empty()).then_some(ConsumerEvent::Lost(partitions)))
            }
            Membership::Error(error) if error.is_fatal() || is_about_settings(&error) => {
                Err(self.explained(error, "reading"))
            }
            Membership::Error(error) => {
                // The client goes on by itself.
                tracing::debug!(group = %self.options.group, %error, "a consumer met an error");
                Ok(None)
            }
            _ => Ok(None),
        }
    }

    fn forget(&mut self, partitions: &[TopicPartition]) {
        self.missing.retain(|at| !partitions.contains(at));
    }

    /// Lets partitions go, which lets a rebalance go on.
    ///
    /// It fails only while the client closes, which ends the membership too.
    fn give(&self, answer: Option<Answer>) {
        let Some(Answer { fetched }) = answer else {
            return;
        };
        let fetched = fetched.iter().map(|at| (&*at.topic, at.partition));
        if let Err(error) = self.client.release(fetched) {
            tracing::warn!(group = %self.options.group, %error, "answering a rebalance");
        }
    }

    /// Takes back what was not released in time.
    fn expire(&mut self) -> ConsumerEvent {
        let (partitions, answer) = self.ownership.expired();
        self.give(Some(answer));
        tracing::warn!(group = %self.options.group, ?partitions, "revoked partitions were not released in time, and are lost");
        ConsumerEvent::Lost(partitions)
    }

    /// Where partitions start; nothing is started if one of them cannot be.
    async fn places(
        &self,
        partitions: &[TopicPartition],
        offsets: &Offsets,
    ) -> Result<Vec<(TopicPartition, Option<i64>)>> {
        let held: Vec<_> = partitions
            .iter()
            .filter(|at| self.ownership.holds(at))
            .collect();
        if held.is_empty() {
            return Ok(Vec::new());
        }
        let committed = if held.iter().all(|at| offsets.contains_key(*at)) {
            BTreeMap::new()
        } else {
            let admin = self.client.admin();
            let committed = coordinators::ask(
                || self.described_group(&admin),
                |coordinator| admin.group_offsets(coordinator, &self.options.group),
            );
            let committed = committed.await?;
            committed.map_err(|error| self.explained(error, "asking for committed offsets"))?
        };
        let extents = self.extents(&held).await?;
        let places = held.into_iter().map(|at| {
            let extent = &extents[at];
            let stored = offsets.get(at).copied().or_else(|| {
                committed
                    .get(&(at.topic.to_string(), at.partition))
                    .copied()
            });
            let place = match stored {
                Some(offset) => Some(extent.check(at, offset)?),
                None => match self.options.reset {
                    OffsetReset::Earliest => Some(extent.start),
                    OffsetReset::Latest => Some(extent.stable),
                    OffsetReset::None => None,
                },
            };
            Ok((at.clone(), place))
        });
        places.collect()
    }

    /// Asks where the logs of partitions start and end.
    async fn extents(
        &self,
        partitions: &[&TopicPartition],
    ) -> Result<BTreeMap<TopicPartition, Extent>> {
        let level = level_of(self.options.isolation);
        let wanted = || {
            let names = partitions.iter().map(|at| (&*at.topic, at.partition));
            names.collect::<Vec<_>>()
        };
        let admin = self.client.admin();
        let (starts, stable, ends) = futures::try_join!(
            ends(&admin, wanted(), (End::Start, level)),
            ends(&admin, wanted(), (End::End, level)),
            ends(
                &admin,
                wanted(),
                (End::End, IsolationLevel::ReadUncommitted)
            ),
        )
        .map_err(|error| error.context(format!("group `{}`", self.options.group)))?;
        let extents = starts.into_iter().map(|(at, start)| {
            let extent = Extent {
                start,
                stable: stable[&at],
                end: ends[&at],
            };
            (at, extent)
        });
        Ok(extents.collect())
    }

    /// Fetches from these places on.
    fn fetch(&mut self, mut places: Vec<(TopicPartition, i64)>) -> Result<()> {
        // They may have gone while their places were looked up.
        places.retain(|(at, _)| self.ownership.holds(at));
        let names = places.iter().map(|(at, _)| (&*at.topic, at.partition));
        let before = self.client.positions(names);
        let before = before.map_err(|error| self.explained(error, "asking for positions"))?;
        let (again, anew): (Vec<_>, Vec<_>) = places
            .iter()
            .partition(|(at, _)| self.ownership.is_fetched(at));
        let started = self.client.fetch(as_places(&anew));
        started.map_err(|error| self.explained(error, "starting partitions"))?;
        if !again.is_empty() {
            let sought = self.client.seek(as_places(&again));
            sought.map_err(|error| self.explained(error, "seeking"))?;
        }
        for ((at, next), before) in places.into_iter().zip(before) {
            self.missing.retain(|missing| *missing != at);
            self.ownership.fetched(at, next, before.offset);
        }
        Ok(())
    }

    async fn start(&mut self, partitions: &[TopicPartition], offsets: &Offsets) -> Result<()> {
        self.check()?;
        let places = self.places(partitions, offsets).await?;
        let (mut known, mut missing) = (Vec::new(), Vec::new());
        for (at, place) in places {
            match place {
                Some(place) => known.push((at, place)),
                None => missing.push(at),
            }
        }
        self.fetch(known)?;
        self.missing.extend(missing);
        Ok(())
    }

    async fn commit(&self, offsets: &Offsets) -> Result<()> {
        self.check()?;
        if let Some(foreign) = offsets.keys().find(|at| !self.ownership.may_commit(at)) {
            return Err(Error::fenced(format!(
                "group `{}`: partition {foreign} is not this member's any more",
                self.options.group
            )));
        }
        if offsets.is_empty() {
            return Ok(());
        }
        let committed = self.client.commit(
            offsets
                .iter()
                .map(|(at, offset)| (&*at.topic, at.partition, *offset)),
        );
        tokio::select! {
            committed = committed => committed.map_err(|error| {
                let is_deleted = is_missing(error.code());
                let error = self.explained(error, "committing offsets");
                // Its topic was deleted, which the group has not noticed yet.
                if is_deleted { error.with_kind(ErrorKind::Fenced) } else { error }
            }),
            () = self.closed.cancelled() => self.check(),
        }
    }
}

/// Adds how long which silence may be, as if the user had written it: it has to fit together.
fn with_times(options: &ConsumerOptions) -> ConfigMap {
    let mut settings = options.overrides.clone();
    let millis = |time: Duration| time.as_millis().to_string();
    for (key, time) in [
        ("heartbeat.interval.ms", options.heartbeat),
        ("session.timeout.ms", options.session),
    ] {
        if !settings.contains_key(key) {
            settings.insert(key, millis(time));
        }
    }
    // The client gives whoever does not ask two heartbeats more than the runtime does.
    let limit = options.rebalance_timeout + options.heartbeat * 2;
    settings.insert("max.poll.interval.ms", millis(limit));
    settings
}

fn as_places<'a>(
    places: &[&'a (TopicPartition, i64)],
) -> impl Iterator<Item = (&'a str, i32, i64)> {
    places
        .iter()
        .map(|(at, offset)| (&*at.topic, at.partition, *offset))
}

/// Whether a person has to change something, so that waiting is of no use.
fn is_about_settings(error: &client::Error) -> bool {
    // A topic that does not exist yet is read once it does.
    kind_of(error) == ErrorKind::Config && !is_missing(error.code())
}

/// Where the log of a partition starts and ends.
#[derive(Debug)]
struct Extent {
    start: i64,
    /// The end of what can be read.
    stable: i64,
    end: i64,
}

impl Extent {
    /// Answers `offset` if it lies inside the log.
    fn check(&self, at: &TopicPartition, offset: i64) -> Result<i64> {
        if (self.start..=self.end).contains(&offset) {
            return Ok(offset);
        }
        Err(Error::fatal(format!(
            "partition {at}: expected an offset from {} to {}, found {offset}",
            self.start, self.end
        )))
    }
}

#[async_trait]
impl Consumer for KafkaConsumer {
    async fn next(&mut self, want: Want) -> Result<ConsumerEvent> {
        loop {
            self.member.check()?;
            let closed = self.member.closed.clone();
            let deadline = self.member.ownership.deadline();
            let expired = async {
                match deadline {
                    Some(deadline) => sleep_until(deadline).await,
                    None => pending().await,
                }
            };
            let pulse = self.member.options.rebalance_timeout / 3;
            let member = &mut self.member;
            // What is awaited here keeps its state in `self`, so that dropping this future loses nothing.
            let happened = tokio::select! {
                biased;
                () = closed.cancelled() => Happened::Closed,
                event = poll_fn(|cx| member.poll(cx, want)) => Happened::Event(event),
                () = expired => Happened::Expired,
                // A member whose queues are not looked at leaves its group, however little comes.
                () = sleep(pulse) => Happened::Nothing,
                changed = self.topics.changed() => Happened::Topics(changed),
            };
            match happened {
                Happened::Closed | Happened::Nothing => {}
                Happened::Event(Err(error)) => return Err(self.member.refused(error).await),
                Happened::Event(event) => return event,
                Happened::Expired => return Ok(self.member.expire()),
                Happened::Topics(changed) => changed?,
            }
        }
    }

    async fn start(&mut self, partitions: &[TopicPartition], offsets: &Offsets) -> Result<()> {
        self.member.start(partitions, offsets).await
    }

    async fn seek(&mut self, offsets: &Offsets) -> Result<()> {
        let partitions: Vec<_> = offsets.keys().cloned().collect();
        self.member.start(&partitions, offsets).await
    }

    async fn commit(&mut self, offsets: &Offsets) -> Result<()> {
        self.member.commit(offsets).await
    }

    async fn release(&mut self, partitions: &[TopicPartition]) -> Result<()> {
        let answer = self.member.ownership.released(partitions);
        self.member.give(answer);
        Ok(())
    }

    async fn close(self: Box<Self>) -> Result<()> {
        self.member.closed.cancel();
        let client = Arc::clone(&self.member.client);
        self.member.clients.blocking(move || client.leave()).await
    }

    fn closer(&self) -> Closer {
        let (closed, clients) = (
            self.member.closed.clone(),
            Arc::downgrade(&self.member.clients),
        );
        let client = Arc::downgrade(&self.member.client);
        Closer::new(move || {
            if closed.is_cancelled() {
                return;
            }
            closed.cancel();
            if let (Some(client), Some(clients)) = (client.upgrade(), clients.upgrade()) {
                clients.end("connect-kafka-leave", move || client.leave());
            }
        })
    }
}

enum Happened {
    Nothing,
    Closed,
    Event(Result<ConsumerEvent>),
    Expired,
    Topics(Result<()>),
}
