//! [`ReplaceField`]: fields that go, stay, or get another name.

use connect_api::{Dialect, Outcome, Record, Result, Str, Transform};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    FieldSyntax, Side,
    options::refused,
    path::FieldPath,
    reshape::{Change, Reshape},
};

/// The options of [`ReplaceField`]; keys and defaults are Java's.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default)]
#[expect(clippy::exhaustive_structs, reason = "meant to be built by literal")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each one is a key of Kafka Connect's"
)]
pub struct ReplaceFieldConfig {
    /// The fields that go, even if they are included too.
    pub exclude: Vec<String>,
    /// The fields that stay; without any, all that are not excluded.
    pub include: Vec<String>,
    /// What fields are called instead: `old:new` for each.
    pub renames: Vec<String>,
    /// How fields are named: `V1`, a field at the top; `V2`, the way to a nested one, as `items[*].price`.
    #[schemars(extend("x-case" = "insensitive"))]
    pub field_syntax_version: FieldSyntax,
    /// Whether a null field that has a default counts as the default.
    pub replace_null_with_default: bool,
    /// Whether a struct forgets that it was optional, and renamings mislead each other, as in Java.
    #[schemars(extend("x-importance" = "low"))]
    pub compat_java: bool,
}

impl Default for ReplaceFieldConfig {
    fn default() -> Self {
        Self {
            exclude: Vec::new(),
            include: Vec::new(),
            renames: Vec::new(),
            field_syntax_version: FieldSyntax::V1,
            replace_null_with_default: true,
            compat_java: false,
        }
    }
}

/// Removes and renames fields: `org.apache.kafka.connect.transforms.ReplaceField`.
///
/// `include` and `exclude` mean the old names. A null goes on as it is.
#[derive(Clone, Debug)]
pub struct ReplaceField {
    side: Side,
    reshape: Reshape,
}

impl ReplaceField {
    /// Builds it for the key or the value.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](connect_api::ErrorKind::Config): the name of a field is none or one of elements, or a renaming
    /// is not like `old:new`.
    pub fn new(config: ReplaceFieldConfig, side: Side) -> Result<Self> {
        let dialect = Dialect::from(config.compat_java);
        let syntax = config.field_syntax_version;
        let mut changes = Vec::new();
        for (key, fields, change) in [
            ("exclude", &config.exclude, Change::Exclude),
            ("include", &config.include, Change::Include),
        ] {
            for field in fields {
                changes.push((key, syntax.path(key, field, dialect)?, change.clone()));
            }
        }
        for renaming in &config.renames {
            let (path, new) = old_and_new(renaming, syntax, dialect)?;
            changes.push(("renames", path, Change::Rename(new)));
        }
        let nulls = config.replace_null_with_default.into();
        Ok(Self {
            side,
            reshape: Reshape::new("replacing fields", changes, nulls, dialect)?,
        })
    }
}

/// Reads `old:new`; the new name is one, and no path.
fn old_and_new(renaming: &str, syntax: FieldSyntax, dialect: Dialect) -> Result<(FieldPath, Str)> {
    match renaming.split_once(':') {
        Some((old, new)) if !new.is_empty() && !new.contains(':') => {
            Ok((syntax.path("renames", old, dialect)?, new.into()))
        }
        _ => Err(refused(
            "renames",
            renaming,
            "expected an entry like old:new",
        )),
    }
}

impl Transform for ReplaceField {
    fn apply(&mut self, record: &mut Record, _: &mut Vec<Record>) -> Result<Outcome> {
        let datum = self.side.of_mut(record);
        if !datum.value.is_null() {
            self.reshape.apply(datum)?;
        }
        Ok(Outcome::Kept)
    }
}
