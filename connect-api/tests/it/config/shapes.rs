//! Options of other shapes: variants, open maps, none at all.

use std::num::NonZeroU32;

use connect_api::{ConfigDef, ConfigKey, ConfigMap, Millis, TypedConfig};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{check, parse};

#[derive(Debug, PartialEq, Deserialize, JsonSchema)]
pub(super) struct Sink {
    dir: String,
    #[serde(flatten)]
    rotation: Rotation,
}

#[derive(Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(tag = "rotation", rename_all = "lowercase")]
pub(super) enum Rotation {
    Never,
    Bytes {
        max_bytes: NonZeroU32,
    },
    Time {
        #[serde(rename = "max.ms")]
        max: Millis,
        zone: Option<String>,
    },
}

#[test]
fn a_tagged_enum_has_the_keys_of_all_its_variants() {
    let def = Sink::definition();
    let names: Vec<_> = def.keys().iter().map(ConfigKey::name).collect();
    assert_eq!(names, ["dir", "rotation", "max.bytes", "max.ms", "zone"]);
    let rotation = def.key("rotation").unwrap();
    assert_eq!(rotation.valid_values(), ["never", "bytes", "time"]);
    assert!(rotation.is_required() && !def.key("max.bytes").unwrap().is_required());

    let sink: Sink = parse(&[("dir", "d"), ("rotation", "time"), ("max.ms", "5")]).unwrap();
    let max = Millis::new(5);
    assert_eq!(sink.rotation, Rotation::Time { max, zone: None });
    check::<Sink>(
        &[("dir", "d"), ("rotation", "size")],
        &[
            "Invalid value size for configuration rotation: String must be one of: never, bytes, time",
        ],
    );
    check::<Sink>(
        &[("dir", "d"), ("rotation", "bytes")],
        &["Invalid value null for configuration max.bytes: expected a value, found nothing"],
    );
}

#[derive(Debug, PartialEq, Deserialize, JsonSchema)]
struct Open {
    name: String,
    #[serde(flatten)]
    rest: ConfigMap,
}

#[test]
fn a_flattened_map_takes_every_other_key() {
    let open: Open = parse(&[("name", "n"), ("a.b_c", "1"), ("compat.java", "true")]).unwrap();
    assert_eq!(open.rest, ConfigMap::from([("a.b_c", "1")]));
    assert!(Open::definition().knows("whatever"));
    let all: ConfigMap = parse(&[("a", "1"), ("b", "2")]).unwrap();
    assert_eq!(all, ConfigMap::from([("a", "1"), ("b", "2")]));
}

#[derive(Debug, PartialEq, Deserialize, JsonSchema)]
struct Nothing;

#[derive(Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Empty {}

#[test]
fn no_options_are_options_too() {
    assert_eq!(parse::<()>(&[]).unwrap(), ());
    assert_eq!(
        parse::<Nothing>(&[("compat.java", "true")]).unwrap(),
        Nothing
    );
    assert_eq!(
        parse::<Empty>(&[("converter.type", "key")]).unwrap(),
        Empty {}
    );
    for def in [
        <()>::definition(),
        Nothing::definition(),
        Empty::definition(),
    ] {
        assert_eq!(def, ConfigDef::new());
    }
    check::<()>(&[("a", "1")], &[r#"Unknown configuration "a""#]);
    check::<Empty>(&[("a", "1")], &[r#"Unknown configuration "a""#]);
}
