//! The tables of types.

use connect_api::{ConfigMap, Schema, SchemaBuilder};

use super::{FORMATS, Format, notation::notation};

/// The schemas whose rows each page has.
fn schemas() -> Vec<Schema> {
    let built = |builder: SchemaBuilder| builder.build().unwrap();
    let point = built(Schema::record("shop.Point").field("x", Schema::plain_int32()));
    vec![
        Schema::plain_boolean(),
        Schema::plain_int8(),
        Schema::plain_int16(),
        Schema::plain_int32(),
        Schema::plain_int64(),
        Schema::plain_float32(),
        Schema::plain_float64(),
        Schema::plain_string(),
        Schema::plain_bytes(),
        built(Schema::decimal(2)),
        built(Schema::date()),
        built(Schema::time()),
        built(Schema::timestamp()),
        built(Schema::array(Schema::plain_int32())),
        built(Schema::map(Schema::plain_string(), Schema::plain_int32())),
        built(Schema::map(Schema::plain_int32(), Schema::plain_string())),
        point,
        Schema::optional_int32(),
        built(Schema::int32().default_value(7)),
    ]
}

/// Returns the rows of a table below a heading: what stands between the bars.
fn rows<'a>(format: &Format, text: &'a str, heading: &str) -> Vec<Vec<&'a str>> {
    let (_, below) = text
        .split_once(&format!("\n## {heading}\n"))
        .unwrap_or_else(|| panic!("{}: no heading `{heading}`", format.page));
    let section = below.split("\n## ").next().unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    rows.map(|row| row.trim_matches('|').split(" | ").map(cell).collect())
        .collect()
}

fn cell(text: &str) -> &str {
    text.trim().trim_matches('`')
}

/// Reads options as a cell has them: `a.b=true`, or `none`.
fn options(cell: &str) -> ConfigMap {
    cell.split_once('=').into_iter().collect()
}

#[test]
fn each_type_becomes_what_its_row_says() {
    let mut wrong = Vec::new();
    for format in FORMATS {
        let chapter = format.chapter();
        let rows = rows(&format, &chapter.text, "What Connect's types become");
        for schema in schemas() {
            let label = notation(&schema);
            let text = (format.describe)(&ConfigMap::new(), &schema).unwrap();
            let back = notation(&(format.read)(&ConfigMap::new(), &text).unwrap());
            let expected = [
                label.as_str(),
                &text,
                if back == label { "the same" } else { &back },
            ];
            if !rows.iter().any(|row| *row == expected) {
                wrong.push(row(format.page, expected));
            }
        }
        assert!(rows.len() >= schemas().len(), "{}", format.page);
    }
    assert!(wrong.is_empty(), "expected the rows\n{}", wrong.join("\n"));
}

fn row(page: &str, [label, text, back]: [&str; 3]) -> String {
    let back = match back {
        "the same" => back.to_owned(),
        back => format!("`{back}`"),
    };
    format!("{page}: | `{label}` | `{text}` | {back} |")
}

#[test]
fn what_others_write_is_read_as_its_row_says() {
    let (mut wrong, mut count) = (Vec::new(), 0);
    for format in FORMATS {
        let chapter = format.chapter();
        for row in rows(&format, &chapter.text, "What others write") {
            let [text, option, expected] = row[..] else {
                panic!("{}: three cells in {row:?}", format.page)
            };
            count += 1;
            let found = match (format.read)(&options(option), text) {
                Ok(schema) => notation(&schema),
                Err(error) => format!("refused: {}", error.report()),
            };
            if found != expected {
                wrong.push(format!(
                    "{}: {text}, {option}: found `{found}`",
                    format.page
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count >= 30, "only {count} rows were found");
}
