//! [`delimiter`]: the bytes that options write as text.

use connect_api::{Error, Result};

/// Reads a delimiter: text with the escapes `\n`, `\r`, `\t`, `\0`, `\\` and `\xHH`.
///
/// Options lose white space at both ends, so a line feed has to be written in letters.
///
/// # Errors
///
/// `Config`: it is empty, or has another escape.
pub(crate) fn delimiter(text: &str) -> Result<Vec<u8>> {
    let wrong = |found: &str| {
        let expected = "expected text with the escapes \\n, \\r, \\t, \\0, \\\\ and \\xHH";
        Error::config(format!("{expected}, found {found}"))
    };
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        bytes.extend_from_slice(before.as_bytes());
        let (byte, length) = match after.as_bytes() {
            [b'n', ..] => (b'\n', 1),
            [b'r', ..] => (b'\r', 1),
            [b't', ..] => (b'\t', 1),
            [b'0', ..] => (0, 1),
            [b'\\', ..] => (b'\\', 1),
            [b'x', high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                let byte = u8::from_str_radix(&after[1..3], 16);
                (byte.expect("two hexadecimal digits are a byte"), 3)
            }
            _ => return Err(wrong(&format!("`\\{after}`"))),
        };
        bytes.push(byte);
        rest = &after[length..];
    }
    bytes.extend_from_slice(rest.as_bytes());
    if bytes.is_empty() {
        return Err(wrong("nothing"));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delimiter_may_be_any_bytes() {
        for (text, expected) in [
            ("\\n", b"\n".as_slice()),
            ("\n", b"\n"),
            ("\\r\\n", b"\r\n"),
            (", ", b", "),
            ("\\0", b"\0"),
            ("\\x00", b"\0"),
            ("a\\x1Eb\\\\n", b"a\x1eb\\n"),
            ("\\xfe\\\\|ü", b"\xfe\\|\xc3\xbc"),
        ] {
            assert_eq!(delimiter(text).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn a_delimiter_with_a_wrong_escape_is_refused() {
        for text in ["", "\\", "\\q", "\\x", "\\x1", "\\xgg", "\\xé", "\\ü"] {
            let error = delimiter(text).unwrap_err();
            assert!(error.message().starts_with("expected text"), "{text}");
        }
    }
}
