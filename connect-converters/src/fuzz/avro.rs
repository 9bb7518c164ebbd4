//! Avro: schemas, and values of every kind of schema.

use connect_api::Bytes;

use crate::avro::{AvroData, AvroDataConfig};

/// Reads an Avro schema, and writes what was read of it.
pub fn avro_schema(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    for avro in avro() {
        if let Ok(schema) = avro.connect_schema(text) {
            drop(avro.schema_of(schema.as_ref()));
            if let Ok(decoder) = avro.decoder(text, None) {
                drop(decoder.from_bytes(&Bytes::from_static(&[0; 64])));
            }
        }
    }
}

/// Reads values of every kind of Avro schema, also as another one wants them.
pub fn avro_values(bytes: &[u8]) {
    let bytes = Bytes::copy_from_slice(bytes);
    for avro in avro() {
        for (written, wanted) in AVRO_READERS {
            if let Ok(decoder) = avro.decoder(written, *wanted) {
                drop(decoder.from_bytes(&bytes));
            }
        }
        if let Ok(decoder) = avro
            .schema_of(None)
            .and_then(|text| avro.decoder(&text, None))
        {
            drop(decoder.from_bytes(&bytes));
        }
    }
}

fn avro() -> [AvroData; 2] {
    [false, true].map(|compat_java| {
        AvroData::new(AvroDataConfig {
            compat_java,
            ..AvroDataConfig::default()
        })
    })
}

/// What values are written with, and what they are read as.
const AVRO_READERS: &[(&str, Option<&str>)] = &[
    (AVRO_RECORD, None),
    (
        AVRO_RECORD,
        Some(
            r#"{"type":"record","name":"R","fields":[{"name":"i","type":"double"},{"name":"z","type":{"type":"array","items":"int"},"default":[1]}]}"#,
        ),
    ),
    (
        r#"{"type":"record","name":"List","fields":[{"name":"value","type":"long"},{"name":"next","type":["null","List"]}]}"#,
        None,
    ),
    (
        r#"{"type":"record","name":"Tree","fields":[{"name":"branches","type":{"type":"array","items":"Tree"}}]}"#,
        None,
    ),
    (
        r#"{"type":"array","items":{"type":"record","name":"Empty","fields":[]}}"#,
        None,
    ),
    (
        r#"{"type":"map","values":{"type":"record","name":"Empty","fields":[]}}"#,
        None,
    ),
    (
        r#"{"type":"array","items":{"type":"record","name":"MapEntry","namespace":"io.confluent.connect.avro","fields":[{"name":"key","type":"int"},{"name":"value","type":"string"}]}}"#,
        None,
    ),
];

const AVRO_RECORD: &str = r#"{"type":"record","name":"R","fields":[{"name":"i","type":"int"},{"name":"s","type":["null","string"]},{"name":"u","type":["null","int","string",{"type":"enum","name":"E","symbols":["A","B"]}]},{"name":"f","type":{"type":"fixed","name":"F","size":2}},{"name":"d","type":{"type":"bytes","logicalType":"decimal","precision":9,"scale":2}},{"name":"t","type":{"type":"int","logicalType":"time-millis"}},{"name":"m","type":{"type":"map","values":"boolean"}},{"name":"b","type":{"type":"int","connect.type":"int8"}}]}"#;

#[cfg(test)]
mod tests {
    use connect_testkit::mutate;

    use super::*;

    #[test]
    fn avro_schemas_are_read_or_refused() {
        let mut texts: Vec<&[u8]> = AVRO_READERS
            .iter()
            .map(|(text, _)| text.as_bytes())
            .collect();
        texts.push(br#"["null",{"type":"array","items":{"type":"map","values":"long"}}]"#);
        texts.push(br#"{"type":"record","name":"a.R","doc":"d","aliases":["O"],"fields":[{"name":"x","type":{"type":"int","connect.version":1,"connect.parameters":{"k":"v"},"connect.default":7},"default":7,"order":"ignore","aliases":["y"]}],"connect.name":"a.R"}"#);
        mutate(&texts, avro_schema);
    }

    #[test]
    fn avro_values_are_read_or_refused() {
        let values: &[&[u8]] = &[
            &[
                2, 2, 2, b'a', 4, 2, b'b', 1, 2, 2, 7, 2, 2, 2, b'k', 1, 0, 3,
            ],
            &[2, 2, 4, 2, 6, 0],
            &[4, 2, 0, 2, 0, 0],
            &[8, 0],
            &[2, 2, 2, b'v', 0],
            &[0, 0, 0, 0, 2, 8, 0, 0, 0, 0],
            &[0, 0, 0, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 2, 8, 0, 0, 0, 0, 0],
            &[255, 255, 255, 255, 255, 255, 255, 255, 255, 1],
            &[],
        ];
        mutate(values, avro_values);
    }
}
