//! What is different, and why that is right.

mod apache;
mod debezium;

use std::fmt;

use serde_json::Value as Json;

/// A record of which the two made something else.
pub(crate) struct Case<'a> {
    pub(crate) class: &'a str,
    pub(crate) options: &'a [(String, String)],
    pub(crate) record: &'a Json,
    pub(crate) java: &'a Json,
    pub(crate) ours: &'a Json,
}

/// A kind of difference.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kind {
    /// The class that it is about, without its package.
    class: &'static str,
    /// What the book says of it.
    pub(crate) title: &'static str,
    looks: Looks,
}

/// What differences of a kind look like.
#[derive(Clone, Copy, Debug)]
enum Looks {
    /// Java's class fails with a message that has this in it; ours does not fail.
    JavaFails(&'static str),
    /// Ours fails with such a message, and Java's does not.
    OursFails(&'static str),
    /// Both make a record, and a place that differs ends like one of these.
    Differ(&'static [&'static str]),
    /// The same, of cases like this.
    DifferWhere(fn(&Case<'_>) -> bool, &'static [&'static str]),
    /// The same, of such places.
    DifferAt(fn(&Case<'_>, &str) -> bool),
    /// Java's maps have entries that are null, and ours have not.
    NullsOfJava,
    /// Something else.
    Like(fn(&Case<'_>) -> bool),
}

const fn kind(class: &'static str, title: &'static str, looks: Looks) -> Kind {
    Kind {
        class,
        title,
        looks,
    }
}

/// What differs even in Java's dialect.
pub(crate) fn known() -> impl Iterator<Item = &'static Kind> {
    apache::KNOWN.iter().chain(debezium::KNOWN)
}

/// What differs without it; what differs even with it does so here too.
pub(crate) fn without_javas_dialect() -> impl Iterator<Item = &'static Kind> {
    known()
        .chain(apache::WITHOUT_JAVAS_DIALECT)
        .chain(debezium::WITHOUT_JAVAS_DIALECT)
}

impl Kind {
    fn is_about(&self, case: &Case<'_>) -> bool {
        let class = case.class.rsplit('.').next().unwrap();
        class.split('$').next() == Some(self.class)
    }

    /// Whether it explains the difference alone.
    fn is(&self, case: &Case<'_>) -> bool {
        let (java, ours) = (error(case.java), error(case.ours));
        match self.looks {
            Looks::JavaFails(message) => ours.is_none() && fails_with(case.java, message),
            Looks::OursFails(message) => java.is_none() && fails_with(case.ours, message),
            Looks::NullsOfJava | Looks::Differ(_) | Looks::DifferWhere(..) | Looks::DifferAt(_) => {
                false
            }
            Looks::Like(is) => is(case),
        }
    }
}

/// Whether the kinds explain a difference: one of them alone, or several all the places that differ.
pub(crate) fn explain<'a>(kinds: impl Iterator<Item = &'a Kind>, case: &Case<'_>) -> bool {
    let kinds: Vec<_> = kinds.filter(|kind| kind.is_about(case)).collect();
    if kinds.iter().any(|kind| kind.is(case)) {
        return true;
    }
    let is_record = |answer: &Json| answer.get("topic").is_some();
    if !is_record(case.java) || !is_record(case.ours) {
        return false;
    }
    let nulls = kinds
        .iter()
        .any(|kind| matches!(kind.looks, Looks::NullsOfJava));
    let places = if nulls {
        places_between(&without_nulls(case.java), &without_nulls(case.ours))
    } else {
        places_between(case.java, case.ours)
    };
    let is_known = |place: &String| {
        kinds.iter().any(|kind| match kind.looks {
            Looks::Differ(ends) => ends.iter().any(|end| place.ends_with(end)),
            Looks::DifferWhere(is, ends) => is(case) && ends.iter().any(|end| place.ends_with(end)),
            Looks::DifferAt(is) => is(case, place),
            _ => false,
        })
    };
    places.iter().all(is_known)
}

impl Case<'_> {
    /// Returns the value of an option.
    fn option(&self, key: &str) -> Option<&str> {
        let option = self.options.iter().find(|(known, _)| known == key);
        option.map(|(_, value)| value.as_str())
    }
}

fn fails_with(answer: &Json, message: &str) -> bool {
    error(answer).is_some_and(|error| error.contains(message))
}

fn error(answer: &Json) -> Option<&str> {
    answer.get("error").and_then(Json::as_str)
}

/// Lists where the answers differ; nothing if one of them is no record.
fn places_of(case: &Case<'_>) -> Vec<String> {
    let is_record = |answer: &Json| answer.get("topic").is_some();
    if is_record(case.java) && is_record(case.ours) {
        places_between(case.java, case.ours)
    } else {
        Vec::new()
    }
}

/// Lists where two records differ.
///
/// A member that one of them has not, or an array that is longer, is a place as a whole.
fn places_between(java: &Json, ours: &Json) -> Vec<String> {
    let mut places = Vec::new();
    collect_places(java, ours, "", &mut places);
    places
}

fn collect_places(java: &Json, ours: &Json, at: &str, places: &mut Vec<String>) {
    match (java, ours) {
        _ if java == ours => {}
        (Json::Object(java), Json::Object(ours)) => {
            let ours_alone = ours.keys().filter(|name| !java.contains_key(*name));
            for name in java.keys().chain(ours_alone) {
                let at = format!("{at}.{name}");
                match (java.get(name), ours.get(name)) {
                    (Some(java), Some(ours)) => collect_places(java, ours, &at, places),
                    _ => places.push(at),
                }
            }
        }
        (Json::Array(java), Json::Array(ours)) if java.len() == ours.len() => {
            for (java, ours) in java.iter().zip(ours) {
                collect_places(java, ours, &format!("{at}[]"), places);
            }
        }
        (_, Json::Null) => places.push(format!("{at} null for a value")),
        _ => places.push(at.to_owned()),
    }
}

/// Leaves entries of maps out that are null.
fn without_nulls(json: &Json) -> Json {
    match json {
        Json::Object(members) => {
            let members = members.iter().map(|(name, member)| {
                let member = match (name.as_str(), member) {
                    ("map", Json::Array(entries)) => entries
                        .iter()
                        .filter(|entry| !entry[1].is_null())
                        .cloned()
                        .collect(),
                    (_, member) => without_nulls(member),
                };
                (name.clone(), member)
            });
            Json::Object(members.collect())
        }
        other => other.clone(),
    }
}

#[test]
fn the_book_lists_every_difference() {
    let book = include_str!("../../../../docs/book/transforms/differences.md");
    let listed = |kind: &&Kind| !book.contains(&format!("| {} | {} |", kind.class, kind.title));
    let missing: Vec<_> = without_javas_dialect().filter(listed).collect();
    assert!(missing.is_empty(), "{missing:#?}");
}

impl fmt::Display for Case<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {:?}\nrecord {}\njava   {}\nours   {}\nat     {:?}",
            self.class,
            self.options,
            self.record,
            self.java,
            self.ours,
            places_of(self)
        )
    }
}
