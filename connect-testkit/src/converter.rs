//! The conformance suites for converters: [`converter`](crate::converter()) and [`header_converter`].
//!
//! ```
//! use connect_testkit::memory::TextConverter;
//!
//! # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
//! let samples = ["".into(), "text".into()];
//! connect_testkit::converter(&TextConverter::new(), &samples).await;
//! connect_testkit::converter::header_converter(&TextConverter::new(), &samples).await;
//! # });
//! # Ok::<(), std::io::Error>(())
//! ```

#![expect(
    clippy::missing_panics_doc,
    reason = "a claim panics if it does not hold"
)]

use bytes::Bytes;
use connect_api::{
    Converter, Error, ErrorKind, HeaderConverter, Headers, Missing, Result, SchemaAndValue,
};

use crate::{
    claim::{Claim, Report},
    oddity,
};

/// The topic of all claims.
const TOPIC: &str = "testkit";

/// How many noisy byte strings are read.
const NOISE: usize = 3000;

/// How often one record may be not prepared.
const PREPARATIONS: usize = 3;

macro_rules! claims {
    ($($claim:ident($($argument:expr),+)),+ $(,)?) => {
        vec![$(Claim::new(stringify!($claim), Box::pin($claim($($argument),+)))),+]
    };
}

/// Tries every claim about a converter.
///
/// `samples` are values that come back as they were written.
///
/// # Panics
///
/// A claim fails; the message names it and all the others.
pub async fn converter(converter: &dyn Converter, samples: &[SchemaAndValue]) {
    report(converter, samples).await.check();
}

/// Tries every claim and says which of them hold, without failing.
pub async fn report(converter: &dyn Converter, samples: &[SchemaAndValue]) -> Report {
    let claims = claims![
        samples_come_back(converter, samples),
        encoding_is_repeatable(converter, samples),
        encoding_keeps_headers(converter, samples),
        any_value_is_written_or_refused(converter),
        any_bytes_are_read_or_refused(converter, samples),
        nothing_and_empty_bytes_are_read_or_refused(converter),
    ];
    Report::of("converter", claims).await
}

/// What is written is read back as it was.
pub async fn samples_come_back(converter: &dyn Converter, samples: &[SchemaAndValue]) {
    assert!(!samples.is_empty(), "expected samples, found none");
    for sample in samples {
        let (headers, bytes) = encoded(converter, sample).await;
        let read = decode(converter, TOPIC, &headers, bytes.as_ref()).await;
        let read = read.unwrap_or_else(|error| panic!("decode of {sample:?}: {error:?}"));
        assert_eq!(&read, sample, "written as {bytes:?}");
    }
}

/// One value is always written as the same bytes.
pub async fn encoding_is_repeatable(converter: &dyn Converter, samples: &[SchemaAndValue]) {
    for sample in samples {
        let first = encoded(converter, sample).await;
        assert_eq!(encoded(converter, sample).await, first, "{sample:?}");
    }
}

/// Headers that were there stay, in their order.
pub async fn encoding_keeps_headers(converter: &dyn Converter, samples: &[SchemaAndValue]) {
    for sample in samples {
        let before: Headers = [("a", 1), ("b", 2), ("a", 3)].into_iter().collect();
        let mut after = before.clone();
        let written = encode(converter, TOPIC, &mut after, sample).await;
        written.unwrap_or_else(|error| panic!("encode of {sample:?}: {error:?}"));
        assert_eq!(after.as_slice().get(..3), Some(before.as_slice()));
    }
}

/// No value makes it panic; what it can't write condemns that record alone.
pub async fn any_value_is_written_or_refused(converter: &dyn Converter) {
    for data in oddity::data() {
        let written = encode(converter, TOPIC, &mut Headers::new(), &data).await;
        check_condemns_one("encode", &data, written.map(drop));
    }
}

/// No bytes make it panic; what it can't read condemns that record alone.
pub async fn any_bytes_are_read_or_refused(converter: &dyn Converter, samples: &[SchemaAndValue]) {
    let mut sound = Vec::new();
    for sample in samples {
        sound.extend(encoded(converter, sample).await.1);
    }
    for bytes in oddity::noise(1, NOISE, &sound) {
        let read = decode(converter, TOPIC, &Headers::new(), Some(&bytes)).await;
        check_condemns_one("decode", &bytes, read.map(drop));
    }
}

/// Without bytes, and with none, there is a value or a refusal.
pub async fn nothing_and_empty_bytes_are_read_or_refused(converter: &dyn Converter) {
    for bytes in [None, Some(&Bytes::new())] {
        let read = decode(converter, TOPIC, &Headers::new(), bytes).await;
        check_condemns_one("decode", &bytes, read.map(drop));
    }
}

/// Tries every claim about a header converter.
///
/// `samples` are values that come back as they were written.
///
/// # Panics
///
/// A claim fails; the message names it and all the others.
pub async fn header_converter(converter: &dyn HeaderConverter, samples: &[SchemaAndValue]) {
    header_report(converter, samples).await.check();
}

/// Tries every claim about a header converter and says which of them hold, without failing.
pub async fn header_report(converter: &dyn HeaderConverter, samples: &[SchemaAndValue]) -> Report {
    let claims = claims![
        header_samples_come_back(converter, samples),
        any_header_is_written_or_refused(converter),
        any_header_bytes_are_read_or_refused(converter, samples),
    ];
    Report::of("header converter", claims).await
}

/// A header that is written is read back as it was.
pub async fn header_samples_come_back(converter: &dyn HeaderConverter, samples: &[SchemaAndValue]) {
    assert!(!samples.is_empty(), "expected samples, found none");
    for sample in samples {
        let bytes = converter.encode(TOPIC, "name", sample);
        let bytes = bytes.unwrap_or_else(|error| panic!("encode of {sample:?}: {error:?}"));
        let again = converter.encode(TOPIC, "name", sample).ok();
        assert_eq!(again.as_ref(), Some(&bytes), "{sample:?} a second time");
        let read = converter.decode(TOPIC, "name", bytes.as_ref());
        let read = read.unwrap_or_else(|error| panic!("decode of {sample:?}: {error:?}"));
        assert_eq!(&read, sample, "written as {bytes:?}");
    }
}

/// No header value makes it panic.
pub async fn any_header_is_written_or_refused(converter: &dyn HeaderConverter) {
    for data in oddity::data() {
        let written = converter.encode(TOPIC, "name", &data);
        check_condemns_one("encode", &data, written.map(drop));
    }
}

/// No header bytes make it panic.
pub async fn any_header_bytes_are_read_or_refused(
    converter: &dyn HeaderConverter,
    samples: &[SchemaAndValue],
) {
    let encode = |sample| converter.encode(TOPIC, "name", sample).ok().flatten();
    let sound: Vec<_> = samples.iter().filter_map(encode).collect();
    check_condemns_one(
        "decode",
        &"nothing",
        converter.decode(TOPIC, "name", None).map(drop),
    );
    for bytes in oddity::noise(1, NOISE, &sound) {
        let read = converter.decode(TOPIC, "name", Some(&bytes));
        check_condemns_one("decode", &bytes, read.map(drop));
    }
}

async fn encoded(converter: &dyn Converter, data: &SchemaAndValue) -> (Headers, Option<Bytes>) {
    let mut headers = Headers::new();
    let bytes = encode(converter, TOPIC, &mut headers, data).await;
    let bytes = bytes.unwrap_or_else(|error| panic!("encode of {data:?}: {error:?}"));
    (headers, bytes)
}

/// Encodes as the runtime does: what is missing is prepared.
///
/// # Errors
///
/// Those of the converter; `NotPrepared` if it lacks something again and again.
///
/// # Panics
///
/// `NotPrepared` changed the headers.
pub async fn encode(
    converter: &dyn Converter,
    topic: &str,
    headers: &mut Headers,
    data: &SchemaAndValue,
) -> Result<Option<Bytes>> {
    for _ in 0..PREPARATIONS {
        let before = headers.clone();
        match converter.encode(topic, headers, data) {
            Err(error) if error.kind() == ErrorKind::NotPrepared => {
                assert_eq!(*headers, before, "`NotPrepared` changed the headers");
                converter.prepare(Missing::Write { topic, data }).await?;
            }
            answer => return answer,
        }
    }
    Err(unprepared(data))
}

/// Decodes as the runtime does: what is missing is prepared.
///
/// # Errors
///
/// Those of the converter; `NotPrepared` if it lacks something again and again.
pub async fn decode(
    converter: &dyn Converter,
    topic: &str,
    headers: &Headers,
    bytes: Option<&Bytes>,
) -> Result<SchemaAndValue> {
    for _ in 0..PREPARATIONS {
        match (converter.decode(topic, headers, bytes), bytes) {
            (Err(error), Some(bytes)) if error.kind() == ErrorKind::NotPrepared => {
                let missing = Missing::Read {
                    topic,
                    headers,
                    bytes,
                };
                converter.prepare(missing).await?;
            }
            (answer, _) => return answer,
        }
    }
    Err(unprepared(&bytes))
}

fn unprepared(data: &impl std::fmt::Debug) -> Error {
    Error::not_prepared(format!(
        "still, after {PREPARATIONS} preparations, for {data:?}"
    ))
}

/// Fails on errors that would stop more than one record.
#[track_caller]
fn check_condemns_one(call: &str, data: &impl std::fmt::Debug, answer: Result<()>) {
    if let Err(error) = answer {
        assert_eq!(
            error.kind(),
            ErrorKind::Rejected,
            "{call} of {data:?}: {error:?}"
        );
        assert!(
            !error.message().is_empty(),
            "{call} of {data:?}: an error without words"
        );
    }
}
