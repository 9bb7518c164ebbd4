//! Reads conditions.

use connect_api::Value;

use super::{
    cursor::Cursor,
    filter::{Condition, Operand, Query, Relation, Start},
    parser::{self, Place},
};
use crate::pattern::Pattern;

/// Operators; of two with a common beginning the longer one stands first.
const RELATIONS: &[(&str, Relation)] = &[
    ("===", Relation::Identical),
    ("!==", Relation::NotIdentical),
    ("==", Relation::Equal),
    ("!=", Relation::NotEqual),
    ("<=", Relation::LessOrEqual),
    (">=", Relation::GreaterOrEqual),
    ("<", Relation::Less),
    (">", Relation::Greater),
];

/// Operators that are words, in any case.
const WORDS: &[(&str, Relation)] = &[
    ("in", Relation::In),
    ("nin", Relation::NotIn),
    ("contains", Relation::Contains),
    ("all", Relation::HasAll),
    ("subsetof", Relation::SubsetOf),
    ("anyof", Relation::AnyOf),
    ("noneof", Relation::NoneOf),
    ("size", Relation::Size),
    ("empty", Relation::Empty),
];

/// Reads a condition: parts with `||` between them.
pub(super) fn condition(cursor: &mut Cursor<'_>) -> Result<Condition, String> {
    let mut parts = vec![conjunction(cursor)?];
    while separated(cursor, "||") {
        parts.push(conjunction(cursor)?);
    }
    Ok(match parts.len() {
        1 => parts.remove(0),
        _ => Condition::Any(parts),
    })
}

/// Reads parts with `&&` between them.
fn conjunction(cursor: &mut Cursor<'_>) -> Result<Condition, String> {
    let mut parts = vec![part(cursor)?];
    while separated(cursor, "&&") {
        parts.push(part(cursor)?);
    }
    Ok(match parts.len() {
        1 => parts.remove(0),
        _ => Condition::All(parts),
    })
}

fn separated(cursor: &mut Cursor<'_>, by: &str) -> bool {
    cursor.skip_blanks();
    cursor.take(by)
}

fn part(cursor: &mut Cursor<'_>) -> Result<Condition, String> {
    cursor.skip_blanks();
    if cursor.take("!") {
        let negated = cursor.nested(part)?;
        return Ok(Condition::Not(Box::new(negated)));
    }
    if cursor.take("(") {
        let inner = cursor.nested(condition)?;
        cursor.skip_blanks();
        cursor.expect(")")?;
        return Ok(inner);
    }
    let left = operand(cursor)?;
    cursor.skip_blanks();
    if cursor.take("=~") {
        return Ok(Condition::Matches(left, pattern(cursor)?));
    }
    match (relation(cursor), left) {
        (Some(relation), left) => Ok(Condition::Related(left, relation, operand(cursor)?)),
        (None, Operand::Path(query)) => Ok(Condition::Exists(query)),
        (None, _) => Err(cursor.expected("an operator")),
    }
}

fn relation(cursor: &mut Cursor<'_>) -> Option<Relation> {
    if let Some((_, relation)) = RELATIONS.iter().find(|(sign, _)| cursor.take(sign)) {
        return Some(*relation);
    }
    let rest = cursor.rest();
    let end = rest
        .find(|c: char| !c.is_ascii_alphabetic())
        .unwrap_or(rest.len());
    let word = &rest[..end];
    let known = |(known, _): &&(&str, Relation)| known.eq_ignore_ascii_case(word);
    let (_, relation) = WORDS.iter().find(known)?;
    cursor.take(word);
    Some(*relation)
}

fn operand(cursor: &mut Cursor<'_>) -> Result<Operand, String> {
    cursor.skip_blanks();
    match cursor.peek() {
        Some('$' | '@') => {
            let query = query(cursor)?;
            function(cursor, query)
        }
        Some('[') => {
            cursor.take("[");
            list(cursor).map(Operand::Literal)
        }
        Some('l') if cursor.take("length(") => {
            cursor.skip_blanks();
            let query = query(cursor)?;
            cursor.skip_blanks();
            cursor.expect(")")?;
            Ok(Operand::Length(query))
        }
        _ => literal(cursor).map(Operand::Literal),
    }
}

fn query(cursor: &mut Cursor<'_>) -> Result<Query, String> {
    let from = match cursor.peek() {
        Some('$') => Start::Root,
        Some('@') => Start::Current,
        _ => return Err(cursor.expected("a path that begins with `@` or `$`")),
    };
    cursor.next();
    let mut steps = Vec::new();
    parser::more(cursor, Place::InCondition, &mut steps)?;
    Ok(Query { from, steps })
}

/// Reads `.length()` or `.size()` behind a path, if there is one.
fn function(cursor: &mut Cursor<'_>, query: Query) -> Result<Operand, String> {
    if cursor.take(".length()") || cursor.take(".size()") {
        return Ok(Operand::Length(query));
    }
    match cursor.peek() {
        Some('.') => Err(cursor.expected("`.length()` or `.size()`")),
        _ => Ok(Operand::Path(query)),
    }
}

/// Reads an array of scalars behind its bracket.
fn list(cursor: &mut Cursor<'_>) -> Result<Value, String> {
    let mut items = Vec::new();
    cursor.skip_blanks();
    if cursor.take("]") {
        return Ok(Value::array(items));
    }
    loop {
        items.push(literal(cursor)?);
        cursor.skip_blanks();
        if cursor.take("]") {
            return Ok(Value::array(items));
        }
        cursor.expect(",")?;
    }
}

fn literal(cursor: &mut Cursor<'_>) -> Result<Value, String> {
    cursor.skip_blanks();
    match cursor.peek() {
        Some(quote @ ('\'' | '"')) => {
            cursor.next();
            cursor.quoted(quote).map(Value::from)
        }
        Some('-' | '0'..='9') => number(cursor),
        _ if cursor.take("true") => Ok(Value::Boolean(true)),
        _ if cursor.take("false") => Ok(Value::Boolean(false)),
        _ if cursor.take("null") => Ok(Value::Null),
        _ => Err(cursor.expected("a path, a quoted text, a number, true, false or null")),
    }
}

fn number(cursor: &mut Cursor<'_>) -> Result<Value, String> {
    let text = cursor.take_while(|c| matches!(c, '0'..='9' | '-' | '+' | '.' | 'e' | 'E'));
    if let Ok(integer) = text.parse::<i64>() {
        return Ok(integer.into());
    }
    match text.parse::<f64>() {
        Ok(number) => Ok(number.into()),
        Err(_) => Err(cursor.expected(format_args!("a number instead of `{text}`"))),
    }
}

/// Reads `/pattern/flags`.
fn pattern(cursor: &mut Cursor<'_>) -> Result<Pattern, String> {
    cursor.skip_blanks();
    cursor.expect("/")?;
    let rest = cursor.rest();
    let mut escaped = false;
    let end = rest.find(|c| {
        let ends = c == '/' && !escaped;
        escaped = c == '\\' && !escaped;
        ends
    });
    let Some(end) = end else {
        return Err(cursor.expected("`/` at the end of the pattern"));
    };
    let text = &rest[..end];
    cursor.take(text);
    cursor.take("/");
    let flags = cursor.take_while(|c| c.is_ascii_alphabetic());
    let mut known = String::new();
    for flag in flags.chars() {
        match flag {
            'i' | 'm' | 's' | 'x' => known.push(flag),
            // Unicode is always on, and a line ends with \n in any case.
            'u' | 'U' | 'd' => {}
            _ => {
                return Err(cursor.expected(format_args!("the flags i, m, s, x instead of {flag}")));
            }
        }
    }
    let text = text.replace("\\/", "/");
    let pattern = Pattern::new(&text);
    let pattern = pattern.and_then(|pattern| match known.is_empty() {
        true => Ok(pattern),
        false => Pattern::new(&format!("(?{known}:{text})")),
    });
    pattern.map_err(|error| cursor.expected(format_args!("a regular expression ({error})")))
}
