//! Providers of configuration values: environment variables and files.
//!
//! A worker asks those that it was given among its [`Plugins`](crate::Plugins) and that its settings name:
//!
//! ```properties
//! config.providers=env,file,dir
//! config.providers.env.param.allowlist.pattern=SHOP_.*
//! config.providers.file.class=org.apache.kafka.common.config.provider.FileConfigProvider
//! config.providers.file.param.allowed.paths=/etc/shop
//! ```
//!
//! Then `${env:SHOP_PASSWORD}`, `${file:/etc/shop/db.properties:password}` and `${dir:/run/secrets:password}` stand for
//! values, in the worker's settings and in those of connectors. They are looked up when a connector starts or is
//! restarted. Files are looked at again every 30 s (`refresh.interval.ms`), and a connector whose values have changed is
//! restarted with them, unless it has `config.action.reload=none`. Without `class` the provider's own name is the
//! plugin's.

mod directory;
mod environment;
mod file;
mod paths;

use connect_api::Plugin;

use self::{directory::DirectoryProvider, environment::EnvironmentProvider, file::FileProvider};

/// Returns the plugins: `env`, `file` and `dir`, with the class names of Apache Kafka's.
#[must_use]
pub fn plugins() -> [Plugin; 3] {
    let version = env!("CARGO_PKG_VERSION");
    [
        Plugin::config_provider("env", version, EnvironmentProvider::new)
            .alias("org.apache.kafka.common.config.provider.EnvVarConfigProvider"),
        Plugin::config_provider("file", version, FileProvider::new)
            .alias("org.apache.kafka.common.config.provider.FileConfigProvider"),
        Plugin::config_provider("dir", version, DirectoryProvider::new)
            .alias("org.apache.kafka.common.config.provider.DirectoryConfigProvider"),
    ]
}
