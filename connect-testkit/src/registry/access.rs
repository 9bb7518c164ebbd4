//! [`Access`]: who is answered.

use std::collections::BTreeSet;

use super::server::MockRequest;

/// Who is answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Access {
    /// Everybody.
    #[default]
    Everybody,
    /// Who sends this header `Authorization`, such as `Bearer abc`.
    Header(String),
    /// Who has a token, which this client gets for its credentials.
    OAuth {
        /// The header `Authorization` of the client that asks for a token.
        client: String,
        /// For how many seconds a token is said to count; the answer does not say without.
        expires_in: Option<u64>,
    },
}

/// The tokens that were given.
#[derive(Default)]
pub(super) struct Tokens {
    given: usize,
    valid: BTreeSet<String>,
}

impl Tokens {
    pub(super) fn give(&mut self) -> String {
        self.given += 1;
        let token = format!("token-{}", self.given);
        self.valid.insert(token.clone());
        token
    }

    pub(super) fn revoke(&mut self) {
        self.valid.clear();
    }
}

impl Access {
    pub(super) fn admits(&self, request: &MockRequest, tokens: &Tokens) -> bool {
        let sent = request.header("authorization").unwrap_or_default();
        match self {
            Self::Everybody => true,
            Self::Header(header) => sent == header,
            Self::OAuth { .. } => sent
                .strip_prefix("Bearer ")
                .is_some_and(|token| tokens.valid.contains(token)),
        }
    }
}
