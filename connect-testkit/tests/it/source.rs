use std::{collections::BTreeMap, num::NonZeroUsize, sync::Arc};

use async_trait::async_trait;
use connect_api::{
    Result, SourceBatch, SourceConnector, SourceContext, SourceGuarantees, SourceItem,
    SourceOffset, SourcePartition, SourceTask, TaskConfig,
};
use connect_testkit::{
    Outcome,
    memory::{Call, Entry, Fault, Faults, MemoryInput, MemorySource},
    source::{self, SourceSystem},
};

/// How a source breaks its contract.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Twist {
    #[default]
    None,
    /// Offsets are those of the record itself, not the place after it.
    OffsetsOfTheRecord,
    /// What was committed once is committed for ever, whatever offsets it is opened with.
    ForgetsOffsets,
    /// Skips the first record after a restart.
    SkipsAfterRestart,
    /// Does not give up waiting.
    Deaf,
    /// Answers records in the wrong order.
    Unordered,
    /// Makes as many tasks as there are partitions.
    TooManyTasks,
    /// Makes new configs each time.
    Restless,
    /// Takes any offset.
    Careless,
    /// Reads what is there when it opens, and no more.
    Blind,
    /// Never ends a transaction.
    NoBoundaries,
}

struct Lists {
    input: MemoryInput,
    twist: Twist,
    guarantees: SourceGuarantees,
}

impl Lists {
    fn new(twist: Twist) -> Self {
        Self {
            input: MemoryInput::new(3),
            twist,
            guarantees: SourceGuarantees::ExactlyOnce,
        }
    }
}

#[async_trait]
impl SourceSystem for Lists {
    fn connector(&self) -> Arc<dyn SourceConnector> {
        let source = MemorySource::new(&self.input, "topic").promising(self.guarantees);
        Arc::new(Twisted {
            source: source.batch(7),
            twist: self.twist,
        })
    }

    fn partitions(&self) -> usize {
        3
    }

    async fn append(&mut self, partition: usize, texts: &[String]) {
        self.input.append_texts(partition, texts);
        if self.twist != Twist::NoBoundaries {
            self.input
                .append(partition, [Entry::Nothing, Entry::Commit]);
        }
    }
}

struct Twisted {
    source: MemorySource,
    twist: Twist,
}

#[async_trait]
impl SourceConnector for Twisted {
    async fn task_configs(
        &self,
        max: NonZeroUsize,
        current: &[TaskConfig],
    ) -> Result<Vec<TaskConfig>> {
        match self.twist {
            Twist::TooManyTasks => {
                let configs = self.source.task_configs(NonZeroUsize::MAX, current).await?;
                // One task that reads everything stays possible.
                if max.get() == 1 {
                    self.source.task_configs(max, current).await
                } else {
                    Ok(configs)
                }
            }
            Twist::Restless => {
                let mut configs = self.source.task_configs(max, &[]).await?;
                let turn = current.first().and_then(|config| config.get("turn"));
                let turn = turn.map_or(0, |turn| turn.parse::<u32>().unwrap() + 1);
                configs[0] = configs[0].clone().with("turn", turn.to_string());
                Ok(configs)
            }
            _ => self.source.task_configs(max, current).await,
        }
    }

    async fn open(&self, cx: SourceContext) -> Result<Box<dyn SourceTask>> {
        let restarted = !cx.offsets().is_empty();
        let cx = match self.twist {
            Twist::ForgetsOffsets => {
                SourceContext::new(cx.task_context(), cx.config().clone(), BTreeMap::new())
            }
            _ => cx,
        };
        let mut task = self.source.open(cx.clone()).await?;
        if self.twist == Twist::SkipsAfterRestart && restarted {
            task.poll().await?;
        }
        Ok(Box::new(TwistedTask {
            task,
            twist: self.twist,
            cx,
            polls: 0,
        }))
    }

    fn guarantees(&self) -> SourceGuarantees {
        self.source.guarantees()
    }

    async fn alter_offsets(
        &self,
        offsets: &[(SourcePartition, Option<SourceOffset>)],
    ) -> Result<()> {
        match self.twist {
            Twist::Careless => Ok(()),
            _ => self.source.alter_offsets(offsets).await,
        }
    }
}

struct TwistedTask {
    task: Box<dyn SourceTask>,
    twist: Twist,
    cx: SourceContext,
    polls: u32,
}

#[async_trait]
impl SourceTask for TwistedTask {
    async fn poll(&mut self) -> Result<SourceBatch> {
        self.polls += 1;
        if self.twist == Twist::Blind && self.polls > 3 {
            self.cx.wait(std::future::pending::<()>()).await;
            return Ok(SourceBatch::new());
        }
        let mut batch = self.task.poll().await?;
        while self.twist == Twist::Deaf && batch.is_empty() {
            batch = self.task.poll().await?;
            tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        }
        let (mut items, _) = batch.into_parts();
        match self.twist {
            Twist::OffsetsOfTheRecord => {
                for item in &mut items {
                    if let SourceItem::Record(record) = item {
                        let at = record.offset.to_value()?.get("position").unwrap().as_i64();
                        record.offset = SourceOffset::at("position", at.unwrap() - 1);
                    }
                }
            }
            Twist::Unordered => items.reverse(),
            _ => {}
        }
        let mut twisted = SourceBatch::new();
        for item in items {
            match item {
                SourceItem::Record(record) => twisted.push(record),
                SourceItem::Advance(partition, offset) => twisted.advance(&partition, offset),
                SourceItem::Commit => twisted.commit(),
                _ => {}
            }
        }
        Ok(twisted)
    }

    async fn commit(&mut self, offsets: &BTreeMap<SourcePartition, SourceOffset>) -> Result<()> {
        self.task.commit(offsets).await
    }
}

#[tokio::test(start_paused = true)]
async fn the_memory_source_keeps_the_source_contract() {
    connect_testkit::source(async || Lists::new(Twist::None)).await;
}

#[tokio::test(start_paused = true)]
async fn a_source_with_boundaries_keeps_the_source_contract() {
    let fixture = || async {
        let mut lists = Lists::new(Twist::None);
        lists.guarantees = SourceGuarantees::ExactlyOnceWithBoundaries;
        lists
    };
    let report = source::report(&fixture).await;
    assert_eq!(
        report.outcome("the_last_records_are_committed"),
        Some(&Outcome::Holds)
    );
    report.check();
}

/// Fails unless exactly the claims in `expected` fail.
async fn check_fails(twist: Twist, expected: &[&str]) {
    let fixture = move || async move {
        let mut lists = Lists::new(twist);
        if twist == Twist::NoBoundaries {
            lists.guarantees = SourceGuarantees::ExactlyOnceWithBoundaries;
        }
        lists
    };
    let report = source::report(&fixture).await;
    assert_eq!(report.failed(), expected, "{twist:?}\n{report}");
}

#[tokio::test(start_paused = true)]
async fn offsets_of_the_record_instead_of_the_place_after_it_are_found() {
    let claims = [
        "reading_resumes_after_any_record",
        "a_restart_may_repeat_a_commit",
        "a_crash_between_any_two_calls_loses_and_doubles_nothing",
    ];
    check_fails(Twist::OffsetsOfTheRecord, &claims).await;
}

#[tokio::test(start_paused = true)]
async fn a_source_that_ignores_its_offsets_is_found() {
    let claims = [
        "reading_resumes_after_any_record",
        "a_restart_may_repeat_a_commit",
        "a_crash_between_any_two_calls_loses_and_doubles_nothing",
    ];
    check_fails(Twist::ForgetsOffsets, &claims).await;
}

#[tokio::test(start_paused = true)]
async fn a_source_that_skips_after_a_restart_is_found() {
    let claims = [
        "reading_resumes_after_any_record",
        "a_crash_between_any_two_calls_loses_and_doubles_nothing",
    ];
    check_fails(Twist::SkipsAfterRestart, &claims).await;
}

#[tokio::test(start_paused = true)]
async fn a_source_that_does_not_give_up_is_found() {
    check_fails(Twist::Deaf, &["a_poll_gives_up_when_the_task_is_wanted"]).await;
}

#[tokio::test(start_paused = true)]
async fn a_source_without_order_is_found() {
    let report = source::report(&|| async { Lists::new(Twist::Unordered) }).await;
    let failed = report.failed();
    assert!(
        failed.contains(&"each_record_is_read_once_in_order"),
        "{report}"
    );
    assert!(
        failed.contains(&"reading_resumes_after_any_record"),
        "{report}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_source_with_too_many_tasks_is_found() {
    let claims = ["work_is_split_into_no_more_tasks_than_allowed"];
    check_fails(Twist::TooManyTasks, &claims).await;
}

#[tokio::test(start_paused = true)]
async fn a_source_that_restarts_its_tasks_for_nothing_is_found() {
    check_fails(Twist::Restless, &["the_same_work_keeps_its_task_configs"]).await;
}

#[tokio::test(start_paused = true)]
async fn a_source_that_takes_any_offset_is_found() {
    let claims = ["offsets_that_cannot_be_resumed_from_are_refused"];
    check_fails(Twist::Careless, &claims).await;
}

#[tokio::test(start_paused = true)]
async fn a_source_that_misses_what_arrives_later_is_found() {
    let report = source::report(&|| async { Lists::new(Twist::Blind) }).await;
    assert!(
        report
            .failed()
            .contains(&"records_that_arrive_later_are_read"),
        "{report}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_source_that_never_ends_a_transaction_is_found() {
    check_fails(Twist::NoBoundaries, &["the_last_records_are_committed"]).await;
}

#[tokio::test(start_paused = true)]
async fn a_panicking_source_fails_by_name() {
    let fixture = || async {
        let faults = Faults::none();
        faults.on(Call::Poll, 0, Fault::Panic);
        Faulty(MemoryInput::new(1), faults)
    };
    let report = source::report(&fixture).await;
    let outcome = report.outcome("each_record_is_read_once_in_order");
    assert_eq!(
        outcome,
        Some(&Outcome::Fails("injected into Poll".to_owned()))
    );
}

struct Faulty(MemoryInput, Faults);

#[async_trait]
impl SourceSystem for Faulty {
    fn connector(&self) -> Arc<dyn SourceConnector> {
        Arc::new(MemorySource::new(&self.0, "topic").with_faults(self.1.clone()))
    }

    async fn append(&mut self, partition: usize, texts: &[String]) {
        self.0.append_texts(partition, texts);
    }
}
