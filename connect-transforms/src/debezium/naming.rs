//! [`NameAdjustment`]: names that Avro accepts.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What becomes of characters that Avro does not allow in names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "Debezium has these three")]
pub enum NameAdjustment {
    /// They stay.
    #[default]
    None,
    /// Each becomes an underscore.
    Avro,
    /// Each becomes `_u` and its code, the underscore too.
    AvroUnicode,
}

/// What is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Named {
    /// A schema, whose name may have dots.
    Schema,
    /// A field, whose name may not.
    Field,
}

impl NameAdjustment {
    /// Returns the name as Debezium adjusts it, UTF-16 unit by unit.
    pub(super) fn adjusted(self, name: &str, named: Named) -> Cow<'_, str> {
        if self == Self::None {
            return name.into();
        }
        let mut adjusted = String::with_capacity(name.len());
        for (at, unit) in name.encode_utf16().enumerate() {
            let character = char::from_u32(unit.into()).filter(char::is_ascii);
            match (character, self) {
                (Some(character), _) if self.allows(character, at, named) => {
                    adjusted.push(character);
                }
                (_, Self::AvroUnicode) => {
                    let code = format!("{unit:x}");
                    adjusted.push_str(if code.len() <= 2 { "_u00" } else { "_u" });
                    adjusted.push_str(&code);
                }
                _ => {
                    adjusted.push('_');
                    // A leading digit stays behind it: names that differ in it alone stay apart.
                    adjusted.extend(character.filter(|c| at == 0 && c.is_ascii_digit()));
                }
            }
        }
        adjusted.into()
    }

    fn allows(self, character: char, at: usize, named: Named) -> bool {
        match character {
            'a'..='z' | 'A'..='Z' => true,
            '_' => self == Self::Avro,
            '0'..='9' => at > 0,
            '.' => at > 0 && named == Named::Schema,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_what_avro_accepts() {
        use NameAdjustment::{Avro, AvroUnicode, None};
        use Named::{Field, Schema};
        let check = |mode: NameAdjustment, named, name, expected: &str| {
            assert_eq!(mode.adjusted(name, named), expected, "{mode:?} {name}");
        };
        check(None, Schema, "9-ä.Key", "9-ä.Key");
        check(Avro, Schema, "9-a_b.Key", "_9_a_b.Key");
        check(Avro, Field, "a.b-1", "a_b_1");
        check(Avro, Schema, "😀", "__");
        check(AvroUnicode, Schema, "9-a_b.Key", "_u0039_u002da_u005fb.Key");
        check(AvroUnicode, Field, "a.€", "a_u002e_u20ac");
        check(AvroUnicode, Schema, "\tĀ", "_u009_u100");
    }
}
