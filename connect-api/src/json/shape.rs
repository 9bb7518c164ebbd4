//! [`Shape`]: the names of the members that objects have.

use std::{cell::RefCell, ops::Range};

use super::Reader;
use crate::{MapBuilder, Result};

/// The names of the members that objects have, as they stand in the text.
///
/// The objects of one topic mostly have the same members in the same order. Then a name is compared with the one that
/// is expected, and neither looked for nor looked up among those before it. It changes nothing of what is read.
#[derive(Debug, Default)]
pub(super) struct Shape {
    /// What stood before the values: of each member from the end of the last value to its colon.
    text: Vec<u8>,
    members: Vec<Member>,
    /// How many objects of another kind may come before it is given up for theirs.
    trust: u8,
    progress: Progress,
    /// How many members the last object had.
    width: usize,
}

/// Where a member stands in the text of a shape.
#[derive(Debug)]
struct Member {
    whole: Range<usize>,
    name: Range<usize>,
}

/// What the object at hand has to do with the shape.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Progress {
    /// It had so many members, and they were the expected ones.
    Followed(usize),
    /// It had so many members, and they are the shape from now on.
    Learned(usize),
    /// It has others.
    #[default]
    Strange,
}

thread_local! {
    static LAST: RefCell<Shape> = RefCell::default();
}

impl Shape {
    /// Members and bytes that are worth remembering.
    const MEMBERS: usize = 64;
    const BYTES: usize = 4096;

    /// The trust of a new shape, and the most that it may win: keys and values may be objects in turn.
    const NEW: u8 = 2;
    const MOST: u8 = 4;

    /// Runs something with the shape of the objects that this thread has read.
    ///
    /// The shape is borrowed meanwhile: what runs must not ask for it again.
    pub(super) fn with_last<T>(work: impl FnOnce(&mut Self) -> T) -> T {
        LAST.with_borrow_mut(|shape| {
            shape.progress = Progress::Followed(0);
            work(shape)
        })
    }

    /// Returns how many members the last object had, if that is no unusual number.
    pub(super) fn width(&self) -> usize {
        self.width.min(Self::MEMBERS)
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
        if let Progress::Followed(count) = self.progress
            && let Some(member) = self.members.get(count)
            && reader.rest().starts_with(&self.text[member.whole.clone()])
        {
            let name = start + member.name.start - member.whole.start;
            let name = reader.source().slice(name..name + member.name.len());
            reader.take_member(member.whole.len());
            self.progress = Progress::Followed(count + 1);
            // Those before it are the expected ones too, which all have other names.
            return Ok(Some(members.new_slot(name)));
        }
        let Some(name) = reader.next_key()? else {
            if let Progress::Followed(_) = self.progress {
                self.trust = Self::MOST.min(self.trust + 1);
            }
            self.width = members.len();
            return Ok(None);
        };
        let (length, before) = (name.len(), members.len());
        let slot = members.slot(name);
        let found = &reader.source().as_bytes()[start..reader.position()];
        self.progress = match self.progress {
            Progress::Followed(_) if self.trust > 0 => {
                self.trust -= 1;
                Progress::Strange
            }
            Progress::Followed(count) | Progress::Learned(count) if slot == before => {
                self.learn(count, found, length)
            }
            _ => Progress::Strange,
        };
        Ok(Some(slot))
    }

    /// Expects what was found behind so many members from now on, unless its name has escapes or it is too much.
    fn learn(&mut self, count: usize, found: &[u8], length: usize) -> Progress {
        self.members.truncate(count);
        let start = self.members.last().map_or(0, |last| last.whole.end);
        self.text.truncate(start);
        let quote = found.iter().position(|byte| *byte == b'"');
        let (Some(quote), false) = (quote, found.contains(&b'\\')) else {
            return Progress::Strange;
        };
        if count == Self::MEMBERS || start + found.len() > Self::BYTES {
            return Progress::Strange;
        }
        self.text.extend_from_slice(found);
        let name = start + quote + 1;
        self.members.push(Member {
            whole: start..self.text.len(),
            name: name..name + length,
        });
        self.trust = Self::NEW;
        Progress::Learned(count + 1)
    }
}
