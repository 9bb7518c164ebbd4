//! Whether one schema can read what another writes, by Avro's rules of resolution.

use std::collections::HashSet;

use connect_api::Dialect;

use super::{
    matching::{best_branch, is_taken},
    meaning::describe,
    schema::{AvroSchema, DEPTH, Enum, Fixed, Kind, Named, NodeId, Record, fits},
};

/// Returns why a reader cannot read all that a writer may write; empty if it can.
pub(super) fn problems(writer: &AvroSchema, reader: &AvroSchema, dialect: Dialect) -> Vec<String> {
    let mut check = Check {
        writer,
        reader,
        dialect,
        seen: HashSet::new(),
        path: Vec::new(),
        problems: Vec::new(),
    };
    check.node(writer.root(), reader.root());
    check.problems
}

struct Check<'a> {
    writer: &'a AvroSchema,
    reader: &'a AvroSchema,
    dialect: Dialect,
    seen: HashSet<(NodeId, NodeId)>,
    path: Vec<String>,
    problems: Vec<String>,
}

impl Check<'_> {
    fn node(&mut self, from: NodeId, to: NodeId) {
        // A pair that is met within itself is good so far.
        if !self.seen.insert((from, to)) {
            return;
        }
        if self.path.len() > 2 * DEPTH {
            return self.problem("fewer levels of types", "more");
        }
        let (writer, reader) = (self.writer, self.reader);
        match (&writer[from].kind, &reader[to].kind) {
            (Kind::Union(branches), _) => {
                for (i, branch) in branches.iter().enumerate() {
                    self.within(format!("branch {i}"), |check| check.node(*branch, to));
                }
            }
            (_, Kind::Union(branches)) => self.branch(from, branches),
            (Kind::Record(one), Kind::Record(other)) => {
                self.names(&one.named, &other.named);
                self.record(one, other);
            }
            (Kind::Enum(one), Kind::Enum(other)) => {
                self.names(&one.named, &other.named);
                self.symbols(one, other);
            }
            (Kind::Fixed(one), Kind::Fixed(other)) => {
                self.names(&one.named, &other.named);
                self.size(one, other);
                if !is_taken(&writer[from], &reader[to], self.dialect) {
                    self.problem(&describe(&reader[to]), &describe(&writer[from]));
                }
            }
            (Kind::Array(one), Kind::Array(other)) => {
                self.within("element", |check| check.node(*one, *other))
            }
            (Kind::Map(one), Kind::Map(other)) => {
                self.within("map value", |check| check.node(*one, *other))
            }
            _ => {
                if best_branch((writer, from), (reader, &[to]), self.dialect).is_none() {
                    self.problem(&describe(&reader[to]), &describe(&writer[from]));
                }
            }
        }
    }

    fn branch(&mut self, from: NodeId, branches: &[NodeId]) {
        let (writer, reader) = (self.writer, self.reader);
        match best_branch((writer, from), (reader, branches), self.dialect) {
            Some(index) => self.node(from, branches[index]),
            None => {
                let types = branches.iter().map(|branch| describe(&reader[*branch]));
                let types = types.collect::<Vec<_>>().join(", ");
                self.problem(
                    &format!("one of the types {types}"),
                    &describe(&writer[from]),
                );
            }
        }
    }

    fn names(&mut self, writer: &Named, reader: &Named) {
        if writer.name != reader.name && !reader.aliases.contains(&writer.name) {
            self.problem(
                &format!("the name `{}`", reader.name),
                &format!("`{}`", writer.name),
            );
        }
    }

    fn record(&mut self, writer: &Record, reader: &Record) {
        for field in &reader.fields {
            let named = |name: &str| writer.fields.iter().find(|field| field.name == name);
            let aliased = || field.aliases.iter().find_map(|alias| named(alias));
            let place = format!("field `{}`", field.name);
            match named(&field.name).or_else(aliased) {
                Some(written) => {
                    self.within(place, |check| check.node(written.schema, field.schema))
                }
                None => {
                    let default = field.default.as_ref();
                    if !default.is_some_and(|json| fits(self.reader, field.schema, json)) {
                        self.within(place, |check| {
                            check.problem("a default, or the field in what is written", "neither")
                        });
                    }
                }
            }
        }
    }

    fn symbols(&mut self, writer: &Enum, reader: &Enum) {
        if reader.default.is_some() {
            return;
        }
        for symbol in writer
            .symbols
            .iter()
            .filter(|symbol| !reader.symbols.contains(symbol))
        {
            self.problem(
                &format!("a symbol of enum `{}`", reader.named.name),
                &format!("`{symbol}`"),
            );
        }
    }

    fn size(&mut self, writer: &Fixed, reader: &Fixed) {
        if writer.size != reader.size {
            self.problem(&format!("{} bytes", reader.size), &writer.size.to_string());
        }
    }

    fn within(&mut self, step: impl Into<String>, check: impl FnOnce(&mut Self)) {
        self.path.push(step.into());
        check(self);
        self.path.pop();
    }

    fn problem(&mut self, expected: &str, found: &str) {
        let mut problem = self.path.join(": ");
        if !problem.is_empty() {
            problem.push_str(": ");
        }
        problem.push_str(&format!("expected {expected}, found {found}"));
        self.problems.push(problem);
    }
}
