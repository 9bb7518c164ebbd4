//! The JSON text of values, written to the byte as Java's Connect does.
//!
//! It is read without a tree in between.
//!
//! Java finds stored offsets by the bytes of their key, so written bytes are part of the contract with a Java cluster:
//! compact, control characters as `\u001F`, characters above U+FFFF as two escapes, numbers as Java prints them.
//!
//! [`parse`] reads a schemaless value. A converter that knows a schema drives a [`Reader`] itself, token by token.
//! Text without escapes is a slice of the buffer that was read, never a copy.

mod number;
mod parse;
mod reader;
mod shape;
mod string;
mod writer;

pub use self::{
    number::Number,
    parse::{parse, parse_as},
    reader::{Kind, Reader},
    writer::{to_string, write, write_base64, write_f32, write_f64, write_string},
};
