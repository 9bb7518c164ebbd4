//! Which crate may depend on which.

use crate::{Dependency, DependencyKind, Finding, Package};

/// Where a crate stands in the dependency rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Layer {
    /// The contract: no workspace crate below it.
    Api,
    /// The safe layer over the client library, for the runtime alone.
    Client,
    /// What runs plugins and names none.
    Runtime,
    /// Connectors, converters and transforms: plugins of the runtime.
    Plugin,
    /// What everybody's tests use.
    Testkit,
    /// Servers that are not ours, for tests that need one.
    Lab,
    /// What mounts into an application.
    Rest,
    /// What names concrete plugins: the command line, examples, benches, the book's tests, those beside Java.
    Application,
    /// What stands beside the product.
    Tool,
}

impl Layer {
    fn of(name: &str, folder: &str) -> Option<Self> {
        match name {
            "connect-api" => Some(Self::Api),
            "connect-librdkafka" => Some(Self::Client),
            "connect-runtime" => Some(Self::Runtime),
            "connect-converters" | "connect-transforms" => Some(Self::Plugin),
            "connect-testkit" => Some(Self::Testkit),
            "connect-kafka-lab" | "connect-registry-lab" => Some(Self::Lab),
            "connect-rest" => Some(Self::Rest),
            "connect-cli"
            | "connect-benches"
            | "connect-docs"
            | "connect-java-tests"
            | "connect-kafka-tests"
            | "connect-registry-tests" => Some(Self::Application),
            "tidy" => Some(Self::Tool),
            _ if folder.starts_with("connectors/") => Some(Self::Plugin),
            _ if folder.starts_with("examples/") => Some(Self::Application),
            _ => None,
        }
    }

    /// Returns the layers that a crate of this one may build on.
    fn below(self) -> &'static [Self] {
        match self {
            Self::Api | Self::Client | Self::Lab | Self::Tool => &[],
            Self::Runtime => &[Self::Api, Self::Client],
            Self::Plugin => &[Self::Api],
            Self::Testkit | Self::Rest => &[Self::Api, Self::Runtime],
            Self::Application => &[
                Self::Api,
                Self::Runtime,
                Self::Plugin,
                Self::Rest,
                Self::Testkit,
                Self::Lab,
            ],
        }
    }

    /// Returns the layers that the tests of such a crate may use as well.
    fn below_tests(self) -> &'static [Self] {
        match self {
            Self::Api | Self::Lab | Self::Tool => &[],
            Self::Client | Self::Testkit => &[Self::Lab],
            Self::Runtime => &[Self::Testkit, Self::Lab],
            Self::Plugin => &[Self::Runtime, Self::Testkit, Self::Lab],
            Self::Rest | Self::Application => &[Self::Testkit, Self::Plugin, Self::Lab],
        }
    }
}

/// Reports dependencies inside the workspace that point sideways or up.
pub fn forbidden_dependencies(packages: &[Package]) -> Vec<Finding> {
    packages
        .iter()
        .flat_map(|package| forbidden_dependencies_of(package, packages))
        .collect()
}

fn forbidden_dependencies_of(package: &Package, packages: &[Package]) -> Vec<Finding> {
    let Some(layer) = Layer::of(package.name(), package.folder()) else {
        let expected = "a crate that `tidy::layers` knows";
        let found = format!("package `{}`", package.name());
        return vec![Finding::new(
            package.manifest_place("name"),
            found,
            expected,
        )];
    };
    let allowed = |dependency: &Dependency, target: Layer| {
        layer.below().contains(&target)
            || (dependency.kind() == DependencyKind::Dev && layer.below_tests().contains(&target))
    };
    package
        .dependencies()
        .iter()
        .filter_map(|dependency| {
            let target = packages
                .iter()
                .find(|other| other.name() == dependency.name())?;
            let target_layer = Layer::of(target.name(), target.folder())?;
            (!allowed(dependency, target_layer)).then(|| {
                Finding::new(
                    package.manifest_place(dependency.name()),
                    format!("`{}` needs `{}`", package.name(), dependency.name()),
                    "dependencies that point down: see ARCHITECTURE.md",
                )
            })
        })
        .collect()
}

/// Reports crates that switch the default features of the runtime on.
///
/// With them a C library is built, in everything that depends on such a crate.
pub fn default_features_of_the_runtime(packages: &[Package]) -> Vec<Finding> {
    let names_it = |dependency: &&Dependency| {
        dependency.name() == "connect-runtime" && dependency.uses_default_features()
    };
    packages
        .iter()
        .filter(|package| {
            package
                .dependencies()
                .iter()
                .any(|dependency| names_it(&dependency))
        })
        .map(|package| {
            Finding::new(
                package.manifest_place("connect-runtime"),
                "connect-runtime with default features",
                "`default-features = false`",
            )
        })
        .collect()
}

/// Reports the packages of `banned` among those that building `package` reaches.
pub fn reached(package: &str, reached: &[String], banned: &[&str]) -> Vec<Finding> {
    banned
        .iter()
        .filter(|name| reached.iter().any(|reached| reached == *name))
        .map(|name| {
            let advice = format!("none (`cargo tree -p {package} -i {name}` shows the way)");
            Finding::new(package, format!("`{name}` in its dependency tree"), advice)
        })
        .collect()
}
