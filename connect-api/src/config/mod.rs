//! Options of plugins: raw text in, checked values out.

mod definition;
mod map;
mod provider;
mod secret;
mod task;
mod text;
mod typed;

pub use self::{
    definition::{ConfigDef, ConfigKey, ConfigType, Importance},
    map::ConfigMap,
    provider::{ConfigData, ConfigProvider},
    secret::Secret,
    task::TaskConfig,
    typed::{TypedConfig, UnknownKeys},
};
