//! How work is split into tasks, and offsets that operators change.

use std::num::NonZeroUsize;

use connect_api::{ErrorKind, SourceOffset, SourcePartition, TaskConfig, Value};

use super::{
    SourceFixture, SourceSystem,
    driver::{Driver, Stored, as_stored, fill, partition_as_stored, within},
};

/// There are never more tasks than allowed.
pub async fn work_is_split_into_no_more_tasks_than_allowed(fixture: &dyn SourceFixture) {
    let mut system = fixture.fresh().await;
    fill(&mut *system, 1).await;
    for max in 1..5 {
        let configs = split(&*system, max, &[]).await;
        assert!(
            configs.len() <= max,
            "expected at most {max} tasks, found {}",
            configs.len()
        );
    }
}

/// While the work stays the same, asking again gives the same configs.
///
/// No task restarts for nothing.
pub async fn the_same_work_keeps_its_task_configs(fixture: &dyn SourceFixture) {
    let mut system = fixture.fresh().await;
    fill(&mut *system, 1).await;
    for max in 1..5 {
        let first = split(&*system, max, &[]).await;
        let again = split(&*system, max, &first).await;
        assert_eq!(again, first, "with at most {max} tasks");
    }
}

/// An operator may store any offset that the source itself produced, and reset a partition.
pub async fn own_offsets_can_be_altered(fixture: &dyn SourceFixture) {
    let mut system = fixture.fresh().await;
    let count = fill(&mut *system, 3).await;
    let mut driver = Driver::open(&*system, &Stored::new()).await;
    let read = driver.read(&*system, count).await;
    driver.stop().await;
    let connector = system.connector();
    for read in read {
        let partition = partition_as_stored(&read.partition);
        for offset in [Some(as_stored(&read.offset)), None] {
            let altered = [(partition.clone(), offset)];
            let answer = within("alter_offsets", connector.alter_offsets(&altered)).await;
            answer.unwrap_or_else(|error| panic!("alter_offsets of {altered:?}: {error:?}"));
        }
    }
}

/// An offset that makes no sense is refused, before a task would start with it.
pub async fn offsets_that_cannot_be_resumed_from_are_refused(fixture: &dyn SourceFixture) {
    let mut system = fixture.fresh().await;
    let count = fill(&mut *system, 1).await;
    let mut driver = Driver::open(&*system, &Stored::new()).await;
    let read = driver.read(&*system, count).await;
    driver.stop().await;
    let partition = partition_as_stored(&read[0].partition);
    let foreign = SourcePartition::from([("no such key", "of this source")]);
    let nonsense = SourceOffset::Stored(Value::map([("no such key", "of this source")]));
    let connector = system.connector();
    for altered in [
        (partition, Some(nonsense)),
        (foreign, Some(as_stored(&read[0].offset))),
    ] {
        let altered = [altered];
        let answer = within("alter_offsets", connector.alter_offsets(&altered)).await;
        match answer {
            Ok(()) => panic!("expected an error for {altered:?}, found success"),
            Err(error) => assert_ne!(error.kind(), ErrorKind::Unavailable, "{error:?}"),
        }
    }
}

async fn split(system: &dyn SourceSystem, max: usize, current: &[TaskConfig]) -> Vec<TaskConfig> {
    let connector = system.connector();
    let max = NonZeroUsize::new(max).expect("at least one");
    let configs = within("task_configs", connector.task_configs(max, current)).await;
    configs.unwrap_or_else(|error| panic!("task_configs: {error:?}"))
}
