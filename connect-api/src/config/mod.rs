//! Options of plugins: raw text in, checked values out.

mod definition;
mod derived;
mod key;
mod layout;
mod map;
mod millis;
mod provider;
mod rule;
mod secret;
mod task;
mod text;
mod typed;

pub use self::{
    definition::ConfigDef,
    key::{ConfigKey, ConfigType, ConfigWidth, Importance},
    map::ConfigMap,
    millis::Millis,
    provider::{ConfigData, ConfigProvider},
    secret::Secret,
    task::TaskConfig,
    typed::{ConfigParser, TypedConfig, UnknownKeys},
};
