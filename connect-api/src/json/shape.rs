//! [`Shape`]: the names of the members that the last object had.

use std::{cell::Cell, ops::Range};

use super::Reader;
use crate::{MapBuilder, Result};

/// The names of the members that the last object had, as they stood in the text.
///
/// The objects of one topic mostly have the same members in the same order. Then a name is compared with the one that
/// is expected, and neither looked for nor looked up among those before it.
#[derive(Debug, Default)]
pub(super) struct Shape {
    /// What stood before the values: of each member from the end of the last value to its colon.
    text: Vec<u8>,
    members: Vec<Member>,
    /// How many members of the object at hand were the expected ones; `None` once that does not count any more.
    followed: Option<usize>,
}

/// Where a member stands in the text of a shape.
#[derive(Debug)]
struct Member {
    whole: Range<usize>,
    name: Range<usize>,
}

thread_local! {
    static LAST: Cell<Shape> = Cell::default();
}

impl Shape {
    /// Members and bytes that are worth remembering.
    const MEMBERS: usize = 64;
    const BYTES: usize = 4096;

    /// Runs something with the shape of the last object that this thread read.
    pub(super) fn with_last<T>(work: impl FnOnce(&mut Self) -> T) -> T {
        let mut shape = LAST.take();
        shape.followed = Some(0);
        let done = work(&mut shape);
        LAST.set(shape);
        done
    }

    /// Returns how many members are expected.
    pub(super) fn len(&self) -> usize {
        self.members.len()
    }

    /// Moves to the next member of the outermost object and returns its place; `None` at its end.
    ///
    /// # Errors
    ///
    /// Neither a member nor the end is there.
    pub(super) fn next_member(
        &mut self,
        reader: &mut Reader<'_>,
        members: &mut MapBuilder,
    ) -> Result<Option<usize>> {
        let start = reader.position();
        if let Some(member) = self.expected()
            && reader.rest().starts_with(&self.text[member.whole.clone()])
        {
            let name = start + member.name.start - member.whole.start;
            let name = reader.source().slice(name..name + member.name.len());
            reader.take_member(member.whole.len());
            self.followed = self.followed.map(|count| count + 1);
            // Those before it are the expected ones too, which all have other names.
            return Ok(Some(members.new_slot(name)));
        }
        let Some(name) = reader.next_key()? else {
            return Ok(None);
        };
        let found = &reader.source().as_bytes()[start..reader.position()];
        self.followed = self
            .followed
            .and_then(|count| self.learn(count, found, &name));
        Ok(Some(members.slot(name)))
    }

    fn expected(&self) -> Option<&Member> {
        self.members.get(self.followed?)
    }

    /// Expects what was found behind so many members; returns how many there are then.
    ///
    /// A name with escapes, or one that is there already, is never expected.
    fn learn(&mut self, count: usize, found: &[u8], name: &str) -> Option<usize> {
        self.members.truncate(count);
        let start = self.members.last().map_or(0, |last| last.whole.end);
        self.text.truncate(start);
        let quote = found.iter().position(|byte| *byte == b'"')?;
        let is_known = |member: &Member| self.text[member.name.clone()] == *name.as_bytes();
        if count == Self::MEMBERS
            || start + found.len() > Self::BYTES
            || found.contains(&b'\\')
            || self.members.iter().any(is_known)
        {
            return None;
        }
        self.text.extend_from_slice(found);
        let name_start = start + quote + 1;
        self.members.push(Member {
            whole: start..self.text.len(),
            name: name_start..name_start + name.len(),
        });
        Some(count + 1)
    }
}
