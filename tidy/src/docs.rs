//! What documentation says first, and what it promises to compile.

use crate::{Finding, SourceFile};

/// The most words of a first sentence.
pub const MOST_WORDS: usize = 15;

/// Abbreviations whose full stop ends no sentence.
const ABBREVIATIONS: &[&str] = &["e.g.", "i.e.", "etc.", "vs."];

/// What ends a paragraph without an empty line: headings, lists, tables, blocks of code.
const ENDS: &[&str] = &["#", "- ", "* ", "|", "```"];

/// Where decisions stand.
const DECISIONS: &str = "docs/decisions/";

/// Traits and methods that need no contract beyond their documentation, and why.
const WITHOUT_CONTRACT: &[(&str, &str)] = &[
    ("Environment::wall", "a clock"),
    ("Environment::elapsed", "a clock"),
    ("Environment::random", "a number"),
    ("Classify", "for callers; nobody else implements it"),
    (
        "TypedConfig",
        "derived for every struct of options; nobody implements it by hand",
    ),
];

/// What declares an item; fields and variants may explain themselves at length.
const ITEMS: &[&str] = &[
    "fn", "struct", "enum", "trait", "union", "type", "mod", "const", "static", "use",
];

/// What may stand in front of such a word.
const MODIFIERS: &[&str] = &["pub", "async", "unsafe", "extern"];

/// Reports public documentation whose first sentence is too long to read in a list.
pub fn long_first_sentences(file: &SourceFile) -> Vec<Finding> {
    // No list shows tests and benches.
    if !file.path().contains("/src/") {
        return Vec::new();
    }
    blocks(file)
        .into_iter()
        .filter_map(|(line, block)| {
            let words = words_of_first_sentence(&block);
            (words > MOST_WORDS).then(|| {
                let found = format!("a first sentence of {words} words");
                file.finding(line, found, format!("at most {MOST_WORDS}"))
            })
        })
        .collect()
}

/// Reports code blocks that documentation shows and nothing compiles.
///
/// A block of the book that includes a file is compiled with that file.
pub fn ignored_doctests(path: &str, text: &str) -> Vec<Finding> {
    let is_rust = path.ends_with(".rs");
    let next = text.lines().skip(1).chain([""]);
    text.lines()
        .zip(next)
        .enumerate()
        .filter(|(_, (_, next))| !next.starts_with("{{#include "))
        .filter_map(|(index, (line, _))| {
            let line = line.trim();
            let shown = if is_rust { doc_text(line)? } else { line };
            let language = shown.trim().strip_prefix("```")?;
            let ignored = language
                .split(',')
                .any(|word| word.trim().starts_with("ignore"));
            ignored.then(|| {
                let place = format!("{path}:{}", index + 1);
                Finding::new(
                    place,
                    format!("```{language}"),
                    "a block that runs, or `no_run`",
                )
            })
        })
        .collect()
}

/// Reports methods of public traits that do not say their contract.
///
/// Whoever implements a trait reads its methods one by one: order, repetition, cancellation, what an error leads to.
pub fn missing_contracts(file: &SourceFile) -> Vec<Finding> {
    if !file.path().contains("/src/") {
        return Vec::new();
    }
    let mut findings = Vec::new();
    let mut name = None;
    let mut says_contract = false;
    for ((number, line), code) in file.lines().zip(file.code().lines()) {
        if let Some(rest) = code.strip_prefix("pub trait ") {
            name = crate::source_file::identifiers(rest).next();
        } else if code.starts_with('}') {
            name = None;
        }
        let Some(name) = name else { continue };
        let text = doc_text(line.trim()).map(str::trim);
        says_contract |= text == Some("# Contract");
        let method = code
            .strip_prefix("    fn ")
            .or_else(|| code.strip_prefix("    async fn "));
        if let Some(method) = method {
            let method = crate::source_file::identifiers(method)
                .next()
                .unwrap_or_default();
            let full = format!("{name}::{method}");
            let excused = WITHOUT_CONTRACT
                .iter()
                .any(|(known, _)| *known == name || *known == full);
            if !says_contract && !excused {
                let found = format!("`{full}` without `# Contract`");
                findings.push(file.finding(number, found, "a list of what holds"));
            }
            says_contract = false;
        }
    }
    findings
}

/// Reports a README whose programs no documentation test compiles.
pub fn uncompiled_readme<'a>(sources: impl IntoIterator<Item = &'a SourceFile>) -> Option<Finding> {
    let includes = |file: &SourceFile| {
        let lines: Vec<_> = file.lines().map(|(_, line)| line.trim()).collect();
        lines.windows(2).any(|pair| {
            pair[0] == "#[cfg(doctest)]" && pair[1] == "#[doc = include_str!(\"../../README.md\")]"
        })
    };
    let mut roots = sources.into_iter().filter(|file| {
        let path = file.path();
        path.ends_with("/src/lib.rs") && path.matches('/').count() == 2
    });
    let compiled = roots.any(includes);
    (!compiled).then(|| {
        let expected =
            "`#[cfg(doctest)]` and `#[doc = include_str!(\"../../README.md\")]` in a `lib.rs`";
        Finding::new("README.md:1", "programs that nothing compiles", expected)
    })
}

/// Reports a README that names another Rust version than the manifests, or none.
pub fn other_rust_version(readme: &str, expected: &str) -> Option<Finding> {
    let stated = readme.lines().enumerate().find_map(|(index, line)| {
        let (_, rest) = line.split_once("Rust ")?;
        let version: String = rest
            .chars()
            .take_while(|c| c.is_ascii_digit() || *c == '.')
            .collect();
        let version = version.trim_end_matches('.').to_owned();
        (!version.is_empty()).then_some((index + 1, version))
    });
    let expected_text = format!("`Rust {expected}`, as in Cargo.toml");
    match stated {
        Some((_, version)) if version == expected => None,
        Some((line, version)) => Some(Finding::new(
            format!("README.md:{line}"),
            format!("`Rust {version}`"),
            expected_text,
        )),
        None => Some(Finding::new(
            "README.md:1",
            "no Rust version",
            expected_text,
        )),
    }
}

/// Reports decisions that the list of decisions does not link to.
pub fn unlisted_decisions<'a>(
    paths: impl IntoIterator<Item = &'a str>,
    list: &str,
) -> Vec<Finding> {
    let decisions = paths
        .into_iter()
        .filter_map(|path| Some((path, path.strip_prefix(DECISIONS)?)));
    decisions
        .filter(|(_, name)| *name != "README.md" && !list.contains(&format!("({name})")))
        .map(|(path, _)| {
            let expected = format!("a line in {DECISIONS}README.md");
            Finding::new(
                format!("{path}:1"),
                "a decision that nothing lists",
                expected,
            )
        })
        .collect()
}

/// Returns the documentation blocks that are listed somewhere, each with its first line.
///
/// These are modules, public items and the methods of public traits.
fn blocks(file: &SourceFile) -> Vec<(usize, Vec<&str>)> {
    let mut blocks = Vec::new();
    let mut open: Option<(usize, Vec<&str>)> = None;
    let mut brackets = 0;
    let mut in_trait = false;
    for ((number, line), code) in file.lines().zip(file.code().lines()) {
        let line = line.trim();
        if let Some(text) = doc_text(line) {
            open.get_or_insert_with(|| (number, Vec::new()))
                .1
                .push(text);
            continue;
        }
        let in_attribute = brackets > 0 || code.trim_start().starts_with("#[");
        brackets += code.matches('[').count();
        brackets = brackets.saturating_sub(code.matches(']').count());
        if in_attribute {
            // What a macro writes in front is the first sentence.
            if line.starts_with("#[doc") {
                open.get_or_insert_with(|| (number, Vec::new())).1.push("…");
            }
            continue;
        }
        brackets = 0;
        if !code.starts_with(' ') && !line.is_empty() {
            in_trait = code.starts_with("pub trait ");
        }
        // A module's own documentation stands before a blank line.
        if let Some(block) = open.take()
            && (line.is_empty()
                || (is_item(code) && (in_trait || code.trim_start().starts_with("pub "))))
        {
            blocks.push(block);
        }
    }
    blocks
}

fn doc_text(line: &str) -> Option<&str> {
    line.strip_prefix("//!")
        .or_else(|| line.strip_prefix("///"))
}

fn is_item(code: &str) -> bool {
    let mut words =
        crate::source_file::identifiers(code).skip_while(|word| MODIFIERS.contains(word));
    words.next().is_some_and(|word| ITEMS.contains(&word))
}

fn words_of_first_sentence(block: &[&str]) -> usize {
    let paragraph = block
        .iter()
        .map(|line| line.trim())
        .skip_while(|line| line.is_empty())
        .take_while(|line| !ENDS.iter().any(|end| line.starts_with(end)) && !line.is_empty());
    let text = paragraph.collect::<Vec<_>>().join(" ");
    let mut words = 0;
    let mut in_code = false;
    for word in text.split_whitespace() {
        // A span of code counts as one word.
        words += usize::from(!in_code);
        in_code ^= word.matches('`').count() % 2 == 1;
        let ends = word.ends_with(['.', '?', '!']) && !ABBREVIATIONS.contains(&word);
        if ends && !in_code {
            break;
        }
    }
    words
}
