//! JSON Schemas, and values beside them.

use connect_api::Bytes;

/// Reads a JSON Schema, and with it a value; the two are apart by a zero byte.
///
/// # Panics
///
/// If a mapping that keeps what a schema does not name is refused.
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
        }
    }
}

#[cfg(test)]
mod tests {
    use connect_testkit::mutate;

    use super::*;

    /// JSON Schemas with values.
    const JSON_SCHEMAS: &[&[u8]] = &[
        b"{\"type\":\"object\",\"title\":\"r\",\"properties\":{\"a\":{\"type\":\"integer\",\"connect.type\":\"int8\",\"connect.index\":1,\"default\":7},\"b\":{\"oneOf\":[{\"type\":\"null\"},{\"type\":\"string\",\"connect.type\":\"bytes\"}]},\"c\":{\"enum\":[\"x\",null,3]}},\"required\":[\"a\"]}\0{\"a\":1,\"b\":\"AQ==\",\"c\":\"x\",\"d\":[1.5,{}]}",
        b"{\"type\":\"object\",\"properties\":{\"n\":{\"$ref\":\"#\"},\"m\":{\"type\":\"object\",\"connect.type\":\"map\",\"additionalProperties\":{\"type\":\"number\"}}}}\0{\"n\":{\"n\":{},\"m\":{\"k\":1}}}",
        b"{\"allOf\":[{\"$ref\":\"#/$defs/A\"},{\"properties\":{\"u\":{\"anyOf\":[{\"type\":\"string\"},{\"$ref\":\"#/$defs/A\"},{\"type\":[\"integer\",\"array\"],\"items\":{}}]}}}],\"$defs\":{\"A\":{\"type\":\"object\",\"properties\":{\"v\":true}}}}\0{\"u\":{\"v\":[1]},\"v\":null}",
        b"{\"type\":\"array\",\"connect.type\":\"map\",\"items\":{\"type\":\"object\",\"properties\":{\"key\":{\"type\":\"integer\"},\"value\":{\"type\":\"string\",\"title\":\"org.apache.kafka.connect.data.Decimal\",\"connect.type\":\"bytes\",\"connect.parameters\":{\"scale\":\"2\"}}}}}\0[{\"key\":1,\"value\":1.25}]",
        b"{}\0{\"a\":[true,-12345678901,0.1e3,\"text\"]}",
    ];

    #[test]
    fn json_schemas_and_their_values_are_read_or_refused() {
        mutate(JSON_SCHEMAS, json_schema);
    }
}
