//! What types and plugins refuse in their own words.

use connect_api::{ConfigProblem, Error, ErrorKind, Secret};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{check, parse, refused};

/// A text with rules of its own.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
struct Even(usize);

impl TryFrom<String> for Even {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.len() {
            even if even % 2 == 0 => Ok(Self(even)),
            odd => Err(format!("expected an even length, found {odd}")),
        }
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Own {
    one: Option<Even>,
    two: Option<Even>,
    #[serde(default)]
    #[schemars(extend("x-type" = "PASSWORD"))]
    three: Option<Even>,
    count: u8,
}

#[test]
fn what_types_refuse_themselves_is_said_at_once_too() {
    check::<Own>(
        &[("one", "a"), ("two", "abc"), ("three", "x"), ("tow", "")],
        &[
            r#"Missing required configuration "count" which has no default value."#,
            "Invalid value a for configuration one: expected an even length, found 1",
            "Invalid value abc for configuration two: expected an even length, found 3",
            "Invalid value [hidden] for configuration three: text",
            r#"Unknown configuration "tow": did you mean "two"?"#,
        ],
    );
    let own: Own = parse(&[("two", "ab"), ("count", "7"), ("compat.java", "false")]).unwrap();
    assert!(matches!((own.two, own.count), (Some(Even(2)), 7)));
    assert!(own.one.is_none() && own.three.is_none());
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Keys {
    #[expect(dead_code, reason = "only refused")]
    pin: Pin,
}

#[derive(Debug)]
struct Pin;

impl<'de> Deserialize<'de> for Pin {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Err(serde::de::Error::custom(format!("{text} is no pin")))
    }
}

impl JsonSchema for Pin {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Pin".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        Secret::json_schema(generator)
    }
}

#[test]
fn the_value_of_a_secret_is_in_no_message() {
    let error = refused::<Keys>(&[("pin", "hunter2")]);
    let told = format!("{error} {error:?} {:?}", error.problems());
    assert!(!told.contains("hunter2"), "{told}");
    assert!(told.contains("Invalid value [hidden] for configuration pin"));
}

#[test]
fn a_plugin_can_refuse_options_by_key() {
    let error = Error::from(ConfigProblem::invalid("dir", "x", "is no directory"));
    assert_eq!(error.kind(), ErrorKind::Config);
    assert_eq!(
        error.to_string(),
        "Invalid value x for configuration dir: is no directory"
    );
    assert_eq!(error.problems()[0].key(), "dir");
    assert!(Error::config("x").problems().is_empty());
}
