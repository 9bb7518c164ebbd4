//! Modules of a crate that import each other.
//!
//! Modules import downward, so a crate can be read from its last module to its first. The graph is
//! drawn once per folder: between the modules of a folder, with everything below a module counted
//! as that module. A folder and what is in it may name each other; so may the files of a folder that
//! holds no other, since they describe one thing.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::{Finding, Package, SourceFile, source_file::is_identifier};

/// Imports that point upward, were looked at and stay: crate, importing module, imported module.
const KNOWN: &[(&str, &str, &str)] = &[
    // A value may be a structure or a map of values.
    ("connect-api", "value", "structure"),
    ("connect-api", "value", "map_builder"),
    // A header holds a schema and a value, a record holds headers.
    ("connect-api", "headers", "record"),
    // A task is handed its context, which speaks of records and offsets.
    ("connect-api", "sink", "context"),
    ("connect-api", "source", "context"),
    // An error names the record that it condemns.
    ("connect-api", "error", "sink"),
];

/// The most re-exports that are followed: foreign names can point at each other.
const MOST_ALIASES: usize = 8;

/// A module's path from the crate root: empty for the root.
type Path = Vec<String>;

/// Reports the import cycles of `package` that nobody has looked at yet.
///
/// Of cycles that share a module, the shortest one is shown.
pub fn new_cycles(package: &Package) -> Vec<Finding> {
    let mut findings = Vec::new();
    let modules = Modules::of(package);
    for (folder, mut edges) in modules.edges() {
        if modules.is_one_thing(&folder) {
            continue;
        }
        edges.retain(|(from, to), _| {
            !KNOWN.contains(&(
                package.name(),
                &module_name(&folder, from),
                &module_name(&folder, to),
            ))
        });
        while let Some(cycle) = shortest_cycle(&edges) {
            findings.push(report(package, &folder, &cycle, &edges));
            edges.retain(|(from, to), _| !cycle.contains(from) && !cycle.contains(to));
        }
    }
    findings
}

/// From module to module inside one folder, with the first place that imports.
type Edges = BTreeMap<(String, String), String>;

fn report(package: &Package, folder: &[String], cycle: &[String], edges: &Edges) -> Finding {
    let next = cycle.iter().cycle().skip(1);
    let places: Vec<_> = cycle
        .iter()
        .zip(next)
        .filter_map(|(from, to)| {
            let place = edges.get(&(from.clone(), to.clone()))?;
            Some(format!("`{}` at {place}", module_name(folder, to)))
        })
        .collect();
    let path = module_name(&["src".to_owned()], &folder.join("/"));
    Finding::new(
        format!(
            "{}/{}",
            package.folder(),
            path.replace("::", "/").trim_end_matches('/')
        ),
        format!("modules that import each other: {}", places.join(", ")),
        "imports that point downward",
    )
}

fn module_name(folder: &[String], module: &str) -> String {
    folder
        .iter()
        .map(String::as_str)
        .chain([module])
        .collect::<Vec<_>>()
        .join("::")
}

fn shortest_cycle(edges: &Edges) -> Option<Vec<String>> {
    let modules: BTreeSet<_> = edges.keys().map(|(from, _)| from.as_str()).collect();
    let cycles = modules
        .iter()
        .filter_map(|module| shortest_cycle_through(module, edges));
    let shortest = cycles.min_by_key(Vec::len)?;
    Some(shortest.into_iter().map(str::to_owned).collect())
}

/// Searches breadth first, so the first way back is the shortest.
fn shortest_cycle_through<'a>(module: &'a str, edges: &'a Edges) -> Option<Vec<&'a str>> {
    let mut seen = BTreeSet::new();
    let mut ways = VecDeque::from([vec![module]]);
    while let Some(way) = ways.pop_front() {
        let end = *way.last()?;
        for target in targets(end, edges) {
            if target == module {
                return Some(way);
            }
            if seen.insert(target) {
                ways.push_back([way.as_slice(), &[target]].concat());
            }
        }
    }
    None
}

fn targets<'a>(from: &'a str, edges: &'a Edges) -> impl Iterator<Item = &'a str> {
    edges
        .keys()
        .filter(move |(start, _)| start == from)
        .map(|(_, end)| end.as_str())
}

/// The modules of a crate, what they import and what they pass on.
struct Modules {
    paths: BTreeSet<Path>,
    imports: Vec<Import>,
    /// Names that a module takes from elsewhere: `crate::Value` may stand in `crate::value`.
    aliases: BTreeMap<Path, Path>,
}

struct Import {
    from: Path,
    to: Path,
    place: String,
}

impl Modules {
    fn of(package: &Package) -> Self {
        let root = format!("{}/src/", package.folder());
        let mut modules = Self {
            paths: BTreeSet::new(),
            imports: Vec::new(),
            aliases: BTreeMap::new(),
        };
        let files = package
            .files()
            .iter()
            .filter(|file| !file.path().ends_with("/tests.rs"));
        for file in files {
            if let Some(relative) = file.path().strip_prefix(&root) {
                modules.read(file, module_path(relative));
            }
        }
        modules
    }

    fn read(&mut self, file: &SourceFile, module: Path) {
        let code = file.code_without_tests();
        for (line, path) in paths(&code, &["crate", "super"]) {
            let place = format!("{}:{line}", file.path());
            self.imports.push(Import {
                from: module.clone(),
                to: absolute(&module, &path),
                place,
            });
        }
        for (_, path) in paths(&code, &["use"]) {
            let target = absolute(&module, &path);
            if let Some(name) = path.last() {
                self.aliases.insert(
                    [module.as_slice(), std::slice::from_ref(name)].concat(),
                    target,
                );
            }
        }
        self.paths.insert(module);
    }

    /// Returns whether `folder` holds no other; the crate itself always counts as several things.
    fn is_one_thing(&self, folder: &[String]) -> bool {
        let below = |path: &&Path| path.len() > folder.len() + 1 && path.starts_with(folder);
        !folder.is_empty() && !self.paths.iter().any(|path| below(&path))
    }

    /// Draws one graph per folder.
    fn edges(&self) -> BTreeMap<Path, Edges> {
        let mut graphs: BTreeMap<Path, Edges> = BTreeMap::new();
        for import in &self.imports {
            let to = self.module_of(&import.to);
            let common = import
                .from
                .iter()
                .zip(&to)
                .take_while(|(from, to)| from == to)
                .count();
            // One of the two holds the other, or both are the same.
            let (Some(start), Some(end)) = (import.from.get(common), to.get(common)) else {
                continue;
            };
            graphs
                .entry(to[..common].to_vec())
                .or_default()
                .entry((start.clone(), end.clone()))
                .or_insert_with(|| import.place.clone());
        }
        graphs
    }

    /// Follows modules and re-exports as far as they lead.
    fn module_of(&self, path: &[String]) -> Path {
        let mut path = path.to_vec();
        for _ in 0..MOST_ALIASES {
            let known = (0..=path.len())
                .rev()
                .find(|length| self.paths.contains(&path[..*length]));
            let known = known.unwrap_or_default();
            match path.get(..=known).and_then(|name| self.aliases.get(name)) {
                Some(target) => path = [target.as_slice(), &path[known + 1..]].concat(),
                None => return path[..known].to_vec(),
            }
        }
        Path::new()
    }
}

fn module_path(relative: &str) -> Path {
    let path = relative.trim_end_matches(".rs");
    let path = path.trim_end_matches("/mod");
    let root = matches!(path, "lib" | "main" | "mod");
    if root {
        Path::new()
    } else {
        path.split('/').map(str::to_owned).collect()
    }
}

/// Resolves `crate`, `super` and `self` in front of `path`, which stands in `module`.
fn absolute(module: &[String], path: &[String]) -> Path {
    let mut at = module.to_vec();
    for segment in path {
        match segment.as_str() {
            "crate" => at.clear(),
            "super" => drop(at.pop()),
            "self" => {}
            _ => at.push(segment.clone()),
        }
    }
    at
}

/// Returns the paths that start with one of `starts`, with their lines.
///
/// The word `use` itself is no part of a path.
fn paths(code: &str, starts: &[&str]) -> Vec<(usize, Path)> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = code[at..].find(is_identifier).map(|offset| at + offset) {
        let word = &code[start..end_of_word(code, start)];
        let line = code[..start].matches('\n').count() + 1;
        let next = start + word.len();
        at = next;
        if !starts.contains(&word) || code[..start].ends_with(['$', ':']) {
            continue;
        }
        let mut tree = Tree {
            code,
            at: if word == "use" { next } else { start },
            paths: Vec::new(),
        };
        tree.read(&mut Path::new());
        at = at.max(tree.at);
        found.extend(tree.paths.into_iter().map(|path| (line, path)));
    }
    found
}

fn end_of_word(code: &str, start: usize) -> usize {
    code[start..]
        .find(|c| !is_identifier(c))
        .map_or(code.len(), |length| start + length)
}

/// Reads `a::{b, c::d}` as `a::b` and `a::c::d`.
struct Tree<'a> {
    code: &'a str,
    at: usize,
    paths: Vec<Path>,
}

impl Tree<'_> {
    fn read(&mut self, prefix: &mut Path) {
        let depth = prefix.len();
        loop {
            self.skip_space();
            if self.takes("{") {
                self.read_group(prefix);
                break;
            }
            let end = end_of_word(self.code, self.at);
            if end == self.at {
                self.paths.push(prefix.clone()); // `*`, or the end of a path in an expression.
                break;
            }
            prefix.push(self.code[self.at..end].to_owned());
            self.at = end;
            if !self.takes("::") {
                self.paths.push(prefix.clone());
                break;
            }
        }
        prefix.truncate(depth);
    }

    fn read_group(&mut self, prefix: &mut Path) {
        loop {
            self.skip_space();
            if self.takes("}") || self.at >= self.code.len() {
                return;
            }
            self.read(prefix);
            // A new name behind `as`, or the star of a glob.
            while self.at < self.code.len() && !self.code[self.at..].starts_with([',', '}']) {
                self.at += self.code[self.at..]
                    .chars()
                    .next()
                    .map_or(1, char::len_utf8);
            }
            self.takes(",");
        }
    }

    fn skip_space(&mut self) {
        let rest = &self.code[self.at..];
        self.at += rest.len() - rest.trim_start().len();
    }

    fn takes(&mut self, token: &str) -> bool {
        let taken = self.code[self.at..].starts_with(token);
        self.at += if taken { token.len() } else { 0 };
        taken
    }
}
