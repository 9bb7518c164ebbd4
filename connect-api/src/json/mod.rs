//! The JSON text of values, to the byte as Java's Connect writes it.
//!
//! Java finds stored offsets by the bytes of their key, so these bytes are part of the contract with a Java cluster:
//! compact, control characters as `\u001F`, characters above U+FFFF as two escapes, numbers as Java prints them.

mod writer;

pub use self::writer::{to_string, write, write_base64, write_f32, write_f64, write_string};
