//! Dates and their patterns.

use connect_api::Dialect;

use crate::date::{Century, DatePattern, Zone};

/// Reads a pattern of dates, and a time zone in the second line.
///
/// In both dialects; dates are written with them.
pub fn date_pattern(bytes: &[u8]) {
    let (pattern, rest) = line(bytes);
    let (zone, _) = line(rest);
    for pattern in date_patterns(&pattern, &zone) {
        for millis in [0, i64::MIN, i64::MAX, -12_219_292_800_001] {
            drop(pattern.format(millis));
        }
    }
}

/// Reads a date, which follows a pattern and a time zone.
///
/// In both dialects; each of the three is a line.
pub fn date(bytes: &[u8]) {
    let (pattern, rest) = line(bytes);
    let (zone, text) = line(rest);
    let text = String::from_utf8_lossy(text);
    for pattern in date_patterns(&pattern, &zone) {
        if let Ok(millis) = pattern.parse(&text) {
            drop(pattern.format(millis));
        }
    }
}

fn line(bytes: &[u8]) -> (String, &[u8]) {
    let end = bytes.iter().position(|byte| *byte == b'\n');
    let (line, rest) = match end {
        Some(end) => (&bytes[..end], &bytes[end + 1..]),
        None => (bytes, &[][..]),
    };
    (String::from_utf8_lossy(line).into_owned(), rest)
}

fn date_patterns(pattern: &str, zone: &str) -> impl Iterator<Item = DatePattern> {
    let zone = Zone::named(zone).unwrap_or_else(|_unknown| Zone::utc());
    let century = Century::new(Some(1950), &zone);
    [Dialect::Strict, Dialect::Java]
        .into_iter()
        .filter_map(move |dialect| DatePattern::new(pattern, zone.clone(), century, dialect).ok())
}

#[cfg(test)]
mod tests {
    use connect_testkit::mutate;

    use super::*;

    /// A pattern, a time zone, and a date, on a line each.
    const DATES: &[&[u8]] = &[
        b"yyyy-MM-dd'T'HH:mm:ss.SSSXXX\nUTC\n2024-02-29T12:30:59.999+01:00",
        b"EEE, d MMM yy hh:mm a z\nEurope/Berlin\nThu, 29 Feb 24 12:30 PM CEST",
        b"YYYY'W'ww-u D F W G\nAsia/Kolkata\n2024W09-4 60 5 5 BC",
        b"yyyyMMddHHmmssSSS Z\n-05:30\n20240229123059999 -0800",
        "''y'年'k:K:h\nAmerica/New_York\n'-2147483648年24:0:12".as_bytes(),
        b"SSSS w E u Y M d\nUTC\n1E9 -2147483648 Sun 2147483647 -1 -2147483648 2147483647",
        b"zzzz\nAustralia/Lord_Howe\nPacific Standard Time",
    ];

    #[test]
    fn date_patterns_are_read_or_refused() {
        mutate(DATES, date_pattern);
    }

    #[test]
    fn dates_are_read_or_refused() {
        mutate(DATES, date);
    }
}
