//! The seeded simulation of a cluster: several workers, and everything that can come between them.
//!
//! One seed decides how many workers there are, what they are asked to do, and what goes wrong. Workers join, leave, die
//! with and without a word, are cut off for less and for more than their session, and stop at the worst moment to go on
//! as if nothing had happened. Connectors are created, also at two workers at once, given other configurations, paused,
//! stopped, restarted and deleted, through whichever worker; their offsets are changed. One more is a value of the
//! application, of which newer and older releases are started. The wall clocks of workers jump. At last all heals, and
//! an oracle compares what is there with what was put in and what was answered.
//!
//! While it happens, a census looks at who has which task open: two workers never, unless one of them may not write any
//! more, and no older release once a newer one is known. A history of who was given what tells whether a unit was
//! quarantined for a reason. In the end somebody joins, leaves or dies, and nothing moves that need not.

mod aftermath;
mod alterations;
mod application;
mod balance;
mod census;
mod chaos;
mod history;
mod ledger;
mod operating;
mod oracle;
mod plan;
mod runs;
mod sleeper;
mod topics;
mod watched;
mod world;

pub use self::runs::{run, run_all};
