//! [`ConfigDef`]: which keys exist, of which type, with which default.

/// The definition of a plugin's options, derived from their struct.
#[derive(Clone, Debug, Default)]
pub struct ConfigDef {
    keys: Vec<ConfigKey>,
}

/// One option.
#[derive(Clone, Debug)]
pub struct ConfigKey {
    name: String,
}

/// Connect's types of options.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConfigType {
    /// Text.
    String,
}

/// How much an option matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Importance {
    /// Most users set it.
    High,
}

impl ConfigDef {
    /// Returns the keys.
    #[must_use]
    pub fn keys(&self) -> &[ConfigKey] {
        &self.keys
    }
}

impl ConfigKey {
    /// Returns the name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}
