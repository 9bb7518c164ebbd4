//! Workers of one group share their connectors.

mod fixture;
mod sharing;
