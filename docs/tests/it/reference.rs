//! The reference is what the definitions say.

use std::fmt::Write;

use connect_api::{ConfigDef, ConfigKey, Plugin};
use connect_runtime::{Direction, Worker, providers};
use expect_test::expect_file;

/// Writes a table of keys; a cell has no line break and no bar.
fn table(definition: &ConfigDef, text: &mut String) {
    text.push_str("| key | type | default | |\n|---|---|---|---|\n");
    for key in definition.keys() {
        let documentation = key.documentation().replace('\n', " ").replace('|', "\\|");
        let kind = key.type_().name().to_lowercase();
        writeln!(
            text,
            "| `{}` | {kind} | {} | {documentation} |",
            key.name(),
            default(key)
        )
        .unwrap();
    }
    text.push('\n');
}

fn default(key: &ConfigKey) -> String {
    match key.default_value() {
        _ if key.is_required() => "**required**".to_owned(),
        None => String::new(),
        Some("") => "empty".to_owned(),
        Some(text) => format!("`{text}`"),
    }
}

fn plugin(plugin: &Plugin, text: &mut String) {
    let kind = plugin.build().kind().replace('_', " ");
    writeln!(text, "### `{}`\n", plugin.name()).unwrap();
    match plugin.aliases() {
        [] => writeln!(text, "A {kind}.\n"),
        aliases => writeln!(text, "A {kind}; also `{}`.\n", aliases.join("`, `")),
    }
    .unwrap();
    if plugin.config().keys().is_empty() {
        text.push_str("It has no options.\n\n");
    } else {
        table(plugin.config(), text);
    }
}

#[test]
fn the_reference_is_what_the_definitions_say() {
    let mut text = String::from(
        "# Configuration reference\n\nWritten by the tests from the definitions: `UPDATE_EXPECT=1 ./test connect-docs`.\n\n\
         ## Workers\n\n",
    );
    table(&Worker::definition(), &mut text);
    text.push_str("Keys of Java's workers that have no effect:\n\n| key | why |\n|---|---|\n");
    for (key, reason) in Worker::settings_without_effect() {
        let below = if key.ends_with('.') { "*" } else { "" };
        writeln!(text, "| `{key}{below}` | {reason} |").unwrap();
    }
    text.push_str("\n## Sources\n\nBeside the keys of their plugin:\n\n");
    table(&Worker::connector_definition(Direction::Source), &mut text);
    text.push_str("## Sinks\n\nBeside the keys of their plugin:\n\n");
    table(&Worker::connector_definition(Direction::Sink), &mut text);
    text.push_str("## Plugins\n\n");
    let plugins = connect_file::plugins().into_iter();
    let plugins = plugins
        .chain(connect_datagen::plugins())
        .chain(connect_converters::plugins())
        .chain(providers::plugins());
    plugins.for_each(|known| plugin(&known, &mut text));
    let text = format!("{}\n", text.trim_end());
    expect_file!["../../book/reference.md"].assert_eq(&text);
}
