//! [`Pattern`]: texts that match a regular expression.

use connect_api::Str;
use regex_syntax::hir::{Class, ClassUnicode, ClassUnicodeRange, Hir, HirKind, Repetition};

use super::Draw;

/// How much more often than needed something is repeated that has no limit.
const MORE: u32 = 8;

/// The most often that anything is repeated.
const MOST: u32 = 1000;

/// The most characters of a text.
const LONGEST: u64 = 1 << 16;

/// The texts that match a regular expression as a whole.
#[derive(Clone, Debug)]
pub(super) struct Pattern(Part);

#[derive(Clone, Debug)]
enum Part {
    Text(String),
    /// One character of some ranges, and how many there are.
    One(Vec<(u32, u32)>, u32),
    Times(Box<Self>, u32, u32),
    All(Vec<Self>),
    Any(Vec<Self>),
}

impl Pattern {
    /// Reads an expression; an error says what was found that is not understood.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        // A text that matches as a whole matches with anchors at its ends, too.
        let inner = text.strip_prefix('^').unwrap_or(text);
        let inner = match inner.strip_suffix('$') {
            Some(stripped) if !stripped.ends_with('\\') => stripped,
            _ => inner,
        };
        let hir = regex_syntax::parse(inner).map_err(|error| match error {
            regex_syntax::Error::Parse(error) => error.kind().to_string(),
            regex_syntax::Error::Translate(error) => error.kind().to_string(),
            other => other.to_string(),
        })?;
        let part = part(&hir)?;
        match part.longest() {
            ..=LONGEST => Ok(Self(part)),
            longest => Err(format!(
                "texts of up to {longest} characters, of at most {LONGEST}"
            )),
        }
    }

    pub(super) fn text(&self, draw: &mut Draw) -> Str {
        let mut text = String::new();
        self.0.write(draw, &mut text);
        text.into()
    }
}

impl Part {
    /// Returns how many characters a text may have, about.
    fn longest(&self) -> u64 {
        match self {
            Self::Text(text) => text.len() as u64,
            Self::One(..) => 1,
            Self::Times(part, _, max) => part.longest().saturating_mul((*max).into()),
            Self::All(parts) => parts.iter().map(Self::longest).fold(0, u64::saturating_add),
            Self::Any(parts) => parts.iter().map(Self::longest).max().unwrap_or(0),
        }
    }

    fn write(&self, draw: &mut Draw, text: &mut String) {
        match self {
            Self::Text(literal) => text.push_str(literal),
            Self::One(ranges, count) => {
                let mut nth = draw.below((*count).into()) as u32;
                for (start, end) in ranges {
                    let length = end - start + 1;
                    if nth < length {
                        // Ranges end before the surrogates or begin behind them.
                        text.extend(char::from_u32(start + nth));
                        return;
                    }
                    nth -= length;
                }
            }
            Self::Times(part, min, max) => {
                let times = min + draw.below(u64::from(max - min) + 1) as u32;
                (0..times).for_each(|_| part.write(draw, text));
            }
            Self::All(parts) => parts.iter().for_each(|part| part.write(draw, text)),
            Self::Any(parts) => parts[draw.index(parts.len())].write(draw, text),
        }
    }
}

fn part(hir: &Hir) -> Result<Part, String> {
    Ok(match hir.kind() {
        HirKind::Empty => Part::All(Vec::new()),
        HirKind::Literal(literal) => {
            let text = std::str::from_utf8(&literal.0).ok();
            Part::Text(text.ok_or("bytes that are not UTF-8")?.to_owned())
        }
        HirKind::Class(Class::Unicode(class)) => one_of(class)?,
        HirKind::Class(Class::Bytes(class)) => match class.to_unicode_class() {
            Some(class) => one_of(&class)?,
            None => return Err("bytes that are not UTF-8".to_owned()),
        },
        HirKind::Look(_) => {
            return Err("an anchor or a word boundary inside of the pattern".to_owned());
        }
        HirKind::Repetition(repetition) => times(repetition)?,
        HirKind::Capture(capture) => part(&capture.sub)?,
        HirKind::Concat(parts) => Part::All(parts.iter().map(part).collect::<Result<_, _>>()?),
        HirKind::Alternation(parts) => Part::Any(parts.iter().map(part).collect::<Result<_, _>>()?),
    })
}

fn times(repetition: &Repetition) -> Result<Part, String> {
    let min = repetition.min;
    let max = repetition.max.unwrap_or(min.saturating_add(MORE));
    if max > MOST {
        return Err(format!("{max} repetitions, of at most {MOST}"));
    }
    Ok(Part::Times(Box::new(part(&repetition.sub)?), min, max))
}

/// Prefers what can be typed and read to what else a class holds.
fn one_of(class: &ClassUnicode) -> Result<Part, String> {
    let mut typed = class.clone();
    typed.intersect(&ClassUnicode::new([ClassUnicodeRange::new(' ', '~')]));
    let class = if typed.ranges().is_empty() {
        class
    } else {
        &typed
    };
    let ranges: Vec<_> = class
        .iter()
        .flat_map(|range| without_surrogates(range.start().into(), range.end().into()))
        .collect();
    let count = ranges.iter().map(|(start, end)| end - start + 1).sum();
    if count == 0 {
        return Err("a class without characters".to_owned());
    }
    Ok(Part::One(ranges, count))
}

fn without_surrogates(start: u32, end: u32) -> impl Iterator<Item = (u32, u32)> {
    let below = (start, end.min(0xD7FF));
    let above = (start.max(0xE000), end);
    [below, above]
        .into_iter()
        .filter(|(start, end)| start <= end)
        .take(if start <= 0xD7FF && end >= 0xE000 {
            2
        } else {
            1
        })
}
