//! [`Story`]: what is put into the source, and what has to become of it.

use bytes::Bytes;

use super::plan::{Delivery, Plan, Poison};
use crate::{
    SimulatedEnvironment,
    memory::{Entry, MemoryInput},
};

/// What is put into the source, by partition.
#[derive(Debug)]
pub(super) struct Story {
    input: MemoryInput,
    parts: Vec<Vec<Item>>,
    connector_ends_transactions: bool,
}

/// One entry of the input.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub(super) kind: Kind,
    pub(super) text: String,
    /// The connector discards it.
    pub(super) aborted: bool,
}

/// What happens to an entry on its way; the text of its record starts with the name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Nothing special.
    Keep,
    /// The source's transform drops it.
    Drop,
    /// The source's transform makes two of it.
    Split,
    /// The source's transform fails.
    Fail,
    /// The source's converter refuses it.
    Garbled,
    /// The source can't read it.
    Unreadable,
    /// The sink's converter refuses it.
    Mangled,
    /// The sink's transform fails.
    Crash,
    /// The sink's transform drops it.
    Hide,
    /// The sink's transform makes two of it.
    Fork,
    /// The sink refuses it.
    Refused,
    /// No record, only a position.
    Nothing,
}

impl Kind {
    const SOUND: [Self; 8] = [
        Self::Keep,
        Self::Keep,
        Self::Keep,
        Self::Drop,
        Self::Split,
        Self::Hide,
        Self::Fork,
        Self::Nothing,
    ];
    const POISON: [Self; 6] = [
        Self::Fail,
        Self::Garbled,
        Self::Unreadable,
        Self::Mangled,
        Self::Crash,
        Self::Refused,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::Drop => "drop",
            Self::Split => "split",
            Self::Fail => "fail",
            Self::Garbled => "garbled",
            Self::Unreadable => "unreadable",
            Self::Mangled => "mangled",
            Self::Crash => "crash",
            Self::Hide => "hide",
            Self::Fork => "fork",
            Self::Refused => "refused",
            Self::Nothing => "nothing",
        }
    }

    /// Returns the kind of a record by its text.
    pub(super) fn of(text: &str) -> Self {
        let name = text.split(' ').next().unwrap_or_default();
        let all = Self::SOUND.iter().chain(&Self::POISON);
        *all.into_iter()
            .find(|kind| kind.name() == name)
            .unwrap_or(&Self::Keep)
    }

    /// Returns whether the source's dead letter queue gets it.
    pub(super) fn dies_at_source(self) -> bool {
        matches!(self, Self::Fail | Self::Garbled | Self::Unreadable)
    }

    /// Returns whether the sink's dead letter queue gets it.
    pub(super) fn dies_at_sink(self) -> bool {
        matches!(self, Self::Mangled | Self::Crash | Self::Refused)
    }
}

impl Item {
    /// Returns the texts that the topic gets, in order.
    pub(super) fn outputs(&self) -> Vec<String> {
        match self.kind {
            _ if self.aborted || self.kind.dies_at_source() => Vec::new(),
            Kind::Drop | Kind::Nothing => Vec::new(),
            Kind::Split => ["a", "b"]
                .map(|end| format!("{} {end}", self.text))
                .to_vec(),
            _ => vec![self.text.clone()],
        }
    }
}

/// Returns the texts that the table gets for a record of the topic, in order.
pub(super) fn rows_of(text: &str) -> Vec<String> {
    match Kind::of(text) {
        Kind::Hide => Vec::new(),
        kind if kind.dies_at_sink() => Vec::new(),
        Kind::Fork => ["x", "y"].map(|end| format!("{text} {end}")).to_vec(),
        _ => vec![text.to_owned()],
    }
}

impl Story {
    pub(super) fn new(plan: &Plan) -> Self {
        Self {
            input: MemoryInput::new(plan.input_partitions),
            parts: vec![Vec::new(); plan.input_partitions],
            connector_ends_transactions: plan.delivery == Delivery::Connector,
        }
    }

    pub(super) fn input(&self) -> &MemoryInput {
        &self.input
    }

    /// Returns the items of each partition.
    pub(super) fn parts(&self) -> &[Vec<Item>] {
        &self.parts
    }

    /// Appends some entries to some partition.
    pub(super) fn go_on(&mut self, plan: &Plan, environment: &SimulatedEnvironment) {
        let count = u64::try_from(self.parts.len()).expect("few");
        let part = usize::try_from(environment.below(count)).expect("few");
        for _ in 0..=environment.below(20) {
            let poisoned = plan.poison == Poison::Some && environment.below(6) == 0;
            let kind = match poisoned {
                true => *super::plan::choose(environment, &Kind::POISON),
                false => *super::plan::choose(environment, &Kind::SOUND),
            };
            self.append(part, kind);
            if self.connector_ends_transactions && environment.below(5) == 0 {
                // Where several partitions share a transaction, an abort would hit foreign records.
                match self.parts.len() == 1 && environment.below(3) == 0 {
                    true => self.abort(),
                    false => self.commit(part),
                }
            }
        }
    }

    /// Ends all transactions.
    pub(super) fn end(&mut self) {
        if self.connector_ends_transactions {
            (0..self.parts.len()).for_each(|part| self.commit(part));
        }
    }

    fn append(&mut self, part: usize, kind: Kind) {
        let text = format!("{} {part} {}", kind.name(), self.parts[part].len());
        let bytes = Bytes::from(text.clone());
        let entry = match kind {
            Kind::Nothing => Entry::Nothing,
            Kind::Unreadable => Entry::Unreadable(bytes),
            _ => Entry::Record(bytes),
        };
        self.input.append(part, [entry]);
        self.parts[part].push(Item {
            kind,
            text,
            aborted: false,
        });
    }

    fn commit(&mut self, part: usize) {
        self.input.append(part, [Entry::Commit]);
        self.end_transaction(part);
    }

    fn abort(&mut self) {
        let open = |item: &&mut Item| item.text != END;
        let items = self.parts[0].iter_mut().rev().take_while(open);
        items.for_each(|item| item.aborted = true);
        self.input.append(0, [Entry::Abort]);
        self.end_transaction(0);
    }

    fn end_transaction(&mut self, part: usize) {
        self.parts[part].push(Item {
            kind: Kind::Nothing,
            text: END.to_owned(),
            aborted: false,
        });
    }
}

/// The text of the item that stands for the end of a transaction.
const END: &str = "end";
