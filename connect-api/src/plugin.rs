//! [`Plugin`]: what configuration can name.

use std::{
    fmt,
    sync::{Arc, LazyLock},
};

use crate::{
    ConfigDef, ConfigMap, ConfigParser, ConfigProvider, Converter, HeaderConverter, Predicate,
    Result, SinkConnector, SourceConnector, Transform, TypedConfig, UnknownKeys,
};

/// A plugin that configuration can name: its kind erased, with its config definition.
///
/// ```
/// use connect_api::{Plugin, Record, Result};
/// use schemars::JsonSchema;
/// use serde::Deserialize;
///
/// /// Sends records to another topic.
/// #[derive(Deserialize, JsonSchema)]
/// struct Route {
///     /// The topic that all records go to.
///     topic: String,
/// }
///
/// let plugin = Plugin::transform("route", env!("CARGO_PKG_VERSION"), |options: Route| {
///     Ok(move |mut record: Record| -> Result<Option<Record>> {
///         record.topic = options.topic.as_str().into();
///         Ok(Some(record))
///     })
/// });
/// assert_eq!(plugin.name(), "route");
/// ```
pub struct Plugin {
    name: &'static str,
    aliases: Vec<&'static str>,
    version: &'static str,
    config: Arc<dyn Defined>,
    build: Build,
}

/// Options whose definition is derived when somebody first asks: most registered plugins are never used.
type Parser<C> = LazyLock<ConfigParser<C>>;

trait Defined: Send + Sync {
    fn definition(&self) -> &ConfigDef;
}

impl<C> Defined for Parser<C> {
    fn definition(&self) -> &ConfigDef {
        (**self).definition()
    }
}

type Builder<T> = Arc<dyn Fn(&ConfigMap, UnknownKeys) -> Result<T> + Send + Sync>;

/// What a plugin builds from options, by kind.
#[derive(Clone)]
#[non_exhaustive]
pub enum Build {
    /// A source connector.
    Source(Builder<Arc<dyn SourceConnector>>),
    /// A sink connector.
    Sink(Builder<Arc<dyn SinkConnector>>),
    /// A converter of keys and values.
    Converter(Builder<Arc<dyn Converter>>),
    /// A converter of headers.
    HeaderConverter(Builder<Arc<dyn HeaderConverter>>),
    /// A transform.
    Transform(Builder<Box<dyn Transform>>),
    /// A predicate.
    Predicate(Builder<Box<dyn Predicate>>),
    /// A provider of configuration values.
    ConfigProvider(Builder<Arc<dyn ConfigProvider>>),
}

impl Build {
    /// Names the kind as Connect does: `source`, `sink`, `converter`, `header_converter`, …
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Source(_) => "source",
            Self::Sink(_) => "sink",
            Self::Converter(_) => "converter",
            Self::HeaderConverter(_) => "header_converter",
            Self::Transform(_) => "transformation",
            Self::Predicate(_) => "predicate",
            Self::ConfigProvider(_) => "config_provider",
        }
    }
}

macro_rules! constructors {
    ($($name:ident: $kind:ident($trait:ident) in $pointer:ident, $doc:literal);* $(;)?) => {$(
        #[doc = $doc]
        ///
        /// `new` builds it from its options without any effect outside the process; callers pass their own
        /// `env!("CARGO_PKG_VERSION")`.
        pub fn $name<C: TypedConfig + 'static, P: $trait>(
            name: &'static str,
            version: &'static str,
            new: impl Fn(C) -> Result<P> + Send + Sync + 'static,
        ) -> Self {
            let config: Arc<Parser<C>> = Arc::new(Parser::new(C::parser));
            let parser = Arc::clone(&config);
            let build = move |map: &ConfigMap, unknown: UnknownKeys| {
                Ok($pointer::new(new(parser.parse(map, unknown)?)?) as $pointer<dyn $trait>)
            };
            Self { name, aliases: Vec::new(), version, config, build: Build::$kind(Arc::new(build)) }
        }
    )*};
}

impl Plugin {
    constructors! {
        source: Source(SourceConnector) in Arc, "Registers a source connector.";
        sink: Sink(SinkConnector) in Arc, "Registers a sink connector.";
        converter: Converter(Converter) in Arc, "Registers a converter of keys and values.";
        header_converter: HeaderConverter(HeaderConverter) in Arc, "Registers a converter of headers.";
        transform: Transform(Transform) in Box, "Registers a transform.";
        predicate: Predicate(Predicate) in Box, "Registers a predicate.";
        config_provider: ConfigProvider(ConfigProvider) in Arc, "Registers a provider of configuration values.";
    }

    /// Also answers to `class`, the Java name.
    #[must_use]
    pub fn alias(mut self, class: &'static str) -> Self {
        self.aliases.push(class);
        self
    }

    /// Returns its own name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Returns the Java names it answers to.
    #[must_use]
    pub fn aliases(&self) -> &[&'static str] {
        &self.aliases
    }

    /// Returns the version of the crate it comes from.
    #[must_use]
    pub fn version(&self) -> &'static str {
        self.version
    }

    /// Returns the definition of its options.
    #[must_use]
    pub fn config(&self) -> &ConfigDef {
        self.config.definition()
    }

    /// Returns the constructor, by kind.
    #[must_use]
    pub fn build(&self) -> &Build {
        &self.build
    }
}

impl fmt::Debug for Plugin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Plugin({} {} {})",
            self.build.kind(),
            self.name,
            self.version
        )
    }
}

impl fmt::Debug for Build {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind())
    }
}
