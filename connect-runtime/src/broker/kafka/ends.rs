//! [`ends`]: where logs start and end.

use std::time::Duration;

use connect_api::{Error, ErrorKind, Offsets, Result, TopicPartition};
use connect_librdkafka::{
    Admin, Code,
    admin::{End, IsolationLevel},
};
use tokio::time::sleep;

use super::{super::Isolation, errors::classified};

/// How often a partition is asked for again whose leader is being found.
const TRIES: u32 = 50;

/// How long to wait before.
const PAUSE: Duration = Duration::from_millis(100);

/// Asks where logs start or end.
///
/// # Errors
///
/// `Config`: a partition does not exist. `Unavailable`.
pub(super) async fn ends(
    admin: &Admin,
    partitions: Vec<(&str, i32)>,
    (end, level): (End, IsolationLevel),
) -> Result<Offsets> {
    let mut tries = 0;
    loop {
        match ask(admin, &partitions, (end, level)).await {
            Err(error) if error.kind() == ErrorKind::Unavailable && tries < TRIES => tries += 1,
            answer => return answer,
        }
        sleep(PAUSE).await;
    }
}

async fn ask(
    admin: &Admin,
    partitions: &[(&str, i32)],
    (end, level): (End, IsolationLevel),
) -> Result<Offsets> {
    if partitions.is_empty() {
        return Ok(Offsets::new());
    }
    let answers = admin.ends(partitions.iter().copied(), end, level).await;
    let answers = answers.map_err(|error| classified(error, "asking for the ends of logs"))?;
    answers
        .into_iter()
        .map(|(place, answer)| {
            let at = TopicPartition::new(&place.topic, place.partition);
            match answer {
                Ok(()) => Ok((at, place.offset.unwrap_or(0))),
                Err(error) if is_missing(error.code()) => {
                    Err(Error::config(format!("partition {at} does not exist")).with_source(error))
                }
                Err(error) => Err(classified(error, format!("asking for an end of {at}"))),
            }
        })
        .collect()
}

/// Returns the level at which the end of a log is asked for.
pub(super) fn level_of(isolation: Isolation) -> IsolationLevel {
    match isolation {
        Isolation::ReadCommitted => IsolationLevel::ReadCommitted,
        Isolation::ReadUncommitted => IsolationLevel::ReadUncommitted,
    }
}

/// Whether a topic or partition does not exist.
pub(super) fn is_missing(code: Code) -> bool {
    matches!(
        code,
        Code::UNKNOWN_TOPIC | Code::UNKNOWN_TOPIC_OR_PART | Code::UNKNOWN_PARTITION
    )
}
