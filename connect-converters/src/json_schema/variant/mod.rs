//! `org.apache.kafka.connect.data.Variant`: any JSON in Parquet's binary form.
//!
//! The struct has two fields of bytes: `metadata` holds the names of all members, `value` everything else. See
//! <https://github.com/apache/parquet-format/blob/master/VariantEncoding.md>.

mod decode;
mod encode;

pub(super) use self::{decode::write, encode::read};

/// The kinds of values, in the low two bits of their first byte.
const PRIMITIVE: u8 = 0;
const SHORT_TEXT: u8 = 1;
const OBJECT: u8 = 2;
const ARRAY: u8 = 3;

/// The longest text whose length is in its first byte.
const SHORT: usize = 63;

/// The kinds of primitive values that JSON has.
const NULL: u8 = 0;
const TRUE: u8 = 1;
const FALSE: u8 = 2;
const INT8: u8 = 3;
const INT16: u8 = 4;
const INT32: u8 = 5;
const INT64: u8 = 6;
const DOUBLE: u8 = 7;
const DECIMAL4: u8 = 8;
const DECIMAL8: u8 = 9;
const DECIMAL16: u8 = 10;
const FLOAT: u8 = 14;
const BINARY: u8 = 15;
const TEXT: u8 = 16;
