//! Where folders, manifests and files stand.

use crate::{Finding, Package, SourceFile};

/// Folders whose package has a longer name, which says whose it is.
const RENAMED: &[(&str, &str)] = &[("benches", "connect-benches"), ("docs", "connect-docs")];

/// Crates with a lint table of their own: see the decision on `unsafe` code.
const OWN_LINTS: &[&str] = &["connect-librdkafka"];

/// Reports packages that are not in the folder of their name, or nested too deep.
pub fn misplaced_packages(packages: &[Package]) -> Vec<Finding> {
    let misplaced = |package: &&Package| {
        let (parent, name) = package
            .folder()
            .rsplit_once('/')
            .unwrap_or(("", package.folder()));
        let renamed = RENAMED.contains(&(package.folder(), package.name()));
        let known_parent = matches!(parent, "" | "connectors" | "examples");
        !known_parent || (name != package.name() && !renamed)
    };
    packages
        .iter()
        .filter(misplaced)
        .map(|package| {
            Finding::new(
                package.manifest_place("name"),
                format!("package `{}`", package.name()),
                "a folder named like the package, at the root, in `connectors/` or in `examples/`",
            )
        })
        .collect()
}

/// Reports a root manifest that is a package too.
pub fn root_package(manifest: &str) -> Vec<Finding> {
    section(manifest, "package")
        .map(|(line, _)| {
            Finding::new(
                format!("Cargo.toml:{line}"),
                "a package",
                "a virtual manifest",
            )
        })
        .into_iter()
        .collect()
}

/// Reports packages that do not take over the lint table of the workspace.
pub fn packages_without_lints(packages: &[Package]) -> Vec<Finding> {
    let inherits = |package: &Package| {
        section(package.manifest(), "lints").is_some_and(|(_, body)| {
            body.iter()
                .any(|line| line.replace(' ', "") == "workspace=true")
        })
    };
    packages
        .iter()
        .filter(|package| !OWN_LINTS.contains(&package.name()) && !inherits(package))
        .map(|package| {
            Finding::new(
                package.manifest_place("[lints"),
                "no inherited lint table",
                "`[lints] workspace = true`",
            )
        })
        .collect()
}

/// Reports packages that promise another Rust version than the workspace.
pub fn other_rust_versions(packages: &[Package], expected: &str) -> Vec<Finding> {
    packages
        .iter()
        .filter(|package| package.rust_version() != Some(expected))
        .map(|package| {
            Finding::new(
                package.manifest_place("rust-version"),
                format!(
                    "Rust version {}",
                    package.rust_version().unwrap_or("unstated")
                ),
                format!("`rust-version.workspace = true` ({expected})"),
            )
        })
        .collect()
}

/// Returns the Rust version that the root manifest states.
pub fn rust_version(manifest: &str) -> Option<&str> {
    let (_, body) = section(manifest, "workspace.package")?;
    let line = body
        .iter()
        .find_map(|line| line.strip_prefix("rust-version"))?;
    Some(line.trim_start_matches([' ', '=']).trim_matches('"'))
}

/// Reports modules whose folder stands beside a file of the same name.
pub fn folders_without_mod_rs(files: &[SourceFile]) -> Vec<Finding> {
    files
        .iter()
        .filter(|file| {
            let folder = format!("{}/", file.path().trim_end_matches(".rs"));
            files.iter().any(|other| other.path().starts_with(&folder))
        })
        .map(|file| {
            let folder = file.path().trim_end_matches(".rs");
            file.finding(
                1,
                "a file beside a folder of its name",
                format!("`{folder}/mod.rs`"),
            )
        })
        .collect()
}

/// Reports files that no `mod` line brings into a target, so nothing compiles them.
pub fn orphans(package: &Package) -> Vec<Finding> {
    let targets: Vec<_> = package
        .targets()
        .iter()
        .map(|target| format!("{}/{}", package.folder(), target.path()))
        .collect();
    let declared = |file: &SourceFile| {
        let own = file
            .path()
            .trim_end_matches("/mod.rs")
            .trim_end_matches(".rs");
        let Some((folder, module)) = own.rsplit_once('/') else {
            return false;
        };
        package.files().iter().any(|parent| {
            let holds = if targets.iter().any(|target| target == parent.path())
                || parent.path().ends_with("/mod.rs")
            {
                parent
                    .path()
                    .rsplit_once('/')
                    .is_some_and(|(parent, _)| parent == folder)
            } else {
                parent.path().trim_end_matches(".rs") == folder
            };
            holds && parent.code_lines().any(|(_, line)| declares(line, module))
        })
    };
    package
        .files()
        .iter()
        .filter(|file| !targets.iter().any(|target| target == file.path()) && !declared(file))
        .map(|file| {
            file.finding(
                1,
                "a file that nothing compiles",
                "a `mod` line that names it",
            )
        })
        .collect()
}

fn declares(line: &str, module: &str) -> bool {
    let mut words = crate::source_file::identifiers(line);
    words.any(|word| word == "mod") && words.next() == Some(module)
}

/// Returns the line of `[name]` in `manifest`, and the trimmed lines below it.
fn section<'a>(manifest: &'a str, name: &str) -> Option<(usize, Vec<&'a str>)> {
    let header = format!("[{name}]");
    let at = manifest.lines().position(|line| line.trim() == header)?;
    let body = manifest.lines().skip(at + 1).map(str::trim);
    Some((
        at + 1,
        body.take_while(|line| !line.starts_with('[')).collect(),
    ))
}
