//! Time given in whole seconds, and ticks as the thread would give them.

use proptest::prelude::*;

use super::*;

const LIMITS: Limits = Limits {
    grace: seconds(5),
    session: seconds(6),
};

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Takes events at given seconds.
struct Desk(Machine);

impl Desk {
    fn with_seats(seats: usize) -> Self {
        let mut machine = Machine::new(LIMITS);
        for seat in 0..seats {
            assert_eq!(machine.sit(), seat);
        }
        Self(machine)
    }

    fn enter(&mut self, seat: usize, now: u64, deadline: u64) -> Vec<Action> {
        let deadline = seconds(deadline);
        self.0.on(
            Event::Entered {
                seat,
                call: Call::Poll,
                deadline,
            },
            seconds(now),
        )
    }

    fn leave(&mut self, seat: usize, now: u64) -> Vec<Action> {
        self.0.on(Event::Left { seat }, seconds(now))
    }

    /// Ticks whenever the alarm says so, as the thread does, and answers pings at once; up to `now`.
    fn pass(&mut self, now: u64) -> Vec<Action> {
        self.pass_with(now, |machine, at| machine.on(Event::Answered, at))
    }

    fn pass_in_silence(&mut self, now: u64) -> Vec<Action> {
        self.pass_with(now, |_, _| Vec::new())
    }

    fn pass_with(
        &mut self,
        now: u64,
        pong: impl Fn(&mut Machine, Duration) -> Vec<Action>,
    ) -> Vec<Action> {
        let mut seen = Vec::new();
        while self.0.alarm() <= seconds(now) {
            let at = self.0.alarm();
            let actions = self.0.on(Event::Tick, at);
            if actions.contains(&Action::Ping) {
                seen.extend(pong(&mut self.0, at));
            }
            seen.extend(actions.into_iter().filter(|action| *action != Action::Ping));
        }
        seen
    }
}

#[test]
fn nothing_is_awaited_without_calls() {
    let mut desk = Desk::with_seats(3);
    assert_eq!(desk.0.alarm(), Duration::MAX);
    desk.enter(1, 0, 300);
    desk.leave(1, 1);
    assert_eq!(desk.pass(400), []);
    assert_eq!(desk.0.alarm(), Duration::MAX);
}

#[test]
fn a_call_that_returns_in_time_causes_nothing() {
    let mut desk = Desk::with_seats(1);
    desk.enter(0, 0, 300);
    assert_eq!(desk.pass(299), []);
    assert_eq!(desk.leave(0, 299), []);
    assert_eq!(desk.pass(1000), []);
}

#[test]
fn an_overdue_call_expires_once_and_counts_as_returned_when_it_drops_its_future() {
    let mut desk = Desk::with_seats(2);
    desk.enter(0, 0, 900);
    desk.enter(1, 0, 300);
    assert_eq!(desk.pass(304), [Action::Expire { seat: 1 }]);
    assert_eq!(desk.leave(1, 304), []);
    assert_eq!(desk.pass(899), []);
}

#[test]
fn an_expired_call_that_stays_is_reported_and_its_result_is_too_late() {
    let mut desk = Desk::with_seats(1);
    desk.enter(0, 10, 310);
    let report = Action::Report {
        seat: 0,
        call: Call::Poll,
        since: seconds(10),
    };
    assert_eq!(desk.pass(400), [Action::Expire { seat: 0 }, report]);
    assert_eq!(desk.leave(0, 400), [Action::TooLate { since: seconds(10) }]);
    desk.enter(0, 401, 402);
    assert_eq!(desk.leave(0, 402), [], "the next call starts anew");
}

#[test]
fn only_an_earlier_limit_wakes_the_watchdog() {
    let mut desk = Desk::with_seats(3);
    assert_eq!(desk.enter(0, 0, 300), [Action::Rearm]);
    assert_eq!(
        desk.0.alarm(),
        seconds(2),
        "the executor is asked meanwhile"
    );
    assert_eq!(desk.enter(1, 0, 300), []);
    assert_eq!(desk.enter(2, 0, 1), [Action::Rearm]);
    assert_eq!(desk.0.alarm(), seconds(1));
}

#[test]
fn a_silent_executor_is_said_once_and_so_is_its_recovery() {
    let mut desk = Desk::with_seats(1);
    desk.enter(0, 0, 300);
    assert_eq!(desk.pass(100), []);
    let silent = seconds(6);
    assert_eq!(desk.pass_in_silence(120), [Action::Stalled { silent }]);
    let recovered = Action::Recovered {
        silent: seconds(29),
    };
    let actions = desk.0.on(Event::Answered, seconds(131));
    assert_eq!(actions, [recovered, Action::Rearm]);
    assert_eq!(desk.pass(200), []);
    assert_eq!(desk.pass_in_silence(220), [Action::Stalled { silent }]);
}

#[test]
fn a_member_is_asked_also_while_no_call_is_in_progress() {
    let mut desk = Desk::with_seats(1);
    assert_eq!(desk.0.on(Event::Joined, seconds(0)), [Action::Rearm]);
    assert_eq!(desk.pass(100), []);
    let silent = seconds(6);
    assert_eq!(desk.pass_in_silence(120), [Action::Stalled { silent }]);
    assert!(desk.0.is_silent());
    assert_eq!(desk.0.on(Event::Departed, seconds(121)), []);
    assert!(desk.0.is_silent(), "it has not answered yet");
    desk.0.on(Event::Answered, seconds(122));
    assert!(!desk.0.is_silent());
    assert_eq!(desk.pass_in_silence(200), [], "nobody relies on it");
    assert_eq!(desk.0.alarm(), Duration::MAX);
}

#[test]
fn time_in_which_the_process_stood_still_counts_for_nobody() {
    let mut desk = Desk::with_seats(2);
    desk.enter(0, 0, 300);
    assert_eq!(desk.0.on(Event::Tick, seconds(2)), [Action::Ping]);
    assert_eq!(desk.0.alarm(), seconds(4));
    assert_eq!(
        desk.0.on(Event::Tick, seconds(1004)),
        [],
        "not silent, and not overdue"
    );
    assert_eq!(desk.0.on(Event::Answered, seconds(1004)), []);
    assert_eq!(desk.pass(1299), []);
    assert_eq!(desk.pass(1300), [Action::Expire { seat: 0 }]);
}

#[test]
fn a_call_that_began_after_a_standstill_is_forgiven_nothing() {
    let mut desk = Desk::with_seats(2);
    desk.enter(0, 0, 300);
    assert_eq!(desk.pass(2), []);
    assert_eq!(desk.0.alarm(), seconds(4));
    desk.enter(1, 1003, 1013);
    assert_eq!(desk.0.on(Event::Tick, seconds(1004)), [Action::Ping]);
    desk.0.on(Event::Answered, seconds(1004));
    assert_eq!(desk.pass(1013), [Action::Expire { seat: 1 }]);
    desk.leave(1, 1013);
    assert_eq!(desk.pass(1300), [Action::Expire { seat: 0 }]);
}

#[test]
fn a_vacated_seat_is_given_again() {
    let mut desk = Desk::with_seats(2);
    desk.enter(0, 0, 300);
    desk.0.vacate(0);
    assert_eq!(desk.pass(400), []);
    assert_eq!(desk.0.sit(), 0);
    assert_eq!(desk.0.sit(), 2);
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Enter { seat: usize, seconds: u64 },
    Leave(usize),
    Pass(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (0..4usize, 0..40u64).prop_map(|(seat, seconds)| Step::Enter { seat, seconds }),
        (0..4usize).prop_map(Step::Leave),
        (0..30u64).prop_map(Step::Pass),
    ]
}

proptest! {
    #[test]
    fn each_call_expires_after_its_deadline_and_is_reported_after_the_grace(
        steps in proptest::collection::vec(step(), 0..60)
    ) {
        let mut desk = Desk::with_seats(4);
        let mut deadlines = [None; 4];
        let mut now = 0;
        for step in steps {
            match step {
                Step::Enter { seat, seconds } => {
                    desk.leave(seat, now);
                    desk.enter(seat, now, now + seconds);
                    deadlines[seat] = Some(now + seconds);
                }
                Step::Leave(seat) => {
                    desk.leave(seat, now);
                    deadlines[seat] = None;
                }
                Step::Pass(seconds) => {
                    let before = now;
                    now += seconds;
                    let actions = desk.pass(now);
                    for (seat, deadline) in deadlines.iter().enumerate() {
                        // A call whose limit had passed at the last look was acted upon then.
                        let falls = |limit: u64| before < limit && limit <= now;
                        let fresh = |limit: u64| limit == before;
                        let expires = actions.contains(&Action::Expire { seat });
                        let reports = actions
                            .iter()
                            .any(|action| matches!(action, Action::Report { seat: at, .. } if *at == seat));
                        let Some(deadline) = *deadline else {
                            prop_assert!(!expires && !reports);
                            continue;
                        };
                        prop_assert!(!expires || falls(deadline) || fresh(deadline));
                        prop_assert!(expires || !falls(deadline));
                        prop_assert_eq!(reports, falls(deadline + 5));
                    }
                }
            }
        }
    }
}
