use tidy::{Package, SourceFile, Target, layout};

use crate::habit::{check, check_found, sample, workspace};

fn root_manifest() -> String {
    workspace()
        .text("Cargo.toml")
        .expect("the root manifest can be read")
        .expect("a workspace has a root manifest")
}

#[test]
fn folders_are_named_like_their_packages() {
    check(layout::misplaced_packages(workspace().packages()));
}

#[test]
fn the_root_manifest_is_virtual() {
    check(layout::root_package(&root_manifest()));
}

#[test]
fn packages_inherit_the_lint_table() {
    check(layout::packages_without_lints(workspace().packages()));
}

#[test]
fn packages_promise_the_rust_version_of_the_workspace() {
    let manifest = root_manifest();
    let expected = layout::rust_version(&manifest).expect("the root manifest states it");
    check(layout::other_rust_versions(
        workspace().packages(),
        expected,
    ));
}

#[test]
fn folders_use_mod_rs() {
    check(
        workspace()
            .packages()
            .iter()
            .flat_map(|p| layout::folders_without_mod_rs(p.files())),
    );
}

#[test]
fn every_file_is_compiled() {
    check(workspace().packages().iter().flat_map(layout::orphans));
}

#[test]
fn a_package_in_another_folder_is_found() {
    check_found(
        layout::misplaced_packages(&[
            Package::new("connect-api", "connect-api", ""),
            Package::new("examples/minimal", "minimal", ""),
            Package::new("benches", "connect-benches", ""),
            Package::new("api", "connect-api", "[package]\nname = \"connect-api\""),
            Package::new("crates/connect-api", "connect-api", ""),
        ]),
        ["api/Cargo.toml:2", "crates/connect-api/Cargo.toml:1"],
    );
}

#[test]
fn a_package_in_the_root_manifest_is_found() {
    check_found(
        layout::root_package("[workspace]\n\n[package]\nname = \"a\""),
        ["Cargo.toml:3"],
    );
    check_found(layout::root_package("[workspace]\n[workspace.package]"), []);
}

#[test]
fn a_package_with_lints_of_its_own_is_found() {
    check_found(
        layout::packages_without_lints(&[
            Package::new("good", "good", "[lints]\nworkspace = true\n"),
            Package::new("none", "none", "[package]\n"),
            Package::new("own", "own", "[lints]\n[other]\nworkspace = true\n"),
        ]),
        ["none/Cargo.toml:1", "own/Cargo.toml:1"],
    );
}

#[test]
fn a_package_without_a_rust_version_is_found() {
    let manifest = "[workspace.package]\nedition = \"2024\"\nrust-version = \"1.95\"\n";
    assert_eq!(layout::rust_version(manifest), Some("1.95"));
    let package = Package::new("a", "a", "");
    check_found(
        layout::other_rust_versions(&[package], "1.95"),
        ["a/Cargo.toml:1"],
    );
}

#[test]
fn a_folder_beside_its_file_is_found() {
    let files =
        |paths: &[&str]| -> Vec<SourceFile> { paths.iter().map(|path| sample(path, "")).collect() };
    check_found(
        layout::folders_without_mod_rs(&files(&["src/a.rs", "src/a/b.rs"])),
        ["sample/src/a.rs:1"],
    );
    check_found(
        layout::folders_without_mod_rs(&files(&["src/a/mod.rs", "src/a/b.rs"])),
        [],
    );
}

#[test]
fn a_file_that_no_mod_line_names_is_found() {
    let package = Package::new("sample", "sample", "")
        .with_targets([
            Target::new("lib", "src/lib.rs"),
            Target::new("test", "tests/it/main.rs"),
        ])
        .with_files([
            sample("src/lib.rs", "mod a;\npub mod folder;\n// mod orphan;\n"),
            sample("src/a.rs", "mod inner;\n"),
            sample("src/a/inner.rs", ""),
            sample("src/folder/mod.rs", "pub(crate) mod b;"),
            sample("src/folder/b.rs", ""),
            sample("src/orphan.rs", ""),
            sample("tests/it/main.rs", "mod claims;"),
            sample("tests/it/claims.rs", ""),
            sample("tests/it/forgotten.rs", ""),
        ]);
    check_found(
        layout::orphans(&package),
        ["sample/src/orphan.rs:1", "sample/tests/it/forgotten.rs:1"],
    );
}
