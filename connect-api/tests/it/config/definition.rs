//! What a definition tells, and how definitions are put together.

use connect_api::{
    ConfigDef, ConfigKey, ConfigMap, ConfigProblem, ConfigType, ConfigWidth, Importance,
    TypedConfig, UnknownKeys,
};

use super::{Options, shapes::Sink};

#[test]
fn a_definition_lists_names_types_and_defaults() {
    let def = Options::definition();
    let lines: Vec<_> = def
        .keys()
        .iter()
        .map(|key| {
            let default = match key.is_required() {
                true => "required",
                false => key.default_value().unwrap_or("null"),
            };
            format!(
                "{} {} {default}: {}",
                key.name(),
                key.type_(),
                key.expected()
            )
        })
        .collect();
    expect_test::expect![[r#"
        url STRING required: text that is not empty
        user STRING null: text
        password PASSWORD null: text
        batch.max.rows INT 16: a 32-bit integer from 1 to 65535
        poll.interval_ms LONG 1000: a 64-bit integer of at least 0
        tables LIST : a list separated by commas, each text
        ports LIST 80,443: a list separated by commas, each a 32-bit integer of at least 1
        mode STRING all: one of all, new-rows
        level STRING null: one of Low, High
        ratio DOUBLE 0.5: a number from 0 to 1
        dry BOOLEAN false: true or false
        format CLASS null: the name of a plugin
        max.retries INT 0: a 32-bit integer from 0 to 100
        proxy.host STRING null: text
        proxy.non.proxy.hosts LIST : a list separated by commas, each text"#]]
    .assert_eq(&lines.join("\n"));
    assert_eq!(def.prefixes(), ["producer."]);
}

#[test]
fn a_definition_carries_what_a_form_shows() {
    let def = Options::definition();
    let url = def.key("url").unwrap();
    assert_eq!(
        url.documentation(),
        "Where the shop answers.\nWith the port."
    );
    assert_eq!(url.importance(), Importance::High);
    assert_eq!(url.width(), ConfigWidth::Long);
    assert_eq!(url.display_name(), "URL");
    assert_eq!(url.dependents(), ["user"]);
    assert_eq!((url.group(), url.order_in_group()), (Some("Connection"), 1));
    let user = def.key("user").unwrap();
    assert_eq!(
        (user.group(), user.order_in_group()),
        (Some("Connection"), 2)
    );
    assert_eq!(def.key("password").unwrap().order_in_group(), 5);
    let dry = def.key("dry").unwrap();
    assert_eq!(dry.importance(), Importance::Medium);
    assert_eq!((dry.group(), dry.order_in_group()), (None, -1));
    assert_eq!(
        (dry.display_name(), dry.width()),
        ("dry", ConfigWidth::None)
    );
    assert_eq!(def.key("mode").unwrap().valid_values(), ["all", "new-rows"]);
}

#[test]
fn definitions_are_put_together_from_parts() {
    let plugin = Sink::definition();
    let framework = ConfigDef::new()
        .with_key(ConfigKey::new("name", ConfigType::String).non_empty())
        .with_key(ConfigKey::new("dir", ConfigType::Int))
        .with_prefix("producer.override.");
    let transform = ConfigDef::new()
        .with_key(
            ConfigKey::new("fields", ConfigType::List)
                .with_group("Masking", 2)
                .with_dependents(["replacement"]),
        )
        .with_key(ConfigKey::new("replacement", ConfigType::String).optional());
    let def = plugin
        .merge(framework)
        .embed("transforms.mask.", "Transforms: mask", 3, &transform);

    let names: Vec<_> = def.keys().iter().map(ConfigKey::name).collect();
    assert_eq!(names[..2], ["dir", "rotation"]);
    assert_eq!(def.key("dir").unwrap().type_(), ConfigType::String);
    let fields = def.key("transforms.mask.fields").unwrap();
    assert_eq!(fields.group(), Some("Transforms: mask: Masking"));
    assert_eq!(fields.order_in_group(), 5);
    assert_eq!(fields.dependents(), ["transforms.mask.replacement"]);
    assert_eq!(fields.display_name(), "fields");

    let map = ConfigMap::from([
        ("name", ""),
        ("dir", "d"),
        ("rotation", "never"),
        ("producer.override.acks", "1"),
        ("transforms.mask.field", "a"),
    ]);
    let problems = def.problems(&map, UnknownKeys::Refuse);
    let messages: Vec<_> = problems.iter().map(ConfigProblem::message).collect();
    assert_eq!(
        messages,
        [
            "Invalid value  for configuration name: String must be non-empty",
            r#"Missing required configuration "transforms.mask.fields" which has no default value."#,
            r#"Unknown configuration "transforms.mask.field": did you mean "transforms.mask.fields"?"#,
        ]
    );
    assert_eq!(def.select(&map).len(), 4);
    assert_eq!(Sink::definition().select(&map).len(), 2);
}
