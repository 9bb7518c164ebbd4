//! Apache Kafka's.

use super::{Kind, Looks, fails_with, kind};

pub(super) const KNOWN: &[Kind] = &[
    kind(
        "Cast",
        "a default that is a date is cast; Java refuses the schema",
        Looks::JavaFails("Invalid default value"),
    ),
    kind(
        "Cast",
        "a number has as few digits in text as tell it from others, in Java from 19 on",
        Looks::Like(has_more_digits),
    ),
    kind(
        "ExtractField",
        "a way leads into a map that has a schema; Java refuses it",
        Looks::JavaFails("Cannot look up fields on non-struct type"),
    ),
    kind(
        "HeaderFrom",
        "a header may be null where its field has a default; Java refuses it",
        Looks::JavaFails("A null value requires an optional schema"),
    ),
    kind(
        "HoistField",
        "a field may be without a name, which Java refuses",
        Looks::JavaFails("fieldName cannot be null"),
    ),
    kind(
        "InsertField",
        "a field may be without a name, which Java refuses",
        Looks::JavaFails("fieldName cannot be null"),
    ),
    kind(
        "InsertHeader",
        "a literal map may hold nulls alone; Java fails with a null pointer",
        Looks::JavaFails("NullPointerException"),
    ),
    kind(
        "RegexRouter",
        "a replacement that no match can fill is refused at once, in Java at the first match",
        Looks::OursFails("for configuration replacement: "),
    ),
    kind(
        "ReplaceField",
        "keys of a map need not be text; Java fails",
        Looks::JavaFails("cannot be cast to class java.lang.String"),
    ),
    kind(
        "ReplaceField",
        "of two fields that get one name the last that is listed counts, in Java any",
        Looks::Like(|case| {
            let renames = case.option("renames").unwrap_or_default();
            let mut names: Vec<_> = renames
                .split(',')
                .filter_map(|entry| entry.split_once(':'))
                .map(|(_, new)| new)
                .collect();
            let all = names.len();
            names.sort_unstable();
            names.dedup();
            names.len() < all
        }),
    ),
    kind(
        "ReplaceField",
        "a field that gets a null of one that is excluded has its default; Java refuses it",
        Looks::Like(|case| {
            let refused = "Invalid value: null used for required field";
            fails_with(case.java, refused) && renames_what_goes(case)
        }),
    ),
    kind(
        "ReplaceField",
        "a field that gets a decimal of one that is excluded must fit; in Java the converter fails",
        Looks::Like(|case| {
            let refused = "expected a decimal with scale";
            fails_with(case.ours, refused) && renames_what_goes(case)
        }),
    ),
    kind(
        "SetSchemaMetadata",
        "any schema gets a name and a version; Java refuses all but structs",
        Looks::JavaFails("Cannot list fields on non-struct type"),
    ),
    kind(
        "TimestampConverter",
        "a date is no farther away than 32 bits count days",
        Looks::OursFails("a date is no farther than 32 bits count days"),
    ),
    kind(
        "TimestampConverter",
        "the last week of a year before Christ may count to the next year; in Java it does not",
        Looks::DifferWhere(
            |case| {
                let has_week_year = case.option("format").is_some_and(|it| it.contains('Y'));
                has_week_year && case.java.to_string().contains("\"-")
            },
            &[".struct[]", ".payload", ".default"],
        ),
    ),
    kind(
        "TimestampConverter",
        "a null of any schema goes on; Java refuses all but structs",
        Looks::JavaFails("Cannot list fields on non-struct type"),
    ),
];

/// A null that stays where its field has a default.
const NULLS: Looks = Looks::Differ(&[".struct[] null for a value"]);

/// What Java says of a null in a required field that has a default.
const REQUIRED: Looks = Looks::JavaFails("Invalid value: null used for required field");

const REQUIRED_TITLE: &str =
    "a null may stand in a required field that has a default; Java refuses it";

const NULLS_TITLE: &str =
    "a struct of which nothing is changed keeps its nulls; Java puts defaults there";

const NO_ENTRY: &str = "an entry that a map does not have is not added; Java adds a null";

const OPTIONAL: Looks = Looks::Differ(&["key.schema.optional", "value.schema.optional"]);

const NAMELESS_TITLE: &str = "a topic without a name is refused; in Java the producer fails";
const NAMELESS: Looks = Looks::OursFails("expected the name of a topic");
const OPTIONAL_TITLE: &str = "a struct stays optional; Java forgets it";

pub(super) const WITHOUT_JAVAS_DIALECT: &[Kind] = &[
    kind(
        "Cast",
        "a number that the type does not hold is refused; Java cuts bits off",
        Looks::OursFails("expected a number of "),
    ),
    kind(
        "Cast",
        "text that is no boolean is refused; Java takes it for false",
        Looks::OursFails("expected text of boolean"),
    ),
    kind(
        "Cast",
        "a decimal is false only if it is zero; Java looks at its lower 64 bits",
        Looks::DifferWhere(makes_a_boolean_of_a_decimal, &[".struct[]", ".payload"]),
    ),
    kind(
        "Cast",
        "dates, times and decimals without a schema are cast; Java refuses them",
        Looks::JavaFails("Cast transformation was passed a value of type class java."),
    ),
    kind(
        "Cast",
        "the name of a logical type goes when all of a key or value is cast; Java's stays",
        Looks::Differ(&[
            "key.schema.name",
            "key.schema.version",
            "key.schema.parameters",
            "value.schema.name",
            "value.schema.version",
            "value.schema.parameters",
        ]),
    ),
    kind(
        "Cast",
        "a date before 1970 is written as a date; Java writes a time of day",
        Looks::DifferWhere(writes_a_time_of_day, &[".struct[]", ".payload", ".default"]),
    ),
    kind("Cast", NO_ENTRY, Looks::NullsOfJava),
    kind("Cast", NULLS_TITLE, NULLS),
    kind("Cast", REQUIRED_TITLE, REQUIRED),
    kind(
        "ExtractField",
        "a field within an optional struct is optional; Java forgets it",
        Looks::Differ(&[
            "key.schema.optional",
            "value.schema.optional",
            "key.payload.schema",
            "value.payload.schema",
        ]),
    ),
    kind("Flatten", OPTIONAL_TITLE, OPTIONAL),
    kind(
        "Flatten",
        "dates, times and decimals without a schema are kept; Java refuses them",
        Looks::JavaFails("Flatten transformation was passed a value of type class java."),
    ),
    kind("HeaderFrom", OPTIONAL_TITLE, OPTIONAL),
    kind("HeaderFrom", REQUIRED_TITLE, REQUIRED),
    kind("InsertField", OPTIONAL_TITLE, OPTIONAL),
    kind("InsertField", REQUIRED_TITLE, REQUIRED),
    kind("InsertField", NULLS_TITLE, NULLS),
    kind(
        "InsertField",
        "without an offset nothing is inserted; Java fails in a source",
        Looks::JavaFails("Only SinkRecord supported"),
    ),
    kind(
        "InsertField",
        "two options that name one field are refused",
        Looks::OursFails("gets a value from another option, too"),
    ),
    kind(
        "InsertField",
        "a required field for which the record has no value is refused; in Java the converter fails",
        Looks::OursFails(", the record has none"),
    ),
    kind(
        "InsertHeader",
        "what follows a value makes it text; Java ignores it",
        Looks::Like(|case| {
            case.option("value.literal")
                .is_some_and(|text| text == "1,2,3")
        }),
    ),
    kind("MaskField", NO_ENTRY, Looks::NullsOfJava),
    kind(
        "MaskField",
        "a replacement must fit the field; Java cuts bits off",
        Looks::OursFails("expected a replacement of type "),
    ),
    kind(
        "MaskField",
        "a masked decimal keeps its scale; Java loses it",
        Looks::Differ(&[".decimal[]"]),
    ),
    kind("MaskField", NULLS_TITLE, NULLS),
    kind("MaskField", REQUIRED_TITLE, REQUIRED),
    kind("RegexRouter", NAMELESS_TITLE, NAMELESS),
    kind("TimestampRouter", NAMELESS_TITLE, NAMELESS),
    kind(
        "RegexRouter",
        "the whole name is replaced; Java replaces what is found first",
        Looks::Differ(&[".topic"]),
    ),
    kind("ReplaceField", OPTIONAL_TITLE, OPTIONAL),
    kind("ReplaceField", REQUIRED_TITLE, REQUIRED),
    kind("ReplaceField", NULLS_TITLE, NULLS),
    kind(
        "ReplaceField",
        "a field that has the new name of one that is not there stays; Java refuses it",
        Looks::JavaFails("is not a valid field name"),
    ),
    kind(
        "ReplaceField",
        "renaming what is excluded leaves the field that has the new name; Java mixes them up",
        Looks::Like(renames_what_goes),
    ),
    kind("SetSchemaMetadata", REQUIRED_TITLE, REQUIRED),
    kind("TimestampConverter", NO_ENTRY, Looks::NullsOfJava),
    kind(
        "TimestampConverter",
        "a default is converted; Java loses it",
        Looks::Differ(&[".default"]),
    ),
    kind(
        "TimestampConverter",
        "text must fit its pattern and a date exist; Java reads what it can",
        Looks::OursFails("expected a date like "),
    ),
    kind(
        "TimestampConverter",
        "a number that 64 bits do not hold is refused; Java takes the last one",
        Looks::OursFails("is no time that 64 bits hold"),
    ),
    kind(
        "TimestampConverter",
        "text needs a format, even where it is null; Java lets nulls pass",
        Looks::OursFails("text is read with a `format`"),
    ),
    kind(
        "TimestampConverter",
        "a field that is no time is refused, even a null; Java lets nulls pass",
        Looks::OursFails("expected a schema of Timestamp, Date, Time, string or int64"),
    ),
    kind("TimestampConverter", NULLS_TITLE, NULLS),
    kind("TimestampConverter", REQUIRED_TITLE, REQUIRED),
    kind("ValueToKey", REQUIRED_TITLE, REQUIRED),
];

fn makes_a_boolean_of_a_decimal(case: &super::Case<'_>) -> bool {
    let spec = case.option("spec").unwrap_or_default();
    spec.contains("boolean") && case.record.to_string().contains(r#"{"decimal":"#)
}

/// Whether Java writes a date, or a date with a time, as a time of day.
fn writes_a_time_of_day(case: &super::Case<'_>) -> bool {
    let casts_to_text = case
        .option("spec")
        .is_some_and(|spec| spec.contains("string"));
    let is_like = |text: &str| {
        text.bytes()
            .map(|at| if at.is_ascii_digit() { b'0' } else { at })
            .eq(*b"00:00:00.000Z")
    };
    casts_to_text && case.java.to_string().split('"').any(is_like)
}

/// Whether a field is renamed that does not stay.
fn renames_what_goes(case: &super::Case<'_>) -> bool {
    let list = |key| case.option(key).unwrap_or_default().split(',');
    let goes = |name: &str| {
        list("exclude").any(|excluded| excluded == name)
            || (case.option("include").is_some() && list("include").all(|kept| kept != name))
    };
    let mut renamed = list("renames").filter_map(|entry| entry.split_once(':'));
    renamed.any(|(old, _)| goes(old))
}

/// Whether the two differ in the text of numbers that are the same.
fn has_more_digits(case: &super::Case<'_>) -> bool {
    let side = if case.class.ends_with("Key") {
        "key"
    } else {
        "value"
    };
    let text = |answer: &serde_json::Value| {
        let place = format!("/{side}/payload");
        let payload = super::without_nulls(answer).pointer(&place).cloned();
        payload.map(|payload| payload.to_string())
    };
    let (Some(java), Some(ours)) = (text(case.java), text(case.ours)) else {
        return false;
    };
    // The first number that differs, as far as it goes.
    let is_end = |at: char| !matches!(at, '0'..='9' | '.' | 'E' | '-');
    let mut pairs = java.split(is_end).zip(ours.split(is_end));
    pairs.all(|(java, ours)| java == ours || java.parse::<f32>() == ours.parse::<f32>())
}
