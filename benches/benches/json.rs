//! What JSON costs, beside serde_json reading into and writing from its own values.

#![expect(clippy::unwrap_used, reason = "a benchmark stops at the first error")]

use std::{hint::black_box, num::NonZeroUsize};

use connect_api::{
    Bytes, Converter, Headers, SchemaAndValue, SourceConnector, SourceContext, SourceItem,
};
use connect_benches::{Answer, Case, Meter, context, print, title};
use connect_converters::JsonConverter;
use connect_datagen::{DatagenSource, Preset};
use futures::executor::block_on;

/// How many different records there are, and how often they are converted.
const RECORDS: usize = 2000;
const ROUNDS: usize = 100;

/// What is measured, in the order of the table.
const SUBJECTS: [(&str, &str); 3] = [
    ("enveloped", "JsonConverter, schemas.enable=true"),
    ("plain", "JsonConverter, schemas.enable=false"),
    ("serde", "serde_json, into and from its Value"),
];

fn plan() {
    for (name, what) in [
        ("sensors", "JSON of sensors: five numbers"),
        ("orders", "JSON of orders: nested, some texts"),
    ] {
        title(what);
        let cases = SUBJECTS.map(|(subject, _)| Case::new([subject, name]));
        for ((_, what), answer) in SUBJECTS.iter().zip(Case::alternate(&cases)) {
            print(
                what,
                [
                    (answer.get("encode"), "ns encode"),
                    (answer.get("decode"), "ns decode"),
                    (answer.get("bytes"), "bytes"),
                ],
            );
        }
    }
}

fn main() {
    connect_benches::main(plan, |words| {
        let preset = match words[1] {
            "sensors" => Preset::Sensors,
            _ => Preset::Orders,
        };
        let records = records(preset);
        match words[0] {
            "enveloped" => connect(&JsonConverter::default(), &records),
            "plain" => connect(&JsonConverter::schemaless(), &records),
            _ => serde(&records),
        }
    });
}

fn records(preset: Preset) -> Vec<SchemaAndValue> {
    let source = DatagenSource::preset(preset, "topic");
    let mut configs = block_on(source.task_configs(NonZeroUsize::MIN, &[])).unwrap();
    let cx = SourceContext::new(context(), configs.remove(0), [].into());
    let mut task = block_on(source.open(cx)).unwrap();
    let mut records = Vec::new();
    while records.len() < RECORDS {
        let (items, _) = block_on(task.poll()).unwrap().into_parts();
        records.extend(items.into_iter().map(|item| match item {
            SourceItem::Record(read) => read.record.value,
            other => panic!("expected a record, found {other:?}"),
        }));
    }
    records
}

/// Measures both directions, some of it first to warm up.
fn measure<T, U>(
    values: &[T],
    texts: &[U],
    bytes: usize,
    mut encode: impl FnMut(&T),
    mut decode: impl FnMut(&U),
) -> Answer {
    values.iter().for_each(&mut encode);
    texts.iter().for_each(&mut decode);
    let each = |meter: Meter| meter.spent().cpu.as_nanos() as f64 / (RECORDS * ROUNDS) as f64;
    let meter = Meter::start();
    for _ in 0..ROUNDS {
        values.iter().for_each(&mut encode);
    }
    let encoded = each(meter);
    let meter = Meter::start();
    for _ in 0..ROUNDS {
        texts.iter().for_each(&mut decode);
    }
    Answer::default()
        .with("encode", encoded)
        .with("decode", each(meter))
        .with("bytes", bytes as f64 / RECORDS as f64)
}

fn connect(converter: &JsonConverter, records: &[SchemaAndValue]) -> Answer {
    let mut headers = Headers::new();
    let encoded = |data| Converter::encode(converter, "t", &mut Headers::new(), data);
    let texts: Vec<Bytes> = records
        .iter()
        .map(|data| encoded(data).unwrap().unwrap())
        .collect();
    measure(
        records,
        &texts,
        texts.iter().map(Bytes::len).sum(),
        |data| {
            black_box(Converter::encode(converter, "t", &mut headers, data).unwrap());
        },
        |text| {
            black_box(Converter::decode(converter, "t", &Headers::new(), Some(text)).unwrap());
        },
    )
}

fn serde(records: &[SchemaAndValue]) -> Answer {
    let plain = JsonConverter::schemaless();
    let encoded = |data| Converter::encode(&plain, "t", &mut Headers::new(), data);
    let texts: Vec<Bytes> = records
        .iter()
        .map(|data| encoded(data).unwrap().unwrap())
        .collect();
    let read = |text: &Bytes| serde_json::from_slice::<serde_json::Value>(text).unwrap();
    let values: Vec<_> = texts.iter().map(read).collect();
    measure(
        &values,
        &texts,
        texts.iter().map(Bytes::len).sum(),
        |value| {
            black_box(serde_json::to_vec(value).unwrap());
        },
        |text| {
            black_box(read(text));
        },
    )
}
