//! A small safe API over librdkafka, for what Connect's Kafka broker needs.
//!
//! It sits on `rdkafka-sys` alone. Batches go in with one call per record and one answer per batch, and come out a
//! thousand at a time; nothing here polls, sleeps or owns a thread, but for the end of a client. Answers of librdkafka
//! arrive in queues that wake the task that waits. Calls that block say so: the caller runs them where that is allowed.

pub mod admin;
mod calls;
mod client;
mod config;
mod consumer;
mod deliveries;
mod error;
mod log_reader;
mod message;
mod native;
mod partitions;
mod positions;
mod producer;
mod queue;
mod topic;

pub use self::{
    admin::Admin,
    config::Config,
    consumer::{Consumer, Membership},
    deliveries::Failures,
    error::{Code, Error},
    log_reader::LogReader,
    message::{FoundHeaders, Message, Messages},
    partitions::{Answer, Place},
    producer::{Batch, Headers, Producer, Record},
    topic::Topic,
};
