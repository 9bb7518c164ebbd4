//! Who is a member, who leads, and whether this worker still is one.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use connect_api::{Error, ErrorKind, Result};
use futures::{FutureExt, future::BoxFuture};
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{Cluster, Members, Timing};
use crate::{
    backoff::Backoff,
    broker::{
        Consumer, ConsumerEvent, ConsumerOptions, GroupDescription, GroupPhase, Subscription, Want,
    },
    timer::until,
};

/// How this worker stands in its cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Standing {
    /// Whether it leads.
    pub(super) role: Role,
    /// Whether it may run what it is given.
    pub(super) seat: Seat,
    /// All members, as of the last look at a group that was settled.
    pub(super) members: Members,
    /// When the last look was asked for that found it among the members.
    pub(super) listed: Option<Instant>,
    /// Counts how often it was doubted.
    pub(super) doubts: u64,
}

/// Whether a worker leads its cluster.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Role {
    #[default]
    Follows,
    Leads,
}

/// Whether a worker may run what it is given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Seat {
    /// It is not known to be a member: others may be given what it has.
    #[default]
    Uncertain,
    Member,
}

/// How one membership ended.
enum Ended {
    Stopped,
    /// It was closed by somebody else.
    Closed,
}

/// A look at the group that is under way.
struct Look {
    /// When it was asked for.
    asked: Instant,
    answer: BoxFuture<'static, Result<GroupDescription>>,
}

impl Cluster {
    /// How often the members are looked up.
    pub(super) const LOOKS: Duration = Duration::from_secs(1);

    /// How often they are looked up by those whom others wait for: the leader, and whoever is no certain member.
    const QUICK_LOOKS: Duration = Duration::from_millis(250);

    /// Is a member until `stop`.
    pub(super) async fn attend(&self, stop: &CancellationToken) {
        let mut backoff = Backoff::short();
        loop {
            // Whoever is given something while plugins cannot run only keeps it from others.
            let awake = self.crew.watchdog.awake();
            if stop.run_until_cancelled(awake).await.is_none() {
                return;
            }
            let error = match self.join(stop).await {
                Ok(Ended::Stopped) => return,
                Ok(Ended::Closed) => {
                    self.doubt("its membership was closed");
                    continue;
                }
                Err(error) => error,
            };
            self.doubt("it could not be a member");
            let group = &self.crew.site.group;
            tracing::error!(error = %error.report(), "group `{group}`: joining it again");
            let pause = sleep(backoff.after(&error, self.crew.environment.random()));
            if stop.run_until_cancelled(pause).await.is_none() {
                return;
            }
        }
    }

    /// Joins the group, and stays for as long as that goes well.
    async fn join(&self, stop: &CancellationToken) -> Result<Ended> {
        let topics = Subscription::Topics(vec![self.store.topic().clone()]);
        let mut options = ConsumerOptions::new(self.crew.site.group.clone(), topics);
        options.client_id = self.worker().to_string().into();
        options.heartbeat = self.timing.heartbeat;
        options.session = self.timing.session;
        let joined = self.crew.site.broker.consumer(&options);
        let Some(consumer) = stop.run_until_cancelled(joined).await else {
            return Ok(Ended::Stopped);
        };
        let mut consumer = consumer?;
        let executor = Arc::clone(&self.crew.environment);
        let _leaves_if_silent = self.crew.watchdog.member(consumer.closer(), executor);
        let ended = self.stay(&mut *consumer, stop).await;
        self.set(|standing| standing.role = Role::Follows);
        // Its partition goes to another one at once.
        let closed = consumer.close().await;
        if let Err(error) = closed {
            tracing::warn!(error = %error.report(), "leaving the group: the others learn it by time-out");
        }
        ended
    }

    async fn stay(&self, consumer: &mut dyn Consumer, stop: &CancellationToken) -> Result<Ended> {
        let mut next_look = Instant::now();
        let mut look: Option<Look> = None;
        // When the last look was asked for that found this worker among the members.
        let mut listed: Option<Instant> = None;
        loop {
            let doubt = listed.map(|listed| listed + self.patience());
            let is_member = self.standing.borrow().seat == Seat::Member;
            tokio::select! {
                biased;
                () = stop.cancelled() => return Ok(Ended::Stopped),
                () = until(doubt), if is_member => self.doubt("nobody could say whether it is"),
                answer = answered(&mut look), if look.is_some() => {
                    let asked = look.take().map_or_else(Instant::now, |look| look.asked);
                    if self.on_look(answer, asked) {
                        listed = Some(asked);
                    }
                    next_look = asked + self.jittered();
                }
                () = sleep_until(next_look), if look.is_none() => look = Some(self.look()),
                () = self.look_now.notified() => next_look = Instant::now(),
                event = consumer.next(Want::Membership) => match event {
                    Ok(event) => {
                        self.on_event(consumer, event).await?;
                        next_look = Instant::now();
                    }
                    Err(error) if error.kind() == ErrorKind::Fenced => return Ok(Ended::Closed),
                    Err(error) if error.kind() == ErrorKind::Unavailable => {
                        tracing::warn!(error = %error.report(), "waiting for the group");
                        sleep(Self::LOOKS).await;
                    }
                    Err(error) => return Err(error),
                },
            }
        }
    }

    async fn on_event(&self, consumer: &mut dyn Consumer, event: ConsumerEvent) -> Result<()> {
        match event {
            ConsumerEvent::Assigned(partitions) if !partitions.is_empty() => {
                self.set(|standing| standing.role = Role::Leads);
            }
            ConsumerEvent::Revoked(partitions) => {
                self.set(|standing| standing.role = Role::Follows);
                consumer.release(&partitions).await?;
            }
            ConsumerEvent::Lost(_) => self.set(|standing| standing.role = Role::Follows),
            ConsumerEvent::Assigned(_) | ConsumerEvent::Records(_) => {}
        }
        Ok(())
    }

    fn look(&self) -> Look {
        let (broker, group) = (
            Arc::clone(&self.crew.site.broker),
            self.crew.site.group.clone(),
        );
        Look {
            asked: Instant::now(),
            answer: async move { broker.group(&group).await }.boxed(),
        }
    }

    /// Takes an answer, and returns whether this worker is among the members.
    fn on_look(&self, answer: Result<GroupDescription>, asked: Instant) -> bool {
        let group = match answer {
            Ok(group) => group,
            Err(error) => {
                tracing::debug!(error = %error.report(), "looking up the members");
                return false;
            }
        };
        let ids = group
            .members
            .iter()
            .filter_map(|member| Uuid::parse_str(&member.client_id).ok());
        let members: BTreeSet<Uuid> = ids.collect();
        let is_listed = members.contains(&self.worker());
        if group.phase == GroupPhase::Rebalancing {
            // It may wait for somebody who died until the session of that one is over. Nobody is given anything
            // meanwhile, and whoever is listed has been heard since it was expelled, if it ever was.
            return is_listed;
        }
        if !is_listed && self.standing.borrow().seat == Seat::Member {
            self.doubt("the group went on without it");
        }
        self.set(|standing| {
            if standing.members.as_ref() != &members {
                standing.members = Arc::new(members);
            }
            if is_listed {
                standing.seat = Seat::Member;
                standing.listed = Some(asked);
            }
        });
        is_listed
    }

    /// Stops running anything: others may be given what this worker has.
    fn doubt(&self, why: &str) {
        let had = self.standing.send_if_modified(|standing| {
            let had = std::mem::replace(&mut standing.seat, Seat::Uncertain) == Seat::Member;
            standing.doubts += u64::from(had);
            had
        });
        if had {
            let group = &self.crew.site.group;
            tracing::warn!(
                "group `{group}`: this worker is no certain member, and stops its tasks: {why}"
            );
        }
    }

    fn set(&self, change: impl FnOnce(&mut Standing)) {
        self.standing.send_if_modified(|standing| {
            let before = standing.clone();
            change(standing);
            *standing != before
        });
    }

    /// How long after a look was asked for that found this worker it may go on without another one.
    fn patience(&self) -> Duration {
        let Timing {
            session, heartbeat, ..
        } = self.timing;
        session.saturating_sub(heartbeat + Duration::from_secs(1))
    }

    fn jittered(&self) -> Duration {
        let looks = match *self.standing.borrow() {
            Standing {
                role: Role::Follows,
                seat: Seat::Member,
                ..
            } => Self::LOOKS,
            _ => Self::QUICK_LOOKS,
        };
        let percent = 90 + self.crew.environment.random() % 20;
        looks * u32::try_from(percent).unwrap_or(100) / 100
    }
}

async fn answered(look: &mut Option<Look>) -> Result<GroupDescription> {
    match look {
        Some(look) => (&mut look.answer).await,
        None => Err(Error::fatal("no look is under way")),
    }
}
