//! What each [`Command`] does to the [`Ledger`].

use std::time::{Duration, UNIX_EPOCH};

use connect_api::Error;
use redb::StorageError;

use super::{
    command::{Command, Reply},
    ledger::{Ledger, Tables, Work},
    log::lock,
    shared::Shared,
};

/// Does what `command` says, as part of the commit that is being prepared.
pub(super) fn apply(
    shared: &Shared,
    ledger: &mut Ledger,
    (tables, work): (&mut Tables<'_>, &mut Work),
    command: Command,
) -> Result<(), StorageError> {
    let now = shared.environment.elapsed();
    match command {
        Command::Append(append) => ledger.append(tables, work, (append, now)),
        Command::End {
            session,
            outcome,
            reply,
        } => ledger.end(tables, work, (session, outcome, reply)),
        Command::Claim { id, timeout, reply } => ledger.claim(tables, work, (id, timeout, reply)),
        Command::Abandon(session) => ledger.abandon_session(tables, work, &session),
        Command::CreateTopic(plan) => ledger.create_topic(tables, work, plan),
        Command::DeleteTopic { name, reply } => ledger.delete_topic(tables, work, (name, reply)),
        Command::Commit {
            group,
            member,
            offsets,
            reply,
        } => match lock(&shared.groups).check_owner(&group, member, offsets.keys()) {
            Ok(()) => ledger.commit_offsets(tables, work, (group, offsets, reply)),
            Err(error) => refuse(reply, error),
        },
        Command::Committed { group, reply } => {
            ledger.group_offsets(work, (&group, reply));
            Ok(())
        }
        Command::Alter {
            group,
            offsets,
            reply,
        } => match lock(&shared.groups).check_empty(&group) {
            Ok(()) => ledger.alter_offsets(tables, work, (group, offsets, reply)),
            Err(error) => refuse(reply, error),
        },
        Command::DeleteGroup { group, reply } => match lock(&shared.groups).check_empty(&group) {
            Ok(()) => ledger.delete_group(tables, work, (group, reply)),
            Err(error) => refuse(reply, error),
        },
        Command::Settle { reply } => {
            work.settle(reply);
            Ok(())
        }
        Command::Maintain { reply } => {
            ledger.maintain(work, (reply, wall(shared)));
            Ok(())
        }
        // Taking any command looks at the database first.
        Command::Heal => Ok(()),
        // It ends the batch before it gets here.
        Command::Close { reply } => {
            drop(reply);
            Ok(())
        }
    }
}

fn refuse(reply: Reply<()>, error: Error) -> Result<(), StorageError> {
    drop(reply.send(Err(error)));
    Ok(())
}

/// Returns the time since the epoch.
pub(super) fn wall(shared: &Shared) -> Duration {
    let wall = shared.environment.wall();
    wall.duration_since(UNIX_EPOCH).unwrap_or_default()
}
