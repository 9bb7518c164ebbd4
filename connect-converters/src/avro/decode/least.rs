//! How many bytes values take at least.

use crate::avro::schema::{AvroSchema, Kind, NodeId};

/// Lower bounds of the size of values, by node.
pub(super) struct Least<'a> {
    schema: &'a AvroSchema,
    /// `Some(0)` while a node is looked at, so what contains itself is not counted twice.
    known: Vec<Option<usize>>,
}

impl<'a> Least<'a> {
    pub(super) fn new(schema: &'a AvroSchema) -> Self {
        Self {
            schema,
            known: vec![None; schema.len()],
        }
    }

    pub(super) fn of(&mut self, id: NodeId) -> usize {
        if let Some(known) = self.known[id.index()] {
            return known;
        }
        self.known[id.index()] = Some(0);
        let schema = self.schema;
        let least = match &schema[id].kind {
            Kind::Null => 0,
            Kind::Float => 4,
            Kind::Double => 8,
            Kind::Fixed(fixed) => fixed.size,
            Kind::Record(record) => {
                let fields = record.fields.iter().map(|field| self.of(field.schema));
                fields.fold(0, usize::saturating_add)
            }
            _ => 1,
        };
        self.known[id.index()] = Some(least);
        least
    }
}
