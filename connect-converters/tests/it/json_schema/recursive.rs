//! Schemas that contain themselves.

use connect_api::{Schema, Struct, Value};

use super::{check_both, check_refused, plain, read, read_value, schema_of, write};

/// A list, as others write it.
const LIST: &str = r##"{"type":"object","title":"List","properties":{
    "value":{"type":"integer","connect.index":0},"next":{"oneOf":[{"type":"null"},{"$ref":"#"}]}}}"##;

#[test]
fn a_reference_to_what_is_around_it_is_that() {
    let schema = schema_of(&plain(), LIST);
    assert!(schema.is_recursive());
    let next = schema.field("next").unwrap().schema();
    assert!(next.is_enclosing() && next.is_optional());
    assert_eq!(next.name().unwrap(), "List");
    let list = read_value(
        &plain(),
        LIST,
        r#"{"value":1,"next":{"value":2,"next":null}}"#,
    );
    let second = list.get("next").unwrap();
    assert_eq!(second.get("value"), Some(&2i64.into()));
    assert_eq!(second.get("next"), Some(&Value::Null));
    schema.check(&list).unwrap();
}

#[test]
fn a_struct_that_contains_itself_has_an_identifier() {
    let task = Schema::record("Task")
        .doc("A task")
        .parameter("io.confluent.connect.json.Id", "#id1")
        .field("parent", Schema::enclosing("Task").build().unwrap())
        .field("title", Schema::string().doc("Task title").build().unwrap())
        .build()
        .unwrap();
    let text = r##"{"type":"object","title":"Task","description":"A task","id":"#id1","properties":{"parent":{"$ref":"#id1"},"title":{"type":"string","description":"Task title","connect.index":1}}}"##;
    let mut value = Struct::new(&task).unwrap();
    value.values_mut()[1] = "t".into();
    check_both(&plain(), &task, text, value, r#"{"title":"t"}"#);
}

#[test]
fn several_references_keep_their_places_and_whether_they_are_optional() {
    let link = |optional: bool| {
        let builder = Schema::enclosing("Tree");
        let builder = if optional {
            builder.optional()
        } else {
            builder
        };
        builder.build().unwrap()
    };
    let tree = Schema::record("Tree")
        .parameter("io.confluent.connect.json.Id", "#id1")
        .field("zebra", link(true))
        .field("middle", Schema::plain_string())
        .field("apple", Schema::array(link(false)).build().unwrap())
        .field("left", link(true))
        .build()
        .unwrap();
    let text = plain().describe(&tree).unwrap();
    assert_eq!(schema_of(&plain(), &text), tree);
}

#[test]
fn a_struct_of_another_format_gets_an_identifier_when_it_needs_one() {
    let list = Schema::record("List")
        .field(
            "next",
            Schema::enclosing("List").optional().build().unwrap(),
        )
        .build()
        .unwrap();
    let text = plain().describe(&list).unwrap();
    assert!(text.contains(r##""id":"#connect1""##), "{text}");
    let back = schema_of(&plain(), &text);
    assert!(back.field("next").unwrap().schema().is_enclosing());
    assert!(
        !plain()
            .describe(&Schema::record("r").build().unwrap())
            .unwrap()
            .contains("id")
    );
}

#[test]
fn structs_may_contain_each_other() {
    let text = r##"{"$ref":"#/definitions/A","definitions":{
        "A":{"type":"object","properties":{"b":{"$ref":"#/definitions/B"}}},
        "B":{"type":"object","properties":{"a":{"$ref":"#/definitions/A"},"b":{"type":"array","items":{"$ref":"#/definitions/B"}}}}}}"##;
    let schema = schema_of(&plain(), text);
    assert_eq!(schema.name().unwrap(), "A");
    let json = r#"{"b":{"a":{"b":{"b":[]}},"b":[{"b":[]}]}}"#;
    let value = read_value(&plain(), text, json);
    assert_eq!(write(&plain(), &schema, &value).unwrap(), json);
}

#[test]
fn one_definition_that_contains_itself_may_be_used_twice() {
    let text = r##"{"type":"object","properties":{
        "a":{"connect.index":0,"$ref":"#/definitions/L"},"b":{"connect.index":1,"$ref":"#/definitions/L"}},
        "definitions":{"L":{"type":"object","properties":{"n":{"type":"array","items":{"$ref":"#/definitions/L"}}}}}}"##;
    let schema = schema_of(&plain(), text);
    let json = r#"{"a":{"n":[{"n":[]}]},"b":{"n":[]}}"#;
    let value = read_value(&plain(), text, json);
    assert_eq!(write(&plain(), &schema, &value).unwrap(), json);
    let again = plain().describe(&schema).unwrap();
    let value = read_value(&plain(), &again, json);
    assert_eq!(
        write(&plain(), &schema_of(&plain(), &again), &value).unwrap(),
        json
    );
}

#[test]
fn a_reference_to_nothing_but_itself_is_refused() {
    for text in [
        r##"{"$ref":"#"}"##,
        r##"{"allOf":[{"$ref":"#"}]}"##,
        r##"{"oneOf":[{"$ref":"#"},{"type":"string"}]}"##,
        r##"{"type":"array","items":{"$ref":"#"}}"##,
        r##"{"$ref":"#/definitions/a","definitions":{"a":{"$ref":"#/definitions/b"},"b":{"$ref":"#/definitions/a"}}}"##,
    ] {
        check_refused(plain().reader(text), &["itself"]);
    }
}

#[test]
fn two_that_contain_themselves_and_each_other_need_different_titles() {
    let text = r##"{"type":"object","title":"T","properties":{"a":{"type":"object","title":"T","properties":{
        "outer":{"$ref":"#"}}}}}"##;
    check_refused(plain().reader(text), &["different titles", "`T`"]);
}

#[test]
fn a_value_is_read_as_deep_as_json_may_be_and_no_deeper() {
    let nested = |depth: usize| {
        let open = r#"{"value":1,"next":"#.repeat(depth);
        format!("{open}null{}", "}".repeat(depth))
    };
    let deep = read_value(&plain(), LIST, &nested(1000));
    let schema = schema_of(&plain(), LIST);
    assert_eq!(write(&plain(), &schema, &deep).unwrap(), nested(1000));
    check_refused(
        read(&plain(), LIST, &nested(1001)),
        &["at most 1000 levels"],
    );
    let next = schema.field("next").unwrap().schema();
    let mut value = deep;
    for _ in 0..3 {
        let mut around = Struct::new(next).unwrap();
        around.values_mut()[1] = match value {
            Value::Struct(fields) => fields.with_schema(next).unwrap().into(),
            other => other,
        };
        value = around.into();
    }
    check_refused(write(&plain(), next, &value), &["at most 1000 levels"]);
}

#[test]
fn unions_within_unions_are_read_and_written_as_deep_as_json_may_be() {
    let branch = |title: &str| {
        format!(
            r##"{{"type":"object","title":"{title}","properties":{{
                "{title}":{{"type":"string","connect.index":0}},"t":{{"connect.index":1,"$ref":"#"}}}}}}"##
        )
    };
    let union = format!(r#"{{"oneOf":[{}]}}"#, ["a", "b"].map(branch).join(","));
    let within = format!(r#"{{"type":"object","title":"T","properties":{{"u":{union}}}}}"#);
    for (text, open, close, levels) in [
        (&union, r#"{"b":"x","t":"#, "}", 999),
        (&within, r#"{"u":{"b":"x","t":"#, "}}", 499),
    ] {
        let json = format!("{}{{}}{}", open.repeat(levels), close.repeat(levels));
        let value = read_value(&plain(), text, &json);
        let schema = schema_of(&plain(), text);
        assert_eq!(write(&plain(), &schema, &value).unwrap(), json);
    }
}
