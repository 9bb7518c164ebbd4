//! [`ask`]: what only the coordinator of a group can answer.

use std::time::Duration;

use connect_api::Result;
use connect_librdkafka::{self as client, Admin, Code};

/// How long a coordinator that was known may take.
const PATIENCE: Duration = Duration::from_secs(3);

/// What a question to a coordinator does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Question {
    Reads,
    /// It may still be done when nobody waits for the answer any more.
    Changes,
}

/// Asks the coordinator of a group, and with a `fresh` client once more if another broker has become it, or what only
/// reads is not answered within seconds.
///
/// A client that has found a coordinator does not look for another one, whatever it is answered, and also if that broker
/// is gone for good. No executor is needed: whoever asks may be what watches one.
pub(super) async fn ask<T, F>(
    known: Admin,
    fresh: impl FnOnce() -> Result<Admin>,
    kind: Question,
    question: impl Fn(Admin) -> F,
) -> Result<Result<T, client::Error>>
where
    F: Future<Output = Result<T, client::Error>>,
{
    let reads = kind == Question::Reads;
    let known = match kind {
        Question::Reads => known.with_patience(PATIENCE),
        Question::Changes => known,
    };
    match question(known).await {
        Err(error)
            if error.code() == Code::NOT_COORDINATOR
                || (reads && error.code() == Code::TIMED_OUT) =>
        {
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
    fn asked(kind: Question, answers: &[Result<u8, Code>]) -> (Result<u8, Code>, usize, usize) {
        let (questions, clients) = (Cell::new(0), Cell::new(0));
        let fresh = || {
            clients.set(clients.get() + 1);
            Ok(admin())
        };
        let question = |_: Admin| {
            let answer = answers[questions.replace(questions.get() + 1)];
            ready(answer.map_err(client::Error::of))
        };
        let answer = block_on(ask(admin(), fresh, kind, question)).unwrap();
        let answer = answer.map_err(|error| error.code());
        (answer, questions.get(), clients.get())
    }

    #[test]
    fn whoever_is_no_coordinator_is_asked_once_and_then_a_new_client_once() {
        let wrong = Err(Code::NOT_COORDINATOR);
        let other = Err(Code::GROUP_AUTHORIZATION_FAILED);
        for kind in [Question::Reads, Question::Changes] {
            assert_eq!(asked(kind, &[Ok(7)]), (Ok(7), 1, 0));
            assert_eq!(asked(kind, &[other]), (other, 1, 0));
            assert_eq!(asked(kind, &[wrong, Ok(7)]), (Ok(7), 2, 1));
            assert_eq!(asked(kind, &[wrong, wrong]), (wrong, 2, 1));
        }
    }

    #[test]
    fn what_changes_something_is_not_repeated_because_nobody_answers() {
        let silent = Err(Code::TIMED_OUT);
        assert_eq!(asked(Question::Reads, &[silent, Ok(7)]), (Ok(7), 2, 1));
        assert_eq!(asked(Question::Changes, &[silent]), (silent, 1, 0));
    }
}
