//! Printing.

use std::{env, process::Command};

use connect_api::{FlushReason, Flushed, SinkConnector, SinkContext};
use connect_file::FileSink;
use futures::executor::block_on;

use super::driver::batch;
use crate::host::StillHost;

const CHILD: &str = "CONNECT_FILE_TEST_PRINTS";

#[test]
fn records_are_printed_one_a_line() {
    if env::var_os(CHILD).is_some() {
        return print();
    }
    let name = "sink::stdout::records_are_printed_one_a_line";
    let output = Command::new(env::current_exe().unwrap())
        .args([name, "--exact", "--nocapture", "--quiet"])
        .env(CHILD, "1")
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("\nfirst\nsecond\n"), "{text}");
}

fn print() {
    let host = StillHost::new();
    let mut task = block_on(FileSink::stdout().open(SinkContext::new(host.context()))).unwrap();
    block_on(task.put(&batch(0, 0, ["first", "second"]))).unwrap();
    assert_eq!(
        block_on(task.flush(FlushReason::Closing)).unwrap(),
        Flushed::All
    );
}
