//! Claims about the transforms, seen from outside.
#![expect(clippy::unwrap_used, reason = "a test may panic, in its helpers too")]

mod aiven;
mod apache;
mod confluent;
mod conformance;
mod names;
mod subject;
