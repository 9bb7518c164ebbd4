//! [`FieldSyntax`]: how the way to a field is written.

use connect_api::{Dialect, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{FieldPath, Step};
use crate::options::refused;

/// How fields are named in options: `field.syntax.version`.
///
/// `V1` is the name of a field at the top, whatever it contains. `V2` has dots between nested names, a pair of backticks
/// around a name that has dots itself, `\` before a backtick that stands for itself, `[*]` for each element of an array
/// and `[0]` for one (KIP-821, whose classes know no arrays).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[expect(clippy::exhaustive_enums, reason = "Kafka Connect has these two")]
pub enum FieldSyntax {
    /// The name of a field at the top.
    #[default]
    V1,
    /// Names from the top, with dots between them.
    V2,
}

impl FieldSyntax {
    /// Reads the way to a field. Java's dialect knows no arrays.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](connect_api::ErrorKind::Config), naming `key`: a backtick has no partner, or a name is
    /// missing.
    pub(crate) fn path(self, key: &str, text: &str, dialect: Dialect) -> Result<FieldPath> {
        match self {
            Self::V1 => Ok(FieldPath {
                steps: vec![Step::Field(text.into())],
            }),
            Self::V2 => Steps {
                rest: text,
                dialect,
            }
            .read()
            .map(|steps| FieldPath { steps })
            .map_err(|reason| refused(key, text, reason)),
        }
    }

    /// Reads the way to a field, or to the whole where none is named.
    ///
    /// # Errors
    ///
    /// As [`path`](Self::path).
    pub(crate) fn path_or_whole(
        self,
        key: &str,
        text: Option<&str>,
        dialect: Dialect,
    ) -> Result<FieldPath> {
        match text {
            None | Some("") => Ok(FieldPath::whole()),
            Some(text) => self.path(key, text, dialect),
        }
    }

    /// Reads the ways to fields, of which there is one at least.
    ///
    /// # Errors
    ///
    /// As [`path`](Self::path), also if there is none.
    pub(crate) fn paths(
        self,
        key: &str,
        texts: &[String],
        dialect: Dialect,
    ) -> Result<Vec<FieldPath>> {
        if texts.is_empty() {
            return Err(refused(key, "[]", "expected at least one field"));
        }
        let paths = texts.iter().map(|text| self.path(key, text, dialect));
        paths.collect()
    }
}

struct Steps<'a> {
    rest: &'a str,
    dialect: Dialect,
}

impl Steps<'_> {
    fn read(mut self) -> Result<Vec<Step>, String> {
        let mut steps = Vec::new();
        loop {
            self.name(&mut steps)?;
            if self.rest.is_empty() {
                return Ok(steps);
            }
            self.rest = &self.rest[1..];
        }
    }

    /// Reads a name and what is in brackets behind it; what is left is empty or begins with a dot.
    fn name(&mut self, steps: &mut Vec<Step>) -> Result<(), String> {
        let quoted = self.rest.starts_with('`');
        let mut name = if quoted { self.quoted()? } else { self.plain() };
        let end = self.rest.find('.').unwrap_or(self.rest.len());
        let (mut behind, rest) = self.rest.split_at(end);
        self.rest = rest;
        let mut inside = Vec::new();
        let bare = name.clone();
        if !quoted && self.dialect == Dialect::Strict {
            while let Some((before, step)) = last_bracket(&name) {
                inside.insert(0, step);
                name.truncate(before);
            }
        }
        while let Some((length, step)) = first_bracket(behind) {
            inside.push(step);
            behind = &behind[length..];
        }
        if !behind.is_empty() {
            return Err(format!(
                "expected a dot after the name `{name}`, found {behind:?}"
            ));
        }
        if name.is_empty() && !quoted {
            if self.dialect == Dialect::Strict && (!bare.is_empty() || steps.is_empty()) {
                return Err("expected a name, found none".to_owned());
            }
            name = bare;
        }
        steps.push(Step::Field(name.into()));
        steps.append(&mut inside);
        Ok(())
    }

    fn plain(&mut self) -> String {
        let end = self.rest.find('.').unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at(end);
        self.rest = rest;
        name.replace("\\`", "`")
    }

    /// Reads a name in backticks; one inside of it that no dot or bracket follows belongs to the name.
    fn quoted(&mut self) -> Result<String, String> {
        let text = &self.rest[1..];
        let mut from = 0;
        while let Some(found) = text[from..].find('`') {
            let at = from + found;
            let after = &text[at + 1..];
            let closes = after.is_empty()
                || after.starts_with('.')
                || self.dialect == Dialect::Strict && first_bracket(after).is_some();
            if closes && !text[..at].ends_with('\\') {
                self.rest = after;
                return Ok(text[..at].replace("\\`", "`"));
            }
            from = at + 1;
        }
        Err("expected a second backtick, found none; a single one is written \\`".to_owned())
    }
}

/// Reads `[*]` or `[0]` at the beginning, and returns how long it is.
fn first_bracket(text: &str) -> Option<(usize, Step)> {
    let inner = text.strip_prefix('[')?;
    let end = inner.find(']')?;
    Some((end + 2, bracket(&inner[..end])?))
}

/// Reads `[*]` or `[0]` at the end, and returns where it begins.
fn last_bracket(text: &str) -> Option<(usize, Step)> {
    let inner = text.strip_suffix(']')?;
    let start = inner.rfind('[')?;
    Some((start, bracket(&inner[start + 1..])?))
}

fn bracket(inner: &str) -> Option<Step> {
    match inner {
        "*" => Some(Step::Elements),
        _ if inner.bytes().all(|byte| byte.is_ascii_digit()) => {
            inner.parse().ok().map(Step::Element)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(name: &str) -> Step {
        Step::Field(name.into())
    }

    #[track_caller]
    fn check(text: &str, steps: &[Step]) {
        let path = FieldSyntax::V2
            .path("field", text, Dialect::Strict)
            .unwrap();
        assert_eq!(path.steps(), steps, "{text}");
    }

    #[test]
    fn a_plain_name_is_one_step() {
        let path = FieldSyntax::V1
            .path("field", "a.b[*]", Dialect::Strict)
            .unwrap();
        assert_eq!(path.steps(), &[field("a.b[*]")]);
    }

    #[test]
    fn dots_backticks_and_brackets_are_understood() {
        check("a", &[field("a")]);
        check("a.b", &[field("a"), field("b")]);
        check("`a.b`.c", &[field("a.b"), field("c")]);
        check("a.`b.c`", &[field("a"), field("b.c")]);
        check("`a`b`.c", &[field("a`b"), field("c")]);
        check(r"`a\`.b`.c", &[field("a`.b"), field("c")]);
        check("a`b.c", &[field("a`b"), field("c")]);
        check(
            "items[*].price",
            &[field("items"), Step::Elements, field("price")],
        );
        check("items[2]", &[field("items"), Step::Element(2)]);
        check("m[*][0]", &[field("m"), Step::Elements, Step::Element(0)]);
        check("`a.b`[*].c", &[field("a.b"), Step::Elements, field("c")]);
        check("a[x]", &[field("a[x]")]);
    }

    #[test]
    fn brackets_are_names_in_javas_dialect() {
        let path = FieldSyntax::V2
            .path("field", "items[*].price", Dialect::Java)
            .unwrap();
        assert_eq!(path.steps(), &[field("items[*]"), field("price")]);
    }

    #[test]
    fn what_is_incomplete_is_refused_by_its_key() {
        let refused = |text| {
            let error = FieldSyntax::V2
                .path("field", text, Dialect::Strict)
                .unwrap_err();
            error.problems()[0].message().to_owned()
        };
        assert_eq!(
            refused("`a"),
            "Invalid value `a for configuration field: expected a second backtick, found none; a single one is written \\`"
        );
        assert!(refused("").contains("expected a name"));
        assert!(refused("[*]").contains("expected a name"));
    }
}
