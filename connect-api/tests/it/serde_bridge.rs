//! Values to structs and back.

use std::collections::{BTreeMap, HashMap};

use connect_api::{
    Bytes, Decimal, ErrorKind, Schema, SchemaAndValue, Str, Struct, TaskConfig, Value,
};
use proptest::{collection, option, prelude::*};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Everything {
    truth: bool,
    ints: (i8, i16, i32, i64),
    nats: (u8, u16, u32),
    nat: u64,
    single: f32,
    double: f64,
    letter: char,
    text: String,
    shared: Str,
    bytes: Bytes,
    octets: Vec<u8>,
    maybe: Option<Shape>,
    shapes: Vec<Shape>,
    by_name: BTreeMap<String, Option<i64>>,
    by_number: BTreeMap<u32, Wrapped>,
    nothing: (),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Wrapped(Vec<Option<String>>);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Shape {
    Point,
    Circle(i32),
    Line(i32, i32),
    Rectangle { width: i16, height: Option<i16> },
}

fn shape() -> impl Strategy<Value = Shape> {
    prop_oneof![
        Just(Shape::Point),
        any::<i32>().prop_map(Shape::Circle),
        any::<(i32, i32)>().prop_map(|(x, y)| Shape::Line(x, y)),
        any::<(i16, Option<i16>)>().prop_map(|(width, height)| Shape::Rectangle { width, height }),
    ]
}

fn everything() -> impl Strategy<Value = Everything> {
    let numbers = (
        any::<bool>(),
        any::<(i8, i16, i32, i64)>(),
        any::<(u8, u16, u32)>(),
        0..=i64::MAX as u64,
        any::<f32>(),
        any::<f64>(),
    );
    let texts = (
        any::<char>(),
        any::<String>(),
        any::<String>(),
        any::<Vec<u8>>(),
    );
    let nested = (
        option::of(shape()),
        collection::vec(shape(), 0..4),
        any::<BTreeMap<String, Option<i64>>>(),
        collection::btree_map(any::<u32>(), any::<Vec<Option<String>>>(), 0..4),
    );
    (numbers, texts, nested).prop_map(|(numbers, texts, nested)| Everything {
        truth: numbers.0,
        ints: numbers.1,
        nats: numbers.2,
        nat: numbers.3,
        single: numbers.4,
        double: numbers.5,
        letter: texts.0,
        text: texts.1,
        shared: texts.2.into(),
        bytes: texts.3.clone().into(),
        octets: texts.3,
        maybe: nested.0,
        shapes: nested.1,
        by_name: nested.2,
        by_number: nested.3.into_iter().map(|(k, v)| (k, Wrapped(v))).collect(),
        nothing: (),
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_struct_comes_back_as_it_was_encoded(before in everything()) {
        let encoded = SchemaAndValue::encode(&before).unwrap();
        prop_assert_eq!(encoded.decode::<Everything>().unwrap(), before);
    }

    #[test]
    fn a_task_config_comes_back_as_it_was_written(
        text in any::<String>(),
        maybe in any::<Option<String>>(),
        numbers in any::<(i64, u64, f64)>(),
        truth in any::<bool>(),
        shape in shape(),
        nested in any::<BTreeMap<String, Vec<(u32, Option<String>)>>>(),
        units in any::<BTreeMap<String, String>>(),
    ) {
        let units = units.into_iter().map(|(key, text)| (format!("unit {key}"), text)).collect();
        let before = Part { text, maybe, count: numbers.0, size: numbers.1, ratio: numbers.2, truth, shape, nested, units };
        let config = TaskConfig::of(&before).unwrap();
        prop_assert_eq!(config.decode::<Part>().unwrap(), before);
    }

    #[test]
    fn any_integer_reads_as_every_type_that_holds_it(number in any::<i64>(), narrow in any::<i8>()) {
        prop_assert_eq!(read::<i8>(number.into()).ok(), i8::try_from(number).ok());
        prop_assert_eq!(read::<u16>(number.into()).ok(), u16::try_from(number).ok());
        prop_assert_eq!(read::<u64>(number.into()).ok(), u64::try_from(number).ok());
        prop_assert_eq!(read::<i64>(narrow.into()).ok(), Some(narrow.into()));
        prop_assert_eq!(read::<u8>(narrow.into()).ok(), u8::try_from(narrow).ok());
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Part {
    text: String,
    maybe: Option<String>,
    count: i64,
    size: u64,
    ratio: f64,
    truth: bool,
    shape: Shape,
    nested: BTreeMap<String, Vec<(u32, Option<String>)>>,
    #[serde(flatten)]
    units: BTreeMap<String, String>,
}

fn read<T: DeserializeOwned>(value: Value) -> connect_api::Result<T> {
    SchemaAndValue::from(value).decode()
}

#[track_caller]
fn refused<T: DeserializeOwned>(value: Value, message: &str) {
    let Err(error) = read::<T>(value) else {
        panic!("it was accepted");
    };
    assert_eq!(error.kind(), ErrorKind::Rejected);
    assert_eq!(error.to_string(), message);
}

#[test]
fn integers_out_of_range_are_refused_with_both_sides() {
    refused::<i8>(300.into(), "expected i8, found integer 300");
    refused::<u64>((-1).into(), "expected u64, found integer -1");
    refused::<f32>(1e300.into(), "expected f32, found number 1e300");
}

#[test]
fn an_error_names_the_path_of_the_field() {
    let line = |price: Value| Value::map([("price", price)]);
    let order = Value::map([(
        "order",
        Value::map([(
            "lines",
            Value::array([line(1.5.into()), line("twelve".into())]),
        )]),
    )]);
    type Orders = HashMap<String, HashMap<String, Vec<HashMap<String, f64>>>>;
    refused::<Orders>(
        order,
        r#"field `order.lines[1].price`: expected f64, found string "twelve""#,
    );
}

#[test]
fn a_missing_field_is_named() {
    refused::<Part>(
        Value::map([("text", "a")]),
        "field `count`: expected a value, found nothing",
    );
}

#[test]
fn a_variant_is_text_or_a_map_with_one_entry() {
    assert_eq!(read::<Shape>("point".into()).unwrap(), Shape::Point);
    assert_eq!(
        read::<Shape>(Value::map([("circle", 3)])).unwrap(),
        Shape::Circle(3)
    );
    refused::<Shape>(
        "square".into(),
        "expected one of `point`, `circle`, `line`, `rectangle`, found `square`",
    );
    refused::<Shape>(
        Value::map([("line", Value::array([1, 2, 3]))]),
        "field `line`: expected 2 elements, found 3",
    );
    refused::<Shape>(
        Value::map([("circle", 1), ("point", 2)]),
        "expected a map with one entry, the variant's name as text, found 2 entries",
    );
}

#[test]
fn logical_values_read_as_what_stands_for_them() {
    let price = || Value::from(Decimal::new(1250, 2));
    assert_eq!(read::<String>(price()).unwrap(), "12.50");
    assert_eq!(read::<f64>(price()).unwrap(), 12.5);
    refused::<i32>(price(), "expected i32, found decimal 12.50");
    assert_eq!(read::<u8>(Decimal::new(1200, 2).into()).unwrap(), 12);
    assert_eq!(read::<i64>(Value::Timestamp(7)).unwrap(), 7);
    assert_eq!(read::<i32>(Value::Date(8)).unwrap(), 8);
    assert_eq!(read::<u32>(Value::Time(9)).unwrap(), 9);
}

#[derive(Debug, PartialEq, Deserialize)]
struct Customer<'a> {
    name: &'a str,
    #[serde(borrow)]
    photo: &'a [u8],
    visits: i64,
    note: Option<String>,
}

fn customer() -> Struct {
    let schema = Schema::record("Customer")
        .field("name", Schema::plain_string())
        .field("photo", Schema::plain_bytes())
        .field("visits", Schema::int32().default_value(3).build().unwrap())
        .field("note", Schema::optional_string())
        .field("unused", Schema::optional_int8())
        .build()
        .unwrap();
    Struct::new(&schema)
        .unwrap()
        .with("name", "ann")
        .and_then(|customer| customer.with("photo", vec![1, 2, 3]))
        .unwrap()
}

#[test]
fn a_struct_is_read_with_its_defaults() {
    let data = SchemaAndValue::from(customer());
    let expected = Customer {
        name: "ann",
        photo: &[1, 2, 3],
        visits: 3,
        note: None,
    };
    assert_eq!(data.decode::<Customer<'_>>().unwrap(), expected);
}

#[test]
fn borrowed_text_and_bytes_are_not_copied() {
    let data = SchemaAndValue::from(customer());
    let read: Customer<'_> = data.decode().unwrap();
    let (Some(Value::String(name)), Some(Value::Bytes(photo))) =
        (data.value.get("name"), data.value.get("photo"))
    else {
        panic!("a customer has a name and a photo");
    };
    assert_eq!(read.name.as_ptr(), name.as_ptr());
    assert_eq!(read.photo.as_ptr(), photo.as_ptr());
}

#[test]
fn text_keys_read_as_numbers_where_numbers_are_wanted() {
    let map = Value::map([("7", "seven"), ("8", "eight")]);
    let read: HashMap<u16, String> = read(map).unwrap();
    assert_eq!(read[&7], "seven");
    refused::<HashMap<u16, String>>(
        Value::map([("x", "y")]),
        r#"field `key 0`: expected u16, found string "x""#,
    );
}

#[test]
fn maps_keep_the_order_of_insertion_and_each_key_once() {
    #[derive(Serialize)]
    struct Twice {
        b: i32,
        a: i32,
        #[serde(flatten)]
        more: BTreeMap<String, i32>,
    }
    let more = BTreeMap::from([("b".to_owned(), 3), ("c".to_owned(), 4)]);
    let encoded = SchemaAndValue::encode(&Twice { b: 1, a: 2, more }).unwrap();
    assert_eq!(encoded.value, Value::map([("b", 3), ("a", 2), ("c", 4)]));
}

#[test]
fn an_integer_beyond_64_signed_bits_is_refused_by_name() {
    let error = SchemaAndValue::encode(&BTreeMap::from([("id", u64::MAX)])).unwrap_err();
    assert_eq!(
        error.to_string(),
        "field `id`: expected an integer of 64 signed bits, found 18446744073709551615"
    );
}

#[test]
fn a_task_config_names_the_key_that_does_not_read() {
    let config = TaskConfig::new().with("nested", "[1,");
    let error = config.decode::<HashMap<String, Vec<u8>>>().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert_eq!(
        error.to_string(),
        r#"task config: field `nested`: expected JSON, found "[1,": EOF while parsing a value at line 1 column 3"#
    );
    let error = config.decode::<HashMap<String, u8>>().unwrap_err();
    assert_eq!(
        error.to_string(),
        r#"task config: field `nested`: expected u8, found string "[1,""#
    );
}
