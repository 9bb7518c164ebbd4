//! What transforms cost, each alone, and three of them between JSON and JSON beside Java's.

#![expect(clippy::unwrap_used, reason = "a benchmark stops at the first error")]

use std::{hint::black_box, path::Path};

use connect_api::{
    Build, Bytes, ConfigMap, Converter, Headers, Outcome, Record, Schema, SchemaAndValue, Struct,
    Transform, UnknownKeys, Value,
};
use connect_benches::{Answer, Case, Meter, print, title};
use connect_converters::JsonConverter;
use connect_kafka_lab::JavaProgram;
use connect_transforms::plugins;

/// How many different records there are, and how often they are transformed.
const RECORDS: usize = 1000;
const ROUNDS: usize = 100;

type Subject = (&'static str, &'static [(&'static str, &'static str)]);

/// What is measured alone, with and without a schema.
const SUBJECTS: [Subject; 12] = [
    ("cast-value", &[("spec", "id:string")]),
    ("extract-field-value", &[("field", "name")]),
    ("flatten-value", &[]),
    ("hoist-field-value", &[("field", "order")]),
    (
        "insert-field-value",
        &[("static.field", "origin"), ("static.value", "shop")],
    ),
    ("mask-field-value", &[("fields", "card")]),
    (
        "regex-router",
        &[("regex", "(.*)-raw"), ("replacement", "$1")],
    ),
    ("replace-field-value", &[("renames", "id:key")]),
    (
        "timestamp-converter-value",
        &[
            ("field", "at"),
            ("target.type", "string"),
            ("format", "yyyy-MM-dd"),
        ],
    ),
    ("value-to-key", &[("fields", "id")]),
    (
        "hash-value",
        &[("field.name", "card"), ("function", "sha256")],
    ),
    ("expression", &[("set.total", "value.price * 2.0")]),
];

/// Three that often stand together.
const CHAIN: [Subject; 3] = [
    (
        "insert-field-value",
        &[("static.field", "origin"), ("static.value", "shop")],
    ),
    ("replace-field-value", &[("renames", "id:key")]),
    ("mask-field-value", &[("fields", "card")]),
];

fn plan() {
    title("each transform alone, an order of five fields");
    for (subject, _) in SUBJECTS {
        let cases = ["schema", "plain"].map(|form| Case::new([subject, form]));
        let answers = Case::alternate(&cases);
        let [schema, plain] = [0, 1].map(|n| answers[n].get("cpu"));
        print(
            subject,
            [(schema, "ns with a schema"), (plain, "ns without")],
        );
    }
    title("JSON of 100 B, InsertField, ReplaceField and MaskField, JSON");
    let cases = ["ours", "java"].map(|who| Case::new(["chain", who]));
    for (what, answer) in ["Connect", "Java"].iter().zip(Case::alternate(&cases)) {
        print(what, [(answer.get("cpu"), "ns CPU each")]);
    }
}

fn main() {
    connect_benches::main(plan, |words| match (words[0], words[1]) {
        ("chain", "ours") => chain(),
        ("chain", _) => java(),
        (subject, form) => alone(subject, form),
    });
}

fn build(name: &str, options: &[(&str, &str)]) -> Box<dyn Transform> {
    let plugin = plugins()
        .into_iter()
        .find(|plugin| plugin.name() == name)
        .unwrap();
    match plugin.build() {
        Build::Transform(build) => build(
            &options.iter().copied().collect::<ConfigMap>(),
            UnknownKeys::Refuse,
        )
        .unwrap(),
        other => panic!("expected a transform, found {other:?}"),
    }
}

/// An order, whose data nobody else holds.
fn order(n: usize, schema: Option<&Schema>) -> Record {
    let (id, price) = (n as i64, n as f64 / 100.0);
    let values: [(&str, Value); 5] = [
        ("id", id.into()),
        ("name", format!("customer {n}").into()),
        ("card", format!("41111111{n:08}").into()),
        ("price", price.into()),
        ("at", Value::Timestamp(1_700_000_000_000 + id)),
    ];
    let value = match schema {
        None => Value::map(values).into(),
        Some(schema) => {
            let values = values.into_iter().map(|(_, value)| value).collect();
            SchemaAndValue::new(schema.clone(), Struct::from_values(schema, values).unwrap())
        }
    };
    Record::new("orders-raw", value)
}

fn schema() -> Schema {
    Schema::record("Order")
        .field("id", Schema::plain_int64())
        .field("name", Schema::plain_string())
        .field("card", Schema::plain_string())
        .field("price", Schema::plain_float64())
        .field("at", Schema::timestamp().build().unwrap())
        .build()
        .unwrap()
}

/// Measures one transform; making and dropping records is left out.
fn alone(name: &str, form: &str) -> Answer {
    let (_, options) = SUBJECTS
        .iter()
        .find(|(subject, _)| *subject == name)
        .unwrap();
    let mut transform = build(name, options);
    let schema = (form == "schema").then(schema);
    let mut spent = 0.0;
    for round in 0..=ROUNDS {
        let mut records: Vec<_> = (0..RECORDS).map(|n| order(n, schema.as_ref())).collect();
        let mut more = Vec::with_capacity(RECORDS);
        let meter = Meter::start();
        for record in &mut records {
            assert_eq!(transform.apply(record, &mut more).unwrap(), Outcome::Kept);
        }
        // The first round warms up.
        if round > 0 {
            spent += meter.spent().cpu.as_nanos() as f64;
        }
        black_box((records, more));
    }
    Answer::default().with("cpu", spent / (RECORDS * ROUNDS) as f64)
}

/// Returns texts of 100 bytes.
fn texts() -> Vec<String> {
    let text = |n: usize| {
        format!(
            r#"{{"id":{n},"name":"customer {n:08}","card":"41111111{n:08}","price":{}.25,"city":"Berlin"}}"#,
            1000 + n
        )
    };
    (0..RECORDS).map(text).collect()
}

fn chain() -> Answer {
    let json = JsonConverter::schemaless();
    let mut stages = CHAIN.map(|(name, options)| build(name, options));
    let texts: Vec<_> = texts().into_iter().map(Bytes::from).collect();
    let mut more = Vec::new();
    let mut pass = |text: &Bytes| {
        let value = Converter::decode(&json, "t", &Headers::new(), Some(text)).unwrap();
        let mut record = Record::new("t", value);
        for stage in &mut stages {
            assert_eq!(stage.apply(&mut record, &mut more).unwrap(), Outcome::Kept);
        }
        black_box(Converter::encode(&json, "t", &mut Headers::new(), &record.value).unwrap());
    };
    texts.iter().for_each(&mut pass);
    let meter = Meter::start();
    for _ in 0..ROUNDS {
        texts.iter().for_each(&mut pass);
    }
    let spent = meter.spent().cpu.as_nanos() as f64;
    Answer::default().with("cpu", spent / (RECORDS * ROUNDS) as f64)
}

/// Asks Java for the same, after as many passes to warm up.
fn java() -> Answer {
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/transforms/Chain.java");
    let mut program = JavaProgram::start(&program).unwrap();
    for text in texts() {
        program.ask(&text).unwrap();
    }
    program.ask("300").unwrap();
    let answer = program.ask("300").unwrap();
    Answer::default().with("cpu", answer.trim().parse().unwrap())
}
