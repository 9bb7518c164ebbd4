//! How tests are named and arranged.

use crate::{
    Finding, Package, SourceFile,
    source_file::{identifiers, is_identifier},
};

/// The only integration test that needs no feature.
const SUITE: &str = "tests/it/main.rs";

/// The crate with the conformance suites.
const CONFORMANCE: &str = "connect_testkit";

/// The crates beside the connectors that the test kit has suites for.
const WITH_SUITE: &[&str] = &[
    "connect-converters",
    "connect-transforms",
    "connect-runtime",
];

/// What a test file names that runs on a paused clock.
const PAUSED: &[&str] = &["start_paused = true", "simulate(", "SimulatedEnvironment"];

/// Reports tests whose name starts with `test_` and so is no claim.
pub fn prefixed_tests(file: &SourceFile) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut attribute = false;
    for (number, line) in file.code_lines() {
        attribute |= is_test_attribute(line);
        let mut words = identifiers(line);
        if attribute && words.any(|word| word == "fn") {
            attribute = false;
            if let Some(name) = words.next().filter(|name| name.starts_with("test_")) {
                let expected = "a claim, such as `an_empty_topic_is_rejected`";
                findings.push(file.finding(number, format!("test `{name}`"), expected));
            }
        }
    }
    findings
}

/// Reports tests that wait for time to pass.
///
/// On a paused clock, tokio's or the simulation's, a sleep waits for nothing and is allowed. A blocked
/// thread never is.
pub fn sleeping_tests(file: &SourceFile) -> Vec<Finding> {
    let paused = PAUSED.iter().any(|clock| file.code().contains(clock));
    let sleeps = |line: &str| line.contains("thread::sleep") || (calls(line, "sleep") && !paused);
    file.test_lines()
        .filter(|(_, line)| sleeps(line))
        .map(|(number, _)| {
            file.finding(
                number,
                "a sleep",
                "waiting for the thing itself, or the paused clock",
            )
        })
        .collect()
}

/// Reports tests that the test command would leave out without a word.
pub fn ignored_tests(file: &SourceFile) -> Vec<Finding> {
    file.test_lines()
        .filter(|(_, line)| line.trim_start().starts_with("#[ignore"))
        .map(|(number, _)| {
            let expected = "a test that runs, shorter without `CONNECT_SOAK`";
            file.finding(number, "an ignored test", expected)
        })
        .collect()
}

/// Reports test binaries beside `tests/it` that need no feature.
pub fn scattered_tests(package: &Package) -> Vec<Finding> {
    package
        .targets()
        .iter()
        .filter(|target| target.is_test() && target.path() != SUITE)
        .filter(|target| target.required_features().is_empty())
        .map(|target| {
            Finding::new(
                format!("{}/{}:1", package.folder(), target.path()),
                "a test binary of its own",
                format!("a module of `{SUITE}`, or `required-features`"),
            )
        })
        .collect()
}

/// Reports a crate of plugins or brokers whose tests do not run the conformance suites.
pub fn missing_conformance(package: &Package) -> Option<Finding> {
    let runs = package.integration_tests().any(|file| {
        file.code_lines()
            .any(|(_, line)| identifiers(line).any(|word| word == CONFORMANCE))
    });
    (has_suite(package) && !runs).then(|| {
        let place = format!("{}/{SUITE}:1", package.folder());
        Finding::new(
            place,
            "no conformance suite",
            format!("a call into `{CONFORMANCE}`"),
        )
    })
}

/// Returns whether the test kit has a suite for what `package` holds.
fn has_suite(package: &Package) -> bool {
    package.folder().starts_with("connectors/") || WITH_SUITE.contains(&package.name())
}

fn calls(line: &str, function: &str) -> bool {
    line.match_indices(function).any(|(at, _)| {
        !line[..at].ends_with(is_identifier) && line[at + function.len()..].starts_with('(')
    })
}

fn is_test_attribute(line: &str) -> bool {
    let line = line.trim_start();
    let path = line
        .strip_prefix("#[")
        .map(|rest| rest.split(['(', ']']).next().unwrap_or(rest));
    path.is_some_and(|path| path == "test" || path.ends_with("::test"))
}
