//! What a fuzzer feeds with bytes that others wrote.
//!
//! The tests below do it for a moment with mutations of a corpus, `./test soak` for minutes with a fuzzer.

use connect_api::{
    Bytes, Converter, Dialect, HeaderConverter, Headers, Str,
    json::{self, Reader},
    values,
};

use crate::{JsonConverter, SimpleHeaderConverter, StringConverter};

/// Reads JSON text in both dialects.
pub fn json(bytes: &[u8]) {
    let bytes = Bytes::copy_from_slice(bytes);
    for dialect in [Dialect::Strict, Dialect::Java] {
        drop(json::parse_as(&bytes, dialect));
        if let Ok(text) = Reader::text(&bytes) {
            let mut reader = Reader::new(&text, dialect);
            drop(reader.skip());
        }
    }
}

/// Reads a record with the JSON converter, with and without a schema.
pub fn json_converter(bytes: &[u8]) {
    let bytes = Bytes::copy_from_slice(bytes);
    for converter in [JsonConverter::default(), JsonConverter::schemaless()] {
        decode(&converter, &bytes);
    }
}

/// Reads a text whose type is inferred, as headers are.
pub fn text(bytes: &[u8]) {
    let bytes = Bytes::copy_from_slice(bytes);
    if let Ok(text) = Str::from_utf8(bytes.clone()) {
        for dialect in [Dialect::Strict, Dialect::Java] {
            drop(values::parse(&text, dialect));
        }
    }
    let header = SimpleHeaderConverter::default();
    drop(HeaderConverter::decode(&header, "t", "h", Some(&bytes)));
    decode(&StringConverter::default(), &bytes);
}

/// Reads a JSON Schema, and with it a value; the two are apart by a zero byte.
#[cfg(feature = "json-schema")]
pub fn json_schema(bytes: &[u8]) {
    use crate::json_schema::{JsonSchemaData, JsonSchemaDataConfig};

    let mut parts = bytes.splitn(2, |byte| *byte == 0);
    let (schema, value) = (parts.next().unwrap_or_default(), parts.next());
    let config = JsonSchemaDataConfig {
        preserve_additional_properties: true,
        ..JsonSchemaDataConfig::default()
    };
    let preserving = JsonSchemaData::new(config).expect("nothing is asked for that is not there");
    for mapping in [JsonSchemaData::default(), preserving] {
        let Some(reader) = std::str::from_utf8(schema)
            .ok()
            .and_then(|text| mapping.reader(text).ok())
        else {
            continue;
        };
        drop(mapping.describe(reader.schema()));
        let value = Bytes::copy_from_slice(value.unwrap_or_default());
        if let Ok(data) = reader.read(&value) {
            drop(mapping.writer(reader.schema()).write(&data.value));
/// Reads an Avro schema, and writes what was read of it.
#[cfg(feature = "avro")]
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
#[cfg(feature = "avro")]
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

#[cfg(feature = "avro")]
fn avro() -> [crate::avro::AvroData; 2] {
    let config = crate::avro::AvroDataConfig::default();
    [
        crate::avro::AvroData::new(&config),
        crate::avro::AvroData::compat_java(&config),
    ]
}

/// What values are written with, and what they are read as.
#[cfg(feature = "avro")]
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

#[cfg(feature = "avro")]
const AVRO_RECORD: &str = r#"{"type":"record","name":"R","fields":[{"name":"i","type":"int"},{"name":"s","type":["null","string"]},{"name":"u","type":["null","int","string",{"type":"enum","name":"E","symbols":["A","B"]}]},{"name":"f","type":{"type":"fixed","name":"F","size":2}},{"name":"d","type":{"type":"bytes","logicalType":"decimal","precision":9,"scale":2}},{"name":"t","type":{"type":"int","logicalType":"time-millis"}},{"name":"m","type":{"type":"map","values":"boolean"}},{"name":"b","type":{"type":"int","connect.type":"int8"}}]}"#;

fn decode(converter: &impl Converter, bytes: &Bytes) {
    drop(Converter::decode(
        converter,
        "t",
        &Headers::new(),
        Some(bytes),
    ));
}

#[cfg(test)]
mod tests {
    use connect_testkit::mutate;

    use super::*;

    /// Texts in JSON, with and without Connect's envelope.
    const JSON: &[&[u8]] = &[
    br#"{"name":"a","list":[1,-2.5e3,true,null,"\u00e9\n"],"nested":{"x":{}}}"#,
    br#"{"schema":{"type":"struct","optional":false,"name":"r","version":1,"fields":[{"field":"a","type":"int32","optional":true},{"field":"b","type":"bytes","name":"org.apache.kafka.connect.data.Decimal","parameters":{"scale":"2"}},{"field":"c","type":"array","items":{"type":"string"}},{"field":"d","type":"map","keys":{"type":"string"},"values":{"type":"double"}}]},"payload":{"a":1,"b":"AQ==","c":["x"],"d":{"k":1.5}}}"#,
    br#"{"schema":{"type":"int64","name":"org.apache.kafka.connect.data.Timestamp","version":1},"payload":1700000000000}"#,
    br#"{"schema":{"type":"map","keys":{"type":"int32"},"values":{"type":"boolean"}},"payload":[[1,true],[2,false]]}"#,
    b"[[[[]]]]",
    b"1e400",
    b"\"\\ud83d\\ude00\"",
    b"",
];

    /// Header texts, whose types are inferred.
    const TEXTS: &[&[u8]] = &[
        b"{\"a\":1,\"b\":[true,null],\"c\":\"x\\\"y\"}",
        b"[1, 2.5, \"three\", 2019-08-23T14:34:54.346Z]",
        b"2019-08-23",
        b"14:34:54.346Z",
        b"-9223372036854775808",
        b"1.7976931348623157e308",
        b"{1=2, 3=4}",
        b"\\N",
        b"",
    ];

    /// JSON Schemas with values.
    #[cfg(feature = "json-schema")]
    const JSON_SCHEMAS: &[&[u8]] = &[
        b"{\"type\":\"object\",\"title\":\"r\",\"properties\":{\"a\":{\"type\":\"integer\",\"connect.type\":\"int8\",\"connect.index\":1,\"default\":7},\"b\":{\"oneOf\":[{\"type\":\"null\"},{\"type\":\"string\",\"connect.type\":\"bytes\"}]},\"c\":{\"enum\":[\"x\",null,3]}},\"required\":[\"a\"]}\0{\"a\":1,\"b\":\"AQ==\",\"c\":\"x\",\"d\":[1.5,{}]}",
        b"{\"type\":\"object\",\"properties\":{\"n\":{\"$ref\":\"#\"},\"m\":{\"type\":\"object\",\"connect.type\":\"map\",\"additionalProperties\":{\"type\":\"number\"}}}}\0{\"n\":{\"n\":{},\"m\":{\"k\":1}}}",
        b"{\"allOf\":[{\"$ref\":\"#/$defs/A\"},{\"properties\":{\"u\":{\"anyOf\":[{\"type\":\"string\"},{\"$ref\":\"#/$defs/A\"},{\"type\":[\"integer\",\"array\"],\"items\":{}}]}}}],\"$defs\":{\"A\":{\"type\":\"object\",\"properties\":{\"v\":true}}}}\0{\"u\":{\"v\":[1]},\"v\":null}",
        b"{\"type\":\"array\",\"connect.type\":\"map\",\"items\":{\"type\":\"object\",\"properties\":{\"key\":{\"type\":\"integer\"},\"value\":{\"type\":\"string\",\"title\":\"org.apache.kafka.connect.data.Decimal\",\"connect.type\":\"bytes\",\"connect.parameters\":{\"scale\":\"2\"}}}}}\0[{\"key\":1,\"value\":1.25}]",
        b"{}\0{\"a\":[true,-12345678901,0.1e3,\"text\"]}",
    ];

    #[test]
    #[cfg(feature = "json-schema")]
    fn json_schemas_and_their_values_are_read_or_refused() {
        mutate(JSON_SCHEMAS, json_schema);
    }

    #[test]
    fn json_is_read_or_refused() {
        mutate(JSON, json);
    }

    #[test]
    fn records_in_json_are_read_or_refused() {
        mutate(JSON, json_converter);
    }

    #[test]
    fn texts_and_headers_are_read_or_refused() {
        mutate(TEXTS, text);
        mutate(JSON, text);
    }

    #[cfg(feature = "avro")]
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

    #[cfg(feature = "avro")]
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
