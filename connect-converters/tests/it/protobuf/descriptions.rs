//! The `.proto` files that Connect's schemas become.

use connect_api::{Result, Schema};
use connect_converters::protobuf::ProtobufData;
use expect_test::{Expect, expect};

use super::{ENUM, TAG, TYPE, UNION, data, data_with};

#[track_caller]
fn check(data: &ProtobufData, schema: Result<Schema>, expected: Expect) {
    let text = match data.schema_of(&schema.unwrap()) {
        Ok(schema) => {
            data.reader(&schema.text).unwrap();
            schema.text.to_string()
        }
        Err(error) => error.report().to_string(),
    };
    expected.assert_eq(&text);
}

fn complex() -> Result<Schema> {
    Schema::record("shop.Order")
        .field("int8", Schema::plain_int8())
        .field("int16", Schema::plain_int16())
        .field("int32", Schema::plain_int32())
        .field("float", Schema::plain_float32())
        .field("double", Schema::plain_float64())
        .field("array", Schema::array(Schema::plain_string()).build()?)
        .field(
            "map",
            Schema::map(Schema::plain_int32(), Schema::optional_string()).build()?,
        )
        .field(
            "price",
            Schema::decimal(2)
                .parameter("connect.decimal.precision", "8")
                .build()?,
        )
        .field("day", Schema::date().build()?)
        .field("time", Schema::time().build()?)
        .field("at", Schema::timestamp().optional().build()?)
        .field("seen", Schema::timestamp().build()?)
        .field(
            "status",
            Schema::string()
                .name("Status")
                .optional()
                .parameter(ENUM, "Status")
                .parameter(format!("{ENUM}.ACTIVE"), "0")
                .parameter(format!("{ENUM}.INACTIVE"), "1")
                .build()?,
        )
        .field(
            "buyer",
            Schema::record("buyer")
                .field("name", Schema::optional_string())
                .build()?,
        )
        .field(
            "choice_0",
            Schema::record(format!("{UNION}.choice"))
                .field("a", Schema::optional_string())
                .field(
                    "b",
                    Schema::int64()
                        .optional()
                        .parameter(TYPE, "fixed64")
                        .build()?,
                )
                .optional()
                .build()?,
        )
        .build()
}

/// What Confluent prints for [`complex`].
const COMPLEX: Expect = expect![[r#"
        syntax = "proto3";
        package shop;

        import "confluent/type/decimal.proto";
        import "google/type/date.proto";
        import "google/type/timeofday.proto";
        import "google/protobuf/timestamp.proto";

        message Order {
          int32 int8 = 1 [(confluent.field_meta) = {
            params: [
              {
                key: "connect.type",
                value: "int8"
              }
            ]
          }];
          int32 int16 = 2 [(confluent.field_meta) = {
            params: [
              {
                key: "connect.type",
                value: "int16"
              }
            ]
          }];
          int32 int32 = 3;
          float float = 4;
          double double = 5;
          repeated string array = 6;
          repeated ConnectDefault1Entry map = 7;
          confluent.type.Decimal price = 8 [(confluent.field_meta) = {
            params: [
              {
                value: "8",
                key: "precision"
              },
              {
                value: "2",
                key: "scale"
              }
            ]
          }];
          google.type.Date day = 9;
          google.type.TimeOfDay time = 10;
          google.protobuf.Timestamp at = 11;
          google.protobuf.Timestamp seen = 12;
          Status status = 13;
          buyerMessage buyer = 14;

          oneof choice {
            string a = 15;
            fixed64 b = 16;
          }

          message ConnectDefault1Entry {
            int32 key = 1;
            string value = 2;
          }
          message buyerMessage {
            string name = 1;
          }
          enum Status {
            ACTIVE = 0;
            INACTIVE = 1;
          }
        }
    "#]];

#[test]
fn a_struct_is_printed_as_confluent_prints_it() {
    check(&data(), complex(), COMPLEX);
}

#[test]
fn what_is_optional_is_labelled_if_that_is_asked_for() {
    let data = data_with(|config| config.optional_for_nullables = true);
    let schema = Schema::record("R")
        .field("a", Schema::optional_int32())
        .field("b", Schema::plain_int32())
        .field(
            "c",
            Schema::array(Schema::plain_int32())
                .optional()
                .build()
                .unwrap(),
        )
        .build();
    check(
        &data,
        schema,
        expect![[r#"
        syntax = "proto3";

        message R {
          optional int32 a = 1;
          int32 b = 2;
          repeated int32 c = 3;
        }
    "#]],
    );
}

#[test]
fn what_is_optional_is_wrapped_if_that_is_asked_for() {
    let data = data_with(|config| config.wrapper_for_nullables = true);
    let schema = Schema::record("R")
        .field("a", Schema::optional_int8())
        .field("b", Schema::plain_int32())
        .field(
            "c",
            Schema::int64()
                .optional()
                .parameter(TYPE, "uint32")
                .build()
                .unwrap(),
        )
        .field("d", Schema::optional_bytes())
        .build();
    check(
        &data,
        schema,
        expect![[r#"
        syntax = "proto3";

        import "google/protobuf/wrappers.proto";

        message R {
          google.protobuf.Int32Value a = 1 [(confluent.field_meta) = {
            params: [
              {
                key: "connect.type",
                value: "int8"
              }
            ]
          }];
          int32 b = 2;
          google.protobuf.UInt32Value c = 3;
          google.protobuf.BytesValue d = 4;
        }
    "#]],
    );
}

#[test]
fn a_primitive_is_a_wrapper_of_google() {
    let text = data().schema_of(&Schema::plain_string()).unwrap().text;
    assert!(
        text.starts_with("syntax = \"proto3\";\npackage google.protobuf;\n\noption java_package")
    );
    let writer = data().writer(&Schema::plain_string()).unwrap();
    assert_eq!(writer.indexes(), [2, 14]);
}

#[test]
fn numbers_that_are_told_are_kept_and_others_fill_the_gaps() {
    let told = |number: &str| Schema::int32().parameter(TAG, number).build().unwrap();
    let schema = Schema::record("R")
        .field("a", told("2"))
        .field("b", Schema::plain_int32())
        .field("c", told("1"))
        .field("d", Schema::plain_int32())
        .build();
    check(
        &data(),
        schema,
        expect![[r#"
        syntax = "proto3";

        message R {
          int32 a = 2;
          int32 b = 3;
          int32 c = 1;
          int32 d = 4;
        }
    "#]],
    );
    let schema = Schema::record("R")
        .field("a", told("2"))
        .field("b", told("2"))
        .build();
    check(
        &data(),
        schema,
        expect![
            "field `b`: expected a number of its own in `io.confluent.connect.protobuf.Tag`, found that of another field"
        ],
    );
    let schema = Schema::record("R").field("a", told("0")).build();
    check(
        &data(),
        schema,
        expect![
            "field `a`: expected a number from 1 to 536870911 in `io.confluent.connect.protobuf.Tag`, found `0`"
        ],
    );
}

#[test]
fn invalid_names_are_refused_or_scrubbed() {
    let schema = || {
        Schema::record("org.acme-corp.invalid record-name")
            .field("invalid field-name", Schema::plain_string())
            .build()
    };
    check(
        &data(),
        schema(),
        expect![
            "expected a name of letters, digits and underscores, found `acme-corp`; `scrub.invalid.names=true` changes it"
        ],
    );
    let data = data_with(|config| config.scrub_invalid_names = true);
    check(
        &data,
        schema(),
        expect![[r#"
        syntax = "proto3";
        package org.acme_corp;

        message invalid_record_name {
          string invalid_field_name = 1;
        }
    "#]],
    );
}

#[test]
fn what_protobuf_cannot_hold_is_refused_by_name() {
    let array = || Schema::array(Schema::plain_int32()).build();
    check(
        &data(),
        array(),
        expect![
            "expected a struct or a primitive, found array: Protobuf has no message that is an array alone"
        ],
    );
    let within = |schema: Schema| Schema::record("R").field("a", schema).build();
    check(
        &data(),
        within(Schema::array(array().unwrap()).build().unwrap()),
        expect![
            "field `a`: expected an array of single values, found one of arrays: Protobuf has no repeated fields in each other"
        ],
    );
    let union = Schema::record(UNION)
        .field("m", array().unwrap())
        .build()
        .unwrap();
    check(
        &data(),
        within(union),
        expect![
            "field `a`: field `m`: expected a single value in a union, found array: a `oneof` holds no repeated fields"
        ],
    );
}

#[test]
fn structs_of_one_name_are_one_message_if_they_are_the_same() {
    let point = |field: &str| {
        Schema::record("Point")
            .field(field, Schema::plain_int32())
            .build()
            .unwrap()
    };
    let line = Schema::record("Line")
        .field("from", point("x"))
        .field("to", point("x"))
        .build();
    check(
        &data(),
        line,
        expect![[r#"
        syntax = "proto3";

        message Line {
          Point from = 1;
          Point to = 2;

          message Point {
            int32 x = 1;
          }
        }
    "#]],
    );
    let line = Schema::record("Line")
        .field("from", point("x"))
        .field("to", point("y"))
        .build();
    check(
        &data(),
        line,
        expect![
            "field `to`: expected one schema called `Point`, found two that differ: messages of one name cannot stand beside each other"
        ],
    );
}
