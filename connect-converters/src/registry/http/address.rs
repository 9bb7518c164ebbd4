//! [`Addresses`]: where a registry answers, and where it did last.

use std::sync::atomic::{AtomicUsize, Ordering};

use base64::{Engine, engine::general_purpose::STANDARD};
use connect_api::{ConfigProblem, Error, Result, Secret};

use reqwest::header::HeaderValue;

use super::{
    super::{RegistryConfig, settings},
    sensitive,
};

const KEY: &str = "schema.registry.url";

/// The addresses of a registry: what answered last is asked first.
pub(super) struct Addresses {
    all: Vec<Address>,
    current: AtomicUsize,
}

/// One address.
pub(super) struct Address {
    /// Without credentials, and without a slash at its end.
    pub(super) base: String,
    /// `user:password`, if the address said so, and the header with it.
    pub(super) user_info: Option<Secret>,
    pub(super) authorization: Option<HeaderValue>,
}

impl Addresses {
    pub(super) fn new(config: &RegistryConfig) -> Result<Self> {
        let all = config
            .schema_registry_url
            .iter()
            .map(|url| Address::new(url.expose(), &url.to_string()))
            .collect::<Result<Vec<_>>>()?;
        if all.is_empty() {
            let problem = ConfigProblem::invalid(KEY, "", "expected one address at least");
            return Err(Error::from(problem));
        }
        let first = match config.schema_registry_url_randomize {
            true => fastrand::usize(..all.len()),
            false => 0,
        };
        Ok(Self {
            all,
            current: AtomicUsize::new(first),
        })
    }

    pub(super) fn all(&self) -> &[Address] {
        &self.all
    }

    /// Lists every address once, the one that answered last in front.
    pub(super) fn in_turn(&self) -> impl Iterator<Item = (usize, &Address)> {
        let first = self.current.load(Ordering::Relaxed);
        let count = self.all.len();
        (first..first + count).map(move |index| (index % count, &self.all[index % count]))
    }

    /// Passes the turn to the next address, unless somebody else did.
    pub(super) fn fail(&self, index: usize) {
        let next = (index + 1) % self.all.len();
        let _ = self
            .current
            .compare_exchange(index, next, Ordering::Relaxed, Ordering::Relaxed);
    }
}

impl Address {
    fn new(written: &str, shown: &str) -> Result<Self> {
        let mut url = settings::address(KEY, written, shown)?;
        let user_info = (!url.username().is_empty()).then(|| {
            let password = url.password().unwrap_or_default();
            Secret::new(format!("{}:{}", decoded(url.username()), decoded(password)))
        });
        // Neither fails for http, which has credentials.
        let _ = url.set_username("");
        let _ = url.set_password(None);
        let header = user_info
            .as_ref()
            .map(|info| sensitive(KEY, &basic(info.expose())));
        Ok(Self {
            authorization: header.transpose()?,
            base: url.as_str().trim_end_matches('/').to_owned(),
            user_info,
        })
    }

    pub(super) fn is_encrypted(&self) -> bool {
        self.base.starts_with("https:")
    }
}

/// Writes the header `Authorization` for `user:password`.
pub(super) fn basic(user_info: &str) -> String {
    format!("Basic {}", STANDARD.encode(user_info))
}

/// Undoes percent-encoding, where there is one.
fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let digits = (bytes[at] == b'%')
            .then(|| text.get(at + 1..at + 3))
            .flatten();
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                out.push(byte);
                at += 3;
            }
            None => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(urls: &[&str]) -> Addresses {
        Addresses::new(&RegistryConfig::new(urls.iter().copied())).unwrap()
    }

    fn bases(addresses: &Addresses) -> Vec<&str> {
        let bases = addresses
            .in_turn()
            .map(|(_, address)| address.base.as_str());
        bases.collect()
    }

    #[test]
    fn the_address_that_answered_last_is_asked_first() {
        let addresses = addresses(&["http://a/", "http://b", "http://c/x/"]);
        assert_eq!(bases(&addresses), ["http://a", "http://b", "http://c/x"]);
        addresses.fail(0);
        addresses.fail(0);
        assert_eq!(bases(&addresses), ["http://b", "http://c/x", "http://a"]);
    }

    #[test]
    fn credentials_leave_the_address() {
        let addresses = addresses(&["http://us%40er:p%3Ass@a:8081"]);
        let address = &addresses.all()[0];
        assert_eq!(address.base, "http://a:8081");
        let user_info = address.user_info.as_ref().unwrap().expose();
        assert_eq!(user_info, "us@er:p:ss");
    }
}
