//! Workers of one group share their connectors.

mod code;
mod fixture;
mod sharing;
