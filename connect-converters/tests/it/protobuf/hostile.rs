//! Bytes and files that nobody should send.

use connect_api::Bytes;
use expect_test::{Expect, expect};

use super::{data, data_with, numbers, part, read};

const PROTO: &str = "syntax = \"proto3\"; message M { int32 n = 1; string s = 2; M2 m = 3; repeated fixed64 r = 4; map<string, M2> e = 5; } message M2 { M3 m = 1; } message M3 { int32 x = 1; }";

#[track_caller]
fn check(message: &[u8], expected: Expect) {
    let reader = data().reader(PROTO).unwrap();
    let read = reader.from_bytes(&Bytes::copy_from_slice(message));
    expected.assert_eq(&read.unwrap_err().to_string());
}

#[test]
fn broken_bytes_are_refused_with_what_was_expected_and_found() {
    check(
        b"\x08",
        expect![
            "message `M`: field `n`: byte 1: expected a varint of at most 10 bytes, found the end"
        ],
    );
    check(
        b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
        expect![
            "message `M`: field `n`: byte 1: expected a varint of at most 10 bytes, found a longer one"
        ],
    );
    check(
        b"\x00",
        expect!["message `M`: byte 0: expected a field number between 1 and 536870911, found 0"],
    );
    check(
        b"\x0f",
        expect!["message `M`: byte 0: expected a wire type between 0 and 5, found 7"],
    );
    check(
        b"\x12\xff\xff\xff\xff\x0fabc",
        expect![
            "message `M`: field `s`: byte 1: expected 4294967295 bytes, as the length says, found 3"
        ],
    );
    check(
        b"\x12\x02\xc3\x28",
        expect!["message `M`: field `s`: expected text in UTF-8, found other bytes at byte 2"],
    );
    check(
        &part(1, b"x"),
        expect!["message `M`: field `n`: expected a varint on the wire, found a length"],
    );
    check(
        &numbers(&[(2, 1)]),
        expect!["message `M`: field `s`: expected a length on the wire, found a varint"],
    );
    check(
        &part(3, &part(1, &part(1, b"x"))),
        expect![
            "message `M`: field `m`: field `m`: field `x`: expected a varint on the wire, found a length"
        ],
    );
    check(
        &part(4, b"1234567"),
        expect!["message `M`: field `r`: byte 2: expected 8 bytes, found 7"],
    );
    check(
        &part(5, &numbers(&[(1, 1)])),
        expect!["message `M`: field `e`: map key: expected a length on the wire, found a varint"],
    );
    check(
        b"\x0c",
        expect!["message `M`: field `n`: expected a varint on the wire, found the end of a group"],
    );
}

#[test]
fn unknown_fields_are_skipped_groups_among_them() {
    // Field 90 as a group, with a varint, a length and a group in it.
    let group = b"\xd3\x05\x08\x01\x12\x01a\x1b\x1c\xd4\x05";
    let message = [&group[..], &part(99, b"x"), &numbers(&[(1, 7)])].concat();
    let read = data()
        .reader(PROTO)
        .unwrap()
        .from_bytes(&message.into())
        .unwrap();
    assert_eq!(read.value.get("n"), Some(&7.into()));
}

#[test]
fn groups_are_skipped_only_so_deep() {
    check(
        &vec![0xFB; 10_000],
        expect!["message `M`: byte 0: expected a varint of at most 10 bytes, found a longer one"],
    );
    check(
        &b"\xd3\x05".repeat(10_000),
        expect!["message `M`: expected messages at most 100 deep in each other, found more"],
    );
    check(
        b"\xd3\x05\xdc\x05",
        expect!["message `M`: byte 4: expected a value of a field, found the end of group 91"],
    );
}

#[test]
fn files_that_do_not_end_are_refused() {
    let deep = "message A { ".repeat(10_000);
    assert!(data().reader(&deep).is_err());
    let brackets = format!(
        "message A {{ int32 a = 1 [(x) = {{ {} }}]; }}",
        "a { ".repeat(10_000)
    );
    assert!(data().reader(&brackets).is_err());
    let twice = "syntax = \"proto3\"; message A { int32 a = 1; int32 b = 1; }";
    expect!["expected each name and number once, found `A.b` twice"]
        .assert_eq(&data().reader(twice).unwrap_err().to_string());
    let missing = "syntax = \"proto3\"; message A { B b = 1; }";
    expect!["`A.b`: expected a message or an enum, found no `B`"]
        .assert_eq(&data().reader(missing).unwrap_err().to_string());
    let group = "syntax = \"proto2\"; message A { optional group G = 1 { optional int32 x = 1; } }";
    let error = data().reader(group).unwrap().from_bytes(&Bytes::new());
    expect!["message `A`: field `g`: expected a scalar, an enum or a message, found a group"]
        .assert_eq(&error.unwrap_err().to_string());
}

/// Checks that a message is refused whose elements are many, short, and wide structs.
#[track_caller]
fn check_wide(inner: &str, element: &[u8], count: usize, expected: Expect) {
    let proto =
        format!("syntax = \"proto3\"; message A {{ repeated B b = 1; }} message B {{ {inner} }}");
    let message = part(1, element).repeat(count);
    let read = data().reader(&proto).unwrap().from_bytes(&message.into());
    expected.assert_eq(&read.unwrap_err().to_string());
}

#[test]
fn a_short_message_does_not_become_more_values_than_are_allowed() {
    let fields = |count: u32| -> String {
        (1..=count)
            .map(|at| format!("int32 f{at} = {at}; "))
            .collect()
    };
    check_wide(
        &fields(1000),
        b"",
        20_000,
        expect![
            "message `A`: field `b`: element 581: expected at most 582144 values in a record of this length, found more"
        ],
    );
    check_wide(
        &fields(64),
        b"",
        250_000,
        expect![
            "message `A`: field `b`: element 65571: expected at most 4262144 values in a record of this length, found more"
        ],
    );
    let oneof = format!("oneof o {{ {} }}", fields(1000));
    check_wide(
        &oneof,
        &numbers(&[(1, 1)]),
        20_000,
        expect![
            "message `A`: field `b`: element 900: field `f1`: expected at most 902144 values in a record of this length, found more"
        ],
    );
}

#[test]
fn an_absent_message_is_not_made_of_more_values_than_are_allowed() {
    let messages: String = (0..40)
        .map(|at| format!("message M{at} {{ M{0} a = 1; M{0} b = 2; }} ", at + 1))
        .collect();
    let proto = format!("syntax = \"proto3\"; {messages} message M40 {{ }}");
    let data = data_with(|config| config.generate_struct_for_nulls = true);
    let read = data.reader(&proto).unwrap().from_bytes(&Bytes::new());
    expect!["message `M0`: expected at most 262144 values in a record of this length, found more"]
        .assert_eq(&read.unwrap_err().to_string());
}

#[test]
fn a_message_that_comes_in_parts_at_every_depth_is_read_once() {
    let mut message = Vec::new();
    for _ in 0..90 {
        message = [part(1, &message), part(1, b"")].concat();
    }
    let proto = "syntax = \"proto3\"; message A { A a = 1; }";
    let read = read(&data(), proto, &message);
    let mut depth = 0;
    let mut inner = &read.value;
    while let Some(next) = inner.get("a").filter(|next| !next.is_null()) {
        inner = next;
        depth += 1;
    }
    assert_eq!(depth, 90);
}
