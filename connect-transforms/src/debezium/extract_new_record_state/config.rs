//! [`ExtractNewRecordStateConfig`]: the options.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The options of [`ExtractNewRecordState`](super::ExtractNewRecordState); keys and defaults are Debezium's.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default)]
#[expect(clippy::exhaustive_structs, reason = "meant to be built by literal")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each one is a key of Debezium's"
)]
pub struct ExtractNewRecordStateConfig {
    /// What becomes of deleted rows and of tombstones: `tombstone`, unless one of the two keys below is set.
    #[schemars(extend("x-case" = "insensitive"))]
    pub delete_tombstone_handling_mode: Option<TombstoneHandling>,
    /// Whether tombstones are dropped: true by default; of Debezium before 3.2, counts if the key above is not set.
    #[schemars(extend("x-importance" = "low"))]
    pub drop_tombstones: Option<bool>,
    /// What becomes of deleted rows: `drop` by default; of Debezium before 3.2, counts if the first key is not set.
    #[schemars(extend("x-importance" = "low", "x-case" = "insensitive"))]
    pub delete_handling_mode: Option<DeleteHandling>,
    /// The field of the row that holds the topic; where it is null or blank, the topic stays.
    #[schemars(extend("x-importance" = "low"))]
    pub route_by_field: String,
    /// What the names of added fields begin with.
    #[schemars(extend("x-importance" = "low"))]
    pub add_fields_prefix: String,
    /// What is added to the row from around it: `op`, `table` (of `source`), `source.ts_ms`, `before.id`, `op:OPERATION`.
    #[schemars(extend("x-importance" = "low"))]
    pub add_fields: Vec<String>,
    /// What the names of added headers begin with.
    #[schemars(extend("x-importance" = "low"))]
    pub add_headers_prefix: String,
    /// What is added to the headers, written as in `add.fields`; tombstones get `op` alone, which is `d`.
    #[schemars(extend("x-importance" = "low"))]
    pub add_headers: Vec<String>,
    /// The header that lists which fields are dropped from this record's row.
    #[schemars(extend("x-importance" = "low"))]
    pub drop_fields_header_name: Option<String>,
    /// Whether they are dropped from the key too.
    #[schemars(extend("x-importance" = "low"))]
    pub drop_fields_from_key: bool,
    /// Whether only optional fields are dropped.
    #[schemars(extend("x-importance" = "low"))]
    pub drop_fields_keep_schema_compatible: bool,
    /// Whether a null field that has a default becomes the default when fields are dropped or `__deleted` is added.
    #[schemars(extend("x-importance" = "low"))]
    pub replace_null_with_default: bool,
    /// Whether events without a schema, and the keys of Debezium before 3.2, are left alone, as in Debezium 3.4.
    #[schemars(extend("x-importance" = "low"))]
    pub compat_java: bool,
}

impl Default for ExtractNewRecordStateConfig {
    fn default() -> Self {
        Self {
            delete_tombstone_handling_mode: None,
            drop_tombstones: None,
            delete_handling_mode: None,
            route_by_field: String::new(),
            add_fields_prefix: "__".to_owned(),
            add_fields: Vec::new(),
            add_headers_prefix: "__".to_owned(),
            add_headers: Vec::new(),
            drop_fields_header_name: None,
            drop_fields_from_key: false,
            drop_fields_keep_schema_compatible: true,
            replace_null_with_default: true,
            compat_java: false,
        }
    }
}

/// What becomes of deleted rows and of tombstones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[expect(clippy::exhaustive_enums, reason = "Debezium has these five")]
pub enum TombstoneHandling {
    /// Both are dropped.
    Drop,
    /// A deleted row becomes a null with the schema of the row; tombstones are dropped.
    Tombstone,
    /// A deleted row is what it was before, with `__deleted`; tombstones are dropped.
    Rewrite,
    /// A deleted row is what it was before, with `__deleted`; tombstones stay.
    RewriteWithTombstone,
    /// A deleted row becomes a null without a schema; tombstones are dropped.
    DeleteToTombstone,
}

/// What becomes of deleted rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[expect(clippy::exhaustive_enums, reason = "Debezium had these three")]
pub enum DeleteHandling {
    /// They are dropped.
    #[default]
    Drop,
    /// Each is what it was before, with `__deleted`.
    Rewrite,
    /// Each becomes a null with the schema of the row.
    None,
}

/// What becomes of deleted rows, whichever key said so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Deletes {
    Drop,
    Null,
    NullWithoutSchema,
    Rewrite,
}

/// What becomes of tombstones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tombstones {
    Drop,
    Keep,
}

impl ExtractNewRecordStateConfig {
    /// Says what becomes of deleted rows and of tombstones.
    pub(super) fn handling(&self) -> (Deletes, Tombstones) {
        let old = !self.compat_java
            && (self.drop_tombstones.is_some() || self.delete_handling_mode.is_some());
        match self.delete_tombstone_handling_mode {
            None if old => {
                let deletes = match self.delete_handling_mode.unwrap_or_default() {
                    DeleteHandling::Drop => Deletes::Drop,
                    DeleteHandling::Rewrite => Deletes::Rewrite,
                    DeleteHandling::None => Deletes::Null,
                };
                let tombstones = match self.drop_tombstones {
                    Some(false) => Tombstones::Keep,
                    _ => Tombstones::Drop,
                };
                (deletes, tombstones)
            }
            None | Some(TombstoneHandling::Tombstone) => (Deletes::Null, Tombstones::Drop),
            Some(TombstoneHandling::Drop) => (Deletes::Drop, Tombstones::Drop),
            Some(TombstoneHandling::Rewrite) => (Deletes::Rewrite, Tombstones::Drop),
            Some(TombstoneHandling::RewriteWithTombstone) => (Deletes::Rewrite, Tombstones::Keep),
            Some(TombstoneHandling::DeleteToTombstone) => {
                (Deletes::NullWithoutSchema, Tombstones::Drop)
            }
        }
    }
}
