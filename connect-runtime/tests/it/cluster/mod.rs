//! Workers of one group share their connectors.

mod blocked;
mod code;
mod fixture;
mod requests;
mod sharing;
