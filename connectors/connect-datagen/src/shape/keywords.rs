//! [`Keywords`]: one schema object, read keyword by keyword.

use serde_json::{Map, Value as Json};

/// What is wrong with a JSON Schema, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mistake {
    /// A JSON pointer.
    pub(crate) at: String,
    pub(crate) expected: String,
    pub(crate) found: String,
}

/// One schema object, and the JSON pointer to it.
#[derive(Clone, Debug)]
pub(super) struct Keywords<'a> {
    object: &'a Map<String, Json>,
    at: String,
}

/// What may stand beside everything, and says nothing about values.
const ANNOTATIONS: &[&str] = &[
    "$schema",
    "$id",
    "$comment",
    "$defs",
    "definitions",
    "title",
    "description",
    "default",
    "examples",
    "deprecated",
    "readOnly",
    "writeOnly",
];

impl<'a> Keywords<'a> {
    pub(super) fn of(json: &'a Json, at: String) -> Result<Self, Mistake> {
        match json {
            Json::Object(object) => Ok(Self { object, at }),
            other => Err(Mistake {
                at,
                expected: "a schema".to_owned(),
                found: other.to_string(),
            }),
        }
    }

    pub(super) fn get(&self, keyword: &str) -> Option<&'a Json> {
        self.object.get(keyword)
    }

    pub(super) fn has(&self, keyword: &str) -> bool {
        self.object.contains_key(keyword)
    }

    /// Returns the pointer to a keyword.
    pub(super) fn pointer(&self, keyword: &str) -> String {
        format!("{}/{}", self.at, escaped(keyword))
    }

    /// Returns the pointer to what stands below a keyword.
    pub(super) fn pointer_below(&self, keyword: &str, name: &str) -> String {
        format!("{}/{}", self.pointer(keyword), escaped(name))
    }

    /// Blames this schema.
    pub(super) fn mistake(&self, expected: impl Into<String>, found: impl Into<String>) -> Mistake {
        Mistake {
            at: self.at.clone(),
            expected: expected.into(),
            found: found.into(),
        }
    }

    /// Blames a keyword of this schema.
    pub(super) fn wrong(&self, keyword: &str, expected: impl Into<String>) -> Mistake {
        let found = self.get(keyword);
        Mistake {
            at: self.pointer(keyword),
            expected: expected.into(),
            found: found.map_or_else(|| "nothing".to_owned(), Json::to_string),
        }
    }

    /// Refuses keywords that are neither in `known` nor say nothing about values.
    pub(super) fn only(&self, known: &[&str]) -> Result<(), Mistake> {
        let is_known = |name: &str| known.contains(&name) || ANNOTATIONS.contains(&name);
        match self.object.keys().find(|name| !is_known(name)) {
            None => Ok(()),
            Some(unknown) => Err(Mistake {
                at: self.pointer(unknown),
                expected: format!(
                    "only keywords that are supported here: {}",
                    known.join(", ")
                ),
                found: format!("`{unknown}`"),
            }),
        }
    }

    pub(super) fn text(&self, keyword: &str) -> Result<Option<&'a str>, Mistake> {
        self.read(keyword, "text", Json::as_str)
    }

    pub(super) fn whole(&self, keyword: &str) -> Result<Option<i64>, Mistake> {
        self.read(keyword, "a 64-bit integer", Json::as_i64)
    }

    pub(super) fn real(&self, keyword: &str) -> Result<Option<f64>, Mistake> {
        self.read(keyword, "a number", Json::as_f64)
    }

    /// Reads a length of at most `most`.
    pub(super) fn length(&self, keyword: &str, most: usize) -> Result<Option<usize>, Mistake> {
        let expected = format!("an integer from 0 to {most}");
        self.read(keyword, &expected, |json| {
            let length = usize::try_from(json.as_u64()?).ok()?;
            (length <= most).then_some(length)
        })
    }

    /// Reads `min` and `max`, which may not pass each other; `default` is how far apart they are.
    pub(super) fn lengths(
        &self,
        [min, max]: [&str; 2],
        default: (usize, usize),
        most: usize,
    ) -> Result<(usize, usize), Mistake> {
        let (least, greatest) = (self.length(min, most)?, self.length(max, most)?);
        let from = least.unwrap_or_else(|| greatest.map_or(default.0, |max| max.min(default.0)));
        let to = greatest.unwrap_or_else(|| default.1.max(from));
        if from > to {
            return Err(self.wrong(max, format!("at least {min}, {from}")));
        }
        Ok((from, to))
    }

    pub(super) fn array(&self, keyword: &str) -> Result<Option<&'a [Json]>, Mistake> {
        self.read(keyword, "an array", |json| {
            json.as_array().map(Vec::as_slice)
        })
    }

    pub(super) fn object(&self, keyword: &str) -> Result<Option<&'a Map<String, Json>>, Mistake> {
        self.read(keyword, "an object", Json::as_object)
    }

    pub(super) fn truth(&self, keyword: &str) -> Result<Option<bool>, Mistake> {
        self.read(keyword, "true or false", Json::as_bool)
    }

    fn read<T>(
        &self,
        keyword: &str,
        expected: &str,
        read: impl FnOnce(&'a Json) -> Option<T>,
    ) -> Result<Option<T>, Mistake> {
        match self.get(keyword) {
            None => Ok(None),
            Some(json) => read(json)
                .map(Some)
                .ok_or_else(|| self.wrong(keyword, expected)),
        }
    }
}

/// RFC 6901.
fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}
