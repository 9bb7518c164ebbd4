//! Strings: where they end, and what their escapes stand for.

use std::ops::Range;

use crate::Dialect;

/// What is between two quotes.
pub(super) struct Quoted {
    pub(super) range: Range<usize>,
    /// A count and no flag: words are moved faster than bytes, which matters once per string.
    pub(super) escapes: usize,
}

/// Why text is refused, and where.
pub(super) struct Refused {
    pub(super) offset: usize,
    pub(super) expected: &'static str,
}

impl Refused {
    pub(super) fn new(offset: usize, expected: &'static str) -> Self {
        Self { offset, expected }
    }
}

/// Finds the end of the string whose opening quote stands at `open`; escapes are stepped over unread.
pub(super) fn scan(text: &str, open: usize) -> Result<Quoted, Refused> {
    let bytes = text.as_bytes();
    let start = open + 1;
    let mut at = start;
    let mut escapes = 0;
    loop {
        at += first_special(&bytes[at..]);
        match bytes.get(at) {
            Some(b'"') => {
                return Ok(Quoted {
                    range: start..at,
                    escapes,
                });
            }
            Some(b'\\') if at + 1 < bytes.len() => {
                escapes += 1;
                at += 2;
            }
            Some(b'\\') | None => return Err(Refused::new(bytes.len(), "`\"`")),
            Some(_) => return Err(Refused::new(at, "control characters to be escaped")),
        }
    }
}

/// Counts the bytes before a quote, a backslash or a control character.
fn first_special(bytes: &[u8]) -> usize {
    let is_special = |byte: u8| (byte < 0x20) | (byte == b'"') | (byte == b'\\');
    let (blocks, _) = bytes.as_chunks::<16>();
    let clean = blocks
        .iter()
        .take_while(|block| {
            !block
                .iter()
                .fold(false, |any, &byte| any | is_special(byte))
        })
        .count();
    let (words, rest) = bytes[clean * 16..].as_chunks::<8>();
    for (word, at) in words.iter().zip((clean * 16..).step_by(8)) {
        let found = specials(u64::from_le_bytes(*word));
        if found != 0 {
            return at + found.trailing_zeros() as usize / 8;
        }
    }
    let special = rest.iter().position(|&byte| is_special(byte));
    bytes.len() - rest.len() + special.unwrap_or(rest.len())
}

/// Sets the highest bit of the first byte that is a quote, a backslash or a control character.
///
/// Those behind it may be set too.
fn specials(word: u64) -> u64 {
    const EACH: u64 = u64::MAX / 255;
    let below = |word: u64, limit: u8| word.wrapping_sub(EACH * u64::from(limit)) & !word;
    let quotes = word ^ (EACH * u64::from(b'"'));
    let backslashes = word ^ (EACH * u64::from(b'\\'));
    (below(word, 0x20) | below(quotes, 1) | below(backslashes, 1)) & (EACH << 7)
}

/// Replaces the escapes in what [`scan`] found.
pub(super) fn unescape(raw: &str, dialect: Dialect) -> Result<String, Refused> {
    let mut out = String::with_capacity(raw.len());
    let mut at = 0;
    while let Some(next) = raw[at..].find('\\') {
        out.push_str(&raw[at..at + next]);
        at += next;
        let (character, length) = escape(raw, at, dialect)?;
        out.push(character);
        at += length;
    }
    out.push_str(&raw[at..]);
    Ok(out)
}

/// Reads the escape at `at`; returns its character and its length.
fn escape(raw: &str, at: usize, dialect: Dialect) -> Result<(char, usize), Refused> {
    let simple = match raw.as_bytes().get(at + 1) {
        Some(b'"') => '"',
        Some(b'\\') => '\\',
        Some(b'/') => '/',
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{C}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(b'u') => return unicode_escape(raw, at, dialect),
        _ => return Err(Refused::new(at + 1, "an escape like `\\n` or `\\u000A`")),
    };
    Ok((simple, 2))
}

fn unicode_escape(raw: &str, at: usize, dialect: Dialect) -> Result<(char, usize), Refused> {
    let first = code_unit(raw, at)?;
    if let Some(character) = char::from_u32(first) {
        return Ok((character, 6));
    }
    if first < 0xDC00
        && raw[at + 6..].starts_with("\\u")
        && let second @ 0xDC00..0xE000 = code_unit(raw, at + 6)?
    {
        let code = 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
        return Ok((char::from_u32(code).unwrap_or_default(), 12));
    }
    match dialect {
        Dialect::Strict => Err(Refused::new(at, "the two halves of a character together")),
        Dialect::Java => Ok((char::REPLACEMENT_CHARACTER, 6)),
    }
}

fn code_unit(raw: &str, at: usize) -> Result<u32, Refused> {
    raw.as_bytes()
        .get(at + 2..at + 6)
        .and_then(|digits| {
            digits.iter().try_fold(0, |unit, &digit| {
                Some(unit << 4 | char::from(digit).to_digit(16)?)
            })
        })
        .ok_or(Refused::new(at + 2, "four hexadecimal digits"))
}
