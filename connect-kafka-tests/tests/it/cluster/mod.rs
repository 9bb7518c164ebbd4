//! Processes that share connectors as a cluster: killed, stopped or blocked past their session, and ended in order.
//!
//! A source counts as far as it is fed, into a topic, and a sink stores its offsets with what it reads from there.
//! Whoever runs them, each number has to be in the topic once and in order, and in the sink once.

mod blocked;
mod chain;
mod chaos;
mod control;
mod counter;
mod member;
mod program;
mod scene;
mod takeovers;
