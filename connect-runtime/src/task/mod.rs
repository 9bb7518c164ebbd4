//! One incarnation of a task: open the plugin, drive it, end it.
//!
//! Whoever supervises a task calls [`run`] again after an end; what an end means is said by [`Ended`]. Nothing in here
//! restarts, counts or waits between incarnations.

mod attempts;
mod background;
mod budget;
mod chain;
mod creation;
mod dead_letters;
mod decode;
mod encode;
mod failure;
mod host;
mod options;
mod pulse;
mod rate;
mod right;
mod setup;
mod signals;
mod sink;
mod source;
#[cfg(test)]
mod tests;
mod topics;

use connect_api::Error;

pub(crate) use self::{
    attempts::{Attempts, Interrupted, Lacking, Verdict},
    background::{Background, EndsWithTask},
    budget::{Budget, Share},
    chain::Chain,
    creation::{TopicCreation, TopicGroup},
    dead_letters::{DeadLetters, LetterOptions, SourceAt},
    decode::{Decoder, raw_headers},
    encode::Encoder,
    failure::{ErrorPolicy, Failure, StageName},
    host::TaskHost,
    options::{
        Boundary, ContextHeaders, DeadLetterOptions, Delivery, ErrorLog, RetryOptions, SinkOptions,
        SourceOptions, TaskOptions, Tolerance,
    },
    pulse::Pulse,
    rate::RateLimit,
    right::Right,
    setup::{Applies, Codec, Condition, Setup, Site, Stage, Stages, Work},
    signals::Signals,
    topics::Topics,
};
pub(crate) use crate::backoff::Backoff;

/// How an incarnation ended.
#[derive(Debug)]
pub(crate) enum Ended {
    /// As asked, with everything settled that could be.
    Stopped,
    /// By an error; its kind says what comes next.
    ///
    /// - `Unavailable`: open anew after backoff, without limit.
    /// - `Fenced`: check the right, then open anew or fail for good.
    /// - `Config`: fail for good.
    /// - `Rejected`, `Fatal` (panics and deadlines included): the restart policy counts it.
    Failed(Error),
}

/// Opens the task, drives it until `stop` or an error, and closes it.
///
/// # Contract
///
/// - The plugin's task value lives and dies in here; it is dropped on every way out, before this returns.
/// - Dropping this future is a crash: the clients must be closed through `calls` then, and nothing is settled.
pub(crate) async fn run(setup: Setup) -> Ended {
    let ended = match &setup.work {
        Work::Source { connector, config } => source::run(&setup, connector, config).await,
        Work::Sink { connector } => sink::run(&setup, connector).await,
    };
    if let Ended::Failed(_) = &ended {
        // What is under way will be read and written again: it must not arrive after that.
        setup.calls.close_clients();
    }
    ended
}
