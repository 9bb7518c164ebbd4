//! [`Exchange`]: one request, one answer.

use connect_api::Secret;
use reqwest::{RequestBuilder, Response, StatusCode, header::HeaderValue};
use serde::{Deserialize, de::DeserializeOwned};

use super::{
    super::Refusal,
    failure::{Failure, What, beginning, retry_after},
};

/// The most bytes that an answer may have.
const MOST_BYTES: usize = 32 << 20;

/// The most bytes of a registry's words that an error holds.
const MOST_SHOWN: usize = 16 << 10;

/// Makes requests, and shows of the answers nothing that is secret.
pub(super) struct Exchange {
    secrets: Vec<Secret>,
}

/// What a registry answers instead of what it was asked for.
#[derive(Deserialize)]
struct ErrorBody {
    error_code: i32,
    #[serde(default)]
    message: String,
}

impl Exchange {
    /// Hides these secrets wherever an answer repeats them.
    pub(super) fn new(secrets: Vec<Secret>) -> Self {
        Self { secrets }
    }

    /// Asks, and returns the body of an answer that says yes.
    pub(super) async fn ask(
        &self,
        request: RequestBuilder,
        doing: &str,
        authorization: Option<&HeaderValue>,
    ) -> Result<Vec<u8>, Failure> {
        let failed = |what| Failure {
            doing: doing.to_owned(),
            what,
        };
        let silence = |error| failed(What::Silence(error));
        let response = request.send().await.map_err(silence)?;
        let status = response.status();
        let asked = retry_after(response.headers());
        let Some(body) = read_body(response).await.map_err(silence)? else {
            let found = format!("more than {} MiB", MOST_BYTES >> 20);
            return Err(failed(What::Garbage(found)));
        };
        if status.is_success() {
            return Ok(body);
        }
        let refusal = self.refusal(status, &body, authorization);
        Err(failed(What::Refusal(refusal, asked)))
    }

    /// Shows the beginning of an answer that is none.
    pub(super) fn garbage(&self, body: &[u8], authorization: Option<&HeaderValue>) -> What {
        What::Garbage(self.beginning(body, authorization))
    }

    fn refusal(
        &self,
        status: StatusCode,
        body: &[u8],
        authorization: Option<&HeaderValue>,
    ) -> Refusal {
        let (code, message) = match read::<ErrorBody>(body) {
            Some(error) => {
                let mut message = self.hide(error.message, authorization);
                message.truncate(message.floor_char_boundary(MOST_SHOWN));
                (Some(error.error_code), message)
            }
            None => {
                let found = self.beginning(body, authorization);
                let message = match status.is_redirection() {
                    true => {
                        "the registry is elsewhere, and the address should say where".to_owned()
                    }
                    false => format!("expected a registry's error, found {found}"),
                };
                (None, message)
            }
        };
        Refusal::new(status.as_u16(), code, message)
    }

    /// Shows the beginning of a body: it is cut when its secrets are gone, so that no half of one is left.
    fn beginning(&self, body: &[u8], authorization: Option<&HeaderValue>) -> String {
        let text = String::from_utf8_lossy(body).into_owned();
        beginning(&self.hide(text, authorization))
    }

    /// Replaces secrets, which servers may repeat.
    fn hide(&self, mut text: String, authorization: Option<&HeaderValue>) -> String {
        let sent = authorization.and_then(|header| header.to_str().ok());
        let sent = sent.and_then(|header| header.split_once(' '));
        let secrets = self.secrets.iter().map(Secret::expose);
        for secret in secrets.chain(sent.map(|(_, secret)| secret)) {
            if !secret.is_empty() && text.contains(secret) {
                text = text.replace(secret, "[hidden]");
            }
        }
        text
    }
}

/// Reads JSON.
pub(super) fn read<T: DeserializeOwned>(body: &[u8]) -> Option<T> {
    serde_json::from_slice(body).ok()
}

/// Reads a body; `None` if it is too large.
async fn read_body(mut response: Response) -> reqwest::Result<Option<Vec<u8>>> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > MOST_BYTES {
            return Ok(None);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Some(body))
}
