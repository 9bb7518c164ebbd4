//! The conformance suite for transforms: [`transform`](crate::transform()).

#![expect(
    clippy::missing_panics_doc,
    reason = "a claim panics if it does not hold"
)]

use connect_api::{Error, ErrorKind, Outcome, Predicate, Record, Transform};

use crate::{
    claim::{Claim, Report},
    oddity,
};

/// Builds a transform, as each task does for itself.
pub type Build<'a> = &'a (dyn Fn() -> Box<dyn Transform> + Sync);

/// Tries every claim about a transform.
///
/// ```
/// use connect_api::{Record, Result, Transform};
///
/// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
/// connect_testkit::transform(&|| {
///     let keep = |record: Record| -> Result<Option<Record>> { Ok(Some(record)) };
///     Box::new(keep) as Box<dyn Transform>
/// })
/// .await;
/// # });
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Panics
///
/// A claim fails; the message names it and all the others.
pub async fn transform(build: Build<'_>) {
    report(build).await.check();
}

/// Tries every claim and says which of them hold, without failing.
pub async fn report(build: Build<'_>) -> Report {
    let claims = vec![
        Claim::new(
            "any_record_is_taken_or_refused",
            Box::pin(any_record_is_taken_or_refused(build)),
        ),
        Claim::new(
            "a_refused_record_is_left_as_it_was",
            Box::pin(a_refused_record_is_left_as_it_was(build)),
        ),
        Claim::new(
            "what_was_pushed_before_stays",
            Box::pin(what_was_pushed_before_stays(build)),
        ),
        Claim::new(
            "instances_share_nothing",
            Box::pin(instances_share_nothing(build)),
        ),
    ];
    Report::of("transform", claims).await
}

/// No record makes it panic; what it can't take condemns that record alone.
pub async fn any_record_is_taken_or_refused(build: Build<'_>) {
    let mut transform = build();
    for record in oddity::records() {
        if let Err(error) = applied(&mut *transform, record.clone()) {
            assert_eq!(error.kind(), ErrorKind::Rejected, "{record:?}: {error:?}");
        }
    }
}

/// A record that is refused stays as it was for whoever holds a clone.
///
/// Data are shared: the dead letter queue gets the same ones.
pub async fn a_refused_record_is_left_as_it_was(build: Build<'_>) {
    let mut transform = build();
    for record in oddity::records() {
        let before = format!("{record:?}");
        drop(applied(&mut *transform, record.clone()));
        assert_eq!(format!("{record:?}"), before);
    }
}

/// Further outputs are added behind those of other records.
pub async fn what_was_pushed_before_stays(build: Build<'_>) {
    let mut transform = build();
    let before = Record::new("before", "before");
    for mut record in oddity::records() {
        let mut more = vec![before.clone()];
        drop(transform.apply(&mut record, &mut more));
        assert_eq!(more.first(), Some(&before));
    }
}

/// Two tasks do not notice each other: each instance answers as if it were alone.
pub async fn instances_share_nothing(build: Build<'_>) {
    let records = oddity::records();
    let answers = |transform: &mut dyn Transform| -> Vec<_> {
        records
            .iter()
            .map(|record| format!("{:?}", applied(transform, record.clone())))
            .collect()
    };
    let alone = answers(&mut *build());
    let (mut one, mut two) = (build(), build());
    for (record, expected) in records.iter().zip(alone) {
        for transform in [&mut one, &mut two] {
            let found = format!("{:?}", applied(&mut **transform, record.clone()));
            assert_eq!(found, expected, "{record:?}");
        }
    }
}

/// Returns what a transform makes of a record, in order.
///
/// # Errors
///
/// The transform refuses the record.
pub fn applied(transform: &mut dyn Transform, mut record: Record) -> Result<Vec<Record>, Error> {
    let mut more = Vec::new();
    let kept = transform.apply(&mut record, &mut more)? == Outcome::Kept;
    more.splice(..0, kept.then_some(record));
    Ok(more)
}

/// Tries the claims about a predicate.
///
/// Any record is judged or refused, and the same one always alike.
///
/// # Panics
///
/// A claim fails.
pub fn predicate(predicate: &dyn Predicate) {
    for record in oddity::records() {
        let judge = || predicate.test(&record).map_err(|error| error.kind());
        let judged = judge();
        assert!(
            matches!(judged, Ok(_) | Err(ErrorKind::Rejected)),
            "{record:?}: {judged:?}"
        );
        assert_eq!(judge(), judged, "{record:?}");
    }
}
