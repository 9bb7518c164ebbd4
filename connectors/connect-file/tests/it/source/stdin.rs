//! The standard input of a process of its own.

use std::{
    collections::BTreeMap,
    env,
    io::Write,
    process::{Command, Stdio},
};

use connect_api::{
    Build, ConfigMap, SourceConnector, SourceContext, SourceItem, SourceTask, TaskConfig,
    UnknownKeys,
};
use futures::executor::block_on;

use crate::host::StillHost;

const CHILD: &str = "CONNECT_FILE_TEST_READS";

/// Runs the test called `name` once more, with `input` in its standard input, which stays open.
#[track_caller]
fn run_again(name: &str, input: &str) {
    let mut child = Command::new(env::current_exe().unwrap())
        .args([name, "--exact", "--nocapture", "--quiet"])
        .env(CHILD, "1")
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(input.as_bytes()).unwrap();
    // It ends although nobody closes its input.
    assert!(child.wait().unwrap().success());
    drop(stdin);
}

fn open(source: &dyn SourceConnector, host: &std::sync::Arc<StillHost>) -> Box<dyn SourceTask> {
    let cx = SourceContext::new(host.context(), TaskConfig::new(), BTreeMap::new());
    block_on(source.open(cx)).unwrap()
}

/// Polls once, and commits the first `committed` lines.
fn poll(task: &mut dyn SourceTask, committed: usize) -> Vec<String> {
    let (items, _) = block_on(task.poll()).unwrap().into_parts();
    let records: Vec<_> = items
        .into_iter()
        .map(|item| match item {
            SourceItem::Record(record) => record,
            other => panic!("{other:?}"),
        })
        .collect();
    if let Some(last) = committed.checked_sub(1) {
        let offsets = [(
            records[last].partition.clone(),
            records[last].offset.clone(),
        )];
        block_on(task.commit(&offsets.into())).unwrap();
    }
    let text =
        |record: &connect_api::SourceRecord| record.record.value.value.as_str().unwrap().to_owned();
    records.iter().map(text).collect()
}

#[test]
fn stopping_never_waits_for_the_standard_input() {
    if env::var_os(CHILD).is_none() {
        return run_again(
            "source::stdin::stopping_never_waits_for_the_standard_input",
            "",
        );
    }
    let host = StillHost::new();
    let mut task = open(&connect_file::FileSource::stdin("lines"), &host);
    host.want();
    assert_eq!(poll(&mut *task, 0), [""; 0]);
    block_on(task.stop()).unwrap();
}

#[test]
fn lines_that_were_not_committed_survive_another_configuration() {
    if env::var_os(CHILD).is_none() {
        let name = "source::stdin::lines_that_were_not_committed_survive_another_configuration";
        return run_again(name, "one\ntwo\nthree\n");
    }
    let plugin = connect_file::plugins().into_iter().next().unwrap();
    let Build::Source(build) = plugin.build().clone() else {
        panic!("a source");
    };
    let source = |batch_size: &str| {
        let map: ConfigMap = [("topic", "lines"), ("batch.size", batch_size)]
            .into_iter()
            .collect();
        build(&map, UnknownKeys::Refuse).unwrap()
    };
    let host = StillHost::new();
    let first = source("2");
    let mut task = open(&*first, &host);
    assert_eq!(poll(&mut *task, 1), ["one", "two"]);
    drop((task, first));
    let mut task = open(&*source("3"), &host);
    assert_eq!(poll(&mut *task, 2), ["two", "three"]);
}
