//! The tables of options.

use std::collections::BTreeSet;

use connect_api::{ConfigKey, Plugin};

use super::{Chapter, FORMATS};

/// The keys of Confluent's converters, of their serializers and of the client behind them, that concern Connect.
const CONFLUENT: &[&str] = &[
    "allow.optional.map.keys",
    "auto.register.schemas",
    "avro.fail.on.trailing.data",
    "avro.reflection.allow.null",
    "avro.remove.java.properties",
    "avro.use.logical.type.converters",
    "basic.auth.credentials.source",
    "basic.auth.user.info",
    "bearer.auth.cache.expiry.buffer.seconds",
    "bearer.auth.client.id",
    "bearer.auth.client.secret",
    "bearer.auth.credentials.source",
    "bearer.auth.custom.provider.class",
    "bearer.auth.identity.pool.id",
    "bearer.auth.issuer.endpoint.url",
    "bearer.auth.logical.cluster",
    "bearer.auth.scope",
    "bearer.auth.scope.claim.name",
    "bearer.auth.sub.claim.name",
    "bearer.auth.token",
    "bearer.auth.uami.endpoint.query",
    "bearer.auth.uami.endpoint.url",
    "connect.meta.data",
    "context.name.strategy",
    "decimal.format",
    "discard.type.doc.default",
    "enhanced.avro.schema.support",
    "enhanced.protobuf.schema.support",
    "execution.environment",
    "flatten.singleton.unions",
    "flatten.unions",
    "generalized.sum.type.support",
    "generate.index.for.unions",
    "generate.struct.for.nulls",
    "http.connect.timeout.ms",
    "http.read.timeout.ms",
    "id.compatibility.strict",
    "ignore.default.for.nullables",
    "ignore.modern.dialects",
    "int.for.enums",
    "json.default.property.inclusion",
    "json.envelope.detection",
    "json.fail.invalid.schema",
    "json.fail.unknown.properties",
    "json.indent.output",
    "json.oneof.for.nullables",
    "json.schema.scan.packages",
    "json.schema.spec.version",
    "json.validate.before.domain.rules",
    "key.schema.id.deserializer",
    "key.schema.id.serializer",
    "key.subject.name.strategy",
    "latest.cache.size",
    "latest.cache.ttl.sec",
    "latest.compatibility.strict",
    "max.retries",
    "max.schemas.per.subject",
    "missing.cache.size",
    "missing.id.cache.ttl.sec",
    "missing.schema.cache.ttl.sec",
    "missing.version.cache.ttl.sec",
    "normalize.schemas",
    "object.additional.properties",
    "optional.for.nullables",
    "optional.for.proto2",
    "preserve.additional.properties",
    "propagate.schema.tags",
    "proxy.host",
    "proxy.port",
    "reference.lookup.only",
    "reference.subject.name.strategy",
    "retries.max.wait.ms",
    "retries.wait.ms",
    "rule.actions",
    "rule.executors",
    "rule.metrics.enable",
    "rule.service.loader.enable",
    "schema.backup.enabled",
    "schema.format",
    "schema.reflection",
    "schema.registry.basic.auth.user.info",
    "schema.registry.url",
    "schema.registry.url.randomize",
    "schemas.cache.config",
    "scrub.invalid.names",
    "skip.known.types",
    "specific.avro.reader",
    "subject.name.strategy.cache.expiry.secs",
    "subject.name.strategy.cache.size",
    "subject.name.strategy.fallback.type",
    "subject.name.strategy.kafka.cluster.id",
    "use.apache.http.client",
    "use.latest.version",
    "use.latest.with.metadata",
    "use.optional.for.nonrequired",
    "use.schema.guid",
    "use.schema.id",
    "validation.rules.execution",
    "validation.rules.executor.class",
    "validation.rules.fail.fast",
    "value.schema.id.deserializer",
    "value.schema.id.serializer",
    "value.subject.name.strategy",
    "wrapper.for.nullables",
    "wrapper.for.raw.primitives",
];

fn plugin(name: &str) -> Plugin {
    let mut all = connect_converters::plugins().into_iter();
    all.find(|plugin| plugin.name() == name).unwrap()
}

fn plugins() -> impl Iterator<Item = Plugin> {
    FORMATS.iter().map(|format| plugin(format.plugin))
}

/// Returns the keys of a table's rows, and the rows.
fn rows(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.lines().filter_map(|line| {
        let (key, _) = line.strip_prefix("| `")?.split_once("` |")?;
        Some((key, line))
    })
}

#[test]
fn each_option_has_a_row_with_its_default() {
    let common = Chapter::named("registry/options.md").text;
    let mut wrong = Vec::new();
    for format in FORMATS {
        let (page, plugin) = (format.chapter(), plugin(format.plugin));
        for name in [plugin.name()].iter().chain(plugin.aliases()) {
            if !page.text.contains(&format!("`{name}`")) {
                wrong.push(format!("{}: `{name}` is not named", page.name));
            }
        }
        for key in plugin.config().keys() {
            let all = rows(&page.text).chain(rows(&common));
            let found = all.filter(|(name, _)| *name == key.name());
            let rows: Vec<_> = found.map(|(_, row)| row).collect();
            match rows[..] {
                [row] if row.contains(&default(key)) => {}
                [row] => wrong.push(format!("{}: expected {} in {row}", page.name, default(key))),
                _ => wrong.push(format!(
                    "{}: {} rows `{}`",
                    page.name,
                    rows.len(),
                    key.name()
                )),
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn default(key: &ConfigKey) -> String {
    match key.default_value() {
        _ if key.is_required() => "| **required** |".to_owned(),
        None => "| |".to_owned(),
        Some("") => "| empty |".to_owned(),
        Some(text) => format!("| `{text}` |"),
    }
}

#[test]
fn each_key_of_confluents_is_an_option_or_told_to_be_missing() {
    let known: BTreeSet<String> = plugins()
        .flat_map(|plugin| plugin.config().keys().to_vec())
        .map(|key| key.name().to_owned())
        .collect();
    let migration = Chapter::named("registry/migration.md").text;
    let (_, missing) = migration
        .split_once("\n## Keys that are not there\n")
        .unwrap();
    let missing = missing.split("\n## ").next().unwrap();
    let missing: BTreeSet<_> = rows(missing).map(|(key, _)| key.to_owned()).collect();
    let confluent: BTreeSet<_> = CONFLUENT.iter().map(|key| (*key).to_owned()).collect();
    let untold: Vec<_> = confluent
        .difference(&known)
        .filter(|key| !missing.contains(*key))
        .collect();
    assert!(
        untold.is_empty(),
        "migration.md: expected rows for {untold:?}"
    );
    let there: Vec<_> = missing.intersection(&known).collect();
    assert!(there.is_empty(), "migration.md: {there:?} are options");
}
