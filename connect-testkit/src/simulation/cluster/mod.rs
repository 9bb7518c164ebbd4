//! The seeded simulation of a cluster: several workers, and everything that can come between them.
//!
//! One seed decides how many workers there are, what they are asked to do, and what goes wrong. Workers join, leave, die
//! with and without a word, are cut off for less and for more than their session, and stop at the worst moment to go on
//! as if nothing had happened. Connectors are created, also at two workers at once, given other configurations, paused,
//! stopped, restarted and deleted, through whichever worker. At last all heals, and an oracle compares what is there
//! with what was put in and what was answered.
//!
//! While it happens, a census looks at who has which task open: two workers never, unless one of them
//! may not write any more.

mod application;
mod census;
mod chaos;
mod ledger;
mod oracle;
mod plan;
mod runs;
mod topics;
mod watched;
mod world;

pub use self::runs::{run, run_all};
