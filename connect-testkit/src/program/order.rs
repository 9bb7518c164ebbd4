//! [`Order`]: what a parent tells its child.

use std::fmt;

use connect_runtime::Milestone;

use super::census::milestone;

/// What a program is to do, besides its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    Run,
    Kill(Milestone, u64),
    Stop(Milestone, u64),
}

/// When the thread goes on that came to where the process was stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Release {
    Now,
    /// When another thread comes there.
    After(Milestone),
}

impl Order {
    /// The environment variable that holds it.
    pub(super) const VARIABLE: &str = "CONNECT_ERRAND";

    /// Reads what [`Display`](fmt::Display) writes.
    pub(super) fn read(text: &str) -> Option<Self> {
        let mut words = text.split(' ');
        let what = words.next()?;
        if what == "run" {
            return Some(Self::Run);
        }
        let (at, nth) = (milestone(words.next()?)?, words.next()?.parse().ok()?);
        match what {
            "kill" => Some(Self::Kill(at, nth)),
            "stop" => Some(Self::Stop(at, nth)),
            _ => None,
        }
    }
}

impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Run => f.write_str("run"),
            Self::Kill(at, nth) => write!(f, "kill {at} {nth}"),
            Self::Stop(at, nth) => write!(f, "stop {at} {nth}"),
        }
    }
}

impl Release {
    /// Reads what [`Display`](fmt::Display) writes.
    pub(super) fn read(text: &str) -> Option<Self> {
        match text.trim_end().split_once(' ') {
            None if text.trim_end() == "now" => Some(Self::Now),
            Some(("after", name)) => milestone(name).map(Self::After),
            _ => None,
        }
    }
}

impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Now => f.write_str("now"),
            Self::After(milestone) => write!(f, "after {milestone}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_is_read_as_it_was_written() {
        let at = Milestone::BrokerCommitted;
        for order in [Order::Run, Order::Kill(at, 1), Order::Stop(at, 20)] {
            assert_eq!(Order::read(&order.to_string()), Some(order));
        }
        assert_eq!(Order::read("kill Nowhere 1"), None);
        assert_eq!(Order::read("kill BrokerCommitted"), None);
    }

    #[test]
    fn a_release_is_read_as_it_was_written() {
        for release in [Release::Now, Release::After(Milestone::BrokerCommitted)] {
            assert_eq!(Release::read(&format!("{release}\n")), Some(release));
        }
        assert_eq!(Release::read(""), None);
    }
}
