//! [`ClusterState`]: what the records of the cluster topic add up to.

use std::collections::BTreeMap;

use connect_api::Str;
use uuid::Uuid;

use super::{
    pieces::Pieces,
    record::{
        Card, ClusterRecord, Code, Placement, Reply, Request, RestartOrder, Term, Ticket,
        request_of,
    },
};
use crate::unit::Unit;

/// What the records of the cluster topic add up to, at its end.
///
/// The latest record of a key counts, whatever was before it: so compaction changes nothing. Leaders write in
/// transactions under one id, so that nothing of a leader stands behind the first record of the next one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ClusterState {
    /// The offset after the last record.
    pub(crate) offset: i64,
    /// Who leads, and in which term; `None` before the first leader.
    pub(crate) leader: Option<Term>,
    pub(crate) cards: BTreeMap<Uuid, Card>,
    pub(crate) placements: BTreeMap<Unit, Placement>,
    /// Which of their placements workers have ended.
    pub(crate) releases: BTreeMap<Unit, Ticket>,
    /// What was asked and not answered yet, by offset.
    pub(crate) requests: BTreeMap<i64, (Uuid, Request)>,
    pub(crate) replies: BTreeMap<Uuid, Reply>,
    pub(crate) restarts: BTreeMap<Str, RestartOrder>,
    /// The connectors from code, each with the offset of its record.
    pub(crate) code: BTreeMap<Str, (i64, Code)>,
    /// What large records are made of.
    pub(crate) pieces: Pieces,
}

impl ClusterState {
    /// Takes the next record; `offset` is its own.
    pub(super) fn apply(&mut self, offset: i64, record: ClusterRecord) {
        self.offset = offset + 1;
        match record {
            ClusterRecord::Leader(term) => self.leader = Some(term),
            ClusterRecord::Worker { id, card } => set(&mut self.cards, id, card),
            ClusterRecord::Placement { unit, placement } => {
                set(&mut self.placements, unit, placement);
            }
            ClusterRecord::Release { unit, release } => set(&mut self.releases, unit, release),
            ClusterRecord::Request { id, request } => {
                self.requests.retain(|_, (asked, _)| *asked != id);
                if let Some(request) = request {
                    self.requests.insert(offset, (id, request));
                }
            }
            ClusterRecord::Reply { id, reply } => set(&mut self.replies, id, reply),
            ClusterRecord::Restart { connector, order } => {
                set(&mut self.restarts, connector, order);
            }
            ClusterRecord::Code { connector, code } => {
                set(&mut self.code, connector, code.map(|code| (offset, code)));
            }
            ClusterRecord::Piece { of, number, piece } => self.pieces.apply((of, number), piece),
        }
    }

    /// Returns the requests in pieces that cannot be read.
    pub(crate) fn unread(&self) -> impl Iterator<Item = Uuid> {
        let requests = self.pieces.keys().filter_map(|key| request_of(key));
        requests.filter(|id| self.requests.values().all(|(known, _)| known != id))
    }

    /// Skips a record that says nothing.
    pub(super) fn skip(&mut self, offset: i64) {
        self.offset = offset + 1;
    }

    /// Returns the term of the leader; 0 before the first one.
    pub(crate) fn term(&self) -> u64 {
        self.leader.map_or(0, |leader| leader.term)
    }

    /// Returns which worker has the right to run a unit, and by which decision.
    pub(crate) fn owner(&self, unit: &Unit) -> Option<(Uuid, Ticket)> {
        let placement = self.placements.get(unit)?;
        Some((placement.owner()?, placement.ticket))
    }
}

fn set<K: Ord, V>(map: &mut BTreeMap<K, V>, key: K, value: Option<V>) {
    match value {
        Some(value) => map.insert(key, value),
        None => map.remove(&key),
    };
}

#[cfg(test)]
mod tests {
    use super::{
        super::record::{Hold, Trial, Wish, Writers},
        *,
    };

    fn placement(term: u64, worker: u128) -> Placement {
        Placement {
            ticket: Ticket { term, number: 1 },
            hold: Hold::Owned(Uuid::from_u128(worker)),
            fingerprint: 0,
            writers: Writers::Plain,
            trial: Trial::Open,
            deaths: 0,
        }
    }

    fn state(records: Vec<ClusterRecord>) -> ClusterState {
        let mut state = ClusterState::default();
        for (offset, record) in (10..).zip(records) {
            state.apply(offset, record);
        }
        state
    }

    fn leads(term: u64) -> ClusterRecord {
        let worker = Uuid::from_u128(u128::from(term));
        ClusterRecord::Leader(Term { term, worker })
    }

    #[test]
    fn a_placement_counts_in_later_terms_and_keeps_its_ticket_when_it_changes() {
        let unit = Unit::Connector("x".into());
        let place = |placement| ClusterRecord::Placement {
            unit: unit.clone(),
            placement: Some(placement),
        };
        let owned = placement(1, 1);
        let free = Placement {
            hold: Hold::Free,
            ..owned.clone()
        };
        let first = state(vec![leads(1), place(owned), leads(2)]);
        assert_eq!(first.term(), 2);
        let owner = first.owner(&unit);
        let ticket = Ticket { term: 1, number: 1 };
        assert_eq!(owner, Some((Uuid::from_u128(1), ticket)));
        let later = state(vec![leads(1), leads(2), place(free.clone())]);
        assert_eq!(later.placements[&unit], free);
    }

    #[test]
    fn requests_are_in_the_order_of_the_log_until_they_are_answered() {
        let request = |id, connector: &str| ClusterRecord::Request {
            id: Uuid::from_u128(id),
            request: Some(Request {
                from: Uuid::from_u128(1),
                wish: Wish::Delete {
                    connector: connector.into(),
                    as_of: None,
                },
            }),
        };
        let answered = ClusterRecord::Request {
            id: Uuid::from_u128(9),
            request: None,
        };
        let state = state(vec![
            request(9, "a"),
            request(3, "b"),
            request(5, "c"),
            answered,
        ]);
        let waiting = state.requests.values();
        let names: Vec<_> = waiting
            .map(|(_, request)| request.wish.connector().as_str())
            .collect();
        assert_eq!(names, ["b", "c"]);
    }
}
