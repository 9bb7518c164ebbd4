//! Names that say nothing, and names that promise what types should keep.

use crate::{Finding, SourceFile, source_file::identifiers};

const MODULES: &[&str] = &[
    "util", "utils", "common", "helper", "helpers", "misc", "types", "traits",
];

const TYPE_WORDS: &[&str] = &["Manager", "Factory", "Handler", "Impl", "Base"];

const TYPE_KEYWORDS: &[&str] = &["struct", "enum", "trait", "union", "type"];

const CHECKING_FUNCTIONS: &[&str] = &["validate", "check_config"];

/// Functions that Connect's own surface calls `validate`: (end of the path, name).
const CONNECTS_OWN: &[(&str, &str)] = &[
    // What `PUT /connector-plugins/{plugin}/config/validate` asks.
    ("connect-runtime/src/worker/handle.rs", "validate"),
];

/// Types that are named as a class that others know: (end of the path, name without `Config`).
const JAVAS_OWN: &[(&str, &str)] = &[
    (
        "connect-transforms/src/aiven/tombstone_handler.rs",
        "TombstoneHandler",
    ),
    (
        "connect-transforms/src/confluent/tombstone_handler.rs",
        "TombstoneHandler",
    ),
];

/// Reports modules named after no noun.
pub fn vague_modules(file: &SourceFile) -> Vec<Finding> {
    let expected = "a module named after the noun that it defines";
    let by_line = declarations(file, &["mod"])
        .filter(|(_, name)| MODULES.contains(name))
        .map(|(line, name)| file.finding(line, format!("module `{name}`"), expected));
    let stem = file
        .path()
        .trim_end_matches("/mod.rs")
        .trim_end_matches(".rs");
    let name = stem.rsplit('/').next().unwrap_or(stem);
    let by_path = MODULES
        .contains(&name)
        .then(|| file.finding(1, format!("module `{name}`"), expected));
    by_line.chain(by_path).collect()
}

/// Reports type names with a word that fits any type.
pub fn vague_types(file: &SourceFile) -> Vec<Finding> {
    let allowed = |name: &str| {
        let class = name.strip_suffix("Config").unwrap_or(name);
        JAVAS_OWN
            .iter()
            .any(|(path, own)| file.path().ends_with(path) && *own == class)
    };
    declarations(file, TYPE_KEYWORDS)
        .filter(|(_, name)| !allowed(name))
        .filter_map(|(line, name)| {
            let word = camel_words(name)
                .into_iter()
                .find(|word| TYPE_WORDS.contains(word))?;
            let found = format!("type `{name}`");
            Some(file.finding(line, found, format!("a noun without the word `{word}`")))
        })
        .collect()
}

/// Reports functions that check what a constructor should have parsed.
pub fn checks_beside_types(file: &SourceFile) -> Vec<Finding> {
    let checking = |name: &str| {
        CHECKING_FUNCTIONS.iter().any(|word| {
            name.strip_prefix(word)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
        })
    };
    let allowed = |name: &str| {
        CONNECTS_OWN
            .iter()
            .any(|(path, own)| file.path().ends_with(path) && *own == name)
    };
    declarations(file, &["fn"])
        .filter(|(_, name)| checking(name) && !allowed(name))
        .map(|(line, name)| {
            let expected = "a constructor that parses into a type which cannot be wrong";
            file.finding(line, format!("function `{name}`"), expected)
        })
        .collect()
}

/// Iterates over what the keywords declare, with its line.
fn declarations<'a>(
    file: &'a SourceFile,
    keywords: &'a [&str],
) -> impl Iterator<Item = (usize, &'a str)> {
    file.code_lines().flat_map(move |(number, line)| {
        let pairs = identifiers(line).zip(identifiers(line).skip(1));
        pairs
            .filter(|(word, _)| keywords.contains(word))
            .map(move |(_, name)| (number, name))
    })
}

/// Splits `HttpBaseUrl` into `Http`, `Base` and `Url`.
fn camel_words(name: &str) -> Vec<&str> {
    let starts: Vec<_> = name
        .char_indices()
        .filter(|(_, c)| c.is_uppercase())
        .map(|(at, _)| at)
        .collect();
    let ends = starts.iter().skip(1).copied().chain([name.len()]);
    starts
        .iter()
        .zip(ends)
        .map(|(start, end)| &name[*start..end])
        .collect()
}
