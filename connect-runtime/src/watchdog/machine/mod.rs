//! [`Machine`]: which calls are in progress, and which of them are late.

#[cfg(test)]
mod tests;

use std::time::Duration;

use super::Call;

/// How long the watchdog waits before it acts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// How long an overdue call may take to be dropped before its thread counts as blocked.
    pub(crate) grace: Duration,
    /// How long the executor may be silent.
    pub(crate) session: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            grace: Duration::from_secs(5),
            session: Duration::from_secs(6),
        }
    }
}

/// A [`Tick`](Event::Tick) that comes this late means that the process itself was stopped.
const LATE: Duration = Duration::from_secs(1);

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// A call began; it may take until `deadline`.
    Entered {
        seat: usize,
        call: Call,
        deadline: Duration,
    },
    /// A call returned, panicked or was dropped.
    Left { seat: usize },
    /// The worker is a member of its group from now on.
    Joined,
    /// The worker is none any more.
    Departed,
    /// The executor ran the ping.
    Answered,
    /// The moment of [`Machine::alarm`] has come, or somebody woke the watchdog.
    Tick,
}

/// What to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// The alarm is earlier now: wake the watchdog.
    Rearm,
    /// Drop the future of this call.
    Expire { seat: usize },
    /// Tell the supervisor: this call blocks its thread.
    Report {
        seat: usize,
        call: Call,
        since: Duration,
    },
    /// The call that left had been reported: its result does not count.
    TooLate { since: Duration },
    /// Ask the executor for a sign of life.
    Ping,
    /// The executor did not answer for this long: name the calls, close the clients, leave the group.
    Stalled { silent: Duration },
    /// It answers again, after this long.
    Recovered { silent: Duration },
}

/// Which calls are in progress, and which of them are late: no clock, no thread.
///
/// Each task and each connector actor has a seat, and at most one call in progress. Moments are those of
/// [`Environment::elapsed`](crate::Environment::elapsed).
#[derive(Debug)]
pub(super) struct Machine {
    limits: Limits,
    seats: Vec<Seat>,
    standing: Standing,
    executor: Executor,
    /// When the next [`Event::Tick`] is due.
    alarm: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Seat {
    Vacant,
    Idle,
    Running {
        call: Call,
        since: Duration,
        deadline: Duration,
    },
    /// Asked to drop its future; `patience` is when that has taken too long.
    Overdue {
        call: Call,
        since: Duration,
        patience: Duration,
    },
    /// Reported.
    Stuck {
        call: Call,
        since: Duration,
    },
}

/// Whether others rely on the executor, also while no call is in progress.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    Alone,
    Member,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Executor {
    /// Nobody asks, because no call is in progress and nobody else relies on it.
    Quiet,
    Asked {
        at: Duration,
    },
    Answered {
        asked: Duration,
    },
    /// It did not answer for a session, and that was said.
    Silent {
        since: Duration,
    },
}

impl Machine {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            limits,
            seats: Vec::new(),
            standing: Standing::Alone,
            executor: Executor::Quiet,
            alarm: Duration::MAX,
        }
    }

    /// Returns when the next [`Event::Tick`] is due.
    pub(super) fn alarm(&self) -> Duration {
        self.alarm
    }

    /// Returns whether the executor did not answer for a session, and does not yet.
    pub(super) fn is_silent(&self) -> bool {
        matches!(self.executor, Executor::Silent { .. })
    }

    /// Returns a seat for a task or a connector.
    pub(super) fn sit(&mut self) -> usize {
        let vacant = self.seats.iter().position(|seat| *seat == Seat::Vacant);
        let seat = vacant.unwrap_or_else(|| {
            self.seats.push(Seat::Vacant);
            self.seats.len() - 1
        });
        self.seats[seat] = Seat::Idle;
        seat
    }

    /// Takes a seat back.
    pub(super) fn vacate(&mut self, seat: usize) {
        self.seats[seat] = Seat::Vacant;
    }

    /// Returns the calls in progress: seat, call, and when it began.
    pub(super) fn running(&self) -> impl Iterator<Item = (usize, Call, Duration)> {
        self.seats
            .iter()
            .enumerate()
            .filter_map(|(at, seat)| match *seat {
                Seat::Vacant | Seat::Idle => None,
                Seat::Running { call, since, .. }
                | Seat::Overdue { call, since, .. }
                | Seat::Stuck { call, since } => Some((at, call, since)),
            })
    }

    /// Takes `event` at the moment `now`.
    pub(super) fn on(&mut self, event: Event, now: Duration) -> Vec<Action> {
        match event {
            Event::Entered {
                seat,
                call,
                deadline,
            } => self.entered(seat, call, deadline, now),
            Event::Left { seat } => match std::mem::replace(&mut self.seats[seat], Seat::Idle) {
                Seat::Stuck { since, .. } => vec![Action::TooLate { since }],
                Seat::Vacant | Seat::Idle | Seat::Running { .. } | Seat::Overdue { .. } => {
                    Vec::new()
                }
            },
            Event::Joined => {
                self.standing = Standing::Member;
                self.ask_from(now);
                self.arm(now.saturating_add(self.interval()))
            }
            Event::Departed => {
                self.standing = Standing::Alone;
                Vec::new()
            }
            Event::Answered => self.answered(now),
            Event::Tick => self.tick(now),
        }
    }

    fn entered(
        &mut self,
        seat: usize,
        call: Call,
        deadline: Duration,
        now: Duration,
    ) -> Vec<Action> {
        self.seats[seat] = Seat::Running {
            call,
            since: now,
            deadline,
        };
        self.ask_from(now);
        self.arm(deadline.min(now.saturating_add(self.interval())))
    }

    /// Has the executor asked from now on.
    fn ask_from(&mut self, now: Duration) {
        if self.executor == Executor::Quiet {
            self.executor = Executor::Answered { asked: now };
        }
    }

    /// Brings the alarm forward to `moment` unless it is earlier already.
    fn arm(&mut self, moment: Duration) -> Vec<Action> {
        if moment >= self.alarm {
            return Vec::new();
        }
        self.alarm = moment;
        vec![Action::Rearm]
    }

    fn answered(&mut self, now: Duration) -> Vec<Action> {
        match self.executor {
            Executor::Asked { at } => {
                // No alarm: the one for the silence comes soon enough to ask again.
                self.executor = Executor::Answered { asked: at };
                Vec::new()
            }
            Executor::Silent { since } => {
                self.executor = Executor::Answered { asked: now };
                let mut actions = vec![Action::Recovered {
                    silent: now.saturating_sub(since),
                }];
                actions.extend(self.arm(now.saturating_add(self.interval())));
                actions
            }
            Executor::Quiet | Executor::Answered { .. } => Vec::new(),
        }
    }

    fn tick(&mut self, now: Duration) -> Vec<Action> {
        let late = now.saturating_sub(self.alarm);
        if late > LATE {
            self.forgive(late);
        }
        let mut actions = Vec::new();
        for (at, seat) in self.seats.iter_mut().enumerate() {
            actions.extend(seat.tick(at, now, self.limits.grace));
        }
        actions.extend(self.ask(now));
        let seats = self.seats.iter().filter_map(Seat::alarm).min();
        let alarm = [seats, self.executor_alarm(now)]
            .into_iter()
            .flatten()
            .min();
        self.alarm = alarm.unwrap_or(Duration::MAX);
        actions
    }

    /// Adds the time that the whole process stood still to the limit of everybody who stood still with it.
    ///
    /// A call that began after the missed alarm began after the standstill: none of its time was lost.
    fn forgive(&mut self, late: Duration) {
        let missed = self.alarm;
        for seat in &mut self.seats {
            match seat {
                Seat::Running {
                    since,
                    deadline: limit,
                    ..
                }
                | Seat::Overdue {
                    since,
                    patience: limit,
                    ..
                } if *since < missed => {
                    *limit = limit.saturating_add(late);
                }
                Seat::Vacant
                | Seat::Idle
                | Seat::Running { .. }
                | Seat::Overdue { .. }
                | Seat::Stuck { .. } => {}
            }
        }
        if let Executor::Asked { at } = &mut self.executor {
            *at = at.saturating_add(late);
        }
    }

    fn ask(&mut self, now: Duration) -> Option<Action> {
        let interval = self.interval();
        match self.executor {
            Executor::Answered { asked } if asked.saturating_add(interval) <= now => {
                if self.standing == Standing::Alone && self.running().next().is_none() {
                    self.executor = Executor::Quiet;
                    return None;
                }
                self.executor = Executor::Asked { at: now };
                Some(Action::Ping)
            }
            Executor::Asked { at } if at.saturating_add(self.limits.session) <= now => {
                self.executor = Executor::Silent { since: at };
                Some(Action::Stalled {
                    silent: now.saturating_sub(at),
                })
            }
            Executor::Quiet
            | Executor::Asked { .. }
            | Executor::Answered { .. }
            | Executor::Silent { .. } => None,
        }
    }

    fn executor_alarm(&self, now: Duration) -> Option<Duration> {
        let interval = self.interval();
        match self.executor {
            Executor::Quiet | Executor::Silent { .. } => None,
            Executor::Answered { asked } => Some(asked.saturating_add(interval)),
            Executor::Asked { at } => {
                let again = at.saturating_add(interval);
                let silent = at.saturating_add(self.limits.session);
                Some(if now < again { again } else { silent })
            }
        }
    }

    /// How often the executor is asked.
    fn interval(&self) -> Duration {
        self.limits.session / 3
    }
}

impl Seat {
    fn tick(&mut self, at: usize, now: Duration, grace: Duration) -> Option<Action> {
        match *self {
            Self::Running {
                call,
                since,
                deadline,
            } if deadline <= now => {
                *self = Self::Overdue {
                    call,
                    since,
                    patience: now.saturating_add(grace),
                };
                Some(Action::Expire { seat: at })
            }
            Self::Overdue {
                call,
                since,
                patience,
            } if patience <= now => {
                *self = Self::Stuck { call, since };
                Some(Action::Report {
                    seat: at,
                    call,
                    since,
                })
            }
            Self::Vacant
            | Self::Idle
            | Self::Running { .. }
            | Self::Overdue { .. }
            | Self::Stuck { .. } => None,
        }
    }

    fn alarm(&self) -> Option<Duration> {
        match *self {
            Self::Running {
                deadline: limit, ..
            }
            | Self::Overdue {
                patience: limit, ..
            } => Some(limit),
            Self::Vacant | Self::Idle | Self::Stuck { .. } => None,
        }
    }
}
