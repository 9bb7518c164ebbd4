//! What a fuzzer feeds with bytes that others wrote.
//!
//! The tests below do it for a moment with mutations of a corpus, `./test soak` for minutes with a fuzzer.

mod date;
mod expression;
mod field_path;
mod json_path;

pub use self::{
    date::{date, date_pattern},
    expression::expression,
    field_path::field_path,
    json_path::json_path,
};
