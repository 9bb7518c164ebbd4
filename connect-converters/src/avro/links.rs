//! [`Links`]: schemas that stand for a struct around them, each once.

use connect_api::Schema;

/// Schemas that stand for a struct around them, each once.
///
/// Each level of what is behind one makes new ones, equal to it: plans are kept by the identity of the first.
#[derive(Debug, Default)]
pub(super) struct Links(Vec<Schema>);

impl Links {
    /// Returns the schema, or the first one that was equal to it if it stands for a struct around it.
    pub(super) fn canonical(&mut self, schema: &Schema) -> Schema {
        if !schema.is_enclosing() {
            return schema.clone();
        }
        if let Some(known) = self.0.iter().find(|known| *known == schema) {
            return known.clone();
        }
        self.0.push(schema.clone());
        schema.clone()
    }
}
