//! Options: from a struct to a definition, and from texts to the struct.

mod definition;
mod own_rules;
mod parsing;
mod shapes;

use std::{collections::BTreeMap, num::NonZeroU16};

use connect_api::{Error, ErrorKind, Millis, Secret, TypedConfig, UnknownKeys};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Options with one key of each sort.
#[derive(Debug, PartialEq, Deserialize, JsonSchema)]
struct Options {
    /// Where the shop
    /// answers.
    ///
    /// With the port.
    #[schemars(extend(
        "x-importance" = "high",
        "x-group" = "Connection",
        "x-width" = "long",
        "x-display-name" = "URL",
        "x-dependents" = ["user"]
    ))]
    #[schemars(length(min = 1))]
    url: String,
    #[schemars(extend("x-group" = "Connection"))]
    user: Option<String>,
    #[schemars(extend("x-group" = "Connection", "x-order" = 5))]
    password: Option<Secret>,
    #[serde(default = "sixteen")]
    batch_max_rows: NonZeroU16,
    #[serde(rename = "poll.interval_ms", default = "second")]
    poll: Millis,
    #[serde(default)]
    tables: Vec<String>,
    #[serde(default = "ports")]
    #[schemars(inner(range(min = 1)))]
    ports: Vec<i32>,
    #[serde(default)]
    mode: Mode,
    #[schemars(extend("x-case" = "insensitive"))]
    level: Option<Level>,
    #[serde(default = "half")]
    #[schemars(range(min = 0.0, max = 1.0))]
    ratio: f64,
    #[serde(default)]
    dry: bool,
    #[schemars(extend("x-type" = "CLASS"))]
    format: Option<String>,
    #[serde(flatten)]
    retry: Retry,
    proxy: Option<Proxy>,
    producer: BTreeMap<String, String>,
}

#[derive(Debug, PartialEq, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Retry {
    #[schemars(range(max = 100))]
    max_retries: u32,
}

#[derive(Debug, PartialEq, Deserialize, JsonSchema)]
struct Proxy {
    host: String,
    #[serde(default)]
    non_proxy_hosts: Vec<String>,
}

#[derive(Debug, PartialEq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Mode {
    /// Everything.
    #[default]
    All,
    /// New rows only.
    NewRows,
}

#[derive(Debug, PartialEq, Deserialize, JsonSchema)]
enum Level {
    Low,
    High,
}

fn sixteen() -> NonZeroU16 {
    NonZeroU16::new(16).unwrap()
}

fn second() -> Millis {
    Millis::new(1000)
}

fn ports() -> Vec<i32> {
    vec![80, 443]
}

fn half() -> f64 {
    0.5
}

fn parse<T: TypedConfig>(entries: &[(&str, &str)]) -> connect_api::Result<T> {
    T::parse(&entries.iter().copied().collect(), UnknownKeys::Refuse)
}

#[track_caller]
fn refused<T: TypedConfig>(entries: &[(&str, &str)]) -> Error {
    let Err(error) = parse::<T>(entries) else {
        panic!("it was accepted");
    };
    assert_eq!(error.kind(), ErrorKind::Config);
    error
}

#[track_caller]
fn check<T: TypedConfig>(entries: &[(&str, &str)], messages: &[&str]) {
    assert_eq!(refused::<T>(entries).to_string(), messages.join("\n"));
}
