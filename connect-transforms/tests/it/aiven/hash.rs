//! `Hash`.

use connect_api::{Result, Schema, SchemaAndValue, Struct, Value};

use crate::subject::{build, transformed};

const NAME: &str = "io.aiven.kafka.connect.transforms.Hash$Value";
const JAVA: (&str, &str) = ("compat.java", "true");

const SHA1_OF_ABC: &str = "a9993e364706816aba3e25717850c26c9cd0d89d";

fn text(text: &str) -> SchemaAndValue {
    SchemaAndValue::new(Schema::plain_string(), text)
}

fn user(email: Option<&str>) -> SchemaAndValue {
    let schema = Schema::record("User")
        .field("id", Schema::plain_int32())
        .field(
            "email",
            Schema::string()
                .optional()
                .default_value("abc")
                .build()
                .unwrap(),
        )
        .build()
        .unwrap();
    let user = Struct::new(&schema)
        .and_then(|user| user.with("id", 7))
        .and_then(|user| user.with("email", email))
        .unwrap();
    SchemaAndValue::new(schema, user)
}

fn hashed(options: &[(&str, &str)], value: impl Into<SchemaAndValue>) -> Result<SchemaAndValue> {
    let mut all = vec![("function", "sha1")];
    all.extend(options);
    transformed(NAME, &all, value)
}

#[test]
fn text_becomes_its_hash() {
    for (function, expected) in [
        ("md5", "900150983cd24fb0d6963f7d28e17f72"),
        ("sha1", SHA1_OF_ABC),
        (
            "sha256",
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        ),
    ] {
        let found = transformed(NAME, &[("function", function)], text("abc")).unwrap();
        assert_eq!(found, text(expected));
    }
    assert_eq!(hashed(&[], "abc").unwrap().value, SHA1_OF_ABC.into());
}

#[test]
fn a_field_becomes_its_hash() {
    let found = hashed(&[("field.name", "email")], user(Some("abc"))).unwrap();
    assert_eq!(found, user(Some(SHA1_OF_ABC)));
    let users = |email: &str| {
        let user = Value::map([("email", Value::from(email)), ("id", 7.into())]);
        Value::map([("users", Value::array([user.clone(), user]))])
    };
    let options = [
        ("field.name", "users[*].email"),
        ("field.syntax.version", "V2"),
    ];
    let found = hashed(&options, users("abc")).unwrap();
    assert_eq!(found.value, users(SHA1_OF_ABC));
}

#[test]
fn what_is_missing_or_null_is_refused_or_skipped() {
    for (field, found) in [("email", "null"), ("other", "nothing")] {
        let options = [("field.name", field)];
        let error = hashed(&options, user(None)).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("hashing field `{field}` of the value: expected a string, found {found}")
        );
        let skipping = [options[0], ("skip.missing.or.null", "true")];
        assert_eq!(hashed(&skipping, user(None)).unwrap(), user(None));
    }
    let null = |schema| SchemaAndValue::new(schema, Value::Null);
    let of_another_type = null(Schema::optional_int32());
    let error = hashed(&[("skip.missing.or.null", "true")], of_another_type).unwrap_err();
    assert_eq!(
        error.to_string(),
        "hashing the value: expected a string, found int32"
    );
    let null = || null(Schema::optional_string());
    assert!(hashed(&[], null()).is_err());
    let skipping = [("skip.missing.or.null", "true")];
    assert_eq!(hashed(&skipping, null()).unwrap(), null());
    let array = Value::map([("a", Value::array([Value::from("abc"), Value::Null]))]);
    let options = [("field.name", "a[*]"), ("field.syntax.version", "V2")];
    let error = hashed(&options, array).unwrap_err();
    assert_eq!(
        error.to_string(),
        "hashing the value: field `a`: an element: expected a string, found null"
    );
}

#[test]
fn what_is_no_text_is_refused() {
    let refused = |options: &[(&str, &str)], value: SchemaAndValue| {
        hashed(options, value).unwrap_err().to_string()
    };
    assert_eq!(
        refused(&[("field.name", "id")], user(None)),
        "hashing the value: field `id`: expected a schema of type string, found int32"
    );
    assert_eq!(
        refused(&[], 7.into()),
        "hashing the value: expected a string, found int32"
    );
    assert_eq!(
        refused(&[("field.name", "a")], text("abc")),
        "hashing field `a` of the value: expected a map or a struct, found string"
    );
}

#[test]
fn java_knows_only_data_with_schemas() {
    let error = hashed(&[JAVA], "abc").unwrap_err();
    assert_eq!(
        error.to_string(),
        "hashing the value: expected a schema, found none"
    );
    assert_eq!(hashed(&[JAVA], text("abc")).unwrap(), text(SHA1_OF_ABC));
    let options = [
        ("field.name", "email"),
        ("skip.missing.or.null", "true"),
        JAVA,
    ];
    let null = || SchemaAndValue::new(Schema::record("r").optional().build().unwrap(), Value::Null);
    assert!(hashed(&options, null()).is_err());
    assert_eq!(hashed(&options[..2], null()).unwrap(), null());
}

#[test]
fn the_function_has_to_be_known() {
    let refused = |options| build(NAME, options).err().unwrap().to_string();
    assert!(refused(&[]).contains("\"function\""));
    assert!(refused(&[("function", "sha512")]).contains("md5, sha1, sha256"));
}
