//! Claims about the transforms, seen from outside.
#![expect(clippy::unwrap_used, reason = "a test may panic, in its helpers too")]

mod any_record;
mod apache;
mod conformance;
mod explode;
mod expression;
mod subject;
