//! [`Node`]: what is said of a field and of those inside of it.

use connect_api::Str;

use super::Change;
use crate::path::Step;

/// What is said of a field and of those inside of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Node {
    stay: Stay,
    new_name: Option<Str>,
    inside: Vec<(Step, Self)>,
    selection: Selection,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Stay {
    #[default]
    Unsaid,
    Included,
    Excluded,
    /// Included too, so that what is not must go: excluding it counts, and the field goes.
    Both,
}

/// Which of the fields inside stay.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Selection {
    /// All that are not excluded.
    #[default]
    All,
    /// Those that are included, or something inside of them is.
    Included,
}

/// A field that stays.
#[derive(Clone, Debug)]
pub(super) struct Kept<'a> {
    /// Its other name, if it gets one.
    pub(super) new_name: Option<&'a Str>,
    /// What happens inside of it, if anything does.
    pub(super) inside: Option<&'a Node>,
}

impl Node {
    pub(super) fn insert(&mut self, steps: &[Step], change: Change) {
        let Some((step, rest)) = steps.split_first() else {
            match change {
                Change::Exclude => {
                    self.stay = match self.stay {
                        Stay::Unsaid | Stay::Excluded => Stay::Excluded,
                        Stay::Included | Stay::Both => Stay::Both,
                    }
                }
                Change::Include => {
                    self.stay = match self.stay {
                        Stay::Unsaid | Stay::Included => Stay::Included,
                        Stay::Excluded | Stay::Both => Stay::Both,
                    }
                }
                Change::Rename(name) => self.new_name = Some(name),
            }
            return;
        };
        let known = self.inside.iter().position(|(known, _)| known == step);
        let at = known.unwrap_or_else(|| {
            self.inside.push((step.clone(), Self::default()));
            self.inside.len() - 1
        });
        self.inside[at].1.insert(rest, change);
    }

    /// Finds out where only included fields stay, after everything was inserted.
    pub(super) fn settle(&mut self) {
        for (_, node) in &mut self.inside {
            node.settle();
        }
        let includes = |node: &Self| {
            matches!(node.stay, Stay::Included | Stay::Both)
                || node.selection == Selection::Included
        };
        let chosen = self.inside.iter().any(|(_, node)| includes(node));
        // Of a field that is included as a whole everything stays.
        if chosen && self.stay != Stay::Included {
            self.selection = Selection::Included;
        }
    }

    /// Returns whether only included fields stay.
    pub(super) fn is_selective(&self) -> bool {
        self.selection == Selection::Included
    }

    /// Returns the names that fields directly inside get.
    pub(super) fn new_names(&self) -> impl Iterator<Item = &Str> {
        self.inside
            .iter()
            .filter_map(|(_, node)| node.new_name.as_ref())
    }

    /// Says what becomes of the field `name`; `None` if it goes.
    pub(super) fn keeps(&self, name: &Str) -> Option<Kept<'_>> {
        let step = |step: &Step| matches!(step, Step::Field(known) if known == name);
        let node = self.inside.iter().find(|(known, _)| step(known));
        let Some((_, node)) = node else {
            let kept = Kept {
                new_name: None,
                inside: None,
            };
            return (!self.is_selective()).then_some(kept);
        };
        let stays = match node.stay {
            Stay::Excluded | Stay::Both => false,
            Stay::Included => true,
            Stay::Unsaid => !self.is_selective() || node.is_selective(),
        };
        stays.then_some(Kept {
            new_name: node.new_name.as_ref(),
            inside: (!node.inside.is_empty()).then_some(node),
        })
    }

    /// Returns what happens inside of each element.
    pub(super) fn elements(&self) -> Option<&Self> {
        let elements = |(step, _): &&(Step, Self)| *step == Step::Elements;
        self.inside.iter().find(elements).map(|(_, node)| node)
    }

    /// Returns the name that becomes `new`, by the last renaming that says so.
    pub(super) fn renamed_to(&self, new: &Str) -> Option<&Str> {
        self.inside
            .iter()
            .rev()
            .find_map(|(step, node)| match step {
                Step::Field(name) if node.new_name.as_ref() == Some(new) => Some(name),
                _ => None,
            })
    }
}
