//! [`Chain`]: the transforms of a task, in order.

use connect_api::{Record, Str};

use super::{Applies, Failure, Stage, StageName};
use crate::watchdog::Held;

/// The transforms of a task, in order.
pub(crate) struct Chain {
    stages: Held<Vec<Stage>>,
    /// What the stage before left, and what this one makes of it; kept for their memory.
    input: Vec<Record>,
    output: Vec<Record>,
    /// Which stage left nothing of the last record.
    dropped_at: Option<usize>,
}

impl Chain {
    pub(crate) fn new(stages: impl Into<Held<Vec<Stage>>>) -> Self {
        Self {
            stages: stages.into(),
            input: Vec::new(),
            output: Vec::new(),
            dropped_at: None,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.stages.is_empty()
    }

    /// Returns what `record` becomes; what is left there is dropped at the next call.
    ///
    /// # Errors
    ///
    /// A stage failed; nothing of the record went through.
    pub(crate) fn apply(&mut self, record: Record) -> Result<&mut Vec<Record>, Failure> {
        self.input.clear();
        self.dropped_at = None;
        let mut stages = self.stages.iter_mut().enumerate();
        match stages.next() {
            Some((at, first)) => {
                first.apply(record, &mut self.input)?;
                self.dropped_at = self.input.is_empty().then_some(at);
            }
            None => self.input.push(record),
        }
        for (at, stage) in stages {
            if self.input.is_empty() {
                break;
            }
            self.output.clear();
            for record in self.input.drain(..) {
                stage.apply(record, &mut self.output)?;
            }
            std::mem::swap(&mut self.input, &mut self.output);
            self.dropped_at = self.input.is_empty().then_some(at);
        }
        Ok(&mut self.input)
    }

    /// Returns the alias of the transform that dropped the last record, or the last one of what it became.
    pub(crate) fn dropped_by(&self) -> Option<&Str> {
        self.dropped_at.map(|at| &self.stages[at].alias)
    }
}

impl Stage {
    fn apply(&mut self, record: Record, out: &mut Vec<Record>) -> Result<(), Failure> {
        let failed = |alias: &Str, plugin: &Str, error: connect_api::Error| {
            Failure::new(
                StageName::Transformation,
                plugin,
                error.context(format_args!("transform `{alias}`")),
            )
        };
        if let Some(condition) = &self.condition {
            let answer = condition.predicate.test(&record);
            let holds = answer
                .map_err(|error| failed(&self.alias, &self.plugin, error.context("predicate")))?;
            if holds != (condition.applies == Applies::IfTrue) {
                out.push(record);
                return Ok(());
            }
        }
        self.transform
            .apply(record, out)
            .map_err(|error| failed(&self.alias, &self.plugin, error))
    }
}

#[cfg(test)]
mod tests {
    use connect_api::{Error, Result, Transform};

    use super::{super::Condition, *};

    fn stage(transform: impl Transform, condition: Option<Condition>) -> Stage {
        Stage {
            alias: "a".into(),
            plugin: "p".into(),
            transform: Box::new(transform),
            condition,
        }
    }

    /// Pushes the record twice.
    struct Twice;

    impl Transform for Twice {
        fn apply(&mut self, record: Record, out: &mut Vec<Record>) -> Result<()> {
            out.push(record.clone());
            out.push(record);
            Ok(())
        }
    }

    fn drop_it(_: Record) -> Result<Option<Record>> {
        Ok(None)
    }

    fn fail(_: Record) -> Result<Option<Record>> {
        Err(Error::rejected("too odd"))
    }

    #[test]
    fn every_output_of_a_stage_goes_through_the_next() {
        let mut chain = Chain::new(vec![stage(Twice, None), stage(Twice, None)]);
        assert_eq!(
            chain
                .apply(Record::new("t", 1))
                .map(|outputs| outputs.len())
                .unwrap(),
            4
        );
    }

    #[test]
    fn a_stage_whose_predicate_does_not_apply_passes_the_record_on() {
        let unless = |applies| {
            let predicate = Box::new(|record: &Record| record.topic == "t");
            Some(Condition { predicate, applies })
        };
        let mut chain = Chain::new(vec![stage(drop_it, unless(Applies::IfFalse))]);
        assert_eq!(
            chain
                .apply(Record::new("t", 1))
                .map(|outputs| outputs.len())
                .unwrap(),
            1
        );
        let mut chain = Chain::new(vec![stage(drop_it, unless(Applies::IfTrue))]);
        assert_eq!(
            chain
                .apply(Record::new("t", 1))
                .map(|outputs| outputs.len())
                .unwrap(),
            0
        );
    }

    #[test]
    fn nothing_of_a_failed_record_is_left_for_the_next() {
        let mut chain = Chain::new(vec![stage(Twice, None), stage(fail, None)]);
        let failure = chain
            .apply(Record::new("t", 1))
            .map(|outputs| outputs.len())
            .unwrap_err();
        assert_eq!(failure.error.to_string(), "transform `a`: too odd");
        let odd = |record: Record| match record.offset {
            Some(_) => Ok(Some(record)),
            None => Err(Error::rejected("too odd")),
        };
        let mut chain = Chain::new(vec![stage(Twice, None), stage(odd, None)]);
        chain.apply(Record::new("t", 1)).unwrap_err();
        let outputs = chain.apply(Record::new("t", 1).with_offset(7)).unwrap();
        assert_eq!(outputs.len(), 2);
    }
}
