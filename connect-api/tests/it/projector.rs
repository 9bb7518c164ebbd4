//! Values of one schema as values of another.

use connect_api::{Decimal, ErrorKind, Schema, SchemaProjector, Struct, Type, Value};
use proptest::{collection, option, prelude::*, sample};

const NUMBERS: [Type; 6] = [
    Type::Int8,
    Type::Int16,
    Type::Int32,
    Type::Int64,
    Type::Float32,
    Type::Float64,
];

fn plain(of: Type) -> Schema {
    Schema::primitive(of).unwrap().build().unwrap()
}

fn optional(of: Type) -> Schema {
    Schema::primitive(of).unwrap().optional().build().unwrap()
}

/// Seven, as a value of `of`.
fn seven(of: Type) -> Value {
    match of {
        Type::Int8 => 7i8.into(),
        Type::Int16 => 7i16.into(),
        Type::Int32 => 7i32.into(),
        Type::Int64 => 7i64.into(),
        Type::Float32 => 7f32.into(),
        Type::Float64 => 7f64.into(),
        other => panic!("{other} is no number"),
    }
}

fn project(source: &Schema, value: impl Into<Value>, target: &Schema) -> Value {
    let projector = SchemaProjector::new(source, target).unwrap();
    projector.project(value.into()).unwrap()
}

fn refused(source: &Schema, target: &Schema) -> String {
    let error = SchemaProjector::new(source, target).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Rejected);
    error.message().to_owned()
}

fn structure<const N: usize>(fields: [(&str, Schema); N]) -> Schema {
    let builder = fields
        .into_iter()
        .fold(Schema::structure(), |builder, (name, schema)| {
            builder.field(name, schema)
        });
    builder.build().unwrap()
}

/// `Node {next: Node or null, and the extra}`.
fn node(extra: Schema) -> Schema {
    let next = Schema::enclosing("Node").optional().build().unwrap();
    Schema::record("Node")
        .field("next", next)
        .field("extra", extra)
        .build()
        .unwrap()
}

#[test]
fn what_contains_itself_is_projected_to_an_equal_one_alone() {
    let (source, target) = (node(plain(Type::Int32)), node(plain(Type::Int32)));
    let value = Struct::new(&source).unwrap().with("extra", 7).unwrap();
    let same = project(&source, value.clone(), &target);
    assert_eq!(same, value.clone().into());

    let around =
        |inner: &Schema, number: Type| structure([("a", inner.clone()), ("b", plain(number))]);
    let (old, new) = (around(&source, Type::Int8), around(&target, Type::Int64));
    let old_value = Struct::from_values(&old, vec![value.clone().into(), 7i8.into()]);
    let new_value = Struct::from_values(&new, vec![value.into(), 7i64.into()]);
    assert_eq!(
        project(&old, old_value.unwrap(), &new),
        new_value.unwrap().into()
    );

    let refusal = refused(&source, &node(plain(Type::Int64)));
    assert!(
        refusal.ends_with(
            "found Schema{Node:STRUCT} and Schema{Node:STRUCT}, which contain themselves and differ"
        ),
        "{refusal}"
    );
}

#[test]
fn of_what_contains_itself_as_much_is_projected_as_the_target_has() {
    let source = node(plain(Type::Int32));
    let inner = Schema::record("Node")
        .optional()
        .field("extra", plain(Type::Int64));
    let target = Schema::record("Node")
        .field("next", inner.build().unwrap())
        .build()
        .unwrap();
    let next = source.field("next").unwrap().schema();
    let next = Struct::new(next).unwrap().with("extra", 8).unwrap();
    let value = Struct::from_values(&source, vec![next.into(), 7.into()]).unwrap();
    let projected = project(&source, value, &target);
    assert_eq!(
        projected.get("next").unwrap().get("extra"),
        Some(&8i64.into())
    );
}

#[test]
fn numbers_are_widened_and_never_narrowed() {
    for (at, from) in NUMBERS.into_iter().enumerate() {
        for (to_at, to) in NUMBERS.into_iter().enumerate() {
            if at <= to_at {
                assert_eq!(project(&plain(from), seven(from), &plain(to)), seven(to));
                assert_eq!(project(&plain(from), seven(from), &optional(to)), seven(to));
            } else {
                assert_eq!(
                    refused(&plain(from), &plain(to)),
                    format!(
                        "projecting {} to {}: expected {to} or a narrower number, found {from}",
                        plain(from),
                        plain(to)
                    )
                );
            }
        }
    }
}

#[test]
fn what_is_no_number_becomes_none() {
    for from in NUMBERS {
        for to in [Type::Boolean, Type::Bytes, Type::String] {
            let message = refused(&plain(from), &plain(to));
            assert!(
                message.ends_with(&format!("expected {to}, found {from}")),
                "{message}"
            );
            refused(&plain(to), &plain(from));
        }
    }
}

#[test]
fn a_null_becomes_the_default_where_the_target_is_required() {
    let target = Schema::int64().default_value(5i64).build().unwrap();
    let source = Schema::optional_int32();
    assert_eq!(project(&source, Value::Null, &target), 5i64.into());
    assert_eq!(project(&source, 7, &target), 7i64.into());
    let optional = target.to_builder().optional().build().unwrap();
    assert_eq!(project(&source, Value::Null, &optional), Value::Null);
    assert_eq!(
        refused(&source, &Schema::plain_int64()),
        "projecting Schema{INT32} to Schema{INT64}: expected an optional target or one with a default, \
         since the source is optional, found neither"
    );
}

#[test]
fn fields_are_found_by_name() {
    let source = structure([
        ("id", Schema::plain_int32()),
        ("gone", Schema::plain_string()),
        ("name", Schema::plain_string()),
    ]);
    let target = structure([
        ("name", Schema::optional_string()),
        ("note", Schema::optional_string()),
        (
            "state",
            Schema::string().default_value("open").build().unwrap(),
        ),
        ("id", Schema::plain_int64()),
    ]);
    let value = Struct::from_values(&source, vec![7.into(), "x".into(), "Ada".into()]).unwrap();
    let expected = vec!["Ada".into(), Value::Null, "open".into(), 7i64.into()];
    assert_eq!(
        project(&source, value, &target),
        Struct::from_values(&target, expected).unwrap().into()
    );
}

#[test]
fn a_required_field_that_is_missing_is_named() {
    let inner = structure([("a", Schema::plain_int32())]);
    let more = structure([("a", Schema::plain_int32()), ("b", Schema::plain_int32())]);
    let source = structure([("list", Schema::array(inner).build().unwrap())]);
    let target = structure([("list", Schema::array(more).build().unwrap())]);
    assert_eq!(
        refused(&source, &target),
        "projecting Schema{STRUCT} to Schema{STRUCT}: field `list`: elements: expected a field `b` in \
         Schema{STRUCT}, since it is required and has no default, found none"
    );
}

#[test]
fn a_null_field_counts_as_its_default_of_the_source() {
    let of = |default: i32| Schema::int32().default_value(default).build().unwrap();
    let source = structure([("n", of(1))]);
    let target = structure([("n", of(2))]);
    let value = Struct::new(&source).unwrap();
    let projected = project(&source, value, &target);
    assert_eq!(projected.get("n"), Some(&1.into()));
}

#[test]
fn arrays_and_maps_are_projected_inside() {
    let source = Schema::array(Schema::plain_int32()).build().unwrap();
    let target = Schema::array(Schema::plain_int64()).build().unwrap();
    assert_eq!(
        project(&source, Value::array([4, 5]), &target),
        Value::array([4i64, 5])
    );
    let source = Schema::map(Schema::plain_int32(), Schema::plain_int32())
        .build()
        .unwrap();
    let target = Schema::map(Schema::plain_int64(), Schema::plain_float32())
        .build()
        .unwrap();
    assert_eq!(
        project(&source, Value::map([(3, 4)]), &target),
        Value::map([(3i64, 4f32)])
    );
}

#[test]
fn keys_that_become_one_leave_the_later_entry() {
    let map = |key| Schema::map(key, Schema::plain_int8()).build().unwrap();
    let (source, target) = (map(Schema::plain_int64()), map(Schema::plain_float64()));
    let long = 1i64 << 53;
    let value = Value::map([(long, 1i8), (long + 1, 2)]);
    assert_eq!(
        project(&source, value, &target),
        Value::map([(long as f64, 2i8)])
    );
}

#[test]
fn names_and_parameters_are_compared_and_versions_are_not() {
    let named = |name: &str| Schema::int32().name(name).build().unwrap();
    assert_eq!(
        refused(&named("cents"), &named("percent")),
        "projecting Schema{cents:INT32} to Schema{percent:INT32}: expected the name `percent`, found `cents`"
    );
    assert!(
        refused(&named("cents"), &Schema::plain_int32())
            .ends_with("expected the name none, found `cents`")
    );
    let color = |allowed: &str| {
        let schema = Schema::string().name("color").parameter("allowed", allowed);
        schema.parameter("of", "paint").build().unwrap()
    };
    assert!(refused(&color("red"), &color("red,blue")).ends_with(
        "expected the parameters {allowed=red,blue, of=paint}, found {allowed=red, of=paint}"
    ));
    let newer = color("red")
        .to_builder()
        .version(2)
        .doc("new")
        .build()
        .unwrap();
    assert_eq!(project(&color("red"), "red", &newer), "red".into());
}

#[test]
fn logical_values_pass_and_nothing_becomes_or_was_one() {
    let logical = [
        (Schema::decimal(2), Decimal::new(156, 2).into()),
        (Schema::date(), Value::Date(1000)),
        (Schema::time(), Value::Time(231)),
        (Schema::timestamp(), Value::Timestamp(34_567)),
    ];
    for (schema, value) in logical {
        let schema = schema.build().unwrap();
        assert_eq!(project(&schema, value.clone(), &schema), value);
        refused(&schema, &plain(schema.type_()));
        refused(&plain(schema.type_()), &schema);
    }
    refused(
        &Schema::decimal(2).build().unwrap(),
        &Schema::decimal(3).build().unwrap(),
    );
    let date = Schema::date().build().unwrap();
    let wider = Schema::int64()
        .name(date.name().unwrap().clone())
        .build()
        .unwrap();
    assert!(refused(&date, &wider).ends_with(
        "expected int64, found int32, which cannot be promoted as org.apache.kafka.connect.data.Date"
    ));
}

#[test]
fn a_value_that_is_none_of_the_source_is_refused_with_its_path() {
    let source = structure([(
        "inner",
        structure([("ns", Schema::array(Schema::plain_int32()).build().unwrap())]),
    )]);
    let target = structure([(
        "inner",
        structure([("ns", Schema::array(Schema::plain_int64()).build().unwrap())]),
    )]);
    let projector = SchemaProjector::new(&source, &target).unwrap();
    let inner = source.fields()[0].schema();
    let wrong = Value::array([Value::from(1), "x".into()]);
    let inner = Struct::from_values(inner, vec![wrong]).unwrap();
    let value = Struct::from_values(&source, vec![inner.into()]).unwrap();
    assert_eq!(
        projector.project(value.into()).unwrap_err().message(),
        "projecting Schema{STRUCT} to Schema{STRUCT}: field `inner`: field `ns`: element 1: expected a number \
         that fits int64, found string"
    );
    let other = Struct::new(&target).unwrap();
    assert_eq!(
        projector.project(other.into()).unwrap_err().message(),
        "projecting Schema{STRUCT} to Schema{STRUCT}: expected a struct of Schema{STRUCT}, found one of Schema{STRUCT}"
    );
}

#[test]
fn what_does_not_change_is_not_copied() {
    let list = Schema::array(Schema::plain_int32()).build().unwrap();
    let source = structure([("list", list.clone())]);
    let renamed = source.to_builder().doc("the same fields").build().unwrap();
    let wider = structure([("list", list), ("more", Schema::optional_string())]);
    let elements = Value::array([1, 2, 3]);
    let address = |value: &Value| match value {
        Value::Array(elements) => elements.as_ptr(),
        other => panic!("expected an array, found {other:?}"),
    };
    for target in [&source, &renamed, &wider] {
        let value = Struct::from_values(&source, vec![elements.clone()]).unwrap();
        let projected = project(&source, value, target);
        assert_eq!(projected.as_struct().unwrap().schema(), target);
        assert_eq!(address(projected.get("list").unwrap()), address(&elements));
    }
}

/// A schema, and a value of it.
fn typed() -> impl Strategy<Value = (Schema, Value)> {
    let leaf = prop_oneof![
        sample::select(NUMBERS.to_vec()).prop_map(|of| (plain(of), seven(of))),
        "[a-z]{0,3}".prop_map(|text| (Schema::plain_string(), text.into())),
        any::<bool>().prop_map(|truth| (Schema::plain_boolean(), truth.into())),
        any::<i64>().prop_map(|at| (Schema::timestamp().build().unwrap(), Value::Timestamp(at))),
    ];
    let nested = leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            (inner.clone(), 0..4usize).prop_map(|((schema, value), times)| {
                let schema = Schema::array(schema).build().unwrap();
                (schema, Value::array(vec![value; times]))
            }),
            (inner.clone(), "[a-z]").prop_map(|((schema, value), key)| {
                let schema = Schema::map(Schema::plain_string(), schema).build().unwrap();
                (schema, Value::map([(key, value)]))
            }),
            collection::vec(inner, 1..4).prop_map(|fields| {
                let mut builder = Schema::structure();
                for (at, (schema, _)) in fields.iter().enumerate() {
                    builder = builder.field(format!("f{at}"), schema.clone());
                }
                let schema = builder.build().unwrap();
                let values = fields.into_iter().map(|(_, value)| value).collect();
                let value = Struct::from_values(&schema, values).unwrap();
                (schema, value.into())
            }),
        ]
    });
    (nested, any::<bool>(), any::<bool>()).prop_map(|((schema, value), may_be_null, is_null)| {
        if !may_be_null {
            return (schema, value);
        }
        let schema = schema.to_builder().optional().build().unwrap();
        // A struct knows its schema.
        let value = match value {
            Value::Struct(fields) => fields.with_schema(&schema).unwrap().into(),
            other => other,
        };
        (schema, if is_null { Value::Null } else { value })
    })
}

/// Changes a schema in the ways that fit; `choices` says which, one each place.
fn evolve(schema: &Schema, choices: &mut impl Iterator<Item = u8>) -> Schema {
    let choice = choices.next().unwrap();
    let mut builder = match schema.type_() {
        Type::Array => Schema::array(evolve(schema.value_schema().unwrap(), choices)),
        Type::Map => Schema::map(
            schema.key_schema().unwrap().clone(),
            evolve(schema.value_schema().unwrap(), choices),
        ),
        Type::Struct => {
            let mut builder = Schema::structure();
            for field in schema.fields().iter().rev() {
                if !choices.next().unwrap().is_multiple_of(4) {
                    builder = builder.field(field.name().clone(), evolve(field.schema(), choices));
                }
            }
            builder.field("added", Schema::optional_string()).field(
                "defaulted",
                Schema::int32().default_value(1).build().unwrap(),
            )
        }
        from if schema.logical().is_none() && from < Type::Float64 => {
            let wider: Vec<_> = NUMBERS.into_iter().filter(|to| *to >= from).collect();
            Schema::primitive(wider[usize::from(choice) % wider.len()]).unwrap()
        }
        _ => schema.to_builder().required(),
    };
    if schema.is_optional() || choice.is_multiple_of(3) {
        builder = builder.optional();
    }
    builder.build().unwrap()
}

proptest! {
    #[test]
    fn a_schema_that_grew_takes_every_value((source, value) in typed(), choices in collection::vec(any::<u8>(), 64)) {
        let target = evolve(&source, &mut choices.into_iter().cycle());
        let projected = project(&source, value.clone(), &target);
        prop_assert!(target.check(&projected).is_ok(), "{projected:?} is no value of {target:?}");
        prop_assert_eq!(projected.is_null(), value.is_null());
    }

    #[test]
    fn two_steps_lead_where_one_does(n: i8, steps in sample::subsequence(NUMBERS.to_vec(), 2)) {
        let (source, middle, target) = (Schema::plain_int8(), plain(steps[0]), plain(steps[1]));
        let stepwise = project(&middle, project(&source, n, &middle), &target);
        prop_assert_eq!(project(&source, n, &target), stepwise);
    }

    #[test]
    fn a_schema_fits_itself_and_changes_nothing((schema, value) in typed()) {
        prop_assert_eq!(project(&schema, value.clone(), &schema), value);
    }

    #[test]
    fn any_two_schemas_fit_or_are_refused(
        (source, value) in typed(),
        (target, other) in typed(),
        wrong in option::of(Just(())),
    ) {
        if let Ok(projector) = SchemaProjector::new(&source, &target) {
            match wrong {
                None => prop_assert!(target.check(&projector.project(value).unwrap()).is_ok()),
                // Whatever a value is, it is projected or refused.
                Some(()) => drop(projector.project(other)),
            }
        }
    }
}
