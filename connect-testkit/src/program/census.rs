//! [`Census`]: how often a process came where.

use std::{collections::BTreeMap, fmt};

use connect_runtime::Milestone;

/// How often a process came to each milestone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Census(BTreeMap<Milestone, u64>);

impl Census {
    /// Returns how often it came to `milestone`.
    #[must_use]
    pub fn count(&self, milestone: Milestone) -> u64 {
        self.0.get(&milestone).copied().unwrap_or(0)
    }

    /// Returns where it came at all, in the order of the loops.
    pub fn milestones(&self) -> impl Iterator<Item = Milestone> {
        self.0.keys().copied()
    }

    /// Counts one more, and returns how many there are.
    pub(super) fn add(&mut self, milestone: Milestone) -> u64 {
        let count = self.0.entry(milestone).or_default();
        *count += 1;
        *count
    }

    /// Reads one line of what [`Display`](fmt::Display) writes with `{:#}`; others are no count.
    pub(super) fn read_line(&mut self, line: &str) {
        if let Some((name, count)) = line.split_once(' ')
            && let Some(milestone) = milestone(name)
            && let Ok(count) = count.parse()
        {
            self.0.insert(milestone, count);
        }
    }
}

/// Finds a milestone by its name.
pub(super) fn milestone(name: &str) -> Option<Milestone> {
    let mut all = Milestone::ALL.iter().copied();
    all.find(|milestone| milestone.name() == name)
}

/// One line, or with `{:#}` one for each milestone.
impl fmt::Display for Census {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let between = if f.alternate() { "\n" } else { ", " };
        for (index, (milestone, count)) in self.0.iter().enumerate() {
            let before = if index == 0 { "" } else { between };
            write!(f, "{before}{milestone} {count}")?;
        }
        Ok(())
    }
}
