use tidy::{Package, cycles};

use crate::habit::{check, check_found, sample, workspace};

#[test]
fn modules_import_downward() {
    check(workspace().packages().iter().flat_map(cycles::new_cycles));
}

#[test]
fn two_modules_that_import_each_other_are_found() {
    check_cycles(
        &[
            ("src/lib.rs", "mod a;\nmod b;\nmod c;"),
            ("src/a.rs", "use crate::{b::B, c};"),
            ("src/b.rs", "fn f() { crate::a::g() }"),
            ("src/c.rs", ""),
        ],
        ["sample/src"],
    );
}

#[test]
fn a_longer_cycle_is_found_once() {
    check_cycles(
        &[
            ("src/lib.rs", "mod a;\nmod b;\nmod c;"),
            ("src/a.rs", "use super::b;"),
            ("src/b.rs", "use crate::c::{D, E};"),
            ("src/c.rs", "use crate::a::*;"),
        ],
        ["sample/src"],
    );
}

#[test]
fn a_name_that_lib_rs_passes_on_counts_as_its_module() {
    check_cycles(
        &[
            (
                "src/lib.rs",
                "mod a;\nmod b;\npub use a::{A, Other};\npub use b::B;",
            ),
            ("src/a.rs", "use crate::B;"),
            ("src/b.rs", "use crate::A;"),
        ],
        ["sample/src"],
    );
}

/// Two files of a folder that import each other.
const ENTANGLED: [(&str, &str); 4] = [
    ("src/lib.rs", "mod folder;"),
    ("src/folder/mod.rs", "mod a;\nmod b;"),
    ("src/folder/a.rs", "use super::b::B;"),
    ("src/folder/b.rs", "use crate::folder::a::A;"),
];

#[test]
fn a_cycle_in_a_folder_of_folders_is_found_there() {
    let folder = ("src/folder/inner/mod.rs", "mod c;");
    let file = ("src/folder/inner/c.rs", "");
    check_cycles(
        &[ENTANGLED.as_slice(), &[folder, file]].concat(),
        ["sample/src/folder"],
    );
}

#[test]
fn the_files_of_a_folder_without_others_are_one_thing() {
    check_cycles(&ENTANGLED, []);
}

#[test]
fn imports_that_point_downward_are_no_cycle() {
    check_cycles(
        &[
            ("src/lib.rs", "mod a;\nmod b;\nmod folder;\npub use a::A;"),
            (
                "src/a.rs",
                "use std::fmt;\nuse crate::b::B;\n#[cfg(test)]\nmod tests { use crate::folder; }",
            ),
            ("src/b.rs", "pub(crate) struct B;"),
            // A folder and what is in it may name each other.
            (
                "src/folder/mod.rs",
                "mod inner;\nuse crate::A;\nuse inner::Inner;",
            ),
            (
                "src/folder/inner.rs",
                "use super::Outer;\nuse crate::folder::Outer;",
            ),
        ],
        [],
    );
}

#[test]
fn foreign_names_that_point_at_each_other_end_the_search() {
    check_cycles(
        &[(
            "src/lib.rs",
            "use a::b;\nuse b::a;\nfn f() { crate::a::c() }",
        )],
        [],
    );
}

#[track_caller]
fn check_cycles<const N: usize>(files: &[(&str, &str)], places: [&str; N]) {
    let files = files.iter().map(|(path, text)| sample(path, text));
    let package = Package::new("sample", "sample", "").with_files(files);
    check_found(cycles::new_cycles(&package), places);
}
