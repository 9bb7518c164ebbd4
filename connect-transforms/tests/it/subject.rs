//! Transforms and predicates as configuration names and builds them.

use connect_api::{
    Build, ConfigMap, Predicate, Record, Result, SchemaAndValue, Transform, UnknownKeys,
};
use connect_transforms::plugins;

/// Builds the transform that answers to `name`.
pub(crate) fn build(name: &str, options: &[(&str, &str)]) -> Result<Box<dyn Transform>> {
    let options: ConfigMap = options.iter().copied().collect();
    match named(name, "transformation") {
        Build::Transform(build) => build(&options, UnknownKeys::Refuse),
        other => panic!("{name} is a transform, found {other:?}"),
    }
}

/// Builds the predicate that answers to `name`.
pub(crate) fn predicate(name: &str, options: &[(&str, &str)]) -> Result<Box<dyn Predicate>> {
    let options: ConfigMap = options.iter().copied().collect();
    match named(name, "predicate") {
        Build::Predicate(build) => build(&options, UnknownKeys::Refuse),
        other => panic!("{name} is a predicate, found {other:?}"),
    }
}

fn named(name: &str, kind: &str) -> Build {
    let plugins = plugins();
    let plugin = plugins.iter().find(|plugin| {
        plugin.build().kind() == kind && (plugin.name() == name || plugin.aliases().contains(&name))
    });
    let plugin = plugin.unwrap_or_else(|| panic!("there is a {kind} {name}"));
    plugin.build().clone()
}

/// Returns what the transform makes of a record.
pub(crate) fn apply(transform: &mut dyn Transform, record: Record) -> Result<Vec<Record>> {
    connect_testkit::transform::applied(transform, record)
}

/// Builds the transform and returns what it makes of a value, of which one record becomes one.
pub(crate) fn transformed(
    name: &str,
    options: &[(&str, &str)],
    value: impl Into<SchemaAndValue>,
) -> Result<SchemaAndValue> {
    let mut transform = build(name, options)?;
    let mut records = apply(&mut *transform, Record::new("topic", value))?;
    assert_eq!(records.len(), 1);
    Ok(records.remove(0).value)
}

/// Builds the transform and returns what it makes of a record, of which one record becomes one.
pub(crate) fn changed(name: &str, options: &[(&str, &str)], record: Record) -> Result<Record> {
    let mut transform = build(name, options)?;
    let mut records = apply(&mut *transform, record)?;
    assert_eq!(records.len(), 1);
    Ok(records.remove(0))
}

/// Builds the transform of values and returns why it refuses a value.
pub(crate) fn rejection(
    name: &str,
    options: &[(&str, &str)],
    value: impl Into<SchemaAndValue>,
) -> String {
    let error = transformed(name, options, value).unwrap_err();
    assert_eq!(error.kind(), connect_api::ErrorKind::Rejected, "{error:?}");
    error.to_string()
}

/// Returns which key a configuration is refused for, and why.
pub(crate) fn refusal(name: &str, options: &[(&str, &str)]) -> (String, String) {
    let error = build(name, options).err().unwrap();
    assert_eq!(error.kind(), connect_api::ErrorKind::Config, "{error:?}");
    let problem = &error.problems()[0];
    (problem.key().to_owned(), problem.message().to_owned())
}
