//! `connect plugins`: what configurations may name, and with which options.

use std::process::ExitCode;

use connect_api::{ConfigDef, ConfigKey, Plugin};
use connect_runtime::{Direction, Plugins, Worker};

use crate::{
    arguments::PluginOptions,
    failure::{Failure, Result},
    output,
    plugins::plugins,
};

/// Lists the plugins, or the options of one.
pub(crate) fn run(options: &PluginOptions) -> Result<ExitCode> {
    let plugins = plugins();
    let text = match options.name.as_deref() {
        None => list(&plugins),
        Some("worker") => describe("worker", &Worker::definition()),
        Some("source") => describe(
            "every source",
            &Worker::connector_definition(Direction::Source),
        ),
        Some("sink") => describe("every sink", &Worker::connector_definition(Direction::Sink)),
        Some(name) => described(&plugins, name)?,
    };
    output::print(&text)?;
    Ok(ExitCode::SUCCESS)
}

fn list(plugins: &Plugins) -> String {
    let head = ["NAME", "KIND", "VERSION", "JAVA CLASSES"].map(str::to_owned);
    let rows = plugins.iter().map(|plugin| {
        vec![
            plugin.name().to_owned(),
            plugin.build().kind().to_owned(),
            plugin.version().to_owned(),
            plugin.aliases().join(", "),
        ]
    });
    let rows: Vec<_> = std::iter::once(head.to_vec()).chain(rows).collect();
    output::table(&rows)
}

fn described(plugins: &Plugins, name: &str) -> Result<String> {
    let named = |plugin: &&Plugin| plugin.name() == name || plugin.aliases().contains(&name);
    let found: Vec<_> = plugins.iter().filter(named).collect();
    if found.is_empty() {
        let known: Vec<_> = plugins.iter().map(Plugin::name).collect();
        let known = known.join(", ");
        return Err(Failure::of_configuration(format!(
            "expected a plugin, found `{name}` (plugins: {known}; or worker, source, sink)"
        )));
    }
    let texts = found.into_iter().map(|plugin| {
        let (kind, version) = (plugin.build().kind(), plugin.version());
        let title = format!("{} ({kind} {version})", plugin.name());
        describe(&title, plugin.config())
    });
    Ok(texts.collect::<Vec<_>>().join("\n"))
}

fn describe(title: &str, definition: &ConfigDef) -> String {
    let mut text = format!("{title}\n");
    for key in definition.keys() {
        text.push_str(&option(key));
    }
    for prefix in definition.prefixes() {
        text.push_str(&format!("\n  {prefix}*\n"));
    }
    text
}

fn option(key: &ConfigKey) -> String {
    let presence = match (key.is_required(), key.default_value()) {
        (true, _) => "required".to_owned(),
        (false, None) => "no default".to_owned(),
        (false, Some("")) => "default: empty".to_owned(),
        (false, Some(default)) => format!("default: {default}"),
    };
    let (name, type_) = (key.name(), key.type_());
    let (expected, importance) = (key.expected(), key.importance());
    let documentation = key.documentation().replace('\n', "\n      ");
    format!(
        "\n  {name} ({type_}, {presence}, importance {importance})\n      {expected}\n      {documentation}\n"
    )
}
