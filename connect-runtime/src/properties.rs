//! [`parse`]: Java's properties format, as `java.util.Properties` reads it.
//!
//! Comments begin with `#` or `!`, a key ends at the first `=`, `:` or blank, a backslash at the end of a line goes on
//! with the next one, and `\t`, `\n`, `\r`, `\f` and `\u00e9` mean what they mean in Java. In one point this is
//! stricter: half of a surrogate pair is a mistake here and half a character there.

/// One entry of a properties file.
#[derive(Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "an entry is this")]
pub struct Entry {
    /// The key.
    pub key: String,
    /// The value, which may be a secret.
    pub value: String,
    /// The number of its first line, from 1.
    pub line: usize,
}

/// What is wrong with a line of a properties file.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a mistake is this")]
pub struct Mistake {
    /// The number of the line, from 1.
    pub line: usize,
    /// What was expected and found; never a value.
    pub message: String,
}

/// What Java calls blank; a line feed ends a line.
const BLANKS: [char; 3] = [' ', '\t', '\x0c'];

/// Reads a text; everything that is wrong is said at once.
///
/// # Errors
///
/// Every wrong escape, with its line.
pub fn parse(text: &str) -> Result<Vec<Entry>, Vec<Mistake>> {
    let (mut entries, mut mistakes) = (Vec::new(), Vec::new());
    for (line, text) in logical_lines(text) {
        let (key, value) = split(&text);
        match (unescape(key), unescape(value)) {
            (Ok(key), Ok(value)) => entries.push(Entry { key, value, line }),
            (key, value) => {
                let wrong = [key.err(), value.err()].into_iter().flatten();
                mistakes.extend(wrong.map(|message| Mistake { line, message }));
            }
        }
    }
    match mistakes.is_empty() {
        true => Ok(entries),
        false => Err(mistakes),
    }
}

/// Joins continued lines, and leaves comments and blank lines out; each with the number of its first line.
fn logical_lines(text: &str) -> Vec<(usize, String)> {
    let mut lines = Vec::new();
    let mut open: Option<(usize, String)> = None;
    for (index, line) in natural_lines(text).enumerate() {
        let line = line.trim_start_matches(BLANKS);
        if open.is_none() && (line.is_empty() || line.starts_with(['#', '!'])) {
            continue;
        }
        let (number, mut joined) = open.take().unwrap_or((index + 1, String::new()));
        let backslashes = line.len() - line.trim_end_matches('\\').len();
        if backslashes % 2 == 1 {
            joined.push_str(&line[..line.len() - 1]);
            open = Some((number, joined));
        } else {
            joined.push_str(line);
            lines.push((number, joined));
        }
    }
    lines.extend(open);
    lines
}

/// Lines end with `\n`, `\r` or both.
fn natural_lines(text: &str) -> impl Iterator<Item = &str> {
    text.split('\n').flat_map(|line| {
        let line = line.strip_suffix('\r').unwrap_or(line);
        line.split('\r')
    })
}

/// Splits at the first separator that no backslash stands before.
fn split(line: &str) -> (&str, &str) {
    let mut escaped = false;
    let end = line.char_indices().find(|(_, c)| {
        let ends = !escaped && (matches!(c, '=' | ':') || BLANKS.contains(c));
        escaped = *c == '\\' && !escaped;
        ends
    });
    let Some((end, _)) = end else {
        return (line, "");
    };
    let value = line[end..].trim_start_matches(BLANKS);
    let value = value.strip_prefix(['=', ':']).unwrap_or(value);
    (&line[..end], value.trim_start_matches(BLANKS))
}

fn unescape(text: &str) -> Result<String, String> {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        plain.push_str(before);
        let mut chars = after.chars();
        match chars.next() {
            Some('u') => {
                let (c, behind) = character(after)?;
                plain.push(c);
                rest = behind;
                continue;
            }
            Some('t') => plain.push('\t'),
            Some('n') => plain.push('\n'),
            Some('r') => plain.push('\r'),
            Some('f') => plain.push('\x0c'),
            // Any other character stands for itself.
            Some(other) => plain.push(other),
            None => {}
        }
        rest = chars.as_str();
    }
    plain.push_str(rest);
    Ok(plain)
}

/// Reads `u` and four digits, twice for a character beyond U+FFFF; returns what follows too.
fn character(text: &str) -> Result<(char, &str), String> {
    let (first, rest) = unit(text)?;
    let half = || {
        "expected a character in two halves such as `\\uD83D\\uDE00`, found one half alone"
            .to_owned()
    };
    if let Some(c) = char::from_u32(u32::from(first)) {
        return Ok((c, rest));
    }
    let (second, rest) = unit(rest.strip_prefix('\\').ok_or_else(half)?).map_err(|_none| half())?;
    let mut decoded = char::decode_utf16([first, second]);
    match decoded.next() {
        Some(Ok(c)) => Ok((c, rest)),
        _ => Err(half()),
    }
}

fn unit(text: &str) -> Result<(u16, &str), String> {
    let digits = text.strip_prefix('u').unwrap_or_default();
    let four = digits
        .get(..4)
        .filter(|four| four.bytes().all(|b| b.is_ascii_hexdigit()));
    match four.and_then(|four| u16::from_str_radix(four, 16).ok()) {
        Some(unit) => Ok((unit, &digits[4..])),
        // What stands there may be a part of a secret.
        None => {
            Err("expected four hexadecimal digits behind `\\u`, found something else".to_owned())
        }
    }
}

impl std::fmt::Debug for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} in line {}", self.key, self.line)
    }
}

impl std::fmt::Display for Mistake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[(&str, &str, usize)]) {
        let entries = parse(text).unwrap();
        let found: Vec<_> = entries
            .iter()
            .map(|entry| (&*entry.key, &*entry.value, entry.line))
            .collect();
        assert_eq!(found, expected);
    }

    #[track_caller]
    fn check_refused(text: &str, expected: &[(usize, &str)]) {
        let mistakes = parse(text).unwrap_err();
        let found: Vec<_> = mistakes
            .iter()
            .map(|mistake| (mistake.line, &*mistake.message))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn every_separator_of_java_separates() {
        check(
            "a=1\nb:2\nc 3\nd\t=\t4\ne : = 5",
            &[
                ("a", "1", 1),
                ("b", "2", 2),
                ("c", "3", 3),
                ("d", "4", 4),
                ("e", "= 5", 5),
            ],
        );
    }

    #[test]
    fn comments_and_blank_lines_are_left_out() {
        check(
            "# one\\\n! two\n \t\x0c\n  # three\na=b # not a comment\n",
            &[("a", "b # not a comment", 5)],
        );
    }

    #[test]
    fn a_backslash_at_the_end_goes_on_with_the_next_line() {
        check(
            "a=1,\\\n   # 2,\\\n\\\n3\nb=c\\\\\nd=e\\",
            &[("a", "1,# 2,3", 1), ("b", "c\\", 5), ("d", "e", 6)],
        );
    }

    #[test]
    fn lines_end_as_on_every_system() {
        check(
            "a=1\r\nb=2\rc=3\\\r\n 4\r",
            &[("a", "1", 1), ("b", "2", 2), ("c", "34", 3)],
        );
    }

    #[test]
    fn escapes_are_those_of_java() {
        check(
            "k\\ e\\:y\\==\\t\\n\\r\\f\\q\\u00e9\\uD83D\\uDE00\\\\u0041",
            &[("k e:y=", "\t\n\r\x0cqé😀\\u0041", 1)],
        );
    }

    #[test]
    fn keys_without_a_value_and_values_with_blanks_at_the_end_are_kept() {
        check(
            "a\nb=\n=c\nd= e \n",
            &[("a", "", 1), ("b", "", 2), ("", "c", 3), ("d", "e ", 4)],
        );
    }

    #[test]
    fn each_wrong_escape_is_named_with_its_line_and_no_part_of_a_value_is_shown() {
        let no_digits = "expected four hexadecimal digits behind `\\u`, found something else";
        let half =
            "expected a character in two halves such as `\\uD83D\\uDE00`, found one half alone";
        check_refused(
            "a=1\nb=\\u12\nc=\\\n \\uD83D!\nd\\uxyzw=\\uDE00\\u0041\ne=ab\\u12seKr3t\nf=\\uD83D\\u12se",
            &[
                (2, no_digits),
                (3, half),
                (5, no_digits),
                (5, half),
                (6, no_digits),
                (7, half),
            ],
        );
    }
}
