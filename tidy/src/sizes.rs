//! How much one file holds.

use crate::{Finding, SourceFile};

/// The most code lines of a file.
pub const MOST_CODE_LINES: usize = 500;

/// The most code lines of a `lib.rs`, which is a table of contents.
pub const MOST_LIB_LINES: usize = 150;

/// The most lines of `ARCHITECTURE.md`, which is a map.
pub const MOST_MAP_LINES: usize = 200;

/// What the first comment of a longer file says before its reason.
pub const REASON: &str = "long because";

/// Reports a file with too many code lines whose first comment gives no reason.
pub fn long_file(file: &SourceFile) -> Option<Finding> {
    let lines = file.code_lines().count();
    let reason = first_comment(file).to_lowercase().contains(REASON);
    (lines > MOST_CODE_LINES && !reason).then(|| {
        let expected =
            format!("at most {MOST_CODE_LINES}, or a first comment with `{REASON}` and the reason");
        file.finding(1, format!("{lines} code lines"), expected)
    })
}

/// Reports a `lib.rs` that is long or holds more than modules and re-exports.
pub fn logic_in_lib(file: &SourceFile) -> Vec<Finding> {
    if !file.path().ends_with("src/lib.rs") {
        return Vec::new();
    }
    let lines = file.code_lines().count();
    let long = (lines >= MOST_LIB_LINES).then(|| {
        file.finding(
            1,
            format!("{lines} code lines"),
            format!("under {MOST_LIB_LINES}"),
        )
    });
    long.into_iter().chain(beside_contents(file)).collect()
}

/// Reports an `ARCHITECTURE.md` that is more than a map.
pub fn long_map(text: &str) -> Option<Finding> {
    let lines = text.lines().count();
    (lines >= MOST_MAP_LINES).then(|| {
        Finding::new(
            "ARCHITECTURE.md:1",
            format!("{lines} lines"),
            format!("under {MOST_MAP_LINES}"),
        )
    })
}

fn first_comment(file: &SourceFile) -> String {
    file.lines()
        .map(|(_, line)| line.trim())
        .skip_while(|line| line.is_empty() || line.starts_with("#!["))
        .take_while(|line| line.starts_with("//"))
        .fold(String::new(), |text, line| {
            text + line.trim_start_matches(['/', '!'])
        })
}

/// Reports what stands in a formatted `lib.rs` beside its table of contents.
///
/// The documentation tests of a README hang on an item that no other build sees, the one below
/// `#[cfg(doctest)]`: it is left out.
fn beside_contents(file: &SourceFile) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut doctest_only = false;
    for (number, line) in file.code_lines() {
        if line.starts_with("#[cfg(doctest)]") {
            doctest_only = true;
        } else if !line.starts_with([' ', '#', '}', ')', ']']) {
            if !doctest_only && !is_content(line) {
                let expected = "only `mod` and `use` lines in lib.rs";
                findings.push(file.finding(number, format!("`{line}`"), expected));
            }
            doctest_only = false;
        }
    }
    findings
}

fn is_content(line: &str) -> bool {
    let line = match (line.strip_prefix("pub("), line.find(") ")) {
        (Some(_), Some(end)) => &line[end + 2..],
        _ => line.trim_start_matches("pub "),
    };
    line.starts_with("use ") || (line.starts_with("mod ") && line.ends_with(';'))
}
