//! What a record of twenty fields costs in Avro, Protobuf and JSON Schema, beside other libraries' own values.

#![expect(clippy::unwrap_used, reason = "a benchmark stops at the first error")]

mod message;
mod order;
mod other_languages;

use std::hint::black_box;

use apache_avro::{
    Schema as ForeignSchema, reader::datum::GenericDatumReader, types::Value as ForeignValue,
    writer::datum::GenericDatumWriter,
};
use connect_api::{Bytes, Schema, SchemaAndValue};
use connect_benches::{Answer, Case, Meter, print, title};
use connect_converters::{
    avro::{AvroData, AvroDataConfig},
    json_schema::JsonSchemaData,
    protobuf::ProtobufData,
};
use prost::Message;

use self::order::orders;

/// How many different records there are, and how often they are converted.
const RECORDS: usize = 1000;
const ROUNDS: usize = 200;

/// What is made room for where a library appends to a buffer: longer than any record.
const ROOM: usize = 512;

/// What is measured, in the order of the table.
const SUBJECTS: [(&str, &str); 8] = [
    ("avro", "Avro, from and into Connect's values"),
    ("apache-avro", "apache-avro, from and into its Value"),
    ("java", "Avro in Java, from and into GenericRecord"),
    ("python", "fastavro, from and into dictionaries"),
    ("protobuf", "Protobuf, from and into Connect's values"),
    ("prost", "prost, from and into a generated struct"),
    ("json-schema", "JSON Schema, from and into Connect's values"),
    ("serde-json", "serde_json, from and into its Value"),
];

fn plan() {
    title("a record of 20 fields, with texts, arrays and a union");
    let cases = SUBJECTS.map(|(subject, _)| Case::new([subject]));
    for ((_, what), answer) in SUBJECTS.iter().zip(Case::alternate(&cases)) {
        print(
            what,
            [
                (answer.get("encode"), "ns encode"),
                (answer.get("encode-allocations"), "allocations"),
                (answer.get("decode"), "ns decode"),
                (answer.get("decode-allocations"), "allocations"),
                (answer.get("bytes"), "bytes"),
            ],
        );
    }
}

fn main() {
    connect_benches::main(plan, |words| match words[0] {
        "avro" => avro(),
        "apache-avro" => apache_avro(),
        "java" => foreign(other_languages::java),
        "python" => foreign(other_languages::python),
        "protobuf" => protobuf(),
        "prost" => prost(),
        "json-schema" => json_schema(),
        _ => serde_json(),
    });
}

/// Measures both directions, and what each of them is given stands ready.
fn measure<T>(
    values: &[T],
    messages: &[Bytes],
    mut encode: impl FnMut(&T),
    mut decode: impl FnMut(&Bytes),
) -> Answer {
    let bytes: usize = messages.iter().map(Bytes::len).sum();
    let (encoded, by_encoding) = each(|| values.iter().for_each(&mut encode));
    let (decoded, by_decoding) = each(|| messages.iter().for_each(&mut decode));
    Answer::default()
        .with("encode", encoded)
        .with("encode-allocations", by_encoding)
        .with("decode", decoded)
        .with("decode-allocations", by_decoding)
        .with("bytes", bytes as f64 / RECORDS as f64)
}

/// Returns the nanoseconds and the allocations of one record; the first pass warms up.
fn each(mut pass: impl FnMut()) -> (f64, f64) {
    let allocations = allocation_counter::measure(&mut pass).count_total;
    let meter = Meter::start();
    for _ in 0..ROUNDS {
        pass();
    }
    let nanos = meter.spent().cpu.as_nanos() as f64;
    (
        nanos / (RECORDS * ROUNDS) as f64,
        allocations as f64 / RECORDS as f64,
    )
}

fn avro_orders() -> (String, Vec<SchemaAndValue>, Vec<Bytes>) {
    let data = AvroData::new(AvroDataConfig::default());
    let records = orders(RECORDS, Schema::record("io.confluent.connect.avro.Union"));
    let schema = records[0].schema.as_ref();
    let text = data.schema_of(schema).unwrap();
    let encoder = data.encoder(schema, &text).unwrap();
    let messages = records
        .iter()
        .map(|record| encoder.to_bytes(record).unwrap().into())
        .collect();
    (text, records, messages)
}

fn avro() -> Answer {
    let data = AvroData::new(AvroDataConfig::default());
    let (text, records, messages) = avro_orders();
    let encoder = data.encoder(records[0].schema.as_ref(), &text).unwrap();
    let decoder = data.decoder(&text, None).unwrap();
    measure(
        &records,
        &messages,
        |record| {
            let mut out = Vec::with_capacity(ROOM);
            encoder.append(record, &mut out).unwrap();
            black_box(out);
        },
        |message| {
            black_box(decoder.from_bytes(message).unwrap());
        },
    )
}

fn apache_avro() -> Answer {
    let (text, _, messages) = avro_orders();
    let schema = ForeignSchema::parse_str(&text).unwrap();
    let reader = GenericDatumReader::builder(&schema).build().unwrap();
    let writer = GenericDatumWriter::builder(&schema).build().unwrap();
    let read = |message: &Bytes| reader.read_value(&mut &message[..]).unwrap();
    let write = |value: &ForeignValue| {
        let mut out = Vec::with_capacity(ROOM);
        writer.write_value_ref(&mut out, value).unwrap();
        out
    };
    let values: Vec<ForeignValue> = messages.iter().map(read).collect();
    assert_eq!(write(&values[1]), messages[1], "what Connect wrote");
    measure(
        &values,
        &messages,
        |value| {
            black_box(write(value));
        },
        |message| {
            black_box(read(message));
        },
    )
}

/// Measures what another language does with the same messages.
fn foreign(measure: impl Fn(&str, &[Bytes]) -> Answer) -> Answer {
    let (text, _, messages) = avro_orders();
    let bytes: usize = messages.iter().map(Bytes::len).sum();
    measure(&text, &messages).with("bytes", bytes as f64 / RECORDS as f64)
}

fn protobuf_orders() -> (String, Vec<SchemaAndValue>, Vec<Bytes>) {
    let data = ProtobufData::default();
    let union = Schema::record("io.confluent.connect.protobuf.Union.payment").optional();
    let records = orders(RECORDS, union);
    let schema = records[0].schema.as_ref().unwrap();
    let text = data.schema_of(schema).unwrap().text.as_ref().to_owned();
    let writer = data.writer(schema).unwrap();
    let messages = records
        .iter()
        .map(|record| writer.to_bytes(&record.value).unwrap())
        .collect();
    (text, records, messages)
}

fn protobuf() -> Answer {
    let data = ProtobufData::default();
    let (text, records, messages) = protobuf_orders();
    let writer = data.writer(records[0].schema.as_ref().unwrap()).unwrap();
    let reader = data.reader(&text).unwrap();
    measure(
        &records,
        &messages,
        |record| {
            let mut out = Vec::with_capacity(ROOM);
            writer.write(&record.value, &mut out).unwrap();
            black_box(out);
        },
        |message| {
            black_box(reader.from_bytes(message).unwrap());
        },
    )
}

fn prost() -> Answer {
    let (_, _, messages) = protobuf_orders();
    let read = |message: &Bytes| message::Order::decode(&message[..]).unwrap();
    let values: Vec<message::Order> = messages.iter().map(read).collect();
    assert_eq!(values[1].encode_to_vec(), messages[1], "what Connect wrote");
    measure(
        &values,
        &messages,
        |value| {
            black_box(value.encode_to_vec());
        },
        |message| {
            black_box(read(message));
        },
    )
}

fn json_orders() -> (Vec<SchemaAndValue>, Vec<Bytes>) {
    let union = Schema::record("connect_union_0");
    let union = union.parameter("org.apache.kafka.connect.data.Union", "connect_union_0");
    let records = orders(RECORDS, union);
    let writer = JsonSchemaData::default().writer(records[0].schema.as_ref().unwrap());
    let messages = records
        .iter()
        .map(|record| writer.write(&record.value).unwrap())
        .collect();
    (records, messages)
}

fn json_schema() -> Answer {
    let data = JsonSchemaData::default();
    let (records, messages) = json_orders();
    let schema = records[0].schema.as_ref().unwrap();
    let writer = data.writer(schema);
    let reader = data.reader(&data.describe(schema).unwrap()).unwrap();
    measure(
        &records,
        &messages,
        |record| {
            black_box(writer.write(&record.value).unwrap());
        },
        |message| {
            black_box(reader.read(message).unwrap());
        },
    )
}

fn serde_json() -> Answer {
    let (_, messages) = json_orders();
    let read = |message: &Bytes| serde_json::from_slice::<serde_json::Value>(message).unwrap();
    let values: Vec<_> = messages.iter().map(read).collect();
    measure(
        &values,
        &messages,
        |value| {
            black_box(serde_json::to_vec(value).unwrap());
        },
        |message| {
            black_box(read(message));
        },
    )
}
