//! Generated data fit together, and reach what tests need.

use std::collections::BTreeSet;

use connect_api::{Record, Value};
use connect_testkit::generate::{self, NAMES, Rng};

#[test]
fn generated_values_fit_their_schemas() {
    let mut random = Rng::with_seed(1);
    for _ in 0..2_000 {
        let schema = generate::schema(&mut random);
        let value = generate::value_of(&mut random, &schema);
        schema.check(&value).unwrap();
    }
}

#[test]
fn one_seed_gives_the_same_records() {
    let records = || -> Vec<String> {
        let mut random = Rng::with_seed(2);
        let some = (0..100).map(|_| format!("{:?}", generate::record(&mut random)));
        some.collect()
    };
    assert_eq!(records(), records());
}

#[test]
fn records_have_every_shape_and_type() {
    let mut random = Rng::with_seed(3);
    let (mut shapes, mut types) = (BTreeSet::new(), BTreeSet::new());
    let mut names = BTreeSet::<&str>::new();
    for _ in 0..5_000 {
        let Record { key, value, .. } = generate::record(&mut random);
        shapes.insert((
            key.schema.is_some(),
            key.value.is_null(),
            value.schema.is_some(),
            value.value.is_null(),
        ));
        visit(&value.value, &mut |value| {
            types.insert(value.type_name());
            names.extend(NAMES.iter().filter(|name| value.get(name).is_some()));
        });
    }
    assert_eq!(shapes.len(), 16, "{shapes:?}");
    assert_eq!(types.len(), 17, "{types:?}");
    assert_eq!(names.len(), NAMES.len(), "{names:?}");
}

fn visit(value: &Value, seen: &mut impl FnMut(&Value)) {
    seen(value);
    match value {
        Value::Array(elements) => elements.iter().for_each(|element| visit(element, seen)),
        Value::Map(entries) => entries.iter().for_each(|(key, value)| {
            visit(key, seen);
            visit(value, seen);
        }),
        Value::Struct(fields) => fields.values().iter().for_each(|value| visit(value, seen)),
        _ => {}
    }
}
