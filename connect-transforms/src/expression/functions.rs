//! What expressions can call beside the standard functions.

use std::sync::{Arc, LazyLock};

use cel::{
    Env, ExecutionError,
    common::types::{CelInt, CelString},
};

/// How long a text may become.
const MOST: usize = 1 << 20;

type Answer = Result<CelString<'static>, ExecutionError>;

/// Returns the environment that all expressions share: it never changes.
pub(super) fn env() -> &'static Arc<Env> {
    static ENV: LazyLock<Arc<Env>> = LazyLock::new(|| Arc::new(with_functions(Env::stdlib())));
    &ENV
}

fn with_functions(mut env: Env) -> Env {
    let added = [
        cel::add_member_overload!(env, fn lower: (CelString) -> CelString),
        cel::add_member_overload!(env, fn upper: (CelString) -> CelString),
        cel::add_member_overload!(env, fn trim: (CelString) -> CelString),
        cel::add_member_overload!(env, fn replace: (CelString, CelString, CelString) -> Result<CelString>),
        cel::add_member_overload!(env, fn substring: (CelString, CelInt, CelInt) -> Result<CelString>),
        cel::add_member_overload!(env, fn part: (CelString, CelString, CelInt) -> Result<CelString>),
    ];
    added
        .into_iter()
        .for_each(|added| added.expect("the standard has no such functions"));
    env
}

fn lower(text: &CelString<'_>) -> CelString<'static> {
    text.inner().to_lowercase().into()
}

fn upper(text: &CelString<'_>) -> CelString<'static> {
    text.inner().to_uppercase().into()
}

fn trim(text: &CelString<'_>) -> CelString<'static> {
    text.inner().trim().to_owned().into()
}

/// Replaces each `from` with `to`.
fn replace(text: &CelString<'_>, from: &CelString<'_>, to: &CelString<'_>) -> Answer {
    let (text, from, to) = (text.inner(), from.inner(), to.inner());
    let count = text.matches(from).count();
    match count
        .checked_mul(to.len())
        .filter(|more| text.len().saturating_add(*more) <= MOST)
    {
        Some(_) => Ok(text.replace(from, to).into()),
        None => Err(ExecutionError::function_error(
            "replace",
            format!("expected a text of at most {MOST} bytes"),
        )),
    }
}

/// Returns the characters from `begin`, counted from 0, to before `end`.
fn substring(text: &CelString<'_>, begin: &CelInt, end: &CelInt) -> Answer {
    let place = |n: i64| usize::try_from(n).ok();
    let places = place(*begin.inner()).zip(place(*end.inner()));
    match places.filter(|(begin, end)| begin <= end) {
        Some((begin, end)) => {
            let characters = text.inner().chars().skip(begin).take(end - begin);
            Ok(characters.collect::<String>().into())
        }
        None => Err(ExecutionError::function_error(
            "substring",
            format!(
                "expected 0 <= begin <= end, found {} and {}",
                begin.inner(),
                end.inner()
            ),
        )),
    }
}

/// Splits at each `separator` and returns part `n`, counted from 0; empty if there are not so many.
fn part(text: &CelString<'_>, separator: &CelString<'_>, n: &CelInt) -> Answer {
    let n = usize::try_from(*n.inner()).map_err(|_negative| {
        ExecutionError::function_error(
            "part",
            format!("expected a number from 0, found {}", n.inner()),
        )
    })?;
    let parts = text.inner().split(separator.inner());
    Ok(parts
        .into_iter()
        .nth(n)
        .unwrap_or_default()
        .to_owned()
        .into())
}
