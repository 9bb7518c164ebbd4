//! Reads paths.

use connect_api::Str;

use super::{Slice, Step, cursor::Cursor, filter_parser};

/// How many steps a path may have.
const LONGEST: usize = 32;

/// Where a path stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// It is the whole text.
    Alone,
    /// It is in a condition, where operators and brackets end it.
    InCondition,
}

/// Reads a whole text as a path.
pub(super) fn path(text: &str) -> Result<Vec<Step>, String> {
    let mut cursor = Cursor::new(text.trim());
    let mut steps = Vec::new();
    if !cursor.take("$") {
        first(&mut cursor, &mut steps)?;
    }
    more(&mut cursor, Place::Alone, &mut steps)?;
    match cursor.peek() {
        None => Ok(steps),
        Some(_) => Err(cursor.expected("`.` or `[`")),
    }
}

/// Reads the first step of a path that does not begin with `$`.
fn first(cursor: &mut Cursor<'_>, steps: &mut Vec<Step>) -> Result<(), String> {
    match cursor.peek() {
        Some('[') => Ok(()),
        _ => name(cursor, Place::Alone, steps),
    }
}

/// Reads the steps behind `$` or `@`.
pub(super) fn more(
    cursor: &mut Cursor<'_>,
    place: Place,
    steps: &mut Vec<Step>,
) -> Result<(), String> {
    loop {
        if cursor.take("..") {
            steps.push(Step::Descend);
            if cursor.peek() != Some('[') {
                name(cursor, place, steps)?;
            }
        } else if cursor.peek() == Some('.') && !is_function(cursor, place) {
            cursor.take(".");
            if cursor.peek() != Some('[') {
                name(cursor, place, steps)?;
            }
        } else if cursor.take("[") {
            let step = cursor.nested(bracket)?;
            steps.push(step);
        } else {
            return Ok(());
        }
        if steps.len() > LONGEST {
            return Err(cursor.expected(format_args!("at most {LONGEST} steps")));
        }
    }
}

/// Returns whether a function comes next, which only a condition has.
fn is_function(cursor: &Cursor<'_>, place: Place) -> bool {
    let name = cursor.rest().trim_start_matches('.');
    let end = name.find(|c| !belongs(c, place)).unwrap_or(name.len());
    place == Place::InCondition && name[end..].starts_with('(')
}

/// Reads a name or `*`.
fn name(cursor: &mut Cursor<'_>, place: Place, steps: &mut Vec<Step>) -> Result<(), String> {
    if cursor.take("*") {
        steps.push(Step::All);
        return Ok(());
    }
    let name = cursor.take_while(|c| belongs(c, place));
    if name.is_empty() {
        return Err(cursor.expected("a name, `*` or `[`"));
    }
    if cursor.peek() == Some('(') {
        return Err(cursor.expected("a path without functions"));
    }
    steps.push(Step::Names(vec![name.into()]));
    Ok(())
}

/// Returns whether a character belongs to a name that has no quotes.
fn belongs(c: char, place: Place) -> bool {
    let ends = |ends: &str| ends.contains(c);
    !c.is_whitespace() && !ends(".[(") && (place == Place::Alone || !ends("=!<>~&|),]'\""))
}

/// Reads what stands in brackets, up to the closing one.
fn bracket(cursor: &mut Cursor<'_>) -> Result<Step, String> {
    cursor.skip_blanks();
    let step = match cursor.peek() {
        Some('*') => {
            cursor.take("*");
            Step::All
        }
        Some('?') => {
            cursor.take("?");
            Step::Filter(filter_parser::condition(cursor)?)
        }
        Some('\'' | '"') => Step::Names(names(cursor)?),
        Some('-' | ':' | '0'..='9') => numbers(cursor)?,
        _ => return Err(cursor.expected("a quoted name, an index, `*` or `?`")),
    };
    cursor.skip_blanks();
    cursor.expect("]")?;
    Ok(step)
}

fn names(cursor: &mut Cursor<'_>) -> Result<Vec<Str>, String> {
    let mut names = Vec::new();
    loop {
        cursor.skip_blanks();
        let Some(quote @ ('\'' | '"')) = cursor.peek() else {
            return Err(cursor.expected("a quoted name"));
        };
        cursor.next();
        names.push(cursor.quoted(quote)?.into());
        cursor.skip_blanks();
        if !cursor.take(",") {
            return Ok(names);
        }
    }
}

/// Reads indices or a slice.
fn numbers(cursor: &mut Cursor<'_>) -> Result<Step, String> {
    let first = cursor.integer()?;
    cursor.skip_blanks();
    if cursor.take(":") {
        return slice(cursor, first);
    }
    let mut indices: Vec<_> = first.into_iter().collect();
    while cursor.take(",") {
        cursor.skip_blanks();
        let Some(index) = cursor.integer()? else {
            return Err(cursor.expected("an index"));
        };
        indices.push(index);
        cursor.skip_blanks();
    }
    Ok(Step::Indices(indices))
}

/// Reads a slice behind its first colon.
fn slice(cursor: &mut Cursor<'_>, from: Option<i64>) -> Result<Step, String> {
    cursor.skip_blanks();
    let to = cursor.integer()?;
    cursor.skip_blanks();
    let step = match cursor.take(":") {
        true => {
            cursor.skip_blanks();
            cursor.integer()?.unwrap_or(1)
        }
        false => 1,
    };
    if step == 0 {
        return Err(cursor.expected("a slice in steps of at least 1"));
    }
    Ok(Step::Slice(Slice { from, to, step }))
}
