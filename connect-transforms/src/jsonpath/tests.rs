use connect_api::{Bytes, Decimal, Schema, Struct, json};

use super::*;

const STORE: &str = r#"{
    "store": {
        "book": [
            {"category": "reference", "author": "Nigel Rees", "price": 8.95},
            {"category": "fiction", "author": "Evelyn Waugh", "price": 12.99, "tags": ["a", "b"]},
            {"category": "fiction", "author": "Herman Melville", "isbn": "0-553", "price": 8.99, "tags": []},
            {"category": "fiction", "author": "J. R. R. Tolkien", "isbn": null, "price": 22.99, "n": 7}
        ],
        "bicycle": {"color": "red", "price": 19.95}
    },
    "expensive": 10,
    "odd name": {"x.y": true}
}"#;

fn value(text: &str) -> Value {
    json::parse(&Bytes::copy_from_slice(text.as_bytes())).unwrap()
}

/// Shows what a path finds in a value: JSON, separated by blanks.
#[track_caller]
fn found(path: &str, value: &Value) -> String {
    let path = JsonPath::parse(path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let show = |value: &Value| connect_api::values::format(value, connect_api::Dialect::Strict);
    match path.select(value).unwrap() {
        Found::Missing => "missing".to_owned(),
        Found::One(value) => show(value),
        Found::Several(values) => {
            let shown: Vec<_> = values.into_iter().map(show).collect();
            format!("[{}]", shown.join(" "))
        }
    }
}

#[track_caller]
fn check(path: &str, expected: &str) {
    assert_eq!(found(path, &value(STORE)), expected, "{path}");
}

/// Checks which of the books a condition holds for, by the beginning of their authors' names.
#[track_caller]
fn check_books(condition: &str, expected: &str) {
    let path = format!("$.store.book[?({condition})].author");
    let authors = found(&path, &value(STORE));
    let initials: String = ["Nigel", "Evelyn", "Herman", "J. R."]
        .into_iter()
        .filter(|author| authors.contains(author))
        .map(|author| &author[..1])
        .collect();
    assert_eq!(initials, expected, "{condition}");
}

#[test]
fn definite_paths_lead_to_one_value() {
    check("$.expensive", "10");
    check("expensive", "10");
    check("$['store'][\"bicycle\"].color", "red");
    check("$.store.book[0].author", "Nigel Rees");
    check("$.store.book[-1].price", "22.99");
    check("$['odd name']['x.y']", "true");
    check("$.store.book[3].isbn", "null");
    check("$.store.car.color", "missing");
    check("$.store.book[4]", "missing");
    check("$.store.book.author", "missing");
    check("$.expensive.cents", "missing");
    assert!(JsonPath::parse("$.a['b'][0]").unwrap().is_definite());
    for indefinite in [
        "$.*",
        "$.a[*]",
        "$..a",
        "$[0,1]",
        "$[1:]",
        "$[?(@.a)]",
        "$['a','b']",
    ] {
        assert!(
            !JsonPath::parse(indefinite).unwrap().is_definite(),
            "{indefinite}"
        );
    }
}

#[test]
fn indefinite_paths_lead_to_several() {
    check("$.store.book[*].price", "[8.95 12.99 8.99 22.99]");
    check("$..price", "[8.95 12.99 8.99 22.99 19.95]");
    check("$.store..price", "[8.95 12.99 8.99 22.99 19.95]");
    check("$..book[2].author", "[Herman Melville]");
    check("$..book[0,1].price", "[8.95 12.99]");
    check("$..book[:2].price", "[8.95 12.99]");
    check("$..book[1:2].price", "[12.99]");
    check("$..book[-2:].price", "[8.99 22.99]");
    check("$..book[2:].price", "[8.99 22.99]");
    check("$..book[::2].price", "[8.95 8.99]");
    check("$..book[::-1].price", "[22.99 8.99 12.99 8.95]");
    check("$..book[9:].price", "[]");
    check("$.store.bicycle.*", "[red 19.95]");
    check("$.store.bicycle['color', 'price', 'weight']", "[red 19.95]");
    check("$.store.book[*].isbn", "[0-553 null]");
    check("$..[?(@.color)].price", "[19.95]");
    check("$.store.car[*].price", "missing");
    check("$.expensive[?(@ > 1)]", "missing");
    check("$.store.book[9][?(@.price)]", "[]");
}

#[test]
fn conditions_relate_values() {
    check_books("@.price < 10", "NH");
    check_books("@.price <= 8.95", "N");
    check_books("@.price > $.expensive", "EJ");
    check_books("@.price >= 22.99", "J");
    check_books("@.category == 'fiction'", "EHJ");
    check_books("@.category != \"fiction\"", "N");
    check_books("@['category']=='reference'", "N");
    check_books("@.isbn", "HJ");
    check_books("!@.isbn", "NE");
    check_books("@.isbn == null", "J");
    check_books("@.isbn != null", "NEH");
    check_books("@.author =~ /.*REES/i", "N");
    check_books("@.author =~ /J\\. R.*/", "J");
    check_books("@.author =~ /R/", "");
    check_books("@.category in ['reference', 'poem']", "N");
    check_books("@.category nin ['reference', 'poem']", "EHJ");
    check_books("'a' in @.tags", "E");
    check_books("@.tags contains 'b'", "E");
    check_books("@.author contains 'Waugh'", "E");
    check_books("@.tags all ['a', 'b']", "E");
    check_books("@.tags subsetof ['a', 'b', 'c']", "EH");
    check_books("@.tags anyof ['b', 'c']", "E");
    check_books("@.tags noneof ['b', 'c']", "H");
    check_books("@.tags size 2", "E");
    check_books("$.store.bicycle size 2", "");
    check_books("@.tags empty true", "H");
    check_books("@.tags EMPTY false", "E");
    check_books("@.tags.length() == 2", "E");
    check_books("@.tags.size() > 1", "E");
    check_books("length(@.category) == 9", "N");
    check_books("@.tags[0] == 'a'", "E");
    check_books("@.tags[*] == ['a', 'b']", "E");
}

#[test]
fn conditions_are_joined() {
    check_books("@.price < 10 && @.category == 'fiction'", "H");
    check_books("@.price<10||@.price>20", "NHJ");
    check_books("@.isbn || @.tags && @.price > 10", "EHJ");
    check_books("(@.isbn || @.tags) && @.price > 10", "EJ");
    check_books("!(@.price < 10 && @.category == 'fiction')", "NEJ");
    check("$.store.book[?@.price > 20].author", "[J. R. R. Tolkien]");
    check("$.store.book[?(@.price > 20)&&(@.isbn)].price", "[22.99]");
}

#[test]
fn a_number_equals_its_text_but_is_not_identical_to_it() {
    check_books("@.n == 7", "J");
    check_books("@.n == '7'", "J");
    check_books("@.n == '7.0'", "J");
    check_books("@.n == 'seven'", "");
    check_books("@.n === '7'", "");
    check_books("@.n === 7.0", "J");
    check_books("@.n !== '7'", "NEHJ");
    check_books("@.n < '8'", "");
}

#[test]
fn a_filter_tries_a_struct_itself() {
    let schema = Schema::record("Order")
        .field("id", Schema::plain_int8())
        .field("price", Schema::decimal(2).build().unwrap())
        .field("rate", Schema::plain_float32())
        .field(
            "note",
            Schema::string().default_value("none").build().unwrap(),
        )
        .field("at", Schema::timestamp().build().unwrap())
        .build()
        .unwrap();
    let order = Struct::new(&schema)
        .and_then(|order| order.with("id", 7i8))
        .and_then(|order| order.with("price", Decimal::new(1999, 2)))
        .and_then(|order| order.with("rate", 0.1f32))
        .and_then(|order| order.with("at", Value::Timestamp(1000)))
        .unwrap();
    let order = Value::map([("order", Value::from(order))]);
    for condition in [
        "@.id == 7",
        "@.price == 19.99",
        "@.price > 19 && @.price < 20",
        "@.rate == 0.1",
        "@.note == 'none'",
        "@.at == 1000",
        "@.price =~ /19\\.99/",
    ] {
        let found = found(&format!("$.order[?({condition})].id"), &order);
        assert_eq!(found, "[7]", "{condition}");
    }
    assert_eq!(found("$.[?(@.order)].order.id", &order), "[7]");
    assert_eq!(found("$.order[?(@.id > 7)]", &order), "[]");
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    let refused = |path| JsonPath::parse(path).unwrap_err();
    assert_eq!(
        refused("$.a[x]"),
        "expected a quoted name, an index, `*` or `?` at character 5, found `x]`"
    );
    assert_eq!(
        refused("$.a."),
        "expected a name, `*` or `[` at character 5, found the end"
    );
    assert_eq!(
        refused("$a"),
        "expected `.` or `[` at character 2, found `a`"
    );
    assert_eq!(
        refused("$[?(@.a === )]"),
        "expected a path, a quoted text, a number, true, false or null at character 13, found `)]`"
    );
    assert!(refused("$[?(@.a == 'x]").contains("expected ' at the end of the text"));
    assert!(refused("$[?(1)]").contains("expected an operator"));
    assert!(refused("$[?(@.a == 1]").contains("expected `)`"));
    assert!(refused("$[?(@.a =~ /(/)]").contains("expected a regular expression"));
    assert!(refused("$[?(@.a =~ /a/q)]").contains("flags"));
    assert!(refused("$.a.length()").contains("expected a path without functions"));
    assert!(refused("$[?(@.a.max() > 1)]").contains("`.length()` or `.size()`"));
    assert!(refused("$[::0]").contains("steps of at least 1"));
    let long = format!("${}", ".a".repeat(40));
    assert!(refused(&long).contains("at most 32 steps"));
    let nested = format!("$[?({}@.a{})]", "(".repeat(100), ")".repeat(100));
    assert!(refused(&nested).contains("at most 16 nested parts"));
}

#[test]
fn a_path_that_looks_at_too_much_condemns_the_record() {
    let mut deep = Value::from(1);
    for _ in 0..60 {
        deep = Value::array([deep.clone(), deep]);
    }
    let path = JsonPath::parse("$..a").unwrap();
    let error = path.select(&deep).unwrap_err();
    assert_eq!(
        error.to_string(),
        "expected a path that looks at no more than 1000000 values"
    );
}
