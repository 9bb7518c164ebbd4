//! The files that need no reference, as in Confluent's client.

use connect_api::{Error, Result};
use prost_reflect::prost_types::FileDescriptorProto;
use protox::file::{File, FileResolver, GoogleFileResolver};

/// Returns a file that everybody knows.
pub(super) fn file(name: &str) -> Result<Option<FileDescriptorProto>> {
    let text = match name {
        "confluent/meta.proto" => include_str!("known/meta.proto"),
        "confluent/type/decimal.proto" => include_str!("known/decimal.proto"),
        "confluent/type/variant.proto" => include_str!("known/variant.proto"),
        _ => match google_type(name) {
            Some(text) => text,
            None => {
                let found = GoogleFileResolver::new().open_file(name).ok();
                return Ok(found.map(Into::into));
            }
        },
    };
    let file = File::from_source(name, text)
        .map_err(|error| Error::fatal(format!("`{name}`: {error}")))?;
    Ok(Some(file.into()))
}

fn google_type(name: &str) -> Option<&'static str> {
    let text = match name.strip_prefix("google/type/")? {
        "calendar_period.proto" => include_str!("known/calendar_period.proto"),
        "color.proto" => include_str!("known/color.proto"),
        "date.proto" => include_str!("known/date.proto"),
        "datetime.proto" => include_str!("known/datetime.proto"),
        "dayofweek.proto" => include_str!("known/dayofweek.proto"),
        "decimal.proto" => include_str!("known/google_decimal.proto"),
        "expr.proto" => include_str!("known/expr.proto"),
        "fraction.proto" => include_str!("known/fraction.proto"),
        "interval.proto" => include_str!("known/interval.proto"),
        "latlng.proto" => include_str!("known/latlng.proto"),
        "money.proto" => include_str!("known/money.proto"),
        "month.proto" => include_str!("known/month.proto"),
        "phone_number.proto" => include_str!("known/phone_number.proto"),
        "postal_address.proto" => include_str!("known/postal_address.proto"),
        "quaternion.proto" => include_str!("known/quaternion.proto"),
        "timeofday.proto" => include_str!("known/timeofday.proto"),
        _ => return None,
    };
    Some(text)
}

/// The text under which Confluent's client registers a primitive.
pub(in crate::protobuf) const WRAPPERS: &str = include_str!("known/wrappers.proto");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_file_is_one() {
        for name in [
            "confluent/meta.proto",
            "confluent/type/decimal.proto",
            "confluent/type/variant.proto",
            "google/type/calendar_period.proto",
            "google/type/color.proto",
            "google/type/date.proto",
            "google/type/datetime.proto",
            "google/type/dayofweek.proto",
            "google/type/decimal.proto",
            "google/type/expr.proto",
            "google/type/fraction.proto",
            "google/type/interval.proto",
            "google/type/latlng.proto",
            "google/type/money.proto",
            "google/type/month.proto",
            "google/type/phone_number.proto",
            "google/type/postal_address.proto",
            "google/type/quaternion.proto",
            "google/type/timeofday.proto",
            "google/protobuf/any.proto",
            "google/protobuf/api.proto",
            "google/protobuf/descriptor.proto",
            "google/protobuf/duration.proto",
            "google/protobuf/empty.proto",
            "google/protobuf/field_mask.proto",
            "google/protobuf/source_context.proto",
            "google/protobuf/struct.proto",
            "google/protobuf/timestamp.proto",
            "google/protobuf/type.proto",
            "google/protobuf/wrappers.proto",
        ] {
            let file = file(name).unwrap().unwrap();
            assert!(!file.package().is_empty(), "{name}");
        }
        assert!(file("google/type/other.proto").unwrap().is_none());
    }
}
