//! That the lab does what tests rely on.
#![expect(
    clippy::unwrap_used,
    reason = "a test ends where something is not as it says"
)]

mod clients;
mod registry;
