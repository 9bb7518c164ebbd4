//! [`ask`]: what only the coordinator of a group can answer.

use connect_api::Result;
use connect_librdkafka::{self as client, Admin, Code};

/// Asks the coordinator of a group, and with a `fresh` client once more if another broker has become it.
///
/// A client that has found a coordinator does not look for another one, whatever it is answered.
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
