//! What a library would share with the whole process: statics, streams, handlers.

use crate::{Finding, SourceFile};

/// What may stand there all the same, and why.
const ALLOWED: &[Allowed] = &[
    Allowed {
        path: "connect-api/src/json/shape.rs",
        what: "a static",
        why: "names that this thread read last, to compare new ones with; what is read does not depend on them",
    },
    Allowed {
        path: "connect-api/src/schema/builder.rs",
        what: "a static",
        why: "schemas of primitives never change; sharing one makes comparing them a pointer's business",
    },
    Allowed {
        path: "connect-api/src/serde_bridge/access.rs",
        what: "a static",
        why: "a null to refer to; it never changes",
    },
    Allowed {
        path: "connect-runtime/src/environment/driver.rs",
        what: "a static",
        why: "what one thread of ours would sleep for, between two polls of its only future",
    },
    Allowed {
        path: "connect-runtime/src/environment/system.rs",
        what: "a static",
        why: "the moment that clocks count from; it never changes",
    },
    Allowed {
        path: "connect-transforms/src/expression/functions.rs",
        what: "a static",
        why: "the functions that all expressions know; they hold no state, and listing them costs a while",
    },
    Allowed {
        path: "connectors/connect-file/src/sink/stdout.rs",
        what: "output on stdout",
        why: "a `FileStreamSink` without `file` prints, as Java's",
    },
];

/// Packages that are programs, or used by nothing but tests of this workspace.
const PROGRAMS: &[&str] = &[
    "connect-cli/",
    "benches/",
    "examples/",
    "connect-kafka-lab/",
    "connect-registry-lab/",
    "tidy/",
];

/// Words that reach for the whole process, and what they are.
const WORDS: &[(&str, &str)] = &[
    ("thread_local!", "a static"),
    ("io::stdout", "output on stdout"),
    ("print!", "output on stdout"),
    ("println!", "output on stdout"),
    ("process::exit", "an exit"),
    ("process::abort", "an exit"),
    ("signal::", "a signal handler"),
    ("signal_hook", "a signal handler"),
    ("set_hook", "a panic hook"),
    ("set_global", "a global subscriber or recorder"),
    ("set_logger", "a global logger"),
    ("set_boxed_logger", "a global logger"),
    ("set_var", "a change of the environment"),
    ("remove_var", "a change of the environment"),
    ("set_current_dir", "a change of the folder"),
];

struct Allowed {
    path: &'static str,
    what: &'static str,
    why: &'static str,
}

/// Reports what a library shares with the whole process without a stated reason.
pub fn global_effects(file: &SourceFile) -> Vec<Finding> {
    let allowed = |what: &str| {
        let mut entries = ALLOWED.iter();
        entries.any(|entry| entry.path == file.path() && entry.what == what)
    };
    effects(file)
        .into_iter()
        .filter(|(_, what)| !allowed(what))
        .map(|(line, what)| file.finding(line, what, "nothing global, or a reason in tidy's list"))
        .collect()
}

/// Reports reasons that nothing needs any more, and those that say nothing.
pub fn idle_reasons<'a>(files: impl IntoIterator<Item = &'a SourceFile>) -> Vec<Finding> {
    let files: Vec<_> = files.into_iter().collect();
    let needed = |entry: &Allowed| {
        let mut of_path = files.iter().filter(|file| file.path() == entry.path);
        of_path.any(|file| effects(file).iter().any(|(_, what)| *what == entry.what))
    };
    let idle = ALLOWED
        .iter()
        .filter(|entry| !needed(entry) || entry.why.is_empty());
    idle.map(|entry| {
        let found = format!("a reason for {} in {}", entry.what, entry.path);
        Finding::new("tidy/src/globals.rs", found, "what it excuses")
    })
    .collect()
}

/// Returns what the code of a library does to the process, and in which line.
fn effects(file: &SourceFile) -> Vec<(usize, &'static str)> {
    let is_library = file.path().contains("/src/")
        && !PROGRAMS
            .iter()
            .any(|program| file.path().starts_with(program));
    if !is_library || file.path().ends_with("/tests.rs") {
        return Vec::new();
    }
    let code = file.code_without_tests();
    let lines = code.lines().enumerate();
    lines
        .filter_map(|(index, line)| Some((index + 1, effect(line)?)))
        .collect()
}

fn effect(line: &str) -> Option<&'static str> {
    let item = match line.trim_start().strip_prefix("pub") {
        Some(rest) => rest.split_once(' ').map_or("", |(_, item)| item),
        None => line.trim_start(),
    };
    if item.starts_with("static ") {
        return Some("a static");
    }
    let reaches = |word: &str| {
        line.match_indices(word).any(|(at, _)| {
            let before = line[..at].chars().next_back();
            !before.is_some_and(crate::source_file::is_identifier)
        })
    };
    WORDS
        .iter()
        .find(|(word, _)| reaches(word))
        .map(|(_, what)| *what)
}
