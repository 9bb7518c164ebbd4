//! What a fuzzer feeds with bytes that others wrote.
//!
//! The tests below do it for a moment with mutations of a corpus, `./test soak` for minutes with a fuzzer.

#[cfg(feature = "avro")]
mod avro;
#[cfg(feature = "json-schema")]
mod json_schema;
#[cfg(feature = "protobuf")]
mod protobuf;

use connect_api::{
    Bytes, Converter, Dialect, HeaderConverter, Headers, Str,
    json::{self, Reader},
    values,
};

#[cfg(feature = "avro")]
pub use self::avro::{avro_schema, avro_values};
#[cfg(feature = "json-schema")]
pub use self::json_schema::json_schema;
#[cfg(feature = "protobuf")]
pub use self::protobuf::{proto_file, protobuf};
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
}
