//! The test kit shows what it should: its suites pass on sound plugins and fail on broken ones.

mod environment;
mod sink;
mod source;
