//! Schemas that are named by a GUID in a header, which Apicurio has none for.

use connect_api::Schema;
use connect_registry_lab::Format;
use connect_testkit::registry::MockRegistry;
use serde_json::json;

use crate::subject::{Beside, built, record};

const IN_HEADERS: &[(&str, &str)] = &[("value.schema.id.serializer", "header")];

/// Python's clients refuse values of less than six bytes, also where they do not need the first five. And one of them
/// blocks a thread while the registry answers on another.
#[tokio::test(flavor = "multi_thread")]
async fn a_guid_in_a_header_goes_both_ways() {
    let registry = MockRegistry::start().await;
    for (format, topic) in [
        (Format::Avro, "avro"),
        (Format::Json, "json"),
        (Format::Protobuf, "protobuf"),
    ] {
        let mut beside =
            Beside::over(&registry.url(), format, topic, IN_HEADERS).framed_by_headers();
        let text = built(Schema::string());
        let data = record("shop.Text", [("text", text, "long enough".into())]);
        beside.check(&data, &json!({"text": "long enough"})).await;
    }
}
