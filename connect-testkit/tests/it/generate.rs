//! Generated data fit together, and reach what tests need.

use std::collections::BTreeSet;

use connect_api::{Record, Schema, Struct, Value};
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
fn values_that_contain_themselves_fit_and_end() {
    let mut random = Rng::with_seed(4);
    let mut deepest = 0;
    for _ in 0..500 {
        let schema = generate::recursive_schema(&mut random);
        assert!(schema.is_recursive() && schema.unbound().is_empty());
        let value = generate::value_of(&mut random, &schema);
        schema.check(&value).unwrap();
        let mut inside = 0;
        visit(&value, &mut |value| {
            let schema = value.as_struct().map(Struct::schema);
            inside += usize::from(schema.is_some_and(Schema::is_enclosing));
        });
        deepest = deepest.max(inside);
    }
    assert!(deepest > 10, "{deepest}");
}

#[test]
#[should_panic(expected = "has no value that ends")]
fn a_struct_that_always_contains_itself_has_no_value() {
    let inner = Schema::enclosing("Self").build().unwrap();
    let schema = Schema::record("Self")
        .field("inner", inner)
        .build()
        .unwrap();
    generate::value_of(&mut Rng::with_seed(5), &schema);
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
