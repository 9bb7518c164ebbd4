//! How values are written.

use std::{fs, io::Read};

use bytes::Bytes;
use connect_api::{Schema, Struct, Value};
use connect_file::{Compression, FileSink, Format};
use flate2::read::MultiGzDecoder;

use super::driver::{Driver, NAME};

#[test]
fn a_record_is_one_line_of_json() {
    let mut driver =
        Driver::of(|folder| FileSink::new(folder.join(NAME)).with_format(Format::Json));
    let schema = Schema::structure()
        .field("id", Schema::plain_int64())
        .field("name", Schema::optional_string())
        .build()
        .unwrap();
    let order = Struct::new(&schema).unwrap().with("id", 7_i64).unwrap();
    driver.put(
        0,
        0,
        [
            Value::from(order),
            Value::map([("a", Value::from("one\ntwo")), ("b", Value::array([1, 2]))]),
            Value::from("text"),
            Value::from(1e10_f64),
            Value::Bytes(Bytes::from_static(b"\xff")),
            Value::Null,
        ],
    );
    driver.flush();
    let expected = [
        r#"{"id":7,"name":null}"#,
        r#"{"a":"one\ntwo","b":[1,2]}"#,
        r#""text""#,
        "1.0E10",
        r#""/w==""#,
        "null",
        "",
    ];
    assert_eq!(driver.text(), expected.join("\n"));
}

#[test]
fn bytes_inside_of_a_value_are_no_obstacle_for_json() {
    let mut driver =
        Driver::of(|folder| FileSink::new(folder.join(NAME)).with_format(Format::Json));
    driver.put(0, 0, [Value::array([Bytes::from_static(b"x")])]);
    driver.flush();
    assert_eq!(driver.text(), "[\"eA==\"]\n");
    assert!(driver.host.rejected.lock().unwrap().is_empty());
}

#[test]
fn a_delimiter_stands_behind_each_value_and_is_not_looked_for_in_it() {
    let mut driver = Driver::of(|folder| FileSink::new(folder.join(NAME)).with_delimiter("\0"));
    driver.put(0, 0, ["one", "t\0wo", "three\n"]);
    driver.flush();
    assert_eq!(driver.text(), "one\0t\0wo\0three\n\0");
}

#[test]
fn each_write_is_a_gzip_member_and_a_crash_leaves_whole_ones() {
    let mut driver =
        Driver::of(|folder| FileSink::new(folder.join(NAME)).with_compression(Compression::Gzip));
    driver.put(0, 0, ["one", "two"]);
    driver.flush();
    driver.put(0, 2, ["three"]);
    driver.flush();
    driver.crash();
    let mut bytes = fs::read(driver.path(NAME)).unwrap();
    let members = bytes.len();
    // As a crash in the middle of a write leaves it.
    bytes.extend_from_slice(&bytes.clone()[..9]);
    fs::write(driver.path(NAME), bytes).unwrap();
    driver.restart();
    let bytes = fs::read(driver.path(NAME)).unwrap();
    assert_eq!(bytes.len(), members);
    let mut text = String::new();
    MultiGzDecoder::new(&*bytes)
        .read_to_string(&mut text)
        .unwrap();
    assert_eq!(text, "one\ntwo\nthree\n");
}
