//! [`Chain`]: the transforms of a task, in order.

use connect_api::{Outcome, Record, Str};

use super::{Applies, Failure, Stage, StageName};
use crate::watchdog::Held;

/// The transforms of a task, in order.
pub(crate) struct Chain {
    stages: Held<Vec<Stage>>,
    /// What comes behind the record at hand, and what of that is on its way through a stage; kept for their memory.
    more: Vec<Record>,
    others: Vec<Record>,
    /// Which stage left nothing of the last record.
    dropped_at: Option<usize>,
}

impl Chain {
    pub(crate) fn new(stages: impl Into<Held<Vec<Stage>>>) -> Self {
        Self {
            stages: stages.into(),
            more: Vec::new(),
            others: Vec::new(),
            dropped_at: None,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.stages.is_empty()
    }

    /// Makes of `record` what it becomes, and returns whether it goes on and what comes behind it.
    ///
    /// What is left there is dropped at the next call.
    ///
    /// # Errors
    ///
    /// A stage failed; nothing of the record went through.
    pub(crate) fn apply(
        &mut self,
        record: &mut Record,
    ) -> Result<(Outcome, &mut Vec<Record>), Failure> {
        self.more.clear();
        self.others.clear();
        self.dropped_at = None;
        let mut outcome = Outcome::Kept;
        for (at, stage) in self.stages.iter_mut().enumerate() {
            std::mem::swap(&mut self.more, &mut self.others);
            if outcome == Outcome::Kept {
                outcome = stage.apply(record, &mut self.more)?;
            }
            for mut other in self.others.drain(..) {
                let mut behind = Vec::new();
                if stage.apply(&mut other, &mut behind)? == Outcome::Kept {
                    self.more.push(other);
                }
                self.more.append(&mut behind);
            }
            if outcome == Outcome::Dropped && self.more.is_empty() {
                self.dropped_at = Some(at);
                break;
            }
        }
        Ok((outcome, &mut self.more))
    }

    /// Returns the alias of the transform that dropped the last record, or the last one of what it became.
    pub(crate) fn dropped_by(&self) -> Option<&Str> {
        self.dropped_at.map(|at| &self.stages[at].alias)
    }
}

impl Stage {
    fn apply(&mut self, record: &mut Record, more: &mut Vec<Record>) -> Result<Outcome, Failure> {
        let failed = |alias: &Str, plugin: &Str, error: connect_api::Error| {
            Failure::new(
                StageName::Transformation,
                plugin,
                error.context(format_args!("transform `{alias}`")),
            )
        };
        if let Some(condition) = &self.condition {
            let answer = condition.predicate.test(record);
            let holds = answer
                .map_err(|error| failed(&self.alias, &self.plugin, error.context("predicate")))?;
            if holds != (condition.applies == Applies::IfTrue) {
                return Ok(Outcome::Kept);
            }
        }
        self.transform
            .apply(record, more)
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

    /// Makes two records of one; their topics end in the number of each.
    struct Twice;

    impl Transform for Twice {
        fn apply(&mut self, record: &mut Record, more: &mut Vec<Record>) -> Result<Outcome> {
            let mut second = record.clone();
            second.topic = format!("{}2", record.topic).into();
            more.push(second);
            record.topic = format!("{}1", record.topic).into();
            Ok(Outcome::Kept)
        }
    }

    /// Returns the topics of what a record of the topic `t` becomes.
    fn topics(chain: &mut Chain) -> Result<Vec<Str>, Failure> {
        let mut record = Record::new("t", 1);
        let (outcome, more) = chain.apply(&mut record)?;
        let kept = (outcome == Outcome::Kept).then_some(record);
        Ok(kept
            .into_iter()
            .chain(more.drain(..))
            .map(|record| record.topic)
            .collect())
    }

    fn drop_it(_: Record) -> Result<Option<Record>> {
        Ok(None)
    }

    fn fail(_: Record) -> Result<Option<Record>> {
        Err(Error::rejected("too odd"))
    }

    #[test]
    fn every_output_of_a_stage_goes_through_the_next_in_order() {
        let mut chain = Chain::new(vec![stage(Twice, None), stage(Twice, None)]);
        assert_eq!(topics(&mut chain).unwrap(), ["t11", "t12", "t21", "t22"]);
        assert_eq!(chain.dropped_by(), None);
    }

    #[test]
    fn what_stands_behind_a_dropped_record_goes_on() {
        let second = |record: Record| Ok((record.topic != "t1").then_some(record));
        let mut chain = Chain::new(vec![
            stage(Twice, None),
            stage(second, None),
            stage(Twice, None),
        ]);
        assert_eq!(topics(&mut chain).unwrap(), ["t21", "t22"]);
        assert_eq!(chain.dropped_by(), None);
        let mut chain = Chain::new(vec![
            stage(Twice, None),
            stage(second, None),
            stage(drop_it, None),
        ]);
        assert!(topics(&mut chain).unwrap().is_empty());
        assert_eq!(chain.dropped_at, Some(2));
    }

    #[test]
    fn a_stage_whose_predicate_does_not_apply_passes_the_record_on() {
        let unless = |applies| {
            let predicate = Box::new(|record: &Record| record.topic == "t");
            Some(Condition { predicate, applies })
        };
        let mut chain = Chain::new(vec![stage(drop_it, unless(Applies::IfFalse))]);
        assert_eq!(topics(&mut chain).unwrap(), ["t"]);
        let mut chain = Chain::new(vec![stage(drop_it, unless(Applies::IfTrue))]);
        assert!(topics(&mut chain).unwrap().is_empty());
    }

    #[test]
    fn nothing_of_a_failed_record_is_left_for_the_next() {
        let mut chain = Chain::new(vec![stage(Twice, None), stage(fail, None)]);
        let failure = topics(&mut chain).unwrap_err();
        assert_eq!(failure.error.to_string(), "transform `a`: too odd");
        let mut failed = false;
        let at_the_third = move |record: Record| {
            if record.topic == "t21" && !std::mem::replace(&mut failed, true) {
                return Err(Error::rejected("too odd"));
            }
            Ok(Some(record))
        };
        let mut chain = Chain::new(vec![
            stage(Twice, None),
            stage(Twice, None),
            stage(at_the_third, None),
        ]);
        topics(&mut chain).unwrap_err();
        assert_eq!(topics(&mut chain).unwrap().len(), 4);
    }
}
