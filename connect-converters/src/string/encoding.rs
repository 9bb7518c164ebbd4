//! [`Encoding`]: text to bytes and back.

use bytes::Bytes;
use connect_api::{Dialect, Error, Result, Str};

/// The encodings that every Java has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Utf8,
    Latin1,
    Ascii,
    /// With a byte order mark; big-endian when written, and when the mark is missing.
    Utf16,
    Utf16Be,
    Utf16Le,
}

impl Encoding {
    pub(super) const NAMES: &str = "UTF-8, ISO-8859-1, US-ASCII, UTF-16, UTF-16BE, UTF-16LE";

    /// Finds an encoding by its name or one of the usual aliases.
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name.to_ascii_uppercase().as_str() {
            "UTF-8" | "UTF8" => Self::Utf8,
            "ISO-8859-1" | "ISO8859_1" | "ISO8859-1" | "ISO_8859-1" | "ISO_8859_1" | "LATIN1"
            | "L1" => Self::Latin1,
            "US-ASCII" | "ASCII" | "ISO646-US" => Self::Ascii,
            "UTF-16" | "UTF16" | "UTF_16" => Self::Utf16,
            "UTF-16BE" | "UTF_16BE" | "UNICODEBIGUNMARKED" => Self::Utf16Be,
            "UTF-16LE" | "UTF_16LE" | "UNICODELITTLEUNMARKED" => Self::Utf16Le,
            _ => return None,
        })
    }

    pub(super) fn encode(self, text: &Str, dialect: Dialect) -> Result<Bytes> {
        Ok(match self {
            Self::Utf8 => text.bytes(),
            Self::Ascii if text.is_ascii() => text.bytes(),
            Self::Ascii => single_bytes(text, '\u{7F}', dialect)?,
            Self::Latin1 => single_bytes(text, '\u{FF}', dialect)?,
            Self::Utf16 => {
                let units = std::iter::once(0xFEFF).chain(text.encode_utf16());
                units.flat_map(u16::to_be_bytes).collect()
            }
            Self::Utf16Be => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
            Self::Utf16Le => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        })
    }

    pub(super) fn decode(self, bytes: &Bytes, dialect: Dialect) -> Result<Str> {
        match self {
            Self::Utf8 => utf8(bytes, dialect),
            Self::Ascii => ascii(bytes, dialect),
            Self::Latin1 => Ok(bytes
                .iter()
                .map(|&byte| char::from(byte))
                .collect::<String>()
                .into()),
            Self::Utf16 => match bytes.get(..2) {
                Some([0xFE, 0xFF]) => utf16(&bytes[2..], u16::from_be_bytes, dialect),
                Some([0xFF, 0xFE]) => utf16(&bytes[2..], u16::from_le_bytes, dialect),
                _ => utf16(bytes, u16::from_be_bytes, dialect),
            },
            Self::Utf16Be => utf16(bytes, u16::from_be_bytes, dialect),
            Self::Utf16Le => utf16(bytes, u16::from_le_bytes, dialect),
        }
    }
}

/// Writes characters up to `last` as one byte each; Java writes a question mark for others.
fn single_bytes(text: &str, last: char, dialect: Dialect) -> Result<Bytes> {
    text.chars()
        .map(|character| match u8::try_from(u32::from(character)) {
            Ok(byte) if character <= last => Ok(byte),
            _ if dialect == Dialect::Java => Ok(b'?'),
            _ => Err(Error::rejected(format!(
                "expected characters up to U+{:02X}, found `{character}`",
                u32::from(last)
            ))),
        })
        .collect()
}

fn utf8(bytes: &Bytes, dialect: Dialect) -> Result<Str> {
    match Str::from_utf8(bytes.clone()) {
        Ok(text) => Ok(text),
        Err(_) if dialect == Dialect::Java => {
            Ok(String::from_utf8_lossy(bytes).into_owned().into())
        }
        Err(error) => Err(foreign("UTF-8", error.valid_up_to(), bytes)),
    }
}

fn ascii(bytes: &Bytes, dialect: Dialect) -> Result<Str> {
    match bytes.iter().position(|byte| !byte.is_ascii()) {
        Some(at) if dialect == Dialect::Strict => Err(foreign("US-ASCII", at, bytes)),
        Some(_) => {
            let characters = bytes.iter().map(|byte| match byte {
                0..128 => char::from(*byte),
                _ => char::REPLACEMENT_CHARACTER,
            });
            Ok(characters.collect::<String>().into())
        }
        None => utf8(bytes, dialect),
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16, dialect: Dialect) -> Result<Str> {
    let (pairs, odd) = bytes.as_chunks::<2>();
    let units: Vec<u16> = pairs.iter().map(|pair| unit(*pair)).collect();
    match String::from_utf16(&units) {
        Ok(text) if odd.is_empty() => Ok(text.into()),
        Ok(_) | Err(_) if dialect == Dialect::Java => {
            let mut text = String::from_utf16_lossy(&units);
            text.extend(odd.iter().map(|_| char::REPLACEMENT_CHARACTER));
            Ok(text.into())
        }
        Ok(_) => Err(Error::rejected(format!(
            "expected UTF-16, found an odd number of bytes, {}",
            bytes.len()
        ))),
        Err(error) => {
            Err(Error::rejected("expected UTF-16, found half a character").with_source(error))
        }
    }
}

fn foreign(expected: &str, at: usize, bytes: &[u8]) -> Error {
    let found = bytes.get(at).copied().unwrap_or_default();
    Error::rejected(format!(
        "byte {at}: expected {expected}, found {found:#04x}"
    ))
}
