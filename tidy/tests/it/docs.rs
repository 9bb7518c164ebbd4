use std::fs;

use tidy::{docs, layout};

use crate::habit::{check, check_found, sample, workspace};

#[test]
fn first_sentences_fit_into_a_list() {
    check(workspace().files().flat_map(docs::long_first_sentences));
}

#[test]
fn shown_code_is_compiled() {
    let markdown = workspace().markdown().unwrap();
    let sources = workspace().files().map(|file| file.path().to_owned());
    check(sources.chain(markdown).flat_map(|path| {
        let text = fs::read_to_string(workspace().root().join(&path)).unwrap();
        docs::ignored_doctests(&path, &text)
    }));
}

#[test]
fn every_method_of_a_public_trait_says_its_contract() {
    check(workspace().files().flat_map(docs::missing_contracts));
}

#[test]
fn a_method_without_a_contract_is_found() {
    let text = "/// Reads.\npub trait Read {\n    /// Reads one.\n    ///\n    /// # Contract\n    ///\n    \
                /// - Never twice.\n    fn one(&self);\n\n    /// Reads all.\n    async fn all(&self) -> u8 {\n        \
                1\n    }\n}\n\npub trait Classify {\n    fn any(&self);\n}\n";
    let found = docs::missing_contracts(&sample("src/read.rs", text));
    check_found(found, ["sample/src/read.rs:11"]);
}

#[test]
fn the_programs_of_the_readme_are_compiled() {
    check(docs::uncompiled_readme(workspace().files()));
}

#[test]
fn a_readme_that_nothing_compiles_is_found() {
    let compiled = "#[cfg(doctest)]\n#[doc = include_str!(\"../../README.md\")]\nstruct Readme;\n";
    check_found(
        docs::uncompiled_readme([&sample("src/lib.rs", compiled)]),
        [],
    );
    let always = "#[doc = include_str!(\"../../README.md\")]\nstruct Readme;\n";
    check_found(
        docs::uncompiled_readme([&sample("src/lib.rs", always)]),
        ["README.md:1"],
    );
}

#[test]
fn the_readme_names_the_rust_version_of_the_manifests() {
    let manifest = workspace().text("Cargo.toml").unwrap().unwrap();
    let expected = layout::rust_version(&manifest).unwrap();
    let readme = workspace().text("README.md").unwrap();
    check(readme.and_then(|readme| docs::other_rust_version(&readme, expected)));
}

#[test]
fn every_decision_is_listed() {
    let list = workspace()
        .text("docs/decisions/README.md")
        .unwrap()
        .unwrap();
    let paths = workspace().markdown().unwrap();
    check(docs::unlisted_decisions(
        paths.iter().map(String::as_str),
        &list,
    ));
}

#[test]
fn an_unlisted_decision_is_found() {
    let paths = [
        "docs/decisions/README.md",
        "docs/decisions/0001-a.md",
        "docs/decisions/0002-b.md",
    ];
    let place = "docs/decisions/0002-b.md:1";
    check_found(
        docs::unlisted_decisions(paths, "[0001](0001-a.md)"),
        [place],
    );
}

#[test]
fn a_long_first_sentence_is_found() {
    let fifteen =
        "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen";
    check_sentence(&format!("/// {fifteen}.\npub fn f() {{}}"), []);
    check_sentence(
        &format!("/// {fifteen} sixteen.\npub fn f() {{}}"),
        ["sample/src/a.rs:1"],
    );
    check_sentence(
        &format!("/// {fifteen}\n/// sixteen.\n#[inline(\n)]\npub fn f() {{}}"),
        ["sample/src/a.rs:1"],
    );
    check_sentence(
        &format!("//! {fifteen}, sixteen\n\nuse a::b;"),
        ["sample/src/a.rs:1"],
    );
}

#[test]
fn only_the_first_sentence_of_an_item_is_counted() {
    let nine = "one two three four five six seven eight nine";
    check_sentence(&format!("/// {nine}. {nine}.\npub fn f() {{}}"), []);
    check_sentence(
        &format!("/// {nine}\n///\n/// {nine}.\npub fn f() {{}}"),
        [],
    );
    check_sentence(&format!("/// {nine}\n/// - {nine}.\npub fn f() {{}}"), []);
    check_sentence(
        &format!("/// {nine} e.g. {nine}.\npub fn f() {{}}"),
        ["sample/src/a.rs:1"],
    );
    check_sentence(
        &format!("struct A {{\n/// {nine} {nine}.\n    field: u8,\n}}"),
        [],
    );
}

#[test]
fn a_sentence_that_a_macro_writes_comes_first() {
    let long = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen";
    check_sentence(
        &format!("#[doc = $doc]\n///\n/// {long}.\npub fn f() {{}}"),
        [],
    );
}

#[test]
fn sentences_that_no_list_shows_may_be_long() {
    let long = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen";
    check_sentence(&format!("/// {long}.\nfn f() {{}}"), []);
    check_sentence(&format!("/// {long}.\npub(crate) fn f() {{}}"), []);
    check_sentence(&format!("trait A {{\n    /// {long}.\n    fn f();\n}}"), []);
    let listed =
        format!("pub trait A {{\n    /// {long}.\n    fn f();\n}}\n/// {long}.\nfn g() {{}}");
    check_sentence(&listed, ["sample/src/a.rs:2"]);
}

#[test]
fn a_span_of_code_is_one_word() {
    let code = "`one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen`";
    check_sentence(&format!("/// Runs {code}.\npub fn f() {{}}"), []);
}

#[test]
fn an_ignored_doctest_is_found() {
    let text = "/// ```ignore\n/// ```\n/// ```rust,ignore\n/// ```no_run\n    // ```ignore\n";
    check_found(docs::ignored_doctests("a.rs", text), ["a.rs:1", "a.rs:3"]);
    check_found(
        docs::ignored_doctests("a.md", "text\n```rust,ignore\n```"),
        ["a.md:2"],
    );
    let included = "```rust,ignore\n{{#include ../sink.rs}}\n```";
    check_found(docs::ignored_doctests("a.md", included), []);
}

#[test]
fn a_readme_with_another_rust_version_is_found() {
    check_found(
        docs::other_rust_version("# A\nNeeds Rust 1.95.\n", "1.95"),
        [],
    );
    check_found(
        docs::other_rust_version("# A\nNeeds Rust 1.94 or newer\n", "1.95"),
        ["README.md:2"],
    );
    check_found(
        docs::other_rust_version("# Rust libraries\n", "1.95"),
        ["README.md:1"],
    );
}

#[track_caller]
fn check_sentence<const N: usize>(text: &str, places: [&str; N]) {
    check_found(
        docs::long_first_sentences(&sample("src/a.rs", text)),
        places,
    );
}
