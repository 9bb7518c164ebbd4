//! What an expression looks at, and what it may cost.

use cel::common::ast::{EntryExpr, Expr, IdedExpr};
use connect_api::{Error, Result};

/// How many steps the loops of an expression may take for one record.
const MOST: u64 = 10_000_000;

/// Returns how many loops (`map`, `filter`, `all`, `exists`, …) stand inside each other.
pub(super) fn depth(expression: &IdedExpr) -> u32 {
    if let Expr::Comprehension(inner) = &expression.expr {
        let repeated = depth(&inner.loop_cond).max(depth(&inner.loop_step)) + 1;
        let once = [&inner.iter_range, &inner.accu_init, &inner.result];
        return once.into_iter().map(depth).fold(repeated, u32::max);
    }
    inside(&expression.expr)
        .into_iter()
        .map(depth)
        .max()
        .unwrap_or(0)
}

/// Returns a name that is none of `known`, nor one that a loop around it gives.
pub(super) fn unknown(expression: &IdedExpr, known: &[&str]) -> Option<String> {
    match &expression.expr {
        Expr::Ident(name) if !known.contains(&name.as_str()) => Some(name.clone()),
        Expr::Comprehension(inner) => {
            let outside = [&inner.iter_range, &inner.accu_init];
            let given = [
                Some(&inner.iter_var),
                inner.iter_var2.as_ref(),
                Some(&inner.accu_var),
            ];
            let given = given.into_iter().flatten().map(String::as_str);
            let within: Vec<_> = known.iter().copied().chain(given).collect();
            let inside = [&inner.loop_cond, &inner.loop_step, &inner.result];
            let outside = outside.into_iter().find_map(|outer| unknown(outer, known));
            outside.or_else(|| inside.into_iter().find_map(|inner| unknown(inner, &within)))
        }
        other => inside(other)
            .into_iter()
            .find_map(|inner| unknown(inner, known)),
    }
}

/// Returns what an expression consists of, but for the parts of a loop.
fn inside(expression: &Expr) -> Vec<&IdedExpr> {
    match expression {
        Expr::Call(call) => {
            let target = call.target.iter().map(|target| &**target);
            target.chain(&call.args).collect()
        }
        Expr::List(list) => list.elements.iter().collect(),
        Expr::Map(map) => entries(map.entries.iter().map(|entry| &entry.expr)),
        Expr::Struct(fields) => entries(fields.entries.iter().map(|entry| &entry.expr)),
        Expr::Select(select) => vec![&select.operand],
        _ => Vec::new(),
    }
}

fn entries<'a>(entries: impl Iterator<Item = &'a EntryExpr>) -> Vec<&'a IdedExpr> {
    let parts = entries.flat_map(|entry| match entry {
        EntryExpr::StructField(field) => vec![&field.value],
        EntryExpr::MapEntry(entry) => vec![&entry.key, &entry.value],
    });
    parts.collect()
}

/// Refuses a record of `size` values for which loops that stand inside each other would take too long.
pub(super) fn check(depth: u32, size: usize) -> Result<()> {
    // One loop is no more than what reading the record was.
    let steps = (size as u64)
        .checked_pow(depth)
        .filter(|steps| depth < 2 || *steps <= MOST);
    if steps.is_some() {
        return Ok(());
    }
    Err(Error::rejected(format!(
        "{depth} loops inside each other over a record of {size} values would take more than {MOST} steps"
    )))
}
