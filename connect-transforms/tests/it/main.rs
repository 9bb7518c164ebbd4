//! Claims about the transforms, seen from outside.
#![expect(clippy::unwrap_used, reason = "a test may panic, in its helpers too")]

mod aiven;
mod any_record;
mod apache;
mod confluent;
mod conformance;
mod debezium;
mod explode;
mod expression;
mod insides;
mod killed;
mod names;
mod recursive;
mod subject;
mod topics;
