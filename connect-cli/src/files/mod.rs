//! [`ConfigFile`]: a file of a worker or a connector, as it was written.

pub(crate) mod json;

use std::{
    collections::BTreeMap,
    fmt::{self, Write},
    path::{Path, PathBuf},
};

use connect_api::{ConfigMap, ConfigProblem};
use connect_runtime::{InitialState, properties};

use self::json::{Document, Form};
use crate::terminal::printable;

/// A key and its value, and where they stand.
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) value: String,
    pub(crate) line: Option<usize>,
}

/// What keeps a text from being read.
#[derive(Debug)]
pub(crate) struct Mistake {
    pub(crate) line: Option<usize>,
    pub(crate) message: String,
}

impl From<properties::Entry> for Entry {
    fn from(entry: properties::Entry) -> Self {
        Self {
            key: entry.key,
            value: entry.value,
            line: Some(entry.line),
        }
    }
}

impl From<properties::Mistake> for Mistake {
    fn from(mistake: properties::Mistake) -> Self {
        Self {
            line: Some(mistake.line),
            message: mistake.message,
        }
    }
}

impl Mistake {
    fn new(message: String) -> Self {
        Self {
            line: None,
            message,
        }
    }
}

/// A file of a worker or a connector, as it was written.
#[derive(Clone)]
pub(crate) struct ConfigFile {
    pub(crate) path: PathBuf,
    pub(crate) content: Vec<u8>,
    pub(crate) options: ConfigMap,
    pub(crate) initial_state: InitialState,
    subject: Subject,
    lines: BTreeMap<String, usize>,
    repeated: Vec<Repeated>,
}

/// A key that is set again.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Repeated {
    key: String,
    /// The line of the value before and of the one that counts, if lines are known.
    lines: Option<(usize, usize)>,
}

/// What a file describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    Worker,
    Connector,
}

impl ConfigFile {
    /// Reads a file; everything that is wrong with it is said at once.
    ///
    /// A read may hang, as that of a pipe; it holds up no thread that does anything else.
    pub(crate) async fn read(path: &Path) -> Result<Self, Vec<Complaint>> {
        match tokio::fs::read(path).await {
            Ok(bytes) => Self::parse(path, &bytes),
            Err(error) => Err(vec![Complaint::about(path, format!("reading it: {error}"))]),
        }
    }

    /// Reads the content of a file.
    pub(crate) fn parse(path: &Path, bytes: &[u8]) -> Result<Self, Vec<Complaint>> {
        let document = parse(bytes).map_err(|mistakes| {
            let complaints = mistakes.into_iter().map(|mistake| Complaint {
                line: mistake.line,
                ..Complaint::about(path, mistake.message)
            });
            complaints.collect::<Vec<_>>()
        })?;
        let mut file = Self {
            path: path.to_owned(),
            content: bytes.to_owned(),
            options: ConfigMap::new(),
            initial_state: InitialState::default(),
            subject: Subject::Worker,
            lines: BTreeMap::new(),
            repeated: Vec::new(),
        };
        for key in document.repeated {
            file.repeated.push(Repeated { key, lines: None });
        }
        for entry in document.entries {
            file.add(entry);
        }
        let of_connector = ["name", "connector.class"];
        if of_connector
            .iter()
            .any(|key| file.options.contains_key(key))
        {
            file.subject = Subject::Connector;
        }
        if let Form::Request(state) = document.form {
            file.subject = Subject::Connector;
            file.initial_state = state;
        }
        Ok(file)
    }

    /// The last value counts, as in Java.
    fn add(&mut self, entry: Entry) {
        if let Some(line) = entry.line
            && let Some(first) = self.lines.insert(entry.key.clone(), line)
        {
            let key = entry.key.clone();
            let lines = Some((first, line));
            self.repeated.push(Repeated { key, lines });
        }
        self.options.insert(entry.key, entry.value);
    }

    /// Returns what the file describes, by its content: connectors have a name and a class.
    pub(crate) fn subject(&self) -> Subject {
        self.subject
    }

    /// Returns the connector's name, trimmed as the runtime does.
    pub(crate) fn name(&self) -> &str {
        self.options.get("name").unwrap_or_default().trim()
    }

    /// Returns whether the value of `key` may refer to another one, as `${env:X}` does.
    pub(crate) fn refers(&self, key: &str) -> bool {
        self.options.get(key).is_some_and(is_reference)
    }

    /// Returns whether any value may refer to another one.
    pub(crate) fn has_references(&self) -> bool {
        self.options.iter().any(|(_, value)| is_reference(value))
    }

    /// Says where in the file a problem is.
    pub(crate) fn complaint(&self, problem: ConfigProblem) -> Complaint {
        Complaint {
            path: self.path.clone(),
            line: self.lines.get(problem.key()).copied(),
            problem,
        }
    }

    /// Says that another file describes a connector of this name.
    pub(crate) fn repeats_name_of(&self, other: &Path) -> Complaint {
        let reason = format!("The connector in {} has this name", other.display());
        let problem = ConfigProblem::invalid("name", self.name(), reason);
        self.complaint(problem.with_expected("a name of its own"))
    }

    /// Logs what is read, but probably not meant.
    pub(crate) fn warn(&self) {
        let path = self.path.display();
        for Repeated { key, lines } in &self.repeated {
            let told = match lines {
                Some((first, line)) => format!(
                    "{path}:{line}: `{key}` is set again; its value in line {first} does not count"
                ),
                None => format!("{path}: `{key}` is set again; only its last value counts"),
            };
            tracing::warn!("{}", printable(&told));
        }
    }
}

fn is_reference(value: &str) -> bool {
    value.contains("${")
}

/// JSON begins with a brace; no key in properties does.
fn parse(bytes: &[u8]) -> Result<Document, Vec<Mistake>> {
    let text = decode(bytes);
    if text.trim_start().starts_with('{') {
        return json::parse(&text);
    }
    if let Some(found) = json::other_than_object(&text) {
        let expected = "expected a JSON object, or lines of `key=value`";
        return Err(vec![Mistake::new(format!("{expected}, found {found}"))]);
    }
    match properties::parse(&text) {
        Ok(entries) => Ok(Document {
            entries: entries.into_iter().map(Entry::from).collect(),
            form: Form::Options,
            repeated: Vec::new(),
        }),
        Err(mistakes) => Err(mistakes.into_iter().map(Mistake::from).collect()),
    }
}

/// Reads UTF-8, and what is none as ISO-8859-1, as Java reads everything.
fn decode(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.strip_prefix('\u{feff}').unwrap_or(text).to_owned(),
        Err(_) => bytes.iter().copied().map(char::from).collect(),
    }
}

#[cfg(test)]
pub(crate) fn fuzz(bytes: &[u8]) {
    drop(ConfigFile::parse(Path::new("a.properties"), bytes));
}

/// The value may be a secret.
impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.key)
    }
}

/// Secrets may stand in the content and in the values.
impl fmt::Debug for ConfigFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {:?}", self.path.display(), self.options)
    }
}

/// What is wrong with a file, and where.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Complaint {
    path: PathBuf,
    line: Option<usize>,
    problem: ConfigProblem,
}

impl Complaint {
    /// Blames no single key.
    pub(crate) fn about(path: &Path, message: impl Into<String>) -> Self {
        Self {
            path: path.to_owned(),
            line: None,
            problem: ConfigProblem::new("", message),
        }
    }

    /// Says that a file does not describe a connector.
    pub(crate) fn not_of_connector(path: &Path) -> Self {
        let expected = "expected a connector's file, found neither `name` nor `connector.class`";
        Self::about(path, expected)
    }

    fn write(&self, text: &mut String) -> fmt::Result {
        write!(text, "{}:", self.path.display())?;
        if let Some(line) = self.line {
            write!(text, "{line}:")?;
        }
        let (key, message) = (self.problem.key(), self.problem.message());
        if !message.contains(key) {
            write!(text, " {key}:")?;
        }
        write!(text, " {message}")?;
        let Some(expected) = self.problem.expected() else {
            return Ok(());
        };
        write!(text, "\n    expected {expected}")?;
        match self.problem.found() {
            Some("") => text.write_str(", found an empty text"),
            Some(found) => write!(text, ", found {found}"),
            None => Ok(()),
        }
    }
}

/// A file may hold anything, also what a terminal would obey.
impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        self.write(&mut text)?;
        f.write_str(&printable(&text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(bytes: &[u8]) -> ConfigFile {
        ConfigFile::parse(Path::new("a.properties"), bytes).unwrap()
    }

    #[test]
    fn utf8_is_read_as_such_and_everything_else_as_java_does() {
        assert_eq!(
            file("\u{feff}topic=é".as_bytes()).options.get("topic"),
            Some("é")
        );
        assert_eq!(file(b"topic=\xe9").options.get("topic"), Some("é"));
    }

    #[test]
    fn the_content_tells_workers_from_connectors() {
        assert_eq!(file(b"bootstrap.servers=x").subject(), Subject::Worker);
        assert_eq!(file(b"name=x").subject(), Subject::Connector);
        assert_eq!(file(b"connector.class=x").subject(), Subject::Connector);
        assert_eq!(
            file(b"{\"name\":\"a\",\"config\":{}}").subject(),
            Subject::Connector
        );
    }

    #[test]
    fn the_last_value_of_a_key_counts_and_the_first_is_remembered() {
        let file = file(b"a=1\n\na=2\n");
        assert_eq!(file.options.get("a"), Some("2"));
        let again = |lines| Repeated {
            key: "a".to_owned(),
            lines,
        };
        assert_eq!(file.repeated, [again(Some((1, 3)))]);
        for text in [
            r#"{"a": 1, "b": 2, "\u0061": 3}"#,
            r#"{"name": "x", "config": {"a": 1, "a": 3}}"#,
        ] {
            let file = self::file(text.as_bytes());
            assert_eq!(file.options.get("a"), Some("3"), "{text}");
            assert_eq!(file.repeated, [again(None)], "{text}");
        }
    }

    #[test]
    fn a_complaint_says_where_it_is_and_what_was_expected() {
        let file = file(b"# one\ntasks.max=0\n");
        let problem = ConfigProblem::invalid("tasks.max", "0", "Value must be at least 1");
        let complaint = file.complaint(problem.with_expected("a number of at least 1"));
        assert_eq!(
            complaint.to_string(),
            "a.properties:2: Invalid value 0 for configuration tasks.max: Value must be at least 1\n    \
             expected a number of at least 1, found 0"
        );
    }
}
