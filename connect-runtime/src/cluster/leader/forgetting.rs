//! What the leader removes from the topics.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use connect_api::Str;

use super::{Decisions, Leader, Sight};
use crate::stores::{ClusterRecord, ConfigRecord, LoosePiece};

impl Leader {
    /// How long replies stay in the log, cards of workers that are no members, requests that cannot be read, and pieces of
    /// nothing.
    ///
    /// The card of a worker that joins may be read before the worker is seen among the members.
    pub(super) const LINGER: Duration = Duration::from_secs(120);

    /// Removes cards of the dead, replies that everybody has read, requests that nobody can read, and pieces of what is gone.
    pub(super) fn forget(&mut self, sight: Sight<'_>, decisions: &mut Decisions) {
        let cards = sight.cluster.cards.keys().copied();
        let absent = cards.filter(|id| !sight.members.contains(id));
        for id in linger(&mut self.absent, absent, sight.now, decisions) {
            let card = None;
            decisions.cluster.push(ClusterRecord::Worker { id, card });
        }
        let replies = sight.cluster.replies.keys().copied();
        for id in linger(&mut self.answered, replies, sight.now, decisions) {
            let reply = None;
            decisions.cluster.push(ClusterRecord::Reply { id, reply });
        }
        // Of one whose pieces are lost nobody waits for an answer any more by then.
        let unread = sight.cluster.unread();
        for id in linger(&mut self.unread, unread, sight.now, decisions) {
            let request = None;
            decisions
                .cluster
                .push(ClusterRecord::Request { id, request });
        }
        // They may be of what is still being written.
        let loose = sight.cluster.pieces.loose();
        for LoosePiece { of, number, .. } in linger(&mut self.loose, loose, sight.now, decisions) {
            let piece = None;
            decisions
                .cluster
                .push(ClusterRecord::Piece { of, number, piece });
        }
    }
}

/// Returns which of `ids` were there for long.
fn linger<K: Ord + Clone>(
    known: &mut BTreeMap<K, Duration>,
    ids: impl Iterator<Item = K>,
    now: Duration,
    decisions: &mut Decisions,
) -> Vec<K> {
    let before = std::mem::take(known);
    known.extend(ids.map(|id| {
        let since = before.get(&id).copied().unwrap_or(now);
        (id, since)
    }));
    let mut over = Vec::new();
    for (id, since) in known {
        let until = *since + Leader::LINGER;
        if now >= until {
            over.push(id.clone());
        } else {
            decisions.look_again(until);
        }
    }
    over
}

/// Removes what is left of units and connectors that are gone, whoever should have removed it.
pub(super) fn sweep(sight: Sight<'_>, decisions: &mut Decisions) {
    let placements = &sight.cluster.placements;
    let late = sight.cluster.releases.keys();
    for unit in late.filter(|unit| !placements.contains_key(unit)) {
        let (unit, release) = (unit.clone(), None);
        decisions
            .cluster
            .push(ClusterRecord::Release { unit, release });
    }
    let placed: BTreeSet<&Str> = placements.keys().map(|unit| unit.connector()).collect();
    let is_gone =
        |name: &&Str| !sight.configs.connectors.contains_key(*name) && !placed.contains(*name);
    for name in sight.cluster.restarts.keys().filter(is_gone) {
        let (connector, order) = (name.clone(), None);
        decisions
            .cluster
            .push(ClusterRecord::Restart { connector, order });
    }
    for name in sight.configs.fencing.keys().filter(is_gone) {
        let (connector, tasks) = (name.clone(), None);
        decisions
            .configs
            .push(ConfigRecord::Fencing { connector, tasks });
    }
}
