//! `ReplaceField`.

use connect_api::{Record, Schema, SchemaAndValue, Struct, Value};

use crate::subject::{changed, refusal, rejection, transformed};

const NAME: &str = "org.apache.kafka.connect.transforms.ReplaceField$Value";

const V2: (&str, &str) = ("field.syntax.version", "V2");

fn map(names: &str) -> Value {
    let entries = names.split_whitespace().enumerate();
    Value::map(entries.map(|(n, name)| (name, n as i64)))
}

/// The names of what is left of `{a:0, b:1, c:2}`, with what they hold.
fn left(options: &[(&str, &str)]) -> String {
    let left = transformed(NAME, options, map("a b c")).unwrap().value;
    let structured = {
        let schema = ["a", "b", "c"]
            .into_iter()
            .fold(Schema::structure(), |schema, name| {
                schema.field(name, Schema::plain_int64())
            });
        let values = (0..3i64).map(Value::from).collect();
        Struct::from_values(&schema.build().unwrap(), values).unwrap()
    };
    let typed = transformed(NAME, options, structured).unwrap();
    typed.schema.unwrap().check(&typed.value).unwrap();
    let Value::Map(entries) = &left else {
        panic!("expected a map, found {left:?}")
    };
    let shown = |name: &str, value: &Value| format!("{name}:{}", value.as_i64().unwrap());
    let names: Vec<_> = entries
        .iter()
        .map(|(name, value)| shown(name.as_str().unwrap(), value))
        .collect();
    let typed = typed.value.as_struct().unwrap();
    let fields = typed.schema().fields().iter().zip(typed.values());
    let fields: Vec<_> = fields
        .map(|(field, value)| shown(field.name(), value))
        .collect();
    assert_eq!(names, fields, "with a schema and without");
    names.join(" ")
}

#[test]
fn fields_go_and_stay_and_keep_their_order() {
    assert_eq!(left(&[]), "a:0 b:1 c:2");
    assert_eq!(left(&[("exclude", "b,x")]), "a:0 c:2");
    assert_eq!(left(&[("include", "c,a,x")]), "a:0 c:2");
    assert_eq!(left(&[("include", "a,b"), ("exclude", "b")]), "a:0");
    assert_eq!(left(&[("include", "x")]), "");
}

#[test]
fn fields_are_renamed_after_others_went() {
    assert_eq!(left(&[("renames", "b:x,c:y")]), "a:0 x:1 y:2");
    assert_eq!(left(&[("renames", "a:b,b:a")]), "b:0 a:1 c:2");
    assert_eq!(left(&[("renames", "a:b"), ("exclude", "b")]), "b:0 c:2");
    assert_eq!(left(&[("renames", "a:x"), ("include", "a")]), "x:0");
    assert_eq!(left(&[("renames", "a:b"), ("exclude", "a")]), "b:1 c:2");
}

#[test]
fn two_fields_of_one_name_are_refused_with_a_schema_and_the_later_counts_without() {
    let options = [("renames", "a:b")];
    let renamed = transformed(NAME, &options, map("a b")).unwrap();
    assert_eq!(renamed.value, Value::map([("b", 1i64)]));
    let schema = Schema::structure()
        .field("a", Schema::plain_int64())
        .field("b", Schema::plain_int64())
        .build()
        .unwrap();
    assert_eq!(
        rejection(NAME, &options, Struct::new(&schema).unwrap()),
        "replacing fields: schema cannot be built: field `b` is already there"
    );
}

#[test]
fn java_is_misled_by_a_renaming_that_does_not_take_place() {
    let options = [
        ("renames", "a:b"),
        ("exclude", "a"),
        ("compat.java", "true"),
    ];
    let schema = |of_b: Schema| {
        let schema = Schema::structure()
            .field("a", Schema::plain_int64())
            .field("b", of_b);
        schema.build().unwrap()
    };
    let fields = |of_b: Schema, b: Value| {
        let fields = Struct::new(&schema(of_b)).unwrap();
        fields
            .with("a", 1i64)
            .and_then(|fields| fields.with("b", b))
            .unwrap()
    };
    let misled = transformed(NAME, &options, fields(Schema::plain_int64(), 2i64.into())).unwrap();
    assert_eq!(misled.value.get("b"), Some(&1i64.into()));
    let message = rejection(
        NAME,
        &options,
        fields(Schema::plain_string(), "text".into()),
    );
    assert_eq!(
        message,
        "replacing fields: field `b`: expected string, found int64"
    );
    let alone = Schema::structure()
        .field("b", Schema::optional_string())
        .build()
        .unwrap();
    assert_eq!(
        rejection(NAME, &options, Struct::new(&alone).unwrap()),
        "replacing fields: field `b`: expected a field `a` that is renamed to it, found none"
    );
}

fn optional_order() -> Schema {
    let state = Schema::string().default_value("open").build().unwrap();
    Schema::record("Order")
        .optional()
        .field("id", Schema::optional_int32())
        .field("state", state)
        .build()
        .unwrap()
}

#[test]
fn a_struct_stays_optional_but_for_java() {
    let order = || Struct::new(&optional_order()).unwrap();
    let schema = |options| transformed(NAME, options, order()).unwrap().schema.unwrap();
    assert_eq!(schema(&[]), optional_order());
    let required = optional_order().to_builder().required().build().unwrap();
    assert_eq!(schema(&[("compat.java", "true")]), required);
}

#[test]
fn a_null_field_counts_as_its_default_or_not() {
    let order = || Struct::new(&optional_order()).unwrap();
    let state = |options| {
        let value = transformed(NAME, options, order()).unwrap().value;
        value
            .as_struct()
            .unwrap()
            .get_without_default("state")
            .unwrap()
            .clone()
    };
    assert_eq!(state(&[]), "open".into());
    assert_eq!(
        state(&[("replace.null.with.default", "false")]),
        Value::Null
    );
    let java = [
        ("replace.null.with.default", "false"),
        ("compat.java", "true"),
    ];
    assert_eq!(
        rejection(NAME, &java, order()),
        "replacing fields: field `state`: expected a value, found null"
    );
}

#[test]
fn nested_fields_are_named_by_their_path() {
    let order = |meta: &str, one: &str, two: &str| {
        let items = Value::array([map(one), map(two)]);
        Value::map([
            ("id", Value::from(7)),
            ("meta", map(meta)),
            ("items", items),
        ])
    };
    let replaced = |options: &[(&str, &str)]| {
        let options = [&[V2], options].concat();
        transformed(NAME, &options, order("a b", "n m", "m n"))
            .unwrap()
            .value
    };
    let shown = |options| format!("{:?}", names_of(&replaced(options)));
    assert_eq!(
        shown(&[("exclude", "meta.b,items[*].n")]),
        r#"["id", "meta.a", "items[].m", "items[].m"]"#
    );
    assert_eq!(
        shown(&[("include", "meta.a,items[*].n")]),
        r#"["meta.a", "items[].n", "items[].n"]"#
    );
    assert_eq!(
        shown(&[("include", "meta"), ("exclude", "meta.b")]),
        r#"["meta.a"]"#
    );
    assert_eq!(shown(&[("include", "id.x")]), "[]");
    assert_eq!(
        shown(&[("renames", "meta.a:x,items[*].n:y")]),
        r#"["id", "meta.x", "meta.b", "items[].y", "items[].m", "items[].m", "items[].y"]"#
    );
}

/// The paths of all that is no map and no array.
fn names_of(value: &Value) -> Vec<String> {
    let inside = |prefix: &str, value: &Value| -> Vec<String> {
        let names = names_of(value);
        if names.is_empty() && !matches!(value, Value::Map(_) | Value::Array(_) | Value::Struct(_))
        {
            return vec![prefix.to_owned()];
        }
        names
            .iter()
            .map(|name| {
                let dot = if name.starts_with('[') { "" } else { "." };
                format!("{prefix}{dot}{name}")
            })
            .collect()
    };
    match value {
        Value::Map(entries) => entries
            .iter()
            .flat_map(|(key, value)| inside(key.as_str().unwrap(), value))
            .collect(),
        Value::Array(elements) => elements
            .iter()
            .flat_map(|element| inside("[]", element))
            .collect(),
        Value::Struct(fields) => {
            let fields = fields.schema().fields().iter().zip(fields.values());
            fields
                .flat_map(|(field, value)| inside(field.name(), value))
                .collect()
        }
        _ => Vec::new(),
    }
}

#[test]
fn nested_fields_of_structs_are_named_by_their_path() {
    let item = Schema::structure()
        .field("n", Schema::plain_int32())
        .field("m", Schema::plain_int32())
        .build()
        .unwrap();
    let meta = Schema::structure()
        .optional()
        .field("a", Schema::plain_int32())
        .build()
        .unwrap();
    let schema = Schema::structure()
        .field("id", Schema::plain_int32())
        .field(
            "items",
            Schema::array(item.clone()).optional().build().unwrap(),
        )
        .field("meta", meta)
        .build()
        .unwrap();
    let item = Struct::new(&item)
        .unwrap()
        .with("n", 1)
        .and_then(|item| item.with("m", 2))
        .unwrap();
    let order = Struct::new(&schema)
        .and_then(|order| order.with("id", 7))
        .and_then(|order| order.with("items", Value::array([item])))
        .unwrap();
    let replaced = |options: &[(&str, &str)]| {
        let options = [&[V2], options].concat();
        let replaced = transformed(NAME, &options, order.clone()).unwrap();
        replaced.schema.unwrap().check(&replaced.value).unwrap();
        names_of(&replaced.value).join(" ")
    };
    assert_eq!(
        replaced(&[("exclude", "items[*].n,meta.a")]),
        "id items[].m meta"
    );
    assert_eq!(replaced(&[("include", "items[*].n,id.x")]), "items[].n");
    assert_eq!(
        replaced(&[("renames", "items[*].n:x,id:key")]),
        "key items[].x items[].m meta"
    );
}

#[test]
fn a_null_goes_on_as_it_is_and_the_key_is_another_transform() {
    let options = [("exclude", "a")];
    let null = SchemaAndValue::new(optional_order(), Value::Null);
    assert_eq!(transformed(NAME, &options, null.clone()).unwrap(), null);
    let record = Record::new("topic", 1).with_key(map("a b"));
    let record = changed("replace-field-key", &options, record).unwrap();
    assert_eq!(record.key, Value::map([("b", 1i64)]).into());
    assert_eq!(
        rejection(NAME, &options, 7),
        "replacing fields: without a schema expected a map, found int32"
    );
}

#[test]
fn options_that_rename_to_nothing_or_name_no_field_are_refused() {
    for renaming in ["a", "a:", "a:b:c"] {
        let (key, message) = refusal(NAME, &[("renames", renaming)]);
        assert_eq!(key, "renames");
        assert!(
            message.contains("expected an entry like old:new"),
            "{message}"
        );
    }
    assert_eq!(refusal(NAME, &[("exclude", "a[*]"), V2]).0, "exclude");
    assert_eq!(refusal(NAME, &[("include", "a[0].b"), V2]).0, "include");
}

#[test]
fn what_is_included_and_excluded_goes_and_so_does_what_is_not_included() {
    for options in [
        [("include", "a"), ("exclude", "a")],
        [("exclude", "a,b"), ("include", "a")],
    ] {
        let left = transformed(NAME, &options, map("a b")).unwrap();
        assert_eq!(left.value, Value::map::<Value, Value>([]));
    }
}

#[test]
fn a_required_field_that_goes_may_be_null_in_javas_dialect() {
    let defaulted = Schema::int32().default_value(5).build().unwrap();
    let schema = Schema::structure().field("a", defaulted).build().unwrap();
    let order = Struct::from_values(&schema, vec![Value::Null]).unwrap();
    let options = [
        ("exclude", "a"),
        ("replace.null.with.default", "false"),
        ("compat.java", "true"),
    ];
    let left = transformed(NAME, &options, order).unwrap();
    assert!(left.value.as_struct().unwrap().values().is_empty());
}
