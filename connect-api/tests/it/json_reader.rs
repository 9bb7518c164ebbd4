//! Reading JSON: what is accepted, what is refused and how it is said.

use connect_api::{
    Bytes, Dialect, Value,
    json::{self, Reader},
};
use expect_test::{Expect, expect};
use proptest::{collection::vec, prelude::*, sample::select};

fn bytes(text: impl AsRef<[u8]>) -> Bytes {
    Bytes::copy_from_slice(text.as_ref())
}

#[track_caller]
fn check(text: &str, expected: impl Into<Value>) {
    assert_eq!(
        json::parse(&bytes(text)).unwrap(),
        expected.into(),
        "{text}"
    );
}

#[track_caller]
fn check_java(text: &str, expected: impl Into<Value>) {
    let read = json::parse_as(&bytes(text), Dialect::Java).unwrap();
    assert_eq!(read, expected.into(), "{text}");
}

#[track_caller]
fn check_refused(text: impl AsRef<[u8]>, expected: Expect) {
    expected.assert_eq(json::parse(&bytes(text)).unwrap_err().message());
}

#[test]
fn values_of_every_kind_are_read() {
    check("null", Value::Null);
    check(" true\n", true);
    check("false", false);
    check("0", 0i64);
    check("-0", 0i64);
    check("9223372036854775807", i64::MAX);
    check("-9223372036854775808", i64::MIN);
    check("1.5", 1.5);
    check("1e2", 100.0);
    check("-2.5E-3", -0.0025);
    check(r#""""#, "");
    check(r#""é€😀/""#, "é€😀/");
    check("[]", Value::array([0i64; 0]));
    check(
        "[1, [2], []]",
        Value::array([
            Value::from(1i64),
            Value::array([2i64]),
            Value::array([0i64; 0]),
        ]),
    );
    check("{}", Value::map([("", 0); 0]));
    check(
        r#"{"b": {"x": [true]}, "a": {}}"#,
        Value::map([
            ("b", Value::map([("x", Value::array([true]))])),
            ("a", Value::map([("", 0); 0])),
        ]),
    );
    check("\u{FEFF}1", 1i64);
}

#[test]
fn escapes_are_replaced_in_values_and_names() {
    check(
        r#""\"\\\/\b\f\n\r\t\u0041\u00e9\uD83D\uDE00 end""#,
        "\"\\/\u{8}\u{C}\n\r\tAé😀 end",
    );
    check(r#"{"a\nb": 1}"#, Value::map([("a\nb", 1i64)]));
}

#[test]
fn of_two_members_with_one_name_the_later_one_counts() {
    check(
        r#"{"a": 1, "b": 2, "\u0061": 3}"#,
        Value::map([("a", 3i64), ("b", 2)]),
    );
    let inner = Value::map([("a", Value::map([("c", 2i64)])), ("b", 2i64.into())]);
    check(
        r#"[{"a": [1], "b": 2, "a": {"c": 1, "c": 2}}]"#,
        Value::array([inner.clone()]),
    );
    check(
        r#"{"o": 0, "p": {"a": [1], "b": 2, "a": {"c": [], "c": 2}}, "o": {}}"#,
        Value::map([("o", Value::Map(Default::default())), ("p", inner)]),
    );
}

#[test]
fn text_without_escapes_is_a_slice_of_what_was_read() {
    let input = bytes(r#"{"name": "a long value that is not copied"}"#);
    let value = json::parse(&input).unwrap();
    let text = value.get("name").and_then(Value::as_str).unwrap();
    assert!(input.as_ptr_range().contains(&text.as_ptr()));
}

#[test]
fn what_is_not_json_is_refused_with_its_place() {
    check_refused(
        "",
        expect!["json: byte 0: expected a value, found the end, in ``"],
    );
    check_refused(
        r#"{"a":x}"#,
        expect![[r#"json: byte 5: expected a value, found `x`, in `{"a":x}`"#]],
    );
    check_refused(
        "[1 2]",
        expect!["json: byte 3: expected `,` or `]`, found `2`, in `[1 2]`"],
    );
    check_refused(
        "[1,]",
        expect!["json: byte 3: expected a value, found `]`, in `[1,]`"],
    );
    check_refused(
        "[,1]",
        expect!["json: byte 1: expected a value, found `,`, in `[,1]`"],
    );
    check_refused(
        r#"{"a" 1}"#,
        expect![[r#"json: byte 5: expected `:`, found `1`, in `{"a" 1}`"#]],
    );
    check_refused(
        r#"{"a":1,}"#,
        expect![[r#"json: byte 7: expected a string, found `}`, in `{"a":1,}`"#]],
    );
    check_refused(
        "{1:2}",
        expect!["json: byte 1: expected a string, found `1`, in `{1:2}`"],
    );
    check_refused(
        r#"{"a":1]"#,
        expect![[r#"json: byte 6: expected `,` or `}`, found `]`, in `{"a":1]`"#]],
    );
    check_refused(
        "truex",
        expect!["json: byte 0: expected a boolean, found `truex`, in `truex`"],
    );
    check_refused(
        "nul",
        expect!["json: byte 0: expected null, found `nul`, in `nul`"],
    );
}

#[test]
fn strings_that_are_none_are_refused_with_their_place() {
    check_refused(
        r#""abc"#,
        expect![[r#"json: byte 4: expected `"`, found the end, in `"abc`"#]],
    );
    check_refused(
        "{\"text\": \"that ends nowhere near the end of what is shown",
        expect![[r#"json: byte 57: expected `"`, found the end, in `…end of what is shown`"#]],
    );
    check_refused(
        "\"a\nb\"",
        expect![[
            r#"json: byte 2: expected control characters to be escaped, found `�`, in `"a�b"`"#
        ]],
    );
    check_refused(
        r#""a\x""#,
        expect![[
            r#"json: byte 3: expected an escape like `\n` or `\u000A`, found `x`, in `"a\x"`"#
        ]],
    );
    check_refused(
        r#""\u12G4""#,
        expect![[r#"json: byte 3: expected four hexadecimal digits, found `12G4`, in `"\u12G4"`"#]],
    );
    check_refused(
        r#""\uD83D""#,
        expect![[
            r#"json: byte 1: expected the two halves of a character together, found `\`, in `"\uD83D"`"#
        ]],
    );
    check_refused(
        b"[\"\xFF\"]",
        expect!["json: byte 2: expected UTF-8, found 0xff"],
    );
}

#[test]
fn numbers_are_refused_that_are_none_or_do_not_fit() {
    check_refused(
        "-",
        expect!["json: byte 1: expected a digit, found the end, in `-`"],
    );
    check_refused(
        "1.",
        expect!["json: byte 2: expected a digit, found the end, in `1.`"],
    );
    check_refused(
        "1e+",
        expect!["json: byte 3: expected a digit, found the end, in `1e+`"],
    );
    check_refused(
        "+1",
        expect!["json: byte 0: expected a value, found `+`, in `+1`"],
    );
    check_refused(
        "[-a]",
        expect!["json: byte 2: expected a digit, found `a`, in `[-a]`"],
    );
    check_refused(
        "007",
        expect!["json: byte 0: expected a number without leading zeros, found `007`, in `007`"],
    );
    check_refused(
        "1x",
        expect!["json: byte 1: expected the end of the text, found `x`, in `1x`"],
    );
    check_refused(
        "9223372036854775808",
        expect![
            "json: byte 0: expected an integer that fits int64, found `9223372036854775808`, in `9223372036854775808`"
        ],
    );
    check_refused(
        "[1e400]",
        expect!["json: byte 1: expected a number that fits float64, found `1e400`, in `[1e400]`"],
    );
    check_refused(
        "9".repeat(1001),
        expect![
            "json: byte 0: expected a number of at most 1000 characters, found `9999999999999999999999999999999999999999…`, in `9999999999999999999999999999999999999999…`"
        ],
    );
}

#[test]
fn text_behind_the_value_is_refused() {
    check_refused(
        "{} x",
        expect!["json: byte 3: expected the end of the text, found `x`, in `{} x`"],
    );
    check_refused(
        "1 2",
        expect!["json: byte 2: expected the end of the text, found `2`, in `1 2`"],
    );
}

#[test]
fn the_dialect_of_java_accepts_what_java_does() {
    check_java("007", 7i64);
    check_java("-007", -7i64);
    check_java("[1] garbage", Value::array([1i64]));
    check_java("9223372036854775808", i64::MIN);
    check_java("18446744073709551617", 1i64);
    check_java("1e400", f64::INFINITY);
    check_java(r#""\uD83Dx""#, "\u{FFFD}x");
    let Value::Float64(zero) = json::parse_as(&bytes("-0.0"), Dialect::Java).unwrap() else {
        panic!("a fraction is read as float64")
    };
    assert!(zero.is_sign_positive());
}

#[test]
fn nesting_is_read_to_its_limit_and_not_beyond() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let nested = |depth| format!("{}1{}", open.repeat(depth), close.repeat(depth));
        let deepest = json::parse(&bytes(nested(Reader::DEPTH))).unwrap();
        assert_eq!(json::to_string(&deepest), nested(Reader::DEPTH));
        let error = json::parse(&bytes(nested(Reader::DEPTH + 1))).unwrap_err();
        assert!(
            error.message().contains("at most 1000 levels of nesting"),
            "{error}"
        );
        let bomb = Reader::text(&bytes(open.repeat(1_000_000))).unwrap();
        let skipped = Reader::new(&bomb, Dialect::Strict).skip().unwrap_err();
        assert!(
            skipped.message().contains("at most 1000 levels of nesting"),
            "{skipped}"
        );
    }
}

#[test]
fn a_skipped_value_ends_where_it_ends() {
    let text = r#" {"a": [1, {"b": "]}\""}], "c": null} , 2"#.into();
    let mut reader = Reader::new(&text, Dialect::Strict);
    let range = reader.skip().unwrap();
    assert_eq!(&text[range], r#"{"a": [1, {"b": "]}\""}], "c": null}"#);
    assert_eq!(reader.rest(), b" , 2");
    for broken in [r#"[1, {"a": }]"#, r#"{"\q": 1}"#, r#"["\q"]"#, "[01]", "[1"] {
        let text = broken.into();
        assert!(
            Reader::new(&text, Dialect::Strict).skip().is_err(),
            "{broken}"
        );
    }
}

#[test]
fn strings_of_every_length_end_at_their_quote() {
    for length in 0..70 {
        for text in ["x".repeat(length), format!("{}\\n", "x".repeat(length))] {
            let expected = text.replace("\\n", "\n");
            check(
                &format!("[\"{text}\",\"{text}\"]"),
                Value::array([&*expected, &expected]),
            );
        }
    }
}

/// Names of which some are written with an escape, and the blanks around them: what one object has, the next may have.
fn members() -> impl Strategy<Value = Vec<(&'static str, &'static str, &'static str)>> {
    let name = select(&["a", "b", "c", "ab", "\\u0061", "", "\\n"][..]);
    let blank = select(&["", "", "", " "][..]);
    let value = select(&["1", "null", "[]", r#"{"a":1,"b":[{"a":2}]}"#, "\"b\""][..]);
    vec((name, blank, value), 0..7)
}

proptest! {
    #[test]
    fn a_string_ends_at_its_quote_whatever_stands_before_and_behind(
        text in "[ -!#-\\[\\]-~äß€😀]{0,40}",
        behind in "[ -~\u{0}-\u{1f}]{0,20}",
    ) {
        let whole = bytes(format!("\"{text}\",{behind}"));
        let read = Reader::text(&whole).unwrap();
        let found = Reader::new(&read, Dialect::Strict).string().unwrap();
        prop_assert_eq!(found.as_str(), text);
    }

    #[test]
    fn a_control_character_is_found_wherever_it_stands(
        text in "[ -!#-\\[\\]-~äß€😀]{0,40}",
        control in 0u8..32,
        behind in "[a-z]{0,20}",
    ) {
        let whole = bytes(format!("\"{text}{}{behind}\"", char::from(control)));
        let read = Reader::text(&whole).unwrap();
        let refused = Reader::new(&read, Dialect::Strict).string().unwrap_err();
        let place = format!("json: byte {}: expected control characters to be escaped", text.len() + 1);
        prop_assert!(refused.message().starts_with(&place), "{}", refused.message());
    }

    #[test]
    fn fractions_are_the_nearest_numbers(text in "-?(0|[1-9][0-9]{0,18})\\.[0-9]{1,20}") {
        let nearest: f64 = text.parse().unwrap();
        let read = json::parse(&bytes(&text)).unwrap();
        let Value::Float64(read) = read else { panic!("{text}: {read:?}") };
        prop_assert_eq!(read.to_bits(), nearest.to_bits(), "{}", text);
    }

    #[test]
    fn what_is_read_does_not_depend_on_what_was_read_before(objects in vec(members(), 1..20)) {
        for object in objects {
            let mut expected = Vec::<(Value, Value)>::new();
            let mut text = String::new();
            for (name, blank, value) in object {
                let separator = if text.is_empty() { "" } else { "," };
                text += &format!("{separator}{blank}\"{name}\"{blank}:{value}");
                let name = json::parse(&bytes(format!("\"{name}\""))).unwrap();
                let value = json::parse(&bytes(value)).unwrap();
                match expected.iter_mut().find(|(known, _)| *known == name) {
                    Some((_, known)) => *known = value,
                    None => expected.push((name, value)),
                }
            }
            for _ in 0..2 {
                check(&format!("{{{text}}}"), Value::Map(expected.clone().into()));
            }
        }
    }
}

#[test]
fn wide_objects_are_read_alike_each_time() {
    for width in [15i64, 63, 64, 65, 200, 64, 15] {
        let members = |last: &str| {
            let members = (0..width).map(|index| format!("\"name {index}\":{index}"));
            members
                .chain([format!("\"{last}\":-1")])
                .collect::<Vec<_>>()
                .join(",")
        };
        for _ in 0..3 {
            let expected = (0..width).map(|index| (format!("name {index}"), index));
            let expected: Vec<_> = expected.chain([("last".to_owned(), -1)]).collect();
            check(&format!("{{{}}}", members("last")), Value::map(expected));
        }
        // The last one takes the place of the first.
        let expected =
            (0..width).map(|index| (format!("name {index}"), if index == 0 { -1 } else { index }));
        check(&format!("{{{}}}", members("name 0")), Value::map(expected));
    }
}

#[test]
fn what_objects_have_in_turn_is_read_wherever_they_stand() {
    let (key, value) = (r#"{"id":1}"#, r#"{"id":1,"name":"x","at":{"id":2}}"#);
    let inner = Value::map([("id", 2i64)]);
    let read = Value::map([("id", 1i64.into()), ("name", "x".into()), ("at", inner)]);
    for _ in 0..8 {
        check(key, Value::map([("id", 1i64)]));
        check(value, read.clone());
        check(
            &format!("[{value},{key}]"),
            Value::array([read.clone(), Value::map([("id", 1i64)])]),
        );
        check(&format!("\u{feff}{value}"), read.clone());
        check_java(value, read.clone());
    }
    let text = bytes(format!("{value}{value}"));
    let text = Reader::text(&text).unwrap();
    let mut reader = Reader::starting_at(&text, value.len(), Dialect::Strict);
    assert_eq!(reader.value().unwrap(), read);
}

#[test]
fn an_object_that_ends_too_soon_changes_nothing_for_the_next() {
    check(r#"{"a":1,"b":2}"#, Value::map([("a", 1i64), ("b", 2)]));
    for text in [
        r#"{"a":1,"#,
        r#"{"a":1,"b":"#,
        r#"{"a":1,"c":}"#,
        r#"{"a":1,"b":2"#,
    ] {
        json::parse(&bytes(text)).unwrap_err();
        check(r#"{"a":1,"b":2}"#, Value::map([("a", 1i64), ("b", 2)]));
    }
    check(r#"{"a":1}"#, Value::map([("a", 1i64)]));
    check(
        r#"{"a":1,"b":2,"a":3}"#,
        Value::map([("a", 3i64), ("b", 2)]),
    );
}
