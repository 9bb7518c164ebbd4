//! Java's classes, in one process for all tests.

use std::{
    path::Path,
    sync::{Mutex, PoisonError},
};

use connect_kafka_lab::JavaProgram;
use serde_json::Value as Json;

/// The process, which ends with this one.
static JAVA: Mutex<Option<JavaProgram>> = Mutex::new(None);

/// Asks `java/Transforms.java`.
pub(crate) fn ask(question: &Json) -> Json {
    let mut java = JAVA.lock().unwrap_or_else(PoisonError::into_inner);
    let program = java.get_or_insert_with(|| {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("java/Transforms.java");
        JavaProgram::start(&source).unwrap()
    });
    let answer = program.ask(&question.to_string()).unwrap();
    serde_json::from_str(&answer).unwrap()
}
