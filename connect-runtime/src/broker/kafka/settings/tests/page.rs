//! The chapter of the book on the settings of clients is what the tables say.

use std::fmt::Write;

use expect_test::expect_file;

use super::super::{
    connection, consumer, defaults,
    native::REFUSED,
    producer, sasl,
    setting::{Fate, Setting},
    ssl,
};

const HEAD: &str = include_str!("page-head.md");

fn fate(setting: &Setting) -> String {
    let key = setting.key;
    match setting.fate {
        Fate::Passed(name) if name == key => "works".to_owned(),
        Fate::Passed(name) => format!("`{name}`"),
        Fate::Bounded(name, min, max) if name == key => format!("works, {min} to {max}"),
        Fate::Bounded(name, min, max) => format!("`{name}`, {min} to {max}"),
        Fate::Decided(text, _) | Fate::Joined(_, text) => text.to_owned(),
        Fate::Taken(_) => "read by the runtime, for sinks".to_owned(),
        Fate::Void(reason) => format!("no effect: {reason}"),
    }
}

fn settings(title: &str, table: &[Setting], text: &mut String) {
    writeln!(text, "\n## {title}\n\n| key | here |\n|---|---|").unwrap();
    for setting in table {
        let below = if setting.key.ends_with('.') { "*" } else { "" };
        writeln!(text, "| `{}{below}` | {} |", setting.key, fate(setting)).unwrap();
    }
}

#[test]
fn the_book_says_what_becomes_of_every_setting() {
    let mut text = HEAD.to_owned();
    settings("All clients", connection::SETTINGS, &mut text);
    settings("Producers", producer::SETTINGS, &mut text);
    settings("Consumers", consumer::SETTINGS, &mut text);
    settings("Admin clients", connection::ADMIN, &mut text);
    settings("TLS", ssl::SETTINGS, &mut text);
    settings("SASL", sasl::SETTINGS, &mut text);
    text.push_str("\n## Defaults\n\n| librdkafka's name | of | value |\n|---|---|---|\n");
    for (clients, table) in [
        ("all", defaults::EVERY),
        ("producers", defaults::PRODUCER),
        ("producers without transactions", defaults::PLAIN_PRODUCER),
        ("consumers", defaults::CONSUMER),
    ] {
        for (name, value) in table {
            writeln!(text, "| `{name}` | {clients} | `{value}` |").unwrap();
        }
    }
    text.push_str("\n## What librdkafka has and a worker refuses\n\n| name | why |\n|---|---|\n");
    for group in REFUSED {
        let names = group.names.join("`, `");
        writeln!(text, "| `{names}` | {} |", group.reason).unwrap();
    }
    expect_file!["../../../../../../docs/book/kafka-clients.md"].assert_eq(&text);
}
