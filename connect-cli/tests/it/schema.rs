//! `connect schema`, which asks a registry.

use connect_testkit::registry::{Access, MockRegistry};
use serde_json::{Value, json};

use super::{files::Folder, process::Done};

const ORDER: &str = r#"{"type":"record","name":"Order","fields":[{"name":"id","type":"long"}]}"#;
const NOTED: &str = r#"{"type":"record","name":"Order","fields":[{"name":"id","type":"long"},{"name":"note","type":"string"}]}"#;

/// A registry, and a folder with two versions of a schema.
struct Shop {
    registry: MockRegistry,
    folder: Folder,
}

impl Shop {
    async fn open() -> Self {
        let folder = Folder::empty();
        folder.write("order.avsc", ORDER);
        folder.write("noted.avsc", NOTED);
        Self {
            registry: MockRegistry::start().await,
            folder,
        }
    }

    /// Runs `connect schema` with these arguments at the registry.
    fn run(&self, arguments: &[&str]) -> Done {
        let url = self.registry.url();
        let before = ["schema", "--registry", &url];
        self.folder.run(&[&before[..], arguments].concat())
    }

    /// Runs `connect schema show` with the options of a file.
    fn show_with(&self, options: &str) -> Done {
        self.folder.write("options.properties", options);
        let with = ["schema", "show", "--config", "options.properties"];
        self.folder.run(&with)
    }

    /// Refuses every schema that is not what the subject has.
    fn strict(&self) {
        self.registry
            .compare(|_, _| vec!["READER_FIELD_MISSING_DEFAULT_VALUE: note".to_owned()]);
    }
}

/// Reads what is printed about one schema, but for its GUID.
#[track_caller]
fn schema(done: Done) -> (Value, String) {
    let done = done.with(0);
    let mut shown: Value = serde_json::from_str(&done.stdout).unwrap();
    let guid = shown.as_object_mut().unwrap().remove("guid").unwrap();
    (shown, guid.as_str().unwrap_or_default().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schema_is_checked_registered_and_shown() {
    let shop = Shop::open().await;
    assert_eq!(shop.run(&["show"]).with(0).stdout, "");
    // A subject that is not there takes everything.
    let checked = shop.run(&["check", "orders-value", "order.avsc"]).with(0);
    assert_eq!(checked.stdout, "compatible\n");
    assert_eq!(shop.run(&["show"]).with(0).stdout, "");

    let expected = json!({
        "subject": "orders-value", "version": 1, "id": 1, "schemaType": "AVRO", "references": [], "schema": ORDER,
    });
    let (registered, guid) = schema(shop.run(&["register", "orders-value", "order.avsc"]));
    assert_eq!(registered, expected);
    // It is there: nothing changes.
    let again = schema(shop.run(&["register", "orders-value", "order.avsc"]));
    assert_eq!(again, (registered, guid.clone()));
    let (noted, _) = schema(shop.run(&["register", "orders-value", "noted.avsc"]));
    assert_eq!((&noted["version"], &noted["id"]), (&json!(2), &json!(2)));

    assert_eq!(shop.run(&["show"]).with(0).stdout, "orders-value\n");
    let (latest, _) = schema(shop.run(&["show", "orders-value"]));
    assert_eq!(latest, noted);
    let (first, _) = schema(shop.run(&["show", "orders-value", "--version", "1"]));
    assert_eq!(first, expected);
    for key in ["1", &guid] {
        let (found, _) = schema(shop.run(&["show", key]));
        assert_eq!(found["schema"], ORDER, "{key}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schema_may_refer_to_others_and_be_of_another_type() {
    let shop = Shop::open().await;
    shop.run(&["register", "order", "order.avsc"]).with(0);
    shop.folder
        .write("orders.txt", r#"{"type":"array","items":"Order"}"#);
    let (orders, _) = schema(shop.run(&[
        "register",
        "orders",
        "orders.txt",
        "--type",
        "avro",
        "--reference",
        "Order=order:1",
    ]));
    assert_eq!(
        orders["references"],
        json!([{"name": "Order", "subject": "order", "version": 1}])
    );
    shop.folder
        .write("order.proto", "syntax = \"proto3\";\nmessage Order {}\n");
    shop.folder.write("order.json", r#"{"type":"object"}"#);
    for (file, type_) in [("order.proto", "PROTOBUF"), ("order.json", "JSON")] {
        let (registered, _) = schema(shop.run(&["register", file, file]));
        assert_eq!(registered["schemaType"], type_);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schema_that_a_subject_does_not_take_ends_with_code_1_and_the_registrys_reasons() {
    let shop = Shop::open().await;
    shop.strict();
    shop.run(&["register", "orders-value", "order.avsc"])
        .with(0);
    let checked = shop.run(&["check", "orders-value", "noted.avsc"]).with(1);
    assert_eq!(
        checked.stdout,
        "not compatible\n  READER_FIELD_MISSING_DEFAULT_VALUE: note\n"
    );
    let refused = shop.run(&["register", "orders-value", "noted.avsc"]);
    let told = refused.with(1).stderr;
    for part in [
        "orders-value",
        "409",
        "READER_FIELD_MISSING_DEFAULT_VALUE: note",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_ends_with_code_1_and_its_name() {
    let shop = Shop::open().await;
    let missing = shop.run(&["show", "orders-value"]).with(1).stderr;
    assert!(missing.contains("'orders-value' not found"), "{missing}");
    let missing = shop.run(&["show", "7"]).with(1).stderr;
    assert!(missing.contains("7 not found"), "{missing}");
    shop.run(&["register", "orders-value", "order.avsc"])
        .with(0);
    for command in ["show", "check"] {
        let mut arguments = vec![command, "orders-value", "--version", "3"];
        if command == "check" {
            arguments.push("order.avsc");
        }
        let missing = shop.run(&arguments).with(1).stderr;
        assert!(missing.contains("Version 3 not found"), "{missing}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_says_no_type_or_is_not_there_is_told_with_code_2() {
    let shop = Shop::open().await;
    shop.folder.write("order.txt", ORDER);
    for (file, told) in [
        (
            "order.txt",
            "order.txt: expected a file that ends in .avsc, .proto or .json, or --type",
        ),
        ("missing.avsc", "reading missing.avsc: No such file"),
    ] {
        for command in ["check", "register"] {
            let done = shop.run(&[command, "orders-value", file]).with(2);
            assert!(done.stderr.contains(told), "{}", done.stderr);
        }
    }
    assert_eq!(shop.registry.requests(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registry_that_is_away_ends_with_code_1_and_its_address() {
    let shop = Shop::open().await;
    let url = shop.registry.url();
    shop.registry.stop().await;
    let options = format!("schema.registry.url={url}\nmax.retries=0\n");
    let told = shop.show_with(&options).with(1).stderr;
    for part in [url.as_str(), "refused"] {
        assert!(told.contains(part), "{part}: {told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_options_are_those_of_a_connectors_converter() {
    let shop = Shop::open().await;
    shop.registry
        .register("orders-value", json!({ "schema": ORDER }));
    // `user:secret` in base64.
    shop.registry
        .admit(Access::Header("Basic dXNlcjpzZWNyZXQ=".to_owned()));
    let url = shop.registry.url();
    for prefix in ["value.converter.", "key.converter.", ""] {
        let own = format!(
            "{prefix}schema.registry.url={url}\n{prefix}basic.auth.user.info=user:secret\n\
             {prefix}basic.auth.credentials.source=USER_INFO\n"
        );
        let connector = format!("name=orders\nconnector.class=datagen\n{own}");
        let shown = shop.show_with(&connector).with(0).stdout;
        assert_eq!(shown, "orders-value\n", "{prefix}");
    }
    // The address on the command line counts first, and the rest of the file stays.
    let file = "value.converter.schema.registry.url=http://nowhere.invalid\n\
                value.converter.basic.auth.user.info=user:secret\n";
    shop.folder.write("elsewhere.properties", file);
    let shown = shop.run(&["show", "--config", "elsewhere.properties"]);
    assert_eq!(shown.with(0).stdout, "orders-value\n");
    // Nobody is let in without a password, and none is told.
    let told = shop.run(&["show"]).with(1).stderr;
    assert!(told.contains("401"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_registry_nothing_is_asked_and_the_keys_are_named() {
    let shop = Shop::open().await;
    let done = shop.folder.run(&["schema", "show"]).with(2);
    for part in ["--registry", "--config", "`schema.registry.url`"] {
        assert!(done.stderr.contains(part), "{part}: {}", done.stderr);
    }
    let done = shop.show_with("name=orders\nconnector.class=datagen\n");
    let told = done.with(2).stderr;
    assert!(told.contains("`schema.registry.url`"), "{told}");
    let wrong =
        "value.converter.schema.registry.url=http://localhost\nvalue.converter.max.retries=many\n";
    let told = shop.show_with(wrong).with(2).stderr;
    for part in [
        "options.properties:2: Invalid value many for configuration value.converter.max.retries: ",
        "found many",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
    let secret = "value.converter.schema.registry.url=http://localhost\n\
                  value.converter.basic.auth.user.info=${env:SECRET}\n";
    let told = shop.show_with(secret).with(2).stderr;
    let expected = "options.properties:2: Invalid value a reference for configuration \
                    value.converter.basic.auth.user.info: Must be the value itself";
    assert!(told.contains(expected), "{told}");
}
