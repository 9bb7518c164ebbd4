//! The workspace as cargo and the file system show it.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
    process::Command,
};

use serde::Deserialize;

use crate::SourceFile;

/// All packages of the workspace, with their files.
#[derive(Debug, Deserialize)]
pub struct Workspace {
    #[serde(rename = "workspace_root")]
    root: PathBuf,
    packages: Vec<Package>,
}

impl Workspace {
    /// Reads the workspace that holds this crate.
    ///
    /// # Errors
    ///
    /// If cargo cannot read a manifest, or a file cannot be read as UTF-8.
    pub fn load() -> io::Result<Self> {
        let metadata = cargo(
            Path::new("."),
            &["metadata", "--no-deps", "--format-version=1"],
        )?;
        let mut workspace: Self = serde_json::from_str(&metadata)?;
        for package in &mut workspace.packages {
            package.read_files(&workspace.root)?;
        }
        Ok(workspace)
    }

    /// Returns the folder of the root manifest.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Returns the members, sorted by name.
    pub fn packages(&self) -> &[Package] {
        &self.packages
    }

    /// Iterates over every Rust file of every member.
    pub fn files(&self) -> impl Iterator<Item = &SourceFile> {
        self.packages.iter().flat_map(Package::files)
    }

    /// Returns the text of the file at `path`, or `None` if there is none.
    ///
    /// # Errors
    ///
    /// If the file is there but cannot be read.
    pub fn text(&self, path: &str) -> io::Result<Option<String>> {
        match fs::read_to_string(self.root.join(path)) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(named(&self.root.join(path), &error)),
        }
    }

    /// Returns the paths of all Markdown files, relative to the root.
    ///
    /// # Errors
    ///
    /// If a folder cannot be read.
    pub fn markdown(&self) -> io::Result<Vec<String>> {
        Ok(files_below(&self.root, "md")?
            .iter()
            .map(|path| relative(&self.root, path))
            .collect())
    }

    /// Lists the names of all packages that building `packages` and their tests needs.
    ///
    /// # Errors
    ///
    /// If cargo cannot resolve the dependencies without the network.
    pub fn reached(&self, packages: &[&str], kinds: &[DependencyKind]) -> io::Result<Vec<String>> {
        let edges = kinds
            .iter()
            .map(|kind| kind.edge())
            .collect::<Vec<_>>()
            .join(",");
        let mut arguments = vec![
            "tree",
            "--offline",
            "--prefix=none",
            "--format={p}",
            "--edges",
            &edges,
        ];
        for package in packages {
            arguments.extend(["--package", package]);
        }
        let tree = cargo(&self.root, &arguments)?;
        let mut names: Vec<_> = tree
            .lines()
            .filter_map(|line| Some(line.split_once(' ')?.0.to_owned()))
            .collect();
        names.sort();
        names.dedup();
        Ok(names)
    }
}

/// A member of the workspace.
#[derive(Debug, Deserialize)]
pub struct Package {
    name: String,
    manifest_path: PathBuf,
    rust_version: Option<String>,
    dependencies: Vec<Dependency>,
    targets: Vec<Target>,
    #[serde(skip)]
    folder: String,
    #[serde(skip)]
    manifest: String,
    #[serde(skip)]
    files: Vec<SourceFile>,
}

impl Package {
    /// Makes up a package without files, dependencies and targets.
    pub fn new(folder: &str, name: &str, manifest: &str) -> Self {
        Self {
            name: name.to_owned(),
            manifest_path: Path::new(folder).join("Cargo.toml"),
            rust_version: None,
            dependencies: Vec::new(),
            targets: Vec::new(),
            folder: folder.to_owned(),
            manifest: manifest.to_owned(),
            files: Vec::new(),
        }
    }

    /// Adds `dependencies`.
    #[must_use]
    pub fn with_dependencies(mut self, dependencies: impl IntoIterator<Item = Dependency>) -> Self {
        self.dependencies.extend(dependencies);
        self
    }

    /// Adds `targets`.
    #[must_use]
    pub fn with_targets(mut self, targets: impl IntoIterator<Item = Target>) -> Self {
        self.targets.extend(targets);
        self
    }

    /// Adds `files`.
    #[must_use]
    pub fn with_files(mut self, files: impl IntoIterator<Item = SourceFile>) -> Self {
        self.files.extend(files);
        self
    }

    /// Returns the package name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the folder relative to the workspace, with forward slashes.
    pub fn folder(&self) -> &str {
        &self.folder
    }

    /// Returns the text of `Cargo.toml`.
    pub fn manifest(&self) -> &str {
        &self.manifest
    }

    /// Returns the oldest Rust version that the manifest promises.
    pub fn rust_version(&self) -> Option<&str> {
        self.rust_version.as_deref()
    }

    /// Returns the dependencies as the manifest declares them.
    pub fn dependencies(&self) -> &[Dependency] {
        &self.dependencies
    }

    /// Returns the targets: library, binaries, tests, benches.
    pub fn targets(&self) -> &[Target] {
        &self.targets
    }

    /// Returns the Rust files, sorted by path.
    pub fn files(&self) -> &[SourceFile] {
        &self.files
    }

    /// Iterates over the files of the integration tests.
    pub fn integration_tests(&self) -> impl Iterator<Item = &SourceFile> {
        let tests = format!("{}/tests/", self.folder);
        self.files
            .iter()
            .filter(move |file| file.path().starts_with(&tests))
    }

    /// Returns the place of the first manifest line that contains `word`.
    pub fn manifest_place(&self, word: &str) -> String {
        let line = self
            .manifest
            .lines()
            .position(|line| line.contains(word))
            .map_or(1, |at| at + 1);
        format!("{}/Cargo.toml:{line}", self.folder)
    }

    fn read_files(&mut self, root: &Path) -> io::Result<()> {
        let folder = self.manifest_path.parent().unwrap_or(root).to_owned();
        self.folder = relative(root, &folder);
        self.manifest = read(&self.manifest_path)?;
        for path in files_below(&folder, "rs")? {
            self.files
                .push(SourceFile::new(relative(root, &path), read(&path)?));
        }
        for target in &mut self.targets {
            target.src_path = relative(&folder, Path::new(&target.src_path));
        }
        Ok(())
    }
}

/// An edge that a manifest declares.
#[derive(Debug, Deserialize)]
pub struct Dependency {
    name: String,
    #[serde(default)]
    kind: DependencyKind,
    uses_default_features: bool,
}

impl Dependency {
    /// Makes up an edge to `name` with its default features.
    pub fn new(name: &str, kind: DependencyKind) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            uses_default_features: true,
        }
    }

    /// Switches the default features off.
    #[must_use]
    pub fn without_default_features(mut self) -> Self {
        self.uses_default_features = false;
        self
    }

    /// Returns the name of the package that is needed.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns what needs it.
    pub fn kind(&self) -> DependencyKind {
        self.kind
    }

    /// Returns whether the edge switches the default features on.
    pub fn uses_default_features(&self) -> bool {
        self.uses_default_features
    }
}

/// What needs a dependency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "Option<String>")]
#[expect(
    clippy::exhaustive_enums,
    reason = "cargo knows these three since its first release"
)]
pub enum DependencyKind {
    /// The crate itself.
    #[default]
    Normal,
    /// The build script.
    Build,
    /// Tests, examples and benches.
    Dev,
}

impl DependencyKind {
    fn edge(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Build => "build",
            Self::Dev => "dev",
        }
    }
}

impl From<Option<String>> for DependencyKind {
    fn from(kind: Option<String>) -> Self {
        match kind.as_deref() {
            Some("dev") => Self::Dev,
            Some("build") => Self::Build,
            _ => Self::Normal,
        }
    }
}

/// Something that cargo builds for a package.
#[derive(Debug, Deserialize)]
pub struct Target {
    kind: Vec<String>,
    src_path: String,
    #[serde(default, rename = "required-features")]
    required_features: Vec<String>,
}

impl Target {
    /// Makes up a target of `kind` whose first file is `path`.
    pub fn new(kind: &str, path: &str) -> Self {
        Self {
            kind: vec![kind.to_owned()],
            src_path: path.to_owned(),
            required_features: Vec::new(),
        }
    }

    /// Builds the target only together with `feature`.
    #[must_use]
    pub fn behind(mut self, feature: &str) -> Self {
        self.required_features.push(feature.to_owned());
        self
    }

    /// Returns whether this is an integration test.
    pub fn is_test(&self) -> bool {
        self.kind.iter().any(|kind| kind == "test")
    }

    /// Returns the first file, relative to the package.
    pub fn path(&self) -> &str {
        &self.src_path
    }

    /// Returns the features without which the target is not built.
    pub fn required_features(&self) -> &[String] {
        &self.required_features
    }
}

fn cargo(folder: &Path, arguments: &[&str]) -> io::Result<String> {
    let program = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .output()?;
    if !output.status.success() {
        let message = String::from_utf8_lossy(&output.stderr);
        return Err(io::Error::other(format!(
            "cargo {}: {message}",
            arguments.join(" ")
        )));
    }
    String::from_utf8(output.stdout).map_err(io::Error::other)
}

/// Lists the files below `folder` with `extension`, sorted, without hidden and build folders.
fn files_below(folder: &Path, extension: &str) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).map_err(|error| named(&folder, &error))? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            // `fuzz` is a package of its own, for another compiler.
            let foreign = name.starts_with('.') || name == "target" || name == "fuzz";
            if path.is_dir() && !foreign {
                folders.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}

fn relative(folder: &Path, path: &Path) -> String {
    path.strip_prefix(folder)
        .unwrap_or(path)
        .to_string_lossy()
        .replace('\\', "/")
}

fn read(path: &Path) -> io::Result<String> {
    fs::read_to_string(path).map_err(|error| named(path, &error))
}

fn named(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}
