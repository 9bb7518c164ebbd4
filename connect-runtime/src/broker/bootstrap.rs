//! [`Bootstrap`]: what `bootstrap.servers` names.

use std::path::PathBuf;

use connect_api::ConfigProblem;

/// What `bootstrap.servers` names.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "whoever opens a broker has to know each kind"
)]
pub enum Bootstrap {
    /// An embedded broker in memory: `embedded:memory`.
    Memory,
    /// An embedded broker in a directory: `embedded:<directory>`.
    Directory(PathBuf),
    /// Some brokers of a Kafka cluster: `host:port[,host:port…]`.
    Kafka(String),
}

impl Bootstrap {
    /// The key of Kafka's that names it.
    pub const KEY: &str = "bootstrap.servers";

    /// What is expected there.
    pub const EXPECTED: &str =
        "`embedded:<directory>`, `embedded:memory` or brokers of Kafka as `host:port[,host:port…]`";

    /// Reads what `bootstrap.servers` says.
    ///
    /// # Errors
    ///
    /// It is neither an embedded broker nor a list of hosts with ports, or Kafka, and this program was built without it.
    pub fn parse(text: &str) -> Result<Self, ConfigProblem> {
        let refuse = |reason: String| {
            ConfigProblem::invalid(Self::KEY, text, reason).with_expected(Self::EXPECTED)
        };
        match text.trim().strip_prefix("embedded:") {
            Some("memory") => return Ok(Self::Memory),
            Some("") => return Err(refuse(format!("Must be {}", Self::EXPECTED))),
            Some(directory) => return Ok(Self::Directory(directory.into())),
            None => {}
        }
        let servers: Vec<_> = text
            .split(',')
            .map(str::trim)
            .filter(|server| !server.is_empty())
            .collect();
        if servers.is_empty() || !servers.iter().all(|server| is_server(server)) {
            return Err(refuse(format!("Must be {}", Self::EXPECTED)));
        }
        if cfg!(not(feature = "kafka")) {
            let reason = "Must be an embedded broker: this program was built without the feature `kafka` of \
                          connect-runtime";
            return Err(refuse(reason.to_owned()));
        }
        Ok(Self::Kafka(servers.join(",")))
    }
}

/// Whether it is a host with a port; as in Java, the protocol may stand before it.
fn is_server(text: &str) -> bool {
    let address = text.split_once("://").map_or(text, |(_, address)| address);
    address.rsplit_once(':').is_some_and(|(host, port)| {
        !host.is_empty() && port.parse::<u16>().is_ok_and(|port| port > 0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_named_is_an_embedded_broker_or_kafka() {
        let of = |text: &str| Bootstrap::parse(text).ok();
        assert_eq!(of("embedded:memory"), Some(Bootstrap::Memory));
        let directory = Bootstrap::Directory("a/b".into());
        assert_eq!(of(" embedded:a/b "), Some(directory));
        if cfg!(feature = "kafka") {
            let kafka = |servers: &str| Some(Bootstrap::Kafka(servers.to_owned()));
            assert_eq!(of("localhost:9092"), kafka("localhost:9092"));
            assert_eq!(of("a:1, SSL://b:2,"), kafka("a:1,SSL://b:2"));
            assert_eq!(of("[::1]:9092"), kafka("[::1]:9092"));
        }
    }

    #[test]
    fn anything_else_is_refused_with_what_was_expected() {
        for wrong in [
            "",
            "embedded:",
            "embeded:a/b",
            "localhost",
            "localhost:0",
            ":9092",
            "a:1,b",
        ] {
            let problem = Bootstrap::parse(wrong).unwrap_err();
            assert_eq!(problem.expected(), Some(Bootstrap::EXPECTED), "{wrong}");
        }
    }

    #[cfg(not(feature = "kafka"))]
    #[test]
    fn kafka_is_refused_by_a_program_without_it() {
        let problem = Bootstrap::parse("localhost:9092").unwrap_err();
        assert!(problem.message().contains("feature `kafka`"), "{problem:?}");
    }
}
