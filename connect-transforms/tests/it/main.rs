//! Claims about the transforms, seen from outside.
#![expect(clippy::unwrap_used, reason = "a test may panic, in its helpers too")]

mod apache;
mod conformance;
mod debezium;
mod subject;
