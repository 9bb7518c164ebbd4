//! JSON and three transforms in a whole worker, ours beside Java's: the same options for both.

use std::{
    fs::File,
    io::{BufWriter, Write},
    path::Path,
};

use connect_benches::{Answer, Lines, Mode, Options, title};
use connect_kafka_lab::Kafka;

use crate::{compare, java, ours, outside::Outside};

const INTO_FILE: [(&str, &str); 2] = [
    ("chain-write-ours", "Connect, exactly once"),
    ("chain-write-java", "Kafka Connect in Java, at least once"),
];
const INTO_TOPIC: [(&str, &str); 3] = [
    ("chain-read-exactly-once", "Connect, exactly once"),
    ("chain-read-at-least-once", "Connect, at least once"),
    ("chain-read-java", "Kafka Connect in Java, at least once"),
];

/// JSON comes from the topic, and the file gets the text of a map.
const SINK: Options<'static> = &[
    ("value.converter", JSON),
    ("value.converter.schemas.enable", "false"),
    ("transforms", "insert,replace,mask"),
    ("transforms.insert.type", INSERT),
    ("transforms.insert.static.field", "origin"),
    ("transforms.insert.static.value", "shop"),
    ("transforms.replace.type", REPLACE),
    ("transforms.replace.renames", "id:key"),
    ("transforms.mask.type", MASK),
    ("transforms.mask.fields", "card"),
];

/// A line becomes a map of one field, which three transforms change, and JSON goes into the topic.
const SOURCE: Options<'static> = &[
    ("value.converter", JSON),
    ("value.converter.schemas.enable", "false"),
    ("transforms", "hoist,insert,replace,mask"),
    (
        "transforms.hoist.type",
        "org.apache.kafka.connect.transforms.HoistField$Value",
    ),
    ("transforms.hoist.field", "line"),
    ("transforms.insert.type", INSERT),
    ("transforms.insert.static.field", "origin"),
    ("transforms.insert.static.value", "shop"),
    ("transforms.replace.type", REPLACE),
    ("transforms.replace.renames", "line:text"),
    ("transforms.mask.type", MASK),
    ("transforms.mask.fields", "origin"),
];

const JSON: &str = "org.apache.kafka.connect.json.JsonConverter";
const INSERT: &str = "org.apache.kafka.connect.transforms.InsertField$Value";
const REPLACE: &str = "org.apache.kafka.connect.transforms.ReplaceField$Value";
const MASK: &str = "org.apache.kafka.connect.transforms.MaskField$Value";

/// The bytes of a line of JSON, its end included, and of what [`SINK`] makes of it.
const WRITTEN: usize = 101;
const READ: usize = 87;

pub(crate) fn plan(servers: &str, (folder, count): (&Path, usize)) {
    let (input, topic) = (folder.join("orders"), "orders");
    write_orders(&input, count);
    Kafka::create_topic(servers, topic, 1, &[]).unwrap();
    Outside::bare(&["produce", servers, topic, input.to_str().unwrap()]).wait();
    title(&format!(
        "topic → file, {count} records of JSON of 100 B, InsertField, ReplaceField, MaskField"
    ));
    let lines = Lines::new(count, READ);
    compare(&INTO_FILE, servers, (Path::new(topic), lines));
    title(&format!(
        "file → topic, {count} lines of 100 B, HoistField and the three, JSON"
    ));
    let lines = Lines::new(count, WRITTEN);
    compare(&INTO_TOPIC, servers, (&input, lines));
}

pub(crate) async fn measure(what: &str, servers: &str, way: (&str, Lines)) -> Answer {
    match what {
        "chain-write-ours" => ours::write(servers, way, SINK).await,
        "chain-write-java" => java::write(servers, way, SINK).await,
        "chain-read-java" => java::read(servers, way, SOURCE).await,
        "chain-read-exactly-once" => ours::read(Mode::ExactlyOnce, servers, way, SOURCE).await,
        "chain-read-at-least-once" => ours::read(Mode::AtLeastOnce, servers, way, SOURCE).await,
        other => panic!("{other}"),
    }
}

/// Writes orders of the same length as JSON; numbers keep their digits.
fn write_orders(path: &Path, count: usize) {
    let mut file = BufWriter::with_capacity(1 << 20, File::create(path).unwrap());
    for n in 0..count {
        let (id, price) = (1_000_000 + n % 9_000_000, 1000 + n % 9000);
        writeln!(
            file,
            r#"{{"id":{id},"name":"customer {n:09}","card":"41111111{n:08}","price":{price}.25,"city":"Berlin"}}"#
        )
        .unwrap();
    }
    file.flush().unwrap();
    let size = file.get_ref().metadata().unwrap().len();
    assert_eq!(size, Lines::new(count, WRITTEN).bytes());
    file.get_ref().sync_all().unwrap();
}
