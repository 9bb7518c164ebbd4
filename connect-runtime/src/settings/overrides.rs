//! [`OverridePolicy`]: which client settings a connector may override.

use connect_api::ConfigMap;

use super::problems::Problems;

/// Which client settings a connector may override: `connector.client.config.override.policy`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum OverridePolicy {
    All,
    None,
    /// What says who the client is.
    Principal,
    /// These.
    Allowlist(Vec<String>),
}

impl OverridePolicy {
    pub(super) const KEY: &str = "connector.client.config.override.policy";
    const PACKAGE: &str = "org.apache.kafka.connect.connector.policy.";
    const CLASS: &str = "ConnectorClientConfigOverridePolicy";
    const PRINCIPAL: [&str; 3] = ["sasl.jaas.config", "sasl.mechanism", "security.protocol"];

    /// Reads the policy's name, which may be Java's class.
    pub(super) fn named(text: &str, allowed: &[String]) -> Option<Self> {
        let name = text.trim();
        let name = name.strip_prefix(Self::PACKAGE).unwrap_or(name);
        match name.strip_suffix(Self::CLASS).unwrap_or(name) {
            "All" => Some(Self::All),
            "None" => Some(Self::None),
            "Principal" => Some(Self::Principal),
            "Allowlist" => Some(Self::Allowlist(allowed.to_vec())),
            _ => None,
        }
    }

    /// Notes every override of a connector that the policy forbids.
    pub(super) fn check(&self, config: &ConfigMap, problems: &mut Problems) {
        for client in ["producer", "consumer", "admin"] {
            let prefix = format!("{client}.override.");
            for (key, _) in config.with_prefix(&prefix).iter() {
                if !self.allows(key) {
                    let name = self.name();
                    problems.add(
                        format!("{prefix}{key}"),
                        format!(
                            "The '{name}' policy does not allow '{key}' to be overridden in the connector \
                             configuration."
                        ),
                    );
                }
            }
        }
    }

    fn allows(&self, key: &str) -> bool {
        match self {
            Self::All => true,
            Self::None => false,
            Self::Principal => Self::PRINCIPAL.contains(&key),
            Self::Allowlist(allowed) => allowed.iter().any(|known| known == key),
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Self::All => "All",
            Self::None => "None",
            Self::Principal => "Principal",
            Self::Allowlist(_) => "Allowlist",
        }
    }
}
