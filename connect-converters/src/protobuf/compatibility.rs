//! Whether messages of one file can be read with another one.

use std::collections::{BTreeSet, HashSet};

use connect_api::{Error, Result};

use super::pool::{Cardinality, Field, Kind, Message, MessageId, Pool, Scalar};

/// Refuses a file with which messages of another one cannot be read, by the rules of Confluent's registry.
///
/// These are: the package is the same; no message is gone; a number keeps its kind (integers and enums are one kind, text and
/// bytes another one), its message type and, if it is a number, its being repeated; nothing required comes or goes; no member of
/// a `oneof` goes alone; fields that were independent do not become members of one `oneof`.
pub(super) fn check(written: &Pool, wanted: &Pool) -> Result<()> {
    let mut comparison = Comparison {
        written,
        wanted,
        seen: HashSet::new(),
        problems: Vec::new(),
    };
    if written.package != wanted.package {
        comparison.problem(format!(
            "expected package `{}`, found `{}`",
            written.package, wanted.package
        ));
    }
    comparison.messages("", &written.roots, &wanted.roots);
    if comparison.problems.is_empty() {
        return Ok(());
    }
    Err(Error::rejected(format!(
        "the registered schema does not fit the one of the record: {}",
        comparison.problems.join("; ")
    )))
}

struct Comparison<'a> {
    written: &'a Pool,
    wanted: &'a Pool,
    seen: HashSet<(MessageId, MessageId)>,
    problems: Vec<String>,
}

/// How many problems are told.
const PROBLEMS: usize = 10;

impl Comparison<'_> {
    fn problem(&mut self, problem: String) {
        if self.problems.len() < PROBLEMS {
            self.problems.push(problem);
        }
    }

    fn messages(&mut self, path: &str, written: &[MessageId], wanted: &[MessageId]) {
        for id in written {
            let message = &self.written.messages[*id];
            let path = format!("{path}/{}", message.name);
            let found = wanted
                .iter()
                .find(|other| self.wanted.messages[**other].name == message.name);
            match found {
                Some(other) => self.message(&path, *id, *other),
                // An entry may as well stand in the text as be a `map<…>`.
                None if message.name.ends_with("Entry") => {}
                None => self.problem(format!("{path}: expected the message, found none")),
            }
        }
    }

    fn message(&mut self, path: &str, id: MessageId, other: MessageId) {
        if !self.seen.insert((id, other)) {
            return;
        }
        let (written, wanted) = (self.written, self.wanted);
        let (message, found) = (&written.messages[id], &wanted.messages[other]);
        self.oneofs(path, message, found);
        let numbers: BTreeSet<_> = message
            .fields
            .iter()
            .chain(&found.fields)
            .map(|field| field.number)
            .collect();
        for number in numbers {
            let path = format!("{path}/{number}");
            match (by_number(message, number), by_number(found, number)) {
                (Some(field), Some(other)) => self.field(&path, field, other),
                (Some(field), None) => self.removed(&path, field, message, found),
                (None, Some(field)) if field.cardinality == Cardinality::Required => {
                    self.problem(format!(
                        "{path}: expected no more required fields, found one"
                    ));
                }
                _ => {}
            }
        }
        self.messages(path, &message.nested, &found.nested);
    }

    fn removed(&mut self, path: &str, field: &Field, message: &Message, found: &Message) {
        if field.cardinality == Cardinality::Required {
            self.problem(format!("{path}: expected the required field, found none"));
        }
        let Some(oneof) = field.oneof else {
            return;
        };
        let kept = found
            .oneofs
            .iter()
            .any(|known| known.name == message.oneofs[oneof].name);
        let survives = message
            .fields
            .iter()
            .any(|member| member.oneof == Some(oneof) && by_number(found, member.number).is_some());
        if kept || survives {
            self.problem(format!(
                "{path}: expected the member of oneof `{}`, found none",
                message.oneofs[oneof].name
            ));
        }
    }

    /// Looks for fields that could all have values, and now only one of them.
    fn oneofs(&mut self, path: &str, message: &Message, found: &Message) {
        for (at, oneof) in found.oneofs.iter().enumerate() {
            let members = found.fields.iter().filter(|field| field.oneof == Some(at));
            let origins: HashSet<_> = members
                .filter_map(|member| by_number(message, member.number))
                .map(|field| match field.oneof {
                    Some(oneof) => (Some(oneof), 0),
                    None => (None, field.number),
                })
                .collect();
            if origins.len() > 1 {
                self.problem(format!(
                    "{path}: expected independent fields, found them in oneof `{}`",
                    oneof.name
                ));
            }
        }
    }

    fn field(&mut self, path: &str, field: &Field, other: &Field) {
        match (self.written.entry(field), self.wanted.entry(other)) {
            (Some((key, value)), Some((other_key, other_value))) => {
                self.field(&format!("{path}/key"), key, other_key);
                self.field(&format!("{path}/value"), value, other_value);
                return;
            }
            (None, None) => {}
            (is_map, _) => {
                let (expected, found) = if is_map.is_some() {
                    ("a map", "no map")
                } else {
                    ("no map", "a map")
                };
                self.problem(format!("{path}: expected {expected}, found {found}"));
                return;
            }
        }
        match (field.kind, other.kind) {
            (Kind::Message(id), Kind::Message(other)) => self.message_type(path, id, other),
            (Kind::Group, Kind::Group) => {}
            (kind, found) => match (family(kind), family(found)) {
                (Some(kind), Some(found)) if kind == found => {
                    self.repetition(path, kind, field, other);
                }
                (kind, found) => self.problem(format!(
                    "{path}: expected {}, found {}",
                    kind.unwrap_or("a message"),
                    found.unwrap_or("a message")
                )),
            },
        }
    }

    fn repetition(&mut self, path: &str, family: &str, field: &Field, other: &Field) {
        let repeated = |field: &Field| field.cardinality == Cardinality::Repeated;
        let labelled = |field: &Field| {
            field.cardinality != Cardinality::Single
                || matches!(
                    field.presence,
                    super::pool::Presence::Proto2Optional | super::pool::Presence::Proto3Optional
                )
        };
        if family != "text or bytes"
            && repeated(field) != repeated(other)
            && labelled(field)
            && labelled(other)
        {
            self.problem(format!(
                "{path}: expected {}, found {}",
                if repeated(field) {
                    "repeated numbers"
                } else {
                    "one number"
                },
                if repeated(other) {
                    "repeated numbers"
                } else {
                    "one number"
                },
            ));
        }
    }

    fn message_type(&mut self, path: &str, id: MessageId, other: MessageId) {
        let local = |pool: &Pool, id: MessageId| {
            let full_name = &*pool.messages[id].full_name;
            let package = format!("{}.", pool.package);
            full_name
                .strip_prefix(package.as_str())
                .unwrap_or(full_name)
                .to_owned()
        };
        let (expected, found) = (local(self.written, id), local(self.wanted, other));
        if expected != found {
            self.problem(format!(
                "{path}: expected message `{expected}`, found `{found}`"
            ));
            return;
        }
        self.message(path, id, other);
    }
}

fn by_number(message: &Message, number: u32) -> Option<&Field> {
    message.fields.iter().find(|field| field.number == number)
}

/// Names the kinds among which a field may change; a message has none.
fn family(kind: Kind) -> Option<&'static str> {
    let Kind::Scalar(scalar) = kind else {
        return matches!(kind, Kind::Enum(_)).then_some("an integer");
    };
    Some(match scalar {
        Scalar::Int32 | Scalar::Int64 | Scalar::UInt32 | Scalar::UInt64 | Scalar::Bool => {
            "an integer"
        }
        Scalar::SInt32 | Scalar::SInt64 => "a zigzag integer",
        Scalar::String | Scalar::Bytes => "text or bytes",
        Scalar::Fixed32 | Scalar::SFixed32 => "an integer of 4 bytes",
        Scalar::Fixed64 | Scalar::SFixed64 => "an integer of 8 bytes",
        Scalar::Float => "a float",
        Scalar::Double => "a double",
    })
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;
    use crate::{
        protobuf::format::alone,
        registry::{SchemaText, SchemaType},
    };

    fn pool(syntax: &str, text: &str) -> Pool {
        let text = format!("syntax = \"{syntax}\"; {text}");
        Pool::of(&alone(&SchemaText::new(SchemaType::Protobuf, text))).unwrap()
    }

    #[track_caller]
    fn check_text(syntax: &str, written: &str, wanted: &str, expected: Expect) {
        let found = match check(&pool(syntax, written), &pool(syntax, wanted)) {
            Ok(()) => "fits".to_owned(),
            Err(error) => error.to_string(),
        };
        let found = found.replace(
            "the registered schema does not fit the one of the record: ",
            "",
        );
        expected.assert_eq(&found);
    }

    /// Compares messages with these fields.
    #[track_caller]
    fn check_fields(written: &str, wanted: &str, expected: Expect) {
        let message = |fields: &str| {
            format!("message M {{ {fields} }} message N {{ int32 x = 1; }} enum E {{ A = 0; }}")
        };
        check_text("proto3", &message(written), &message(wanted), expected);
    }

    #[test]
    fn fields_may_come_go_and_be_renamed() {
        check_fields(
            "int32 a = 1;",
            "int32 b = 1; string c = 2; E e = 3;",
            expect!["fits"],
        );
        check_fields(
            "int32 a = 1; string c = 2;",
            "int32 a = 1;",
            expect!["fits"],
        );
    }

    #[test]
    fn a_number_keeps_its_kind() {
        check_fields("int32 a = 1;", "uint64 a = 1;", expect!["fits"]);
        check_fields("E a = 1;", "bool a = 1;", expect!["fits"]);
        check_fields("string a = 1;", "repeated bytes a = 1;", expect!["fits"]);
        check_fields(
            "int32 a = 1;",
            "sint32 a = 1;",
            expect!["/M/1: expected an integer, found a zigzag integer"],
        );
        check_fields(
            "int32 a = 1;",
            "N a = 1;",
            expect!["/M/1: expected an integer, found a message"],
        );
        check_fields(
            "N a = 1;",
            "M a = 1;",
            expect!["/M/1: expected message `N`, found `M`"],
        );
        check_fields(
            "optional int32 a = 1;",
            "repeated int32 a = 1;",
            expect!["/M/1: expected one number, found repeated numbers"],
        );
        check_fields(
            "map<string, int32> a = 1;",
            "map<string, string> a = 1;",
            expect!["/M/1/value: expected an integer, found text or bytes"],
        );
        check_fields(
            "map<string, int32> a = 1;",
            "repeated N a = 1;",
            expect!["/M/1: expected a map, found no map"],
        );
    }

    #[test]
    fn what_could_be_there_together_still_can() {
        check_fields(
            "int32 a = 1;",
            "oneof o { int32 a = 1; int32 b = 2; }",
            expect!["fits"],
        );
        check_fields(
            "int32 a = 1; int32 b = 2;",
            "oneof o { int32 a = 1; int32 b = 2; }",
            expect!["/M: expected independent fields, found them in oneof `o`"],
        );
        check_fields(
            "oneof o { int32 a = 1; int32 b = 2; }",
            "int32 a = 1; int32 b = 2;",
            expect!["fits"],
        );
        check_fields(
            "oneof o { int32 a = 1; int32 b = 2; }",
            "oneof o { int32 a = 1; }",
            expect!["/M/2: expected the member of oneof `o`, found none"],
        );
        check_fields(
            "oneof o { int32 a = 1; int32 b = 2; }",
            "int32 c = 3;",
            expect!["fits"],
        );
    }

    #[test]
    fn packages_messages_and_what_is_required_stay() {
        check_text(
            "proto3",
            "package a; message M { }",
            "package b; message M { }",
            expect!["expected package `a`, found `b`"],
        );
        check_text(
            "proto3",
            "message M { message N { } }",
            "message M { }",
            expect!["/M/N: expected the message, found none"],
        );
        check_text(
            "proto3",
            "message M { N n = 1; message N { int32 x = 1; } }",
            "message M { N n = 1; message N { string x = 1; } }",
            expect!["/M/1/1: expected an integer, found text or bytes"],
        );
        check_text(
            "proto2",
            "message M { }",
            "message M { required int32 a = 1; }",
            expect!["/M/1: expected no more required fields, found one"],
        );
        check_text(
            "proto2",
            "message M { required int32 a = 1; }",
            "message M { }",
            expect!["/M/1: expected the required field, found none"],
        );
    }
}
