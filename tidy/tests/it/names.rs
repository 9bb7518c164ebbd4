use tidy::names;

use crate::habit::{check, check_found, sample, workspace};

#[test]
fn modules_are_named_after_nouns() {
    check(workspace().files().flat_map(names::vague_modules));
}

#[test]
fn types_are_named_without_words_that_fit_any_type() {
    check(workspace().files().flat_map(names::vague_types));
}

#[test]
fn values_are_parsed_and_not_validated() {
    check(workspace().files().flat_map(names::checks_beside_types));
}

#[test]
fn a_vague_module_is_found() {
    let text = "mod utils;\nmod record; // not helpers\npub(crate) mod traits {}\n";
    check_found(
        names::vague_modules(&sample("src/lib.rs", text)),
        ["sample/src/lib.rs:1", "sample/src/lib.rs:3"],
    );
    check_found(
        names::vague_modules(&sample("src/helpers.rs", "")),
        ["sample/src/helpers.rs:1"],
    );
    check_found(
        names::vague_modules(&sample("src/types/mod.rs", "")),
        ["sample/src/types/mod.rs:1"],
    );
    check_found(names::vague_modules(&sample("src/worker.rs", "")), []);
}

#[test]
fn a_vague_type_is_found() {
    let text = "\
pub struct WorkerManager;
pub struct WorkerHandle;
enum SourceFactory<T> { Base }
pub(crate) trait Base64 {}
type HttpBaseUrl = String;
impl TaskImpl {}
";
    check_found(
        names::vague_types(&sample("src/a.rs", text)),
        [
            "sample/src/a.rs:1",
            "sample/src/a.rs:3",
            "sample/src/a.rs:5",
        ],
    );
}

#[test]
fn a_checking_function_is_found() {
    let text = "\
pub fn validate(&self) {}
fn validate_topics() {}
async fn check_config() {}
fn validated() {}
fn check() {}
";
    check_found(
        names::checks_beside_types(&sample("src/a.rs", text)),
        [
            "sample/src/a.rs:1",
            "sample/src/a.rs:2",
            "sample/src/a.rs:3",
        ],
    );
}
