//! What is different, and why that is right.

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
    /// What the book says of it.
    pub(crate) title: &'static str,
    /// The class that it is about, without its package.
    pub(crate) class: &'static str,
    /// Whether a difference of that class is of this kind.
    pub(crate) recognize: fn(&Case<'_>) -> bool,
}

/// What differs even in Java's dialect.
pub(crate) const KNOWN: &[Kind] = &[];

/// What differs without it.
pub(crate) const WITHOUT_JAVAS_DIALECT: &[Kind] = &[];

impl Kind {
    /// Whether it explains the difference.
    pub(crate) fn is(&self, case: &Case<'_>) -> bool {
        let class = case.class.rsplit('.').next().unwrap();
        class.split('$').next() == Some(self.class) && (self.recognize)(case)
    }
}

impl fmt::Display for Case<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {:?}\nrecord {}\njava   {}\nours   {}",
            self.class, self.options, self.record, self.java, self.ours
        )
    }
}
