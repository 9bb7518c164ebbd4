//! The traits carry the real connectors: shapes of six of them, against invented clients.
//!
//! They are compiled and registered, and never run.
#![expect(dead_code, reason = "what is never run is never read")]

mod elasticsearch;
mod jdbc_sink;
mod jdbc_source;
mod mirror;
mod postgres_cdc;
mod s3_sink;

use connect_api::{Build, ConfigMap, Plugin, UnknownKeys};

/// What an invented client answers.
type Reply<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

fn plugins() -> Vec<Plugin> {
    vec![
        elasticsearch::plugin(),
        jdbc_sink::plugin(),
        jdbc_source::plugin(),
        mirror::plugin(),
        postgres_cdc::plugin(),
        s3_sink::plugin(),
    ]
}

#[test]
fn every_option_of_a_sketch_is_documented() {
    for plugin in plugins() {
        for key in plugin.config().keys() {
            assert_ne!(key.documentation(), "", "{}: {}", plugin.name(), key.name());
        }
    }
}

#[test]
fn building_a_sketch_touches_nothing() {
    let options = ConfigMap::from([
        ("url", "invented://host"),
        ("bucket", "invented"),
        ("slot", "invented"),
        ("topics", "a,b"),
    ]);
    for plugin in plugins() {
        let own = plugin.config().select(&options);
        let built = match plugin.build() {
            Build::Source(build) => build(&own, UnknownKeys::Refuse).map(drop),
            Build::Sink(build) => build(&own, UnknownKeys::Refuse).map(drop),
            other => panic!("{} is a {}", plugin.name(), other.kind()),
        };
        assert!(built.is_ok(), "{}: {built:?}", plugin.name());
    }
}
