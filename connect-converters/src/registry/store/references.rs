//! [`References`]: from a schema to all that it refers to.

use std::{collections::HashMap, pin::Pin, sync::Arc};

use connect_api::{Error, Result};

use super::{Registry, Resolved, SchemaText, context};
use crate::registry::Reference;

/// How deep references go at most.
const DEEPEST: usize = 32;

/// How many schemas one refers to at most, directly or not.
const MOST: usize = 1000;

/// A subject and a version of it.
type Place = (String, i32);

/// Resolves the references of one schema.
pub(super) struct References<'a> {
    registry: &'a Registry,
    resolved: HashMap<Place, Arc<Resolved>>,
    /// From the schema itself to the one that is being resolved.
    above: Vec<Place>,
}

impl<'a> References<'a> {
    pub(super) fn new(registry: &'a Registry) -> Self {
        Self {
            registry,
            resolved: HashMap::new(),
            above: Vec::new(),
        }
    }

    /// Resolves what a schema of `subject` refers to.
    pub(super) async fn resolve(&mut self, text: &SchemaText, subject: &str) -> Result<Resolved> {
        let mut references = Vec::with_capacity(text.references.len());
        for reference in &text.references {
            let resolved = self
                .reference(reference, subject)
                .await
                .map_err(|error| error.context(named(reference)))?;
            references.push((reference.name.clone(), resolved));
        }
        Ok(Resolved {
            schema_type: text.schema_type,
            text: Arc::clone(&text.text),
            references,
        })
    }

    fn reference<'b>(
        &'b mut self,
        reference: &'b Reference,
        parent: &'b str,
    ) -> Pin<Box<dyn Future<Output = Result<Arc<Resolved>>> + Send + 'b>> {
        Box::pin(async move {
            let subject = context::beside(parent, &reference.subject);
            let place = (subject.into_owned(), reference.version);
            if let Some(resolved) = self.resolved.get(&place) {
                return Ok(Arc::clone(resolved));
            }
            self.check(&place)?;
            let found = self.registry.referred(&place.0, place.1).await?;
            self.above.push(place.clone());
            let resolved = self.resolve(&found.schema, &place.0).await;
            self.above.pop();
            let resolved = Arc::new(resolved?);
            self.resolved.insert(place, Arc::clone(&resolved));
            Ok(resolved)
        })
    }

    /// Refuses what has no end, or hardly one.
    fn check(&self, place: &Place) -> Result<()> {
        let refused = if self.above.contains(place) {
            "expected references that end, found one to a schema that refers to this one".to_owned()
        } else if self.above.len() >= DEEPEST {
            format!("expected references that are at most {DEEPEST} deep")
        } else if self.resolved.len() + self.above.len() >= MOST {
            format!("expected references to at most {MOST} schemas")
        } else {
            return Ok(());
        };
        Err(Error::rejected(refused))
    }
}

fn named(reference: &Reference) -> String {
    format!(
        "reference `{}` to version {} of `{}`",
        reference.name, reference.version, reference.subject
    )
}
