//! [`Inventory`]: what is where, with numbers for names.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use connect_api::Str;
use uuid::Uuid;

use super::{Candidate, Place, Placed, item::Item};

/// What is where, with numbers for names.
///
/// The numbers follow the content of the arguments, whatever their order.
#[derive(Debug)]
pub(super) struct Inventory<'a> {
    /// The workers, in order.
    pub(super) workers: Vec<Uuid>,
    /// The workers that can have the units of each class; narrow classes come first.
    pub(super) eligible: Vec<Vec<usize>>,
    /// What each worker has and may keep.
    pub(super) owned: Vec<Vec<Item<'a>>>,
    /// What workers have that they cannot run.
    pub(super) stray: Vec<Item<'a>>,
    /// What can be given, in order.
    pub(super) free: Vec<Item<'a>>,
    /// How many units of each class will be free.
    pub(super) coming: Vec<usize>,
}

impl<'a> Inventory<'a> {
    pub(super) fn of(candidates: &[Candidate<'_>], units: &[Placed<'a>]) -> Self {
        let mut candidates = candidates.to_vec();
        candidates.sort_unstable_by_key(|candidate| candidate.id);
        let workers: Vec<_> = candidates.iter().map(|candidate| candidate.id).collect();
        let (classes, eligible) = classes(&candidates, units);
        let connectors = ranks(units.iter().map(|placed| placed.unit.connector()));
        // Maps of a random order are looked up and never walked through.
        let numbers: HashMap<_, _> = workers.iter().zip(0..).collect();
        let mut inventory = Self {
            owned: vec![Vec::new(); workers.len()],
            stray: Vec::new(),
            free: Vec::new(),
            coming: vec![0; eligible.len()],
            workers: Vec::new(),
            eligible: Vec::new(),
        };
        for placed in units {
            let class = classes[placed.plugin];
            let item = Item {
                unit: placed.unit,
                class,
                connector: connectors[placed.unit.connector()],
            };
            let owner = match placed.place {
                Place::Free => {
                    inventory.free.push(item);
                    continue;
                }
                Place::Leaving => None,
                Place::At(owner) => numbers.get(&owner).copied(),
            };
            match owner {
                Some(owner) if candidates[owner].plugins.contains(placed.plugin) => {
                    inventory.owned[owner].push(item);
                    continue;
                }
                Some(_) => inventory.stray.push(item),
                None => {}
            }
            inventory.coming[class] += 1;
        }
        inventory.free.sort_unstable_by_key(Item::order);
        inventory.stray.sort_unstable_by_key(Item::order);
        inventory.workers = workers;
        inventory.eligible = eligible;
        inventory
    }
}

/// Finds the class of each plugin, and the workers of each class.
fn classes<'a>(
    candidates: &[Candidate<'_>],
    units: &[Placed<'a>],
) -> (HashMap<&'a Str, usize>, Vec<Vec<usize>>) {
    let mut of_plugin = HashMap::new();
    for placed in units {
        of_plugin.entry(placed.plugin).or_insert_with(|| {
            let has = |worker: &usize| candidates[*worker].plugins.contains(placed.plugin);
            (0..candidates.len()).filter(has).collect::<Vec<_>>()
        });
    }
    let sets: BTreeSet<_> = of_plugin.values().map(|set| (set.len(), set)).collect();
    let eligible: Vec<_> = sets.iter().map(|(_, set)| (*set).clone()).collect();
    let numbers: BTreeMap<_, _> = sets.iter().map(|(_, set)| *set).zip(0..).collect();
    let classes = of_plugin
        .iter()
        .map(|(plugin, set)| (*plugin, numbers[set]));
    (classes.collect(), eligible)
}

/// Numbers names in their order.
fn ranks<'a>(names: impl Iterator<Item = &'a Str>) -> HashMap<&'a Str, usize> {
    let mut ranks: HashMap<_, _> = names.map(|name| (name, 0)).collect();
    let mut names: Vec<_> = ranks.keys().copied().collect();
    names.sort_unstable();
    for (rank, name) in names.into_iter().enumerate() {
        ranks.insert(name, rank);
    }
    ranks
}
