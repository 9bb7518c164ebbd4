//! [`Plugins`]: what configuration may name.

use std::{
    collections::{BTreeMap, BTreeSet, btree_map::Entry},
    fmt,
    sync::Arc,
};

use connect_api::{Build, Error, Plugin, Result, Str, UnknownKeys};

use crate::nearest::Nearest;

/// What configuration may name: connectors, converters, transforms, predicates and providers.
///
/// A plugin answers to its own name, to the Java class names it declares and to their simple names
/// (`FileStreamSourceConnector`, `FileStreamSource`). Two plugins of one kind with a common name are an error that
/// names both; it is reported where the plugins are used first. Only simple names may be shared, as in Java: whoever
/// uses one is told the classes that it may stand for.
///
/// ```
/// use connect_api::{Plugin, Record, Result};
/// use connect_runtime::Plugins;
///
/// #[derive(serde::Deserialize, schemars::JsonSchema)]
/// struct NoOptions {}
///
/// let drop_all = Plugin::transform("drop-all", "1.0.0", |_: NoOptions| {
///     Ok(|_: Record| -> Result<Option<Record>> { Ok(None) })
/// });
/// let plugins = Plugins::new().with([drop_all.alias("com.example.DropAll")]);
/// assert_eq!(plugins.iter().count(), 1);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Plugins {
    registered: Vec<Arc<Plugin>>,
    names: BTreeMap<Kind, BTreeMap<String, Entrance>>,
    default_header_converter: Option<String>,
    duplicates: Vec<String>,
}

/// A namespace: names are unique inside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Connector,
    Converter,
    HeaderConverter,
    Transform,
    Predicate,
    ConfigProvider,
}

/// What a name leads to.
#[derive(Clone, Debug)]
enum Entrance {
    /// The own name of a plugin, or a class.
    Full(Arc<Plugin>, UnknownKeys),
    /// The simple name of that class.
    Simple(Arc<Plugin>, &'static str),
    /// The simple name of those classes, which are different plugins.
    Shared(Vec<&'static str>),
}

/// A plugin, as it was named.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Named<'a> {
    pub(crate) plugin: &'a Arc<Plugin>,
    /// Under its own name unknown keys are refused, under a Java name they are ignored.
    pub(crate) unknown_keys: UnknownKeys,
}

impl Plugins {
    /// Builds a registry without plugins.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds plugins, usually those of a whole crate: `.with(connect_file::plugins())`.
    #[must_use]
    pub fn with(mut self, plugins: impl IntoIterator<Item = Plugin>) -> Self {
        for plugin in plugins {
            self.register(Arc::new(plugin));
        }
        self
    }

    /// Says which header converter counts where configuration names none.
    #[must_use]
    pub fn with_default_header_converter(mut self, name: impl Into<String>) -> Self {
        self.default_header_converter = Some(name.into());
        self
    }

    /// Iterates over the plugins, in the order they were added.
    pub fn iter(&self) -> impl Iterator<Item = &Plugin> {
        self.registered.iter().map(|plugin| &**plugin)
    }

    /// Looks up the plugin of `kind` that answers to `name`.
    pub(crate) fn find(&self, kind: Kind, name: &str) -> Result<Named<'_>> {
        let known = self.names.get(&kind);
        let (plugin, unknown_keys) = match known.and_then(|names| names.get(name)) {
            Some(Entrance::Full(plugin, unknown_keys)) => (plugin, *unknown_keys),
            Some(Entrance::Simple(plugin, _)) => (plugin, UnknownKeys::Ignore),
            Some(Entrance::Shared(classes)) => return Err(ambiguous(kind, name, classes)),
            None => return Err(self.not_found(kind, name)),
        };
        Ok(Named {
            plugin,
            unknown_keys,
        })
    }

    /// Returns every name that a connector may be called by.
    pub(crate) fn connector_names(&self) -> BTreeSet<Str> {
        self.usable(Kind::Connector).map(Into::into).collect()
    }

    /// Returns the name of the header converter that counts where configuration names none.
    pub(crate) fn default_header_converter(&self) -> Option<&str> {
        self.default_header_converter.as_deref()
    }

    /// Fails if two plugins have a name in common, or the default header converter is unknown.
    pub(crate) fn consistent(&self) -> Result<()> {
        if !self.duplicates.is_empty() {
            return Err(Error::config(self.duplicates.join("; ")));
        }
        if let Some(name) = &self.default_header_converter {
            self.find(Kind::HeaderConverter, name)
                .map_err(|error| error.context("default header converter"))?;
        }
        Ok(())
    }

    fn register(&mut self, plugin: Arc<Plugin>) {
        let kind = Kind::of(&plugin);
        self.enter_full(kind, plugin.name(), &plugin, UnknownKeys::Refuse);
        for &class in plugin.aliases() {
            self.enter_full(kind, class, &plugin, UnknownKeys::Ignore);
            for simple in kind.simple_names(class) {
                self.enter_simple(kind, simple, &plugin, class);
            }
        }
        self.registered.push(plugin);
    }

    fn enter_full(
        &mut self,
        kind: Kind,
        name: &str,
        plugin: &Arc<Plugin>,
        unknown_keys: UnknownKeys,
    ) {
        match self.names.entry(kind).or_default().entry(name.to_owned()) {
            Entry::Vacant(entry) => {
                entry.insert(Entrance::Full(Arc::clone(plugin), unknown_keys));
            }
            Entry::Occupied(entry) => {
                if let Some(duplicate) = entry.get().duplicate(kind, name, plugin) {
                    self.duplicates.push(duplicate);
                }
            }
        }
    }

    fn enter_simple(&mut self, kind: Kind, name: &str, plugin: &Arc<Plugin>, class: &'static str) {
        let mut entry = match self.names.entry(kind).or_default().entry(name.to_owned()) {
            Entry::Vacant(entry) => {
                entry.insert(Entrance::Simple(Arc::clone(plugin), class));
                return;
            }
            Entry::Occupied(entry) => entry,
        };
        match entry.get_mut() {
            Entrance::Shared(classes) => classes.push(class),
            Entrance::Simple(other, _) if Arc::ptr_eq(other, plugin) => {}
            Entrance::Simple(_, other) => {
                let classes = vec![*other, class];
                entry.insert(Entrance::Shared(classes));
            }
            full @ Entrance::Full(..) => {
                self.duplicates.extend(full.duplicate(kind, name, plugin));
            }
        }
    }

    /// Iterates over the names that lead to one plugin.
    fn usable(&self, kind: Kind) -> impl Iterator<Item = &str> {
        let names = self.names.get(&kind).into_iter().flatten();
        let usable = names.filter(|(_, entrance)| !matches!(entrance, Entrance::Shared(_)));
        usable.map(|(name, _)| name.as_str())
    }

    fn not_found(&self, kind: Kind, name: &str) -> Error {
        let nearest = Nearest::to(name, self.usable(kind));
        let mut registered: Vec<_> = self
            .registered
            .iter()
            .filter(|plugin| Kind::of(plugin) == kind)
            .map(|plugin| format!("`{}`", plugin.name()))
            .collect();
        registered.sort_unstable();
        let registered = match registered.is_empty() {
            true => "none".to_owned(),
            false => registered.join(", "),
        };
        Error::config(format!(
            "expected a registered {kind}, found `{name}`{nearest} (registered: {registered})"
        ))
    }
}

impl Kind {
    fn of(plugin: &Plugin) -> Self {
        match plugin.build() {
            Build::Converter(_) => Self::Converter,
            Build::HeaderConverter(_) => Self::HeaderConverter,
            Build::Transform(_) => Self::Transform,
            Build::Predicate(_) => Self::Predicate,
            Build::ConfigProvider(_) => Self::ConfigProvider,
            // Sources and sinks share a namespace, because one key names them.
            _ => Self::Connector,
        }
    }

    /// The suffix that Java lets users leave out.
    fn java_suffix(self) -> &'static str {
        match self {
            Self::Connector => "Connector",
            Self::Converter => "Converter",
            Self::HeaderConverter => "HeaderConverter",
            Self::Transform => "Transformation",
            Self::Predicate => "Predicate",
            Self::ConfigProvider => "ConfigProvider",
        }
    }

    /// The simple name of a class that is in a package, and that without the suffix.
    fn simple_names(self, class: &'static str) -> impl Iterator<Item = &'static str> {
        let simple = class.rsplit_once('.').map(|(_, simple)| simple);
        let pruned = simple.and_then(|simple| simple.strip_suffix(self.java_suffix()));
        let pruned = pruned.filter(|name| !name.is_empty());
        simple.into_iter().chain(pruned)
    }
}

impl Entrance {
    /// Says that a name is taken, unless `plugin` itself has it.
    fn duplicate(&self, kind: Kind, name: &str, plugin: &Arc<Plugin>) -> Option<String> {
        let other = match self {
            Self::Full(other, _) | Self::Simple(other, _) if Arc::ptr_eq(other, plugin) => {
                return None;
            }
            Self::Full(other, _) | Self::Simple(other, _) => Described(other).to_string(),
            Self::Shared(classes) => classes.join(" and "),
        };
        Some(format!(
            "two {kind}s answer to `{name}`: {other} and {}",
            Described(plugin)
        ))
    }
}

fn ambiguous(kind: Kind, name: &str, classes: &[&str]) -> Error {
    let classes: Vec<_> = classes.iter().map(|class| format!("`{class}`")).collect();
    Error::config(format!(
        "`{name}` is the simple name of more than one {kind}: expected the whole name, {}",
        classes.join(" or ")
    ))
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connector => "connector",
            Self::Converter => "converter",
            Self::HeaderConverter => "header converter",
            Self::Transform => "transform",
            Self::Predicate => "predicate",
            Self::ConfigProvider => "config provider",
        })
    }
}

/// Shows a plugin so that its crate can be told: name, version, Java classes.
struct Described<'a>(&'a Plugin);

impl fmt::Display for Described<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` {}", self.0.name(), self.0.version())?;
        match self.0.aliases() {
            [] => Ok(()),
            aliases => write!(f, " ({})", aliases.join(", ")),
        }
    }
}
