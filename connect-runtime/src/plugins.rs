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
/// names both; it is reported where the plugins are used first.
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

/// One name of a plugin.
#[derive(Clone, Debug)]
struct Entrance {
    plugin: Arc<Plugin>,
    unknown_keys: UnknownKeys,
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
        match known.and_then(|names| names.get(name)) {
            Some(entrance) => Ok(Named {
                plugin: &entrance.plugin,
                unknown_keys: entrance.unknown_keys,
            }),
            None => Err(self.not_found(kind, name)),
        }
    }

    /// Returns every name that a connector may be called by.
    pub(crate) fn connector_names(&self) -> BTreeSet<Str> {
        let names = self.names.get(&Kind::Connector);
        let names = names.into_iter().flat_map(BTreeMap::keys);
        names.map(|name| name.as_str().into()).collect()
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
        let own = [(plugin.name().to_owned(), UnknownKeys::Refuse)];
        let java = plugin
            .aliases()
            .iter()
            .flat_map(|class| kind.java_names(class));
        for (name, unknown_keys) in own
            .into_iter()
            .chain(java.map(|n| (n, UnknownKeys::Ignore)))
        {
            self.enter(kind, name, &plugin, unknown_keys);
        }
        self.registered.push(plugin);
    }

    fn enter(&mut self, kind: Kind, name: String, plugin: &Arc<Plugin>, unknown_keys: UnknownKeys) {
        match self.names.entry(kind).or_default().entry(name) {
            Entry::Vacant(entry) => {
                entry.insert(Entrance {
                    plugin: Arc::clone(plugin),
                    unknown_keys,
                });
            }
            Entry::Occupied(entry) if Arc::ptr_eq(&entry.get().plugin, plugin) => {}
            Entry::Occupied(entry) => self.duplicates.push(format!(
                "two {kind}s answer to `{}`: {} and {}",
                entry.key(),
                Described(&entry.get().plugin),
                Described(plugin)
            )),
        }
    }

    fn not_found(&self, kind: Kind, name: &str) -> Error {
        let known = self.names.get(&kind);
        let nearest = Nearest::to(name, known.into_iter().flat_map(BTreeMap::keys));
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

    /// The class, its simple name, and its simple name without the suffix.
    fn java_names(self, class: &str) -> Vec<String> {
        let mut names = vec![class.to_owned()];
        if let Some((_, simple)) = class.rsplit_once('.') {
            names.push(simple.to_owned());
            let pruned = simple.strip_suffix(self.java_suffix());
            names.extend(pruned.filter(|name| !name.is_empty()).map(str::to_owned));
        }
        names
    }
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
