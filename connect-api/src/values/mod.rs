//! Kafka Connect's `Values`: types inferred from text, and the text of values.
//!
//! Header values travel as text; [`parse`] finds out what they were, [`format()`] writes them. [`object_text`] is what
//! Java's `toString` prints, which is what the string converter writes.
//!
//! Dates and times are read and written in UTC. Java does both in the time zone of its process, so that a header means
//! something else on every machine; set its zone to UTC to get the same text.

mod calendar;
mod format;
mod kind;
mod object_text;
mod parse;
mod temporal;
mod tokens;

pub use self::{
    calendar::{CalendarDay, CalendarSystem},
    format::format,
    object_text::{object_text, write_object_text},
    parse::parse,
};
