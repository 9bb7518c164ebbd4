//! What workers and connectors are told: from keys and texts to plans.
//!
//! Everything that is wrong is said at once, and nothing outside the process is touched: accepting a configuration
//! is building the plugins that it names.

mod codec;
mod draft;
mod keys;
mod mode;
mod options;
mod overrides;
mod parts;
mod plan;
mod planner;
mod problems;
mod providers;
mod references;
mod stages;
#[cfg(test)]
mod tests;
mod topics;
mod unused;
mod worker;

pub(crate) use self::{
    mode::Mode,
    plan::{
        Connector, Converters, Excess, FromCode, Plan, Provenance, TransformFromCode, type_name,
    },
    planner::{Planner, definition},
    references::{Resolved, Resolver},
    unused::UNUSED,
    worker::{Storage, Switch, WorkerSettings},
};
