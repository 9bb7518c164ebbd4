//! `integer` and `number`.

use connect_api::{Schema, SchemaBuilder};
use serde_json::Value as Json;

use super::{Content, Keywords, Mistake};
use crate::shape::{
    Sequence,
    number::{Number, Unit, Width},
};

/// How many integers there are if nothing is said.
const INTEGERS: i64 = 1_000_000;

/// How far numbers reach if nothing is said.
const NUMBERS: f64 = 1000.0;

/// Whether a number has to be whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whole {
    Only,
    Too,
}

const KEYWORDS: &[&str] = &[
    "type",
    "nullable",
    "format",
    "minimum",
    "maximum",
    "multipleOf",
    "x-sequence",
];

/// Makes numbers.
pub(super) fn content(
    keywords: &Keywords<'_>,
    whole: Whole,
) -> Result<(SchemaBuilder, Content), Mistake> {
    keywords.only(KEYWORDS)?;
    let width = width(keywords, whole)?;
    let number = if keywords.has("x-sequence") {
        for other in ["minimum", "maximum", "multipleOf"] {
            if keywords.has(other) {
                return Err(keywords.wrong(other, "nothing beside `x-sequence`"));
            }
        }
        Number::Sequence {
            sequence: sequence(keywords, 1, Json::as_i64, "an integer")?,
            width,
        }
    } else if whole == Whole::Only {
        integers(keywords, width)?
    } else {
        reals(keywords, width)?
    };
    let builder = Schema::primitive(width.type_());
    let builder = builder.map_err(|error| keywords.mistake("a number", error.message()))?;
    Ok((builder, Content::Number(number)))
}

fn width(keywords: &Keywords<'_>, whole: Whole) -> Result<Width, Mistake> {
    Ok(match (whole, keywords.text("format")?) {
        (Whole::Only, None | Some("int64")) => Width::Int64,
        (Whole::Only, Some("int32")) => Width::Int32,
        (Whole::Only, Some("int16")) => Width::Int16,
        (Whole::Only, Some("int8")) => Width::Int8,
        (Whole::Too, None | Some("double")) => Width::Float64,
        (Whole::Too, Some("float")) => Width::Float32,
        (Whole::Only, _) => return Err(keywords.wrong("format", "int8, int16, int32 or int64")),
        (Whole::Too, _) => return Err(keywords.wrong("format", "float or double")),
    })
}

/// Reads `x-sequence`: true, or where it starts and how far it steps.
pub(super) fn sequence(
    keywords: &Keywords<'_>,
    step: i64,
    start: impl FnOnce(&Json) -> Option<i64>,
    what: &str,
) -> Result<Sequence, Mistake> {
    let expected = format!("true, or `start`, {what}, and `step`, an integer");
    let read = |json: &Json| match json {
        Json::Bool(true) => Some(Sequence { start: 0, step }),
        Json::Object(options) => {
            if options.keys().any(|key| key != "start" && key != "step") {
                return None;
            }
            Some(Sequence {
                start: options.get("start").map_or(Some(0), start)?,
                step: options.get("step").map_or(Some(step), Json::as_i64)?,
            })
        }
        _ => None,
    };
    let sequence = keywords.get("x-sequence").and_then(read);
    sequence.ok_or_else(|| keywords.wrong("x-sequence", expected))
}

fn integers(keywords: &Keywords<'_>, width: Width) -> Result<Number, Mistake> {
    let (lowest, highest) = width.range();
    let in_width = |keyword| {
        let bound = keywords.whole(keyword)?;
        match bound.filter(|bound| !(lowest..=highest).contains(bound)) {
            None => Ok(bound),
            Some(_) => Err(keywords.wrong(keyword, format!("{lowest} to {highest}"))),
        }
    };
    let (min, max) = (in_width("minimum")?, in_width("maximum")?);
    let min = min.unwrap_or_else(|| max.map_or(0, |max| max.min(0)));
    let max = max.unwrap_or_else(|| min.saturating_add(INTEGERS - 1).min(highest));
    let step = keywords.whole("multipleOf")?.unwrap_or(1);
    if step < 1 {
        return Err(keywords.wrong("multipleOf", "an integer of at least 1"));
    }
    // In 128 bits nothing overflows.
    let (wide_min, wide_step) = (i128::from(min), i128::from(step));
    let first = wide_min + (-wide_min).rem_euclid(wide_step);
    let count = (i128::from(max) - first).div_euclid(wide_step) + 1;
    if first > i128::from(max) {
        return Err(keywords.wrong("maximum", format!("at least {first}")));
    }
    Ok(Number::Whole {
        min: first as i64,
        step,
        count: u64::try_from(count).ok(),
        width,
    })
}

fn reals(keywords: &Keywords<'_>, width: Width) -> Result<Number, Mistake> {
    let (min, max) = (keywords.real("minimum")?, keywords.real("maximum")?);
    let min = min.unwrap_or_else(|| max.map_or(0.0, |max| max.min(0.0)));
    let max = max.unwrap_or(min + NUMBERS);
    let span = max - min;
    if !(0.0..f64::INFINITY).contains(&span) {
        return Err(keywords.wrong("maximum", format!("at least {min}, and no endless range")));
    }
    let Some(unit) = keywords.real("multipleOf")? else {
        return Ok(Number::Real { min, span, width });
    };
    // 1e-9 forgives that a tenth is not one exactly.
    let (first, last) = ((min / unit - 1e-9).ceil(), (max / unit + 1e-9).floor());
    let (lowest, highest) = Width::Float64.range();
    let exact = lowest as f64..=highest as f64;
    if unit <= 0.0 || first > last || !exact.contains(&first) || !exact.contains(&last) {
        let expected = format!("a number above 0, of which a multiple is from {min} to {max}");
        return Err(keywords.wrong("multipleOf", expected));
    }
    let parts = (1.0 / unit).round();
    let is_part = parts >= 1.0 && (parts * unit - 1.0).abs() < 1e-9;
    Ok(Number::Multiples {
        min: first as i64,
        count: (last - first) as u64 + 1,
        unit: if is_part {
            Unit::By(parts)
        } else {
            Unit::Times(unit)
        },
        width,
    })
}
