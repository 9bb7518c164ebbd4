use tidy::{Dependency, DependencyKind, Package, layers};

use crate::habit::{check, check_found, workspace};

const ALL: &[DependencyKind] = &[
    DependencyKind::Normal,
    DependencyKind::Build,
    DependencyKind::Dev,
];

const PRODUCT: &[DependencyKind] = &[DependencyKind::Normal, DependencyKind::Build];

/// What binds the Kafka client.
const CLIENT: &[&str] = &["connect-librdkafka", "rdkafka", "rdkafka-sys"];

#[test]
fn dependencies_point_down() {
    check(layers::forbidden_dependencies(workspace().packages()));
}

#[test]
fn nobody_needs_the_default_features_of_the_runtime() {
    check(layers::default_features_of_the_runtime(
        workspace().packages(),
    ));
}

#[test]
fn the_contract_needs_no_executor_and_no_client() {
    let with_tests = workspace().reached(&["connect-api"], ALL).unwrap();
    check(layers::reached("connect-api", &with_tests, CLIENT));
    let without = workspace().reached(&["connect-api"], PRODUCT).unwrap();
    check(layers::reached("connect-api", &without, &["tokio"]));
}

#[test]
fn no_connector_reaches_the_kafka_client() {
    let connectors: Vec<_> = workspace()
        .packages()
        .iter()
        .filter(|package| package.folder().starts_with("connectors/"))
        .map(Package::name)
        .collect();
    // Without a package, cargo would show the tree of the whole workspace.
    if connectors.is_empty() {
        return;
    }
    let reached = workspace().reached(&connectors, ALL).unwrap();
    check(layers::reached(&connectors.join(" "), &reached, CLIENT));
}

#[test]
fn a_dependency_that_points_up_is_found() {
    check_found(
        layers::forbidden_dependencies(&[
            package("connect-api", "connect-api", &["connect-runtime", "serde"]),
            package("connect-runtime", "connect-runtime", &["connect-api"]),
        ]),
        ["connect-api/Cargo.toml:2"],
    );
}

#[test]
fn a_dependency_between_siblings_is_found() {
    check_found(
        layers::forbidden_dependencies(&[
            package("connectors/connect-a", "connect-a", &["connect-converters"]),
            package("connect-converters", "connect-converters", &[]),
            package("connect-runtime", "connect-runtime", &["connect-a"]),
            package(
                "examples/minimal",
                "minimal",
                &["connect-a", "connect-runtime"],
            ),
        ]),
        [
            "connectors/connect-a/Cargo.toml:2",
            "connect-runtime/Cargo.toml:2",
        ],
    );
}

#[test]
fn tests_may_use_the_testkit_and_the_product_may_not() {
    let connector = |kind| {
        let manifest = "[package]\nconnect-testkit\n";
        Package::new("connectors/connect-a", "connect-a", manifest)
            .with_dependencies([Dependency::new("connect-testkit", kind)])
    };
    let testkit = || package("connect-testkit", "connect-testkit", &[]);
    let place = "connectors/connect-a/Cargo.toml:2";
    check_found(
        layers::forbidden_dependencies(&[connector(DependencyKind::Dev), testkit()]),
        [],
    );
    check_found(
        layers::forbidden_dependencies(&[connector(DependencyKind::Normal), testkit()]),
        [place],
    );
}

#[test]
fn a_crate_without_a_layer_is_found() {
    check_found(
        layers::forbidden_dependencies(&[package("connect-new", "connect-new", &[])]),
        ["connect-new/Cargo.toml:1"],
    );
}

#[test]
fn default_features_of_the_runtime_are_found() {
    let runtime = || Dependency::new("connect-runtime", DependencyKind::Dev);
    let needs =
        |dependency| Package::new("a", "a", "\n\nconnect-runtime").with_dependencies([dependency]);
    check_found(
        layers::default_features_of_the_runtime(&[needs(runtime())]),
        ["a/Cargo.toml:3"],
    );
    let without = needs(runtime().without_default_features());
    check_found(layers::default_features_of_the_runtime(&[without]), []);
}

#[test]
fn a_banned_package_in_the_tree_is_found() {
    let tree = ["serde".to_owned(), "tokio".to_owned()];
    check_found(
        layers::reached("connect-api", &tree, &["tokio", "rdkafka"]),
        ["connect-api"],
    );
}

#[test]
fn the_tree_of_a_package_lists_what_it_needs() {
    let reached = workspace().reached(&["tidy"], PRODUCT).unwrap();
    assert!(
        reached.iter().any(|name| name == "serde_json"),
        "{reached:?}"
    );
}

/// Makes up a package with one dependency per manifest line.
fn package(folder: &str, name: &str, dependencies: &[&str]) -> Package {
    let manifest = format!("[package]\n{}", dependencies.join("\n"));
    let edges = dependencies
        .iter()
        .map(|name| Dependency::new(name, DependencyKind::Normal));
    Package::new(folder, name, &manifest).with_dependencies(edges)
}
