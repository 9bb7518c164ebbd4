use bytes::Bytes;
use connect_api::{
    Converter, Error, Headers, Outcome, Record, Result, SchemaAndValue, Transform, Value,
};
use connect_testkit::{converter, memory::TextConverter, transform};

fn samples() -> Vec<SchemaAndValue> {
    vec![
        SchemaAndValue::NULL,
        "".into(),
        "text".into(),
        Bytes::from_static(&[255, 0]).into(),
    ]
}

#[tokio::test(start_paused = true)]
async fn the_text_converter_keeps_the_converter_contract() {
    converter(&TextConverter::new(), &samples()).await;
    converter(&TextConverter::unprepared(), &samples()).await;
    converter::header_converter(&TextConverter::new(), &samples()).await;
}

/// Breaks one promise.
#[derive(Clone, Copy)]
enum Broken {
    Panics,
    CountsUp,
    ClearsHeaders,
    Stops,
    Forgets,
}

struct BrokenConverter(Broken, std::sync::atomic::AtomicU64);

#[connect_api::async_trait]
impl Converter for BrokenConverter {
    fn encode(
        &self,
        topic: &str,
        headers: &mut Headers,
        data: &SchemaAndValue,
    ) -> Result<Option<Bytes>> {
        match self.0 {
            Broken::CountsUp => {
                let count = self.1.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                headers.add("count", count.to_string());
            }
            Broken::ClearsHeaders => headers.clear(),
            Broken::Stops if matches!(data.value, Value::Int8(_)) => {
                return Err(Error::fatal("an int8"));
            }
            _ => {}
        }
        Converter::encode(&TextConverter::new(), topic, headers, data)
    }

    fn decode(
        &self,
        topic: &str,
        headers: &Headers,
        bytes: Option<&Bytes>,
    ) -> Result<SchemaAndValue> {
        let read = Converter::decode(&TextConverter::new(), topic, headers, bytes)?;
        match (self.0, bytes) {
            (Broken::Panics, Some(bytes)) if bytes.first() == Some(&b'{') => {
                std::panic::resume_unwind(Box::new("a brace"))
            }
            (Broken::Forgets, Some(bytes)) if bytes.is_empty() => Ok(SchemaAndValue::NULL),
            _ => Ok(read),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn broken_converters_are_found() {
    for (broken, claim) in [
        (Broken::Panics, "any_bytes_are_read_or_refused"),
        (Broken::CountsUp, "encoding_is_repeatable"),
        (Broken::ClearsHeaders, "encoding_keeps_headers"),
        (Broken::Stops, "any_value_is_written_or_refused"),
        (Broken::Forgets, "samples_come_back"),
    ] {
        let report = converter::report(&BrokenConverter(broken, 0.into()), &samples()).await;
        assert_eq!(report.failed(), [claim], "{report}");
    }
}

#[tokio::test(start_paused = true)]
async fn broken_transforms_are_found() {
    let panics = || -> Box<dyn Transform> {
        Box::new(|record: Record| -> Result<Option<Record>> {
            match record.value.value {
                Value::Date(_) => std::panic::resume_unwind(Box::new("a date")),
                _ => Ok(None),
            }
        })
    };
    let report = transform::report(&panics).await;
    assert_eq!(report.failed().len(), 4, "{report}");
    let clears = || -> Box<dyn Transform> { Box::new(Clears) };
    let report = transform::report(&clears).await;
    assert_eq!(
        report.failed(),
        ["what_was_pushed_before_stays"],
        "{report}"
    );
    let shared = std::sync::Arc::new(std::sync::atomic::AtomicU64::new(0));
    let counts = move || -> Box<dyn Transform> {
        let shared = std::sync::Arc::clone(&shared);
        Box::new(move |record: Record| -> Result<Option<Record>> {
            let count = shared.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            Ok(Some(record.with_key(count.to_string())))
        })
    };
    let report = transform::report(&counts).await;
    assert_eq!(report.failed(), ["instances_share_nothing"], "{report}");
}

/// Forgets what other records became.
struct Clears;

impl Transform for Clears {
    fn apply(&mut self, _: &mut Record, more: &mut Vec<Record>) -> Result<Outcome> {
        more.clear();
        Ok(Outcome::Kept)
    }
}
