//! Workers of one group share their connectors.

mod blocked;
mod code;
mod deletion;
mod fixture;
mod large;
mod requests;
mod sharing;
mod splitting;
