//! Claims about the client of a schema registry.

mod addresses;
mod config;
mod credentials;
mod endpoints;
mod tls;
mod trouble;

use connect_api::Millis;
use connect_converters::registry::{Client, HttpConfig, RegistryConfig, SchemaText, SchemaType};
use connect_testkit::registry::MockRegistry;

const STRING: &str = "\"string\"";

fn config(mock: &MockRegistry) -> RegistryConfig {
    config_for([mock.url()])
}

/// Repeats twice, at once.
fn config_for(urls: impl IntoIterator<Item = String>) -> RegistryConfig {
    let mut http = HttpConfig::default();
    http.max_retries = 2;
    http.retries_wait_ms = Millis::new(0);
    http.retries_max_wait_ms = Millis::new(0);
    let mut config = RegistryConfig::new(urls);
    config.http = http;
    config
}

fn client(config: &RegistryConfig) -> Client {
    Client::new(config).unwrap()
}

fn avro(text: &str) -> SchemaText {
    SchemaText::new(SchemaType::Avro, text)
}
