//! What the habits share: the workspace, and how findings are shown.

use std::sync::LazyLock;

use tidy::{Finding, SourceFile, Workspace};

static WORKSPACE: LazyLock<Workspace> =
    LazyLock::new(|| Workspace::load().expect("cargo reads the workspace"));

/// Returns this workspace, read once.
pub(crate) fn workspace() -> &'static Workspace {
    &WORKSPACE
}

/// Fails with every finding.
#[track_caller]
pub(crate) fn check(findings: impl IntoIterator<Item = Finding>) {
    let findings: Vec<_> = findings
        .into_iter()
        .map(|finding| finding.to_string())
        .collect();
    assert!(findings.is_empty(), "\n{}\n", findings.join("\n"));
}

/// Fails unless the findings stand at `places`, in this order.
#[track_caller]
pub(crate) fn check_found<const N: usize>(
    findings: impl IntoIterator<Item = Finding>,
    places: [&str; N],
) {
    let findings: Vec<_> = findings
        .into_iter()
        .map(|finding| finding.to_string())
        .collect();
    let found: Vec<_> = findings
        .iter()
        .map(|finding| finding.split(": found").next().unwrap_or_default())
        .collect();
    assert_eq!(found, places, "\n{}\n", findings.join("\n"));
}

/// Makes up a file of a crate named `sample`.
pub(crate) fn sample(path: &str, text: &str) -> SourceFile {
    SourceFile::new(format!("sample/{path}"), text)
}
