//! [`ask`]: what only the coordinator of a group can answer.

use connect_api::Result;
use connect_librdkafka::{self as client, Admin, Code};

/// Asks the coordinator of a group, and with a `fresh` client once more if another broker has become it.
///
/// A client that has found a coordinator does not look for another one, whatever it is answered. No executor is needed:
/// whoever asks may be what watches one.
pub(super) async fn ask<T, F>(
    known: Admin,
    fresh: impl FnOnce() -> Result<Admin>,
    question: impl Fn(Admin) -> F,
) -> Result<Result<T, client::Error>>
where
    F: Future<Output = Result<T, client::Error>>,
{
    match question(known).await {
        Err(error) if error.code() == Code::NOT_COORDINATOR => {
            tracing::debug!(%error, "looking for the coordinator of a group again");
            Ok(question(fresh()?).await)
        }
        answer => Ok(answer),
    }
}

#[cfg(test)]
mod tests {
    use std::{cell::Cell, future::ready};

    use connect_librdkafka::Config;
    use futures::executor::block_on;

    use super::*;

    fn admin() -> Admin {
        let nobody = [("bootstrap.servers", "127.0.0.1:9")];
        Admin::new(Config::new(nobody).unwrap()).unwrap()
    }

    /// Asks with these answers in turn; says how often, and with how many new clients.
    fn asked(answers: &[Result<u8, Code>]) -> (Result<u8, Code>, usize, usize) {
        let (questions, clients) = (Cell::new(0), Cell::new(0));
        let fresh = || {
            clients.set(clients.get() + 1);
            Ok(admin())
        };
        let question = |_: Admin| {
            let answer = answers[questions.replace(questions.get() + 1)];
            ready(answer.map_err(client::Error::of))
        };
        let answer = block_on(ask(admin(), fresh, question)).unwrap();
        let answer = answer.map_err(|error| error.code());
        (answer, questions.get(), clients.get())
    }

    #[test]
    fn whoever_is_no_coordinator_is_asked_once_and_then_a_new_client_once() {
        let wrong = Err(Code::NOT_COORDINATOR);
        let other = Err(Code::GROUP_AUTHORIZATION_FAILED);
        assert_eq!(asked(&[Ok(7)]), (Ok(7), 1, 0));
        assert_eq!(asked(&[other]), (other, 1, 0));
        assert_eq!(asked(&[wrong, Ok(7)]), (Ok(7), 2, 1));
        assert_eq!(asked(&[wrong, wrong]), (wrong, 2, 1));
    }
}
