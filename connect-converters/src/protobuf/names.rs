//! Names: the parameters of schemas, and what Protobuf and Confluent make of a name.

/// How Connect's schema of a Protobuf field says what Connect has no word for.
pub(super) mod parameter {
    /// The number of a field.
    pub(crate) const TAG: &str = "io.confluent.connect.protobuf.Tag";
    /// The type of an integer that is not the usual one, e.g. `sint32`.
    pub(crate) const TYPE: &str = "io.confluent.connect.protobuf.Type";
    /// Whether a member of a `oneof` is a wrapper like `google.protobuf.StringValue`.
    pub(crate) const WRAPPER: &str = "io.confluent.connect.protobuf.Wrapper";
    /// The name of an enum; with `.NAME` behind it, the number of a symbol.
    pub(crate) const ENUM: &str = "io.confluent.connect.protobuf.Enum";
    /// The same for all formats.
    pub(crate) const GENERAL_ENUM: &str = "org.apache.kafka.connect.data.Enum";
    /// The name of a `oneof`, for all formats.
    pub(crate) const GENERAL_UNION: &str = "org.apache.kafka.connect.data.Union";
    /// How many digits a decimal has.
    pub(crate) const PRECISION: &str = "connect.decimal.precision";
}

/// What the names of structs begin with that stand for a `oneof`.
pub(super) const UNION: &str = "io.confluent.connect.protobuf.Union";

/// The schema name of a `confluent.type.Variant`.
pub(super) const VARIANT: &str = "org.apache.kafka.connect.data.Variant";

/// What an unnamed struct or map is called, with a number behind it.
pub(super) const UNNAMED: &str = "ConnectDefault";

/// Changes a name as `scrub.invalid.names` says: URL-encoded, then everything but `[A-Za-z0-9_]` an underscore.
///
/// One that begins with a digit or an underscore gets an `x` in front. Names may become equal.
pub(super) fn scrub(name: &str) -> String {
    let begins_well = name
        .bytes()
        .next()
        .is_none_or(|first| first.is_ascii_alphabetic());
    if begins_well && is_word(name) {
        return name.to_owned();
    }
    let mut scrubbed = String::with_capacity(name.len() + 1);
    for byte in name.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' => scrubbed.push(byte.into()),
            b'-' | b'_' | b'.' | b'*' | b' ' => scrubbed.push('_'),
            other => scrubbed.push_str(&format!("_{other:02X}")),
        }
    }
    // An encoded first character begins with a percent sign, and not with an underscore.
    let first = name.bytes().next().unwrap_or_default();
    if first.is_ascii_digit() || first == b'_' {
        scrubbed.insert(0, 'x');
    }
    scrubbed
}

fn is_word(name: &str) -> bool {
    name.bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Returns whether Protobuf allows a name.
pub(super) fn is_identifier(name: &str) -> bool {
    is_word(name)
        && name
            .bytes()
            .next()
            .is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
}

/// Returns what stands behind the last dot.
pub(super) fn unqualified(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

/// Names the entry message of a map: `map_type` has `MapTypeEntry`.
pub(super) fn entry_of(map: &str) -> String {
    if !map.contains('_') {
        return format!("{map}Entry");
    }
    let mut entry = String::with_capacity(map.len() + 5);
    for word in map.split('_') {
        let mut letters = word.chars();
        entry.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        entry.extend(letters.map(|letter| letter.to_ascii_lowercase()));
    }
    entry.push_str("Entry");
    entry
}

/// Names the map of an entry message: `shop.MapTypeEntry` is of `shop.map_type`.
pub(super) fn map_of(entry: &str) -> String {
    let last = unqualified(entry);
    let package = &entry[..entry.len() - last.len()];
    let Some(name) = last.strip_suffix("Entry") else {
        return entry.to_owned();
    };
    let mut map = package.to_owned();
    for (i, letter) in name.char_indices() {
        if i > 0 && letter.is_ascii_uppercase() {
            map.push('_');
        }
        map.push(letter.to_ascii_lowercase());
    }
    map
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_scrubbed_as_confluent_does() {
        for (name, scrubbed) in [
            ("", ""),
            ("abc_DEF_123", "abc_DEF_123"),
            ("abc+-.*_", "abc_2B____"),
            ("abc-def", "abc_def"),
            ("abc+def", "abc_2Bdef"),
            ("abc  def", "abc__def"),
            ("abc.def", "abc_def"),
            ("0abc.def", "x0abc_def"),
            ("_abc.def", "x_abc_def"),
            ("0abc", "x0abc"),
            ("_abc", "x_abc"),
            ("é", "_C3_A9"),
        ] {
            assert_eq!(scrub(name), scrubbed, "{name}");
        }
    }

    #[test]
    fn a_map_and_its_entry_are_named_after_each_other() {
        assert_eq!(entry_of("map_type"), "MapTypeEntry");
        assert_eq!(entry_of("tags"), "tagsEntry");
        assert_eq!(entry_of("a__b_"), "ABEntry");
        assert_eq!(map_of("MapTypeEntry"), "map_type");
        assert_eq!(map_of("shop.TagsEntry"), "shop.tags");
        assert_eq!(map_of("ConnectDefault2Entry"), "connect_default2");
        assert_eq!(map_of("ABEntry"), "a_b");
        assert_eq!(map_of("Other"), "Other");
    }
}
