//! `string`: texts, and what JSON writes as text.

use connect_api::{Dialect, Schema, SchemaBuilder, Value, values};
use serde_json::Value as Json;

use super::{Content, Keywords, Mistake, number::sequence};
use crate::shape::{
    Moments,
    pattern::Pattern,
    text::{Fake, Format, Text},
};

/// The most characters of a random text.
const LONGEST: usize = 1 << 20;

/// From 1 January 2020 to 31 December 2029.
const DAYS: std::ops::Range<i32> = 18_262..21_915;

const MILLIS_OF_DAY: i64 = 86_400_000;

/// Makes texts, days, times and moments.
pub(super) fn content(keywords: &Keywords<'_>) -> Result<(SchemaBuilder, Content), Mistake> {
    let text = |text| Ok((Schema::string(), Content::Text(text)));
    if let Some(format) = keywords.text("format")? {
        return formatted(keywords, format);
    }
    if let Some(fake) = keywords.text("x-fake")? {
        keywords.only(&["type", "nullable", "x-fake"])?;
        return match Fake::named(fake) {
            Some(fake) => text(Text::Fake(fake)),
            None => Err(keywords.wrong("x-fake", one_of(Fake::NAMES))),
        };
    }
    if let Some(pattern) = keywords.text("pattern")? {
        keywords.only(&["type", "nullable", "pattern"])?;
        return match Pattern::parse(pattern) {
            Ok(pattern) => text(Text::Pattern(pattern)),
            Err(found) => Err(Mistake {
                at: keywords.pointer("pattern"),
                expected: "a regular expression that texts can be made of".to_owned(),
                found,
            }),
        };
    }
    keywords.only(&[
        "type",
        "nullable",
        "minLength",
        "maxLength",
        "pattern",
        "format",
        "x-fake",
    ])?;
    let (min, max) = keywords.lengths(["minLength", "maxLength"], (4, 16), LONGEST)?;
    text(Text::Random { min, max })
}

fn formatted(keywords: &Keywords<'_>, format: &str) -> Result<(SchemaBuilder, Content), Mistake> {
    if format == "date-time" {
        keywords.only(&["type", "nullable", "format", "x-sequence"])?;
        let moments = if keywords.has("x-sequence") {
            let what = "a text such as \"2026-01-01T00:00:00.000Z\"";
            Moments::Sequence(sequence(keywords, 1000, moment, what)?)
        } else {
            let millis = |day: i32| i64::from(day) * MILLIS_OF_DAY;
            Moments::Within(millis(DAYS.start)..millis(DAYS.end))
        };
        return Ok((Schema::timestamp(), Content::Timestamp(moments)));
    }
    keywords.only(&["type", "nullable", "format"])?;
    match (format, Format::named(format)) {
        ("date", _) => Ok((Schema::date(), Content::Date(DAYS))),
        ("time", _) => Ok((Schema::time(), Content::Time)),
        (_, Some(format)) => Ok((Schema::string(), Content::Text(Text::Format(format)))),
        _ => {
            let expected = format!("date-time, date, time, {}", one_of(Format::NAMES));
            Err(keywords.wrong("format", expected))
        }
    }
}

/// Reads a moment as Connect writes it.
fn moment(json: &Json) -> Option<i64> {
    let text = json.as_str()?.into();
    match values::parse(&text, Dialect::Strict).value {
        Value::Timestamp(millis) => Some(millis),
        _ => None,
    }
}

fn one_of(names: &[&str]) -> String {
    match names {
        [rest @ .., last] => format!("{} or {last}", rest.join(", ")),
        [] => String::new(),
    }
}
