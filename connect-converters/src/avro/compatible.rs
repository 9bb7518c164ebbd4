//! Whether one schema can read what another writes, by Avro's rules of resolution.

use std::collections::HashSet;

use super::{
    matching::best_branch,
    schema::{AvroSchema, DEPTH, Enum, Fixed, Kind, Named, NodeId, Record, fits},
};

/// Returns why a reader cannot read all that a writer may write; empty if it can.
pub(super) fn problems(writer: &AvroSchema, reader: &AvroSchema) -> Vec<String> {
    let mut check = Check {
        writer,
        reader,
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
            (of, Kind::Union(branches)) => match best_branch((writer, from), (reader, branches)) {
                Some(index) => self.node(from, branches[index]),
                None => {
                    let types = branches
                        .iter()
                        .map(|branch| reader[*branch].kind.describe());
                    let types = types.collect::<Vec<_>>().join(", ");
                    self.problem(&format!("one of the types {types}"), &of.describe());
                }
            },
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
            }
            (Kind::Array(one), Kind::Array(other)) => {
                self.within("element", |check| check.node(*one, *other))
            }
            (Kind::Map(one), Kind::Map(other)) => {
                self.within("map value", |check| check.node(*one, *other))
            }
            (one, other) => {
                if best_branch((writer, from), (reader, &[to])).is_none() {
                    self.problem(&other.describe(), &one.describe());
                }
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
