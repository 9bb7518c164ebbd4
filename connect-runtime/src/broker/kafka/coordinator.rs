//! [`ask`]: what only the coordinator of a group can answer.

use std::time::Duration;

use connect_api::Result;
use connect_librdkafka::{self as client, Admin, Code};
use tokio::time::timeout;

/// How long a coordinator that was known may take for what it only reads.
pub(super) const PATIENCE: Duration = Duration::from_secs(3);

/// Asks the coordinator of a group, and with a `fresh` client once more if another broker has become it, or no answer
/// comes for as long as `patience` says.
///
/// A client that has found a coordinator does not look for another one, whatever it is answered, and also if that broker
/// is gone for good. What changes something is asked without patience: it might be done later still.
pub(super) async fn ask<T, F>(
    known: Admin,
    fresh: impl FnOnce() -> Result<Admin>,
    patience: Duration,
    question: impl Fn(Admin) -> F,
) -> Result<Result<T, client::Error>>
where
    F: Future<Output = Result<T, client::Error>>,
{
    match timeout(patience, question(known)).await {
        Ok(Err(error)) if error.code() == Code::NOT_COORDINATOR => {
            tracing::debug!(%error, "looking for the coordinator of a group again");
        }
        Ok(answer) => return Ok(answer),
        Err(_elapsed) => {
            tracing::debug!(
                "looking for the coordinator of a group again: no answer for {patience:?}"
            );
        }
    }
    Ok(question(fresh()?).await)
}

#[cfg(test)]
mod tests {
    use std::{cell::Cell, future::pending};

    use connect_librdkafka::Config;

    use super::*;

    const NOBODY: [(&str, &str); 1] = [("bootstrap.servers", "127.0.0.1:9")];

    fn admin() -> Admin {
        Admin::new(Config::new(NOBODY).unwrap()).unwrap()
    }

    /// Asks with these answers in turn, none of which is no answer at all; says how often, and with how many new clients.
    async fn asked(answers: &[Option<Result<u8, Code>>]) -> (Result<u8, Code>, usize, usize) {
        let (questions, clients) = (Cell::new(0), Cell::new(0));
        let fresh = || {
            clients.set(clients.get() + 1);
            Ok(admin())
        };
        let question = |_: Admin| {
            let answer = answers[questions.replace(questions.get() + 1)];
            async move {
                match answer {
                    Some(answer) => answer.map_err(client::Error::of),
                    None => pending().await,
                }
            }
        };
        let answer = ask(admin(), fresh, PATIENCE, question).await.unwrap();
        let answer = answer.map_err(|error| error.code());
        (answer, questions.get(), clients.get())
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_is_no_coordinator_or_silent_is_asked_once_and_then_a_new_client_once() {
        let wrong = Some(Err(Code::NOT_COORDINATOR));
        let other = Err(Code::GROUP_AUTHORIZATION_FAILED);
        assert_eq!(asked(&[Some(Ok(7))]).await, (Ok(7), 1, 0));
        assert_eq!(asked(&[Some(other)]).await, (other, 1, 0));
        for first in [wrong, None] {
            assert_eq!(asked(&[first, Some(Ok(7))]).await, (Ok(7), 2, 1));
            assert_eq!(
                asked(&[first, wrong]).await,
                (Err(Code::NOT_COORDINATOR), 2, 1)
            );
        }
    }
}
