//! [`fingerprint`]: whether two configurations are the same.

use connect_api::ConfigMap;
use siphasher::sip::SipHasher13;

/// Returns what tells one configuration from another.
pub(crate) fn fingerprint(config: &ConfigMap) -> u64 {
    let mut text = Vec::new();
    for (key, value) in config.iter() {
        for part in [key, value] {
            text.extend_from_slice(&part.len().to_le_bytes());
            text.extend_from_slice(part.as_bytes());
        }
    }
    SipHasher13::new().hash(&text)
}
