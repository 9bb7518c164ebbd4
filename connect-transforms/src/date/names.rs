//! What months, days and eras are called in English.

/// The months, January first; three letters of a name are its short form.
pub(super) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// The days of the week, Sunday first; three letters of a name are its short form.
pub(super) const DAYS: [&str; 7] = [
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
];

/// Before and after noon.
pub(super) const HALVES: [&str; 2] = ["AM", "PM"];

/// Before and after the beginning of the first year, as they are written.
pub(super) const ERAS: [&str; 2] = ["BC", "AD"];

/// Before and after the beginning of the first year, as they are also read.
pub(super) const LONG_ERAS: [&str; 2] = ["Before Christ", "Anno Domini"];

/// How many letters a short name has.
pub(super) const SHORT: usize = 3;

/// Finds which of `names` `text` begins with, in any case; returns its number and its length.
pub(super) fn find(text: &str, names: &[&str]) -> Option<(usize, usize)> {
    let at = names.iter().position(|name| begins(text, name))?;
    Some((at, names[at].len()))
}

/// Finds which of `names` `text` begins with the long or short form of, in any case.
pub(super) fn find_long_or_short(text: &str, names: &[&str]) -> Option<(usize, usize)> {
    find(text, names).or_else(|| {
        let at = names.iter().position(|name| begins(text, &name[..SHORT]))?;
        Some((at, SHORT))
    })
}

/// Says whether `text` begins with `name`, in any case.
pub(super) fn begins(text: &str, name: &str) -> bool {
    text.get(..name.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(name))
}
