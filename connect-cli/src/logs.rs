//! Where the libraries' events go: stderr, as text or as JSON.

use std::env;

use tracing::{Subscriber, level_filters::LevelFilter};
use tracing_subscriber::{EnvFilter, fmt};

use crate::{
    arguments::{LogFormat, LogOptions},
    failure::{Failure, Result},
    terminal::Terminal,
};

/// Lets events be written, for the whole process.
pub(crate) fn install(options: &LogOptions, usual: LevelFilter, terminal: &Terminal) -> Result<()> {
    let subscriber = subscriber(options, usual, terminal)?;
    let installed = tracing::subscriber::set_global_default(subscriber);
    installed.map_err(|error| Failure::while_running(format!("installing the log: {error}")))
}

fn subscriber(
    options: &LogOptions,
    usual: LevelFilter,
    terminal: &Terminal,
) -> Result<Box<dyn Subscriber + Send + Sync>> {
    let given = options.filter.clone().map(|filter| ("--log", filter));
    // An empty variable counts as none.
    let from_variable = env::var(EnvFilter::DEFAULT_ENV).ok();
    let from_variable = from_variable.filter(|filter| !filter.trim().is_empty());
    let from_variable = from_variable.map(|filter| (EnvFilter::DEFAULT_ENV, filter));
    let filter = match given.or(from_variable) {
        None => EnvFilter::default().add_directive(usual.into()),
        Some((place, filter)) => EnvFilter::try_new(&filter).map_err(|error| {
            Failure::of_configuration(format!(
                "{place}: expected levels such as `debug` or `info,connect_runtime=debug`, found `{filter}`: {error}"
            ))
        })?,
    };
    let events = fmt().with_env_filter(filter).with_writer(terminal.clone());
    Ok(match options.log_format {
        LogFormat::Json => Box::new(events.json().finish()),
        LogFormat::Text => {
            let colours = Terminal::is_watched() && env::var_os("NO_COLOR").is_none();
            Box::new(events.with_ansi(colours).with_target(false).finish())
        }
    })
}
