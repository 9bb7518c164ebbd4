//! [`Source`]: JSON text, and what is known of it beyond the place that is read.

use std::collections::HashMap;

use connect_api::{
    Dialect, Result, Str,
    json::{Kind, Reader},
};

/// JSON text, and what is known of it beyond the place that is read.
pub(super) struct Source<'a> {
    pub(super) reader: Reader<'a>,
    pub(super) ahead: Ahead,
}

/// What unions found out about values before these are read.
///
/// A union looks into a value to the end of it, and so does each one within: remembered, every place is looked at once
/// instead of as often as there are unions around it.
#[derive(Default)]
pub(super) struct Ahead {
    /// How many unions are around the place.
    unions: usize,
    /// Where the arrays and objects end that begin at a place.
    ends: HashMap<usize, usize>,
    /// How many fields of a node's struct an object has, by the node and where the object begins.
    counts: HashMap<(usize, usize), usize>,
    /// How many values were looked at.
    #[cfg(test)]
    looks: usize,
}

impl<'a> Source<'a> {
    pub(super) fn new(text: &'a Str, dialect: Dialect) -> Self {
        Self {
            reader: Reader::new(text, dialect),
            ahead: Ahead::default(),
        }
    }
}

impl Ahead {
    pub(super) fn enter(&mut self) {
        self.unions += 1;
    }

    /// Forgets what is behind: nothing is looked at again outside of the outermost union.
    pub(super) fn leave(&mut self) {
        self.unions -= 1;
        if self.unions == 0 {
            self.ends.clear();
            self.counts.clear();
        }
    }

    /// Returns how many fields of a node's struct the object has that begins here, if they were counted.
    pub(super) fn count(&mut self, node: usize, start: usize) -> Option<usize> {
        #[cfg(test)]
        {
            self.looks += 1;
        }
        self.counts.get(&(node, start)).copied()
    }

    pub(super) fn counted(&mut self, node: usize, range: (usize, usize), count: usize) {
        let (start, end) = range;
        self.ends.insert(start, end);
        self.counts.insert((node, start), count);
    }

    /// Steps over a value, and remembers where everything in it ends.
    pub(super) fn skip(&mut self, reader: &mut Reader<'_>) -> Result<()> {
        #[cfg(test)]
        {
            self.looks += 1;
        }
        let kind = reader.peek()?;
        let start = reader.position();
        match kind {
            Kind::Array | Kind::Object => {}
            _ => return reader.skip().map(drop),
        }
        if let Some(end) = self.ends.get(&start) {
            reader.advance(end - start);
            return Ok(());
        }
        if kind == Kind::Array {
            reader.begin_array()?;
            while reader.next_element()? {
                self.skip(reader)?;
            }
        } else {
            reader.begin_object()?;
            while reader.next_name()?.is_some() {
                self.skip(reader)?;
            }
        }
        self.ends.insert(start, reader.position());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use super::*;
    use crate::json_schema::JsonSchemaData;

    /// Counts how many values the unions of nested ones look at, each of which has a field for the next one.
    fn looks(levels: usize) -> usize {
        let mut branches = String::new();
        for branch in 0..3 {
            write!(
                branches,
                r##"{{"type":"object","title":"B{branch}","properties":{{"t":{{"$ref":"#"}},"{branch}":{{"type":"string"}}}}}},"##
            )
            .unwrap();
        }
        let branches = branches.trim_end_matches(',');
        let text = format!(
            r#"{{"type":"object","title":"T","properties":{{"u":{{"oneOf":[{branches}]}}}}}}"#
        );
        let reader = JsonSchemaData::default().reader(&text).unwrap();
        let open = r#"{"u":{"2":"x","t":"#.repeat(levels);
        let json = Str::from(format!("{open}{{}}{}", "}}".repeat(levels)));
        let mut source = Source::new(&json, Dialect::Strict);
        let plan = &reader.plan;
        let mut value = &plan.read_at(plan.root, &mut source).unwrap();
        source.reader.end().unwrap();
        for _ in 0..levels {
            let branch = value.get("u").unwrap();
            let fields = branch.as_struct().unwrap();
            value = fields.values()[2].get("t").unwrap();
        }
        source.ahead.looks
    }

    #[test]
    fn unions_within_unions_look_at_each_value_a_bounded_number_of_times() {
        let (few, many) = (looks(60), looks(480));
        assert!(many < 9 * few, "{few} for 60 levels, {many} for 480");
    }
}
