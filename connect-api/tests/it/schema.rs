//! Schemas that contain themselves.

use connect_api::{ErrorKind, Result, Schema, SchemaAndValue, SchemaBuilder, Struct, Type, Value};
use serde::Deserialize;

/// `List {value, next: List or null}`.
fn list() -> Schema {
    list_named("List").build().unwrap()
}

fn list_named(name: &str) -> SchemaBuilder {
    let next = Schema::enclosing(name).optional().build().unwrap();
    Schema::record(name)
        .field("value", Schema::plain_int32())
        .field("next", next)
}

fn field(schema: &Schema, path: &[&str]) -> Schema {
    path.iter().fold(schema.clone(), |schema, name| {
        let field = schema.field(name);
        let field = field.unwrap_or_else(|| panic!("{schema} has a field `{name}`"));
        field.schema().clone()
    })
}

/// A value of `schema` that has these numbers, one inside the other.
fn numbers(schema: &Schema, values: &[i32]) -> Struct {
    let mut schemas = vec![schema.clone()];
    for _ in 1..values.len() {
        schemas.push(field(schemas.last().unwrap(), &["next"]));
    }
    let mut all: Option<Struct> = None;
    for (schema, value) in schemas.iter().zip(values).rev() {
        let rest = all.map_or(Value::Null, Value::from);
        let this = Struct::from_values(schema, vec![(*value).into(), rest]);
        all = Some(this.unwrap());
    }
    all.unwrap()
}

fn refused<T: std::fmt::Debug>(result: Result<T>, kind: ErrorKind) -> String {
    let error = result.unwrap_err();
    assert_eq!(error.kind(), kind);
    error.report().to_string()
}

#[test]
fn a_struct_is_found_again_inside_of_itself_as_deep_as_one_looks() {
    let list = list();
    let mut inner = list.clone();
    for _ in 0..1000 {
        inner = field(&inner, &["next"]);
        assert!(inner.is_enclosing() && inner.is_optional());
        assert_eq!(inner.type_(), Type::Struct);
        assert_eq!(inner.name().unwrap(), "List");
        assert_eq!(inner.field_index("next"), Some(1));
        assert_eq!(inner.fields(), list.fields());
    }
    assert!(!list.is_enclosing());
}

#[test]
fn a_link_is_reached_through_arrays_and_maps() {
    let link = || Schema::enclosing("Tree").build().unwrap();
    let tree = Schema::record("Tree")
        .field("children", Schema::array(link()).build().unwrap())
        .field(
            "named",
            Schema::map(Schema::plain_string(), link()).build().unwrap(),
        )
        .build()
        .unwrap();
    for name in ["children", "named"] {
        let inner = field(&tree, &[name]).value_schema().unwrap().clone();
        assert!(inner.is_enclosing());
        assert_eq!(inner.fields(), tree.fields());
    }
    let leaf = |schema: &Schema| {
        let empty = vec![Value::array([Value::Null; 0]), Value::map([("", 0); 0])];
        Struct::from_values(schema, empty).unwrap()
    };
    let inner = field(&tree, &["children"]).value_schema().unwrap().clone();
    let root = Struct::from_values(
        &tree,
        vec![
            Value::array([leaf(&inner), leaf(&inner)]),
            Value::map([("a", leaf(&inner))]),
        ],
    );
    root.unwrap().check().unwrap();
}

/// `A {b: B {a: A or null, others: [B]}}`.
fn mutual() -> Schema {
    let others = Schema::array(Schema::enclosing("B").build().unwrap());
    let b = Schema::record("B")
        .field("a", Schema::enclosing("A").optional().build().unwrap())
        .field("others", others.build().unwrap())
        .build()
        .unwrap();
    assert_eq!(b.unbound(), ["A"]);
    let a = Schema::record("A").version(3).field("b", b);
    a.parameter("p", "q").build().unwrap()
}

#[test]
fn structs_that_contain_each_other_are_the_same_on_every_way() {
    let a = mutual();
    assert!(a.unbound().is_empty());
    let b = field(&a, &["b"]);
    let other = field(&b, &["others"]).value_schema().unwrap().clone();
    assert_eq!(other.fields(), b.fields());
    for inner in [field(&b, &["a"]), field(&other, &["a"])] {
        assert!(inner.is_enclosing() && inner.is_optional());
        assert_eq!(inner.version(), Some(3));
        assert_eq!(inner.parameter("p").unwrap(), "q");
        assert_eq!(inner.fields(), a.fields());
        assert_eq!(field(&inner, &["b", "a"]), field(&b, &["a"]));
    }
    assert_eq!(field(&b, &["a", "b", "others"]), field(&b, &["others"]));
}

#[test]
fn a_link_stands_for_the_innermost_struct_of_its_name() {
    let inner = list_named("Same").build().unwrap();
    let outer = Schema::record("Same")
        .field("inner", inner.clone())
        .field("again", Schema::enclosing("Same").build().unwrap())
        .build()
        .unwrap();
    assert_eq!(field(&outer, &["inner"]), inner);
    assert_eq!(field(&outer, &["again"]).fields(), outer.fields());
    assert_eq!(field(&outer, &["inner", "next"]).fields(), inner.fields());
}

#[test]
fn a_name_that_would_mean_two_structs_at_once_is_refused() {
    let shadowing = Schema::record("B")
        .field("a", Schema::enclosing("A").optional().build().unwrap())
        .field("b", Schema::enclosing("B").optional().build().unwrap())
        .build()
        .unwrap();
    let a = Schema::record("A")
        .field("inner", shadowing)
        .field("outer", Schema::enclosing("B").optional().build().unwrap());
    let refusal = refused(a.build(), ErrorKind::Fatal);
    assert!(
        refusal.contains("`A` refers to a struct `B` around it, and holds another one"),
        "{refusal}"
    );
}

#[test]
fn what_contains_itself_says_so() {
    let list = list();
    assert!(list.is_recursive());
    assert!(Schema::array(list.clone()).build().unwrap().is_recursive());
    assert!(Schema::enclosing("List").build().unwrap().is_recursive());
    let plain = Schema::record("Plain").field("list", Schema::plain_string());
    assert!(!plain.build().unwrap().is_recursive());
}

#[test]
fn equality_comes_to_an_end_and_sees_every_difference() {
    let known = list();
    assert_eq!(known, list());
    assert_eq!(field(&known, &["next"]), field(&list(), &["next", "next"]));
    assert_eq!(mutual(), mutual());
    assert_ne!(known, field(&known, &["next"]));
    assert_ne!(known, list_named("Other").build().unwrap());
    let wider = list_named("List").field("more", Schema::plain_string());
    let wider = wider.build().unwrap();
    assert_ne!(field(&known, &["next"]), field(&wider, &["next"]));
    let next = |builder: SchemaBuilder| {
        let schema = Schema::record("List").field("next", builder.build().unwrap());
        schema.build().unwrap()
    };
    let plain = next(Schema::enclosing("List").optional());
    assert_ne!(plain, next(Schema::enclosing("List")));
    assert_ne!(
        plain,
        next(Schema::enclosing("List").optional().doc("more"))
    );
    let null = Schema::enclosing("List")
        .optional()
        .default_value(Value::Null);
    assert_ne!(plain, next(null));
}

#[test]
fn a_struct_contains_the_same_whether_or_not_it_is_optional_or_documented_itself() {
    let known = list();
    let optional = list_named("List")
        .optional()
        .doc("numbers")
        .build()
        .unwrap();
    assert_eq!(optional.fields(), known.fields());
    assert_eq!(
        optional,
        known
            .to_builder()
            .optional()
            .doc("numbers")
            .build()
            .unwrap()
    );
}

#[test]
fn identity_is_that_of_the_allocation() {
    let known = list();
    let next = field(&known, &["next"]);
    assert!(next.is_same(&field(&known, &["next"])));
    assert_eq!(next.identity(), field(&known, &["next"]).identity());
    assert!(!next.is_same(&field(&list(), &["next"])));
}

#[test]
fn it_is_printed_by_its_name() {
    let known = list();
    assert_eq!(format!("{known:?}"), "Schema{List:STRUCT}");
    assert_eq!(field(&known, &["next"]).to_string(), "Schema{List:STRUCT}");
    let printed = format!("{:?} {:?}", known.fields(), known.to_builder());
    assert!(printed.len() < 4000, "{printed}");
    assert_eq!(
        format!("{:?}", numbers(&known, &[1, 2])),
        r#"{"value": Int32(1), "next": Struct({"value": Int32(2), "next": Null})}"#
    );
}

#[test]
fn values_are_checked_level_by_level() {
    let known = list();
    let mut fine = numbers(&known, &[1, 2, 3]);
    fine.check().unwrap();
    known.check(&fine.clone().into()).unwrap();
    let at = |depth: usize| {
        (0..depth).fold(Value::from(fine.clone()), |value, _| {
            value.get("next").cloned().unwrap()
        })
    };
    assert_eq!(at(1).get("value"), Some(&2.into()));
    assert_eq!(at(2).get("value"), Some(&3.into()));
    assert_eq!(at(3), Value::Null);

    let Value::Struct(mut second) = at(1) else {
        panic!("the second level is a struct");
    };
    let Value::Struct(mut third) = at(2) else {
        panic!("the third level is a struct");
    };
    third.values_mut()[0] = "three".into();
    second.values_mut()[1] = third.into();
    fine.values_mut()[1] = second.into();
    assert_eq!(
        refused(fine.check(), ErrorKind::Rejected),
        "field `next`: field `next`: field `value`: expected int32, found string"
    );
    let other = numbers(&list_named("Other").build().unwrap(), &[2]);
    let misfit = numbers(&known, &[1]).with("next", other);
    let misfit = refused(misfit, ErrorKind::Rejected);
    assert!(
        misfit.contains("found one of Schema{Other:STRUCT}"),
        "{misfit}"
    );
}

#[test]
fn values_a_thousand_levels_deep_are_built_compared_and_dropped() {
    let known = list();
    let values: Vec<i32> = (0..1000).collect();
    let (one, two) = (numbers(&known, &values), numbers(&list(), &values));
    one.check().unwrap();
    assert_eq!(one, two);
}

#[test]
fn without_the_struct_around_it_no_value_fits_a_link() {
    let link = Schema::enclosing("List").optional().build().unwrap();
    assert_eq!(link.type_(), Type::Struct);
    assert_eq!(link.name().unwrap(), "List");
    assert_eq!(link.unbound(), ["List"]);
    assert!(link.fields().is_empty());
    link.check(&Value::Null).unwrap();
    let expected = "expected a struct `List` around Schema{List:STRUCT}, found none";
    assert_eq!(refused(Struct::new(&link), ErrorKind::Rejected), expected);
    let value = numbers(&list(), &[1]).into();
    assert_eq!(refused(link.check(&value), ErrorKind::Rejected), expected);

    let elsewhere = Schema::record("Lists").field("list", link).build().unwrap();
    let refusal = Struct::new(&elsewhere).unwrap().with("list", value);
    let refusal = refused(refusal, ErrorKind::Rejected);
    assert_eq!(refusal, format!("field `list`: {expected}"));
}

#[test]
fn what_belongs_to_the_struct_is_not_set_on_a_link() {
    for builder in [
        Schema::enclosing("List").version(1),
        Schema::enclosing("List").name("Other"),
        Schema::enclosing("List").field("a", Schema::plain_int32()),
    ] {
        let refusal = refused(builder.build(), ErrorKind::Fatal);
        assert!(
            refusal.contains("of the struct `List` around a schema only presence"),
            "{refusal}"
        );
    }
    let default = Schema::enclosing("List").default_value(1).build();
    assert!(refused(default, ErrorKind::Rejected).contains("default value"));
}

#[test]
fn a_link_has_the_parameters_of_its_struct_and_its_own_above_them() {
    let next = Schema::enclosing("List")
        .optional()
        .parameter("tag", "2")
        .build()
        .unwrap();
    let list = Schema::record("List")
        .parameter("tag", "1")
        .parameter("other", "x")
        .field("next", next)
        .build()
        .unwrap();
    for link in [field(&list, &["next"]), field(&list, &["next", "next"])] {
        assert!(link.is_enclosing());
        assert_eq!(link.parameter("tag").unwrap(), "2");
        assert_eq!(link.parameter("other").unwrap(), "x");
    }
}

#[test]
fn a_builder_keeps_a_link_until_it_gets_something_of_its_own() {
    let known = list();
    let next = field(&known, &["next"]);
    let kept = next
        .to_builder()
        .required()
        .doc("the rest")
        .build()
        .unwrap();
    assert!(kept.is_enclosing() && !kept.is_optional());
    assert_eq!(kept.fields(), known.fields());

    let renamed = next.to_builder().name("Rest").build().unwrap();
    let wider = next.to_builder().field("more", Schema::plain_string());
    let wider = wider.build().unwrap();
    for changed in [&renamed, &wider] {
        assert!(!changed.is_enclosing() && changed.is_optional());
        assert_eq!(field(changed, &["next"]), next);
    }
    assert_eq!(renamed.name().unwrap(), "Rest");
    assert_eq!(renamed.fields(), known.fields());
    assert_eq!(wider.fields().len(), 3);
}

#[test]
fn a_default_that_holds_structs_fits_after_they_are_bound() {
    let part = Schema::record("Part")
        .field(
            "whole",
            Schema::enclosing("Whole").optional().build().unwrap(),
        )
        .build()
        .unwrap();
    let default = Value::array([Struct::new(&part).unwrap()]);
    let parts = Schema::array(part).default_value(default).build().unwrap();
    let whole = Schema::record("Whole")
        .field("parts", parts)
        .build()
        .unwrap();
    let parts = field(&whole, &["parts"]);
    parts.check(parts.default_value().unwrap()).unwrap();
    let inner = parts.value_schema().unwrap();
    assert_eq!(field(inner, &["whole"]).fields(), whole.fields());
}

#[derive(Debug, PartialEq, Deserialize)]
struct List {
    value: i32,
    next: Option<Box<Self>>,
}

#[test]
fn a_type_that_contains_itself_is_read_from_it() {
    let data = SchemaAndValue::new(list(), numbers(&list(), &[1, 2]));
    let read: List = data.decode().unwrap();
    let next = List {
        value: 2,
        next: None,
    };
    let expected = List {
        value: 1,
        next: Some(Box::new(next)),
    };
    assert_eq!(read, expected);
}
