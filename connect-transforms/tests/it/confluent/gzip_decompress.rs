//! `GzipDecompress`.

use std::io::Write;

use connect_api::{Bytes, Schema, SchemaAndValue, Value};
use flate2::{Compression, write::GzEncoder};

use crate::subject::transformed;

const NAME: &str = "io.confluent.connect.transforms.GzipDecompress$Value";

fn compressed(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn bytes_come_out_as_they_were_compressed() {
    let expected = |text: &'static str| Value::Bytes(Bytes::from_static(text.as_bytes()));
    let found = transformed(NAME, &[], compressed("Hello world")).unwrap();
    assert_eq!(found.value, expected("Hello world"));
    let members = [compressed("one,"), compressed("two")].concat();
    let datum = SchemaAndValue::new(Schema::plain_bytes(), members);
    let found = transformed(NAME, &[], datum).unwrap();
    assert_eq!(
        found,
        SchemaAndValue::new(Schema::plain_bytes(), expected("one,two"))
    );
    assert_eq!(
        transformed(NAME, &[], Value::Null).unwrap(),
        SchemaAndValue::NULL
    );
}

#[test]
fn what_is_not_compressed_is_refused() {
    let refused =
        |value: Value, options| transformed(NAME, options, value).unwrap_err().to_string();
    assert_eq!(
        refused("text".into(), &[]),
        "decompressing the value: expected bytes, found string"
    );
    let cut = compressed("Hello world")[..12].to_vec();
    for wrong in [b"plain".to_vec(), cut, Vec::new()] {
        assert_eq!(
            refused(wrong.into(), &[]),
            "decompressing the value: expected bytes that gzip compressed"
        );
    }
    assert_eq!(
        refused(
            compressed(&"x".repeat(1_000)).into(),
            &[("max.bytes", "999")]
        ),
        "decompressing the value: expected at most 999 bytes (max.bytes), found more"
    );
}
