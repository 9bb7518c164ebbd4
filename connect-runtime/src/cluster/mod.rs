//! A cluster: workers of one group that share their connectors through the brokers alone.

mod assignment;
mod leader;
