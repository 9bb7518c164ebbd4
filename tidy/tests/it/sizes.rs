use tidy::sizes;

use crate::habit::{check, check_found, sample, workspace};

#[test]
fn files_are_short_or_say_why_not() {
    check(workspace().files().filter_map(sizes::long_file));
}

#[test]
fn lib_rs_is_a_table_of_contents() {
    check(workspace().files().flat_map(sizes::logic_in_lib));
}

#[test]
fn the_architecture_is_a_map() {
    let map = workspace().text("ARCHITECTURE.md").unwrap();
    check(map.and_then(|map| sizes::long_map(&map)));
}

#[test]
fn a_long_file_is_found_unless_it_says_why() {
    let code = "fn f() {}\n".repeat(sizes::MOST_CODE_LINES + 1);
    check_found(
        sizes::long_file(&sample("src/a.rs", &code)),
        ["sample/src/a.rs:1"],
    );
    let excused = format!("//! A table.\n//!\n//! Long because it is generated.\n{code}");
    check_found(sizes::long_file(&sample("src/a.rs", &excused)), []);
    let comments = "// A line.\n\n".repeat(sizes::MOST_CODE_LINES);
    check_found(sizes::long_file(&sample("src/a.rs", &comments)), []);
}

#[test]
fn logic_in_lib_rs_is_found() {
    let contents = "\
//! Docs.
#![expect(
    missing_docs,
    reason = \"a sample\"
)]
mod a;
pub(crate) mod b;
pub use a::{
    First,
    Second,
};
#[cfg(doctest)]
#[doc = include_str!(\"../README.md\")]
struct Readme;
";
    check_found(sizes::logic_in_lib(&sample("src/lib.rs", contents)), []);
    let logic = "mod a;\npub fn f() {\n    g();\n}\nmod b {\n}\nstruct C;\n";
    check_found(
        sizes::logic_in_lib(&sample("src/lib.rs", logic)),
        [
            "sample/src/lib.rs:2",
            "sample/src/lib.rs:5",
            "sample/src/lib.rs:7",
        ],
    );
    check_found(sizes::logic_in_lib(&sample("src/a.rs", logic)), []);
}

#[test]
fn a_long_lib_rs_is_found() {
    let long = "mod a;\n".repeat(sizes::MOST_LIB_LINES);
    check_found(
        sizes::logic_in_lib(&sample("src/lib.rs", &long)),
        ["sample/src/lib.rs:1"],
    );
}

#[test]
fn a_long_map_is_found() {
    check_found(
        sizes::long_map(&"line\n".repeat(sizes::MOST_MAP_LINES)),
        ["ARCHITECTURE.md:1"],
    );
    check_found(
        sizes::long_map(&"line\n".repeat(sizes::MOST_MAP_LINES - 1)),
        [],
    );
}
