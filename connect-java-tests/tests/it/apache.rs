//! Apache Kafka's.

use connect_testkit::generate::Rng;

use crate::{
    options::{Options, as_many, name, names, one_of},
    records,
    subject::{Sides, Subject},
};

#[test]
fn cast_answers_as_java_does() {
    sided("Cast", |random| {
        let types = [
            "int8", "int16", "int32", "int64", "float32", "float64", "boolean", "string",
        ];
        let spec = match random.u8(..3) {
            0 => one_of(random, &types).to_owned(),
            _ => {
                let names = names(random);
                let entries = names
                    .split(',')
                    .map(|name| format!("{name}:{}", one_of(random, &types)));
                entries.collect::<Vec<_>>().join(",")
            }
        };
        Options::default().set("spec", spec).nulls(random)
    });
}

#[test]
fn drop_headers_answers_as_java_does() {
    whole("DropHeaders", |random| {
        Options::default().set("headers", names(random))
    });
}

#[test]
fn extract_field_answers_as_java_does() {
    sided("ExtractField", |random| {
        let (version, field) = path(random);
        Options::default()
            .set("field", field)
            .set("field.syntax.version", version)
            .nulls(random)
    });
}

#[test]
fn filter_answers_as_java_does() {
    whole("Filter", |_| Options::default());
}

#[test]
fn flatten_answers_as_java_does() {
    sided("Flatten", |random| {
        let delimiter = one_of(random, &[".", "_", "", "::"]);
        Options::default().maybe(random, "delimiter", delimiter)
    });
}

#[test]
fn header_from_answers_as_java_does() {
    sided("HeaderFrom", |random| {
        let fields = names(random);
        let headers = as_many(random, &fields);
        Options::default()
            .set("fields", fields)
            .set("headers", headers)
            .set("operation", one_of(random, &["move", "copy"]))
            .nulls(random)
    });
}

#[test]
fn hoist_field_answers_as_java_does() {
    sided("HoistField", |random| {
        Options::default().set("field", name(random))
    });
}

#[test]
fn insert_field_answers_as_java_does() {
    sided("InsertField", |random| {
        let mut options = Options::default();
        for key in [
            "topic.field",
            "partition.field",
            "offset.field",
            "timestamp.field",
        ] {
            let field = format!("{}{}", name(random), one_of(random, &["", "!", "?"]));
            if random.u8(..3) == 0 {
                options = options.set(key, field);
            }
        }
        if options.0.is_empty() || random.bool() {
            let field = format!("{}{}", name(random), one_of(random, &["", "!", "?"]));
            options = options
                .set("static.field", field)
                .set("static.value", "some");
        }
        options.nulls(random)
    });
}

#[test]
fn insert_header_answers_as_java_does() {
    whole("InsertHeader", |random| {
        let literals = [
            "7",
            "300",
            "-1",
            "1.5",
            "1e3",
            "NaN",
            "true",
            "FALSE",
            "null",
            "some text",
            "2024-02-29",
            "2024-02-29T12:34:56.789Z",
            "12:34:56.789Z",
            "[1,2]",
            "[1,\"a\"]",
            "{\"a\":1}",
            "{\"a\":null}",
            "\"quoted\"",
            "1,2,3",
            "9223372036854775808",
            "{}",
            "[]",
            "[true, false]",
            "0.1",
            "340282350000000000000000000000000000001",
            "\u{e9}",
        ];
        let literal = one_of(random, &literals);
        Options::default()
            .set("header", one_of(random, &["a", "h", "note"]))
            .set("value.literal", literal)
    });
}

#[test]
fn mask_field_answers_as_java_does() {
    sided("MaskField", |random| {
        let replacement = one_of(random, &["7", "***", "300", "-1.5", "1e3", "99999999999"]);
        Options::default()
            .set("fields", names(random))
            .maybe(random, "replacement", replacement)
            .nulls(random)
    });
}

#[test]
fn regex_router_answers_as_java_does() {
    whole("RegexRouter", |random| {
        let regex = one_of(
            random,
            &[
                "(.*)",
                "shop-(.*)",
                "(.)(.*)",
                "(?<name>.*)",
                "a\\.b",
                "(x)?.*",
                "[a-z]*",
                "(?!topic).*",
                "topic|.*o",
                "(t)opic|(.*)",
            ],
        );
        let replacement = one_of(
            random,
            &[
                "new", "$1", "x-$1-y", "${name}", "$2", "\\$1", "$", "$0", "", "a b",
            ],
        );
        Options::default()
            .set("regex", regex)
            .set("replacement", replacement)
    });
}

#[test]
fn replace_field_answers_as_java_does() {
    sided("ReplaceField", |random| {
        let (exclude, include) = (names(random), names(random));
        let olds = names(random);
        let renames = olds
            .split(',')
            .map(|old| format!("{old}:{}", one_of(random, &["a", "z", "y", "note"])));
        let renames = renames.collect::<Vec<_>>().join(",");
        Options::default()
            .maybe(random, "exclude", exclude)
            .maybe(random, "include", include)
            .maybe(random, "renames", renames)
            .nulls(random)
    });
}

#[test]
fn set_schema_metadata_answers_as_java_does() {
    sided("SetSchemaMetadata", |random| {
        let name = one_of(
            random,
            &["Order", "a.b.C", "org.apache.kafka.connect.data.Date"],
        );
        let version = one_of(random, &["1", "2", "-1"]);
        Options::default()
            .maybe(random, "schema.name", name)
            .maybe(random, "schema.version", version)
            .nulls(random)
    });
}

#[test]
fn timestamp_converter_answers_as_java_does() {
    let options = |random: &mut Rng| {
        let field = match random.u8(..4) {
            0 => "",
            _ => name(random),
        };
        let format = one_of(random, FORMATS);
        let precision = one_of(
            random,
            &["seconds", "milliseconds", "microseconds", "nanoseconds"],
        );
        Options::default()
            .set("field", field)
            .set(
                "target.type",
                one_of(random, &["string", "unix", "Date", "Time", "Timestamp"]),
            )
            .maybe(random, "format", format)
            .maybe(random, "unix.precision", precision)
            .nulls(random)
    };
    let subject = Subject {
        record: records::times,
        ..Subject::apache("TimestampConverter", Sides::KeyAndValue, options)
    };
    subject.check(240);
}

#[test]
fn timestamp_router_answers_as_java_does() {
    whole("TimestampRouter", |random| {
        let topic = one_of(
            random,
            &[
                "${topic}-${timestamp}",
                "${timestamp}",
                "${topic}",
                "x-${timestamp}-${topic}",
                "$1",
                "",
            ],
        );
        let format = one_of(random, FORMATS);
        Options::default()
            .maybe(random, "topic.format", topic)
            .maybe(random, "timestamp.format", format)
    });
}

#[test]
fn value_to_key_answers_as_java_does() {
    whole("ValueToKey", |random| {
        Options::default()
            .set("fields", names(random))
            .nulls(random)
    });
}

#[test]
fn predicates_answer_as_java_does() {
    Subject::apache("predicates.TopicNameMatches", Sides::One, |random| {
        Options::default().set(
            "pattern",
            one_of(
                random,
                &["topic", ".*", "shop-.*", "(?!topic).*", "a.b", "to", "["],
            ),
        )
    })
    .check(40);
    Subject::apache("predicates.HasHeaderKey", Sides::One, |random| {
        Options::default().set("name", name(random))
    })
    .check(40);
    Subject::apache("predicates.RecordIsTombstone", Sides::One, |_| {
        Options::default()
    })
    .check(40);
}

/// Patterns of dates, some of which need more than a clock.
const FORMATS: &[&str] = &[
    "yyyy-MM-dd",
    "yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
    "yyyyMMdd",
    "HH:mm:ss",
    "yyyy-MM-dd HH:mm:ss Z",
    "EEE, d MMM yyyy hh:mm a",
    "YYYY-'W'ww-u",
    "y",
    "D",
    "yyyy-MM-dd G z",
    "",
    "nonsense",
];

/// Draws a version of the syntax and the way to a field.
fn path(random: &mut Rng) -> (&'static str, String) {
    if random.bool() {
        return ("V1", name(random).to_owned());
    }
    let steps = (0..random.usize(1..3))
        .map(|_| one_of(random, &["a", "b", "id", "note", "items", "`a.b`"]));
    ("V2", steps.collect::<Vec<_>>().join("."))
}

fn sided(class: &str, options: fn(&mut Rng) -> Options) {
    Subject::apache(class, Sides::KeyAndValue, options).check(120);
}

fn whole(class: &str, options: fn(&mut Rng) -> Options) {
    Subject::apache(class, Sides::One, options).check(80);
}

impl Subject {
    fn apache(class: &str, sides: Sides, options: fn(&mut Rng) -> Options) -> Self {
        let class = format!("org.apache.kafka.connect.transforms.{class}");
        Self {
            class,
            sides,
            options,
            record: records::any,
        }
    }
}
