//! [`Compiled`]: one expression.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use cel::Program;
use connect_api::{Error, Result, Str, Value};

use super::{
    cost, functions,
    inputs::{NAMES, Read},
    typed,
};
use crate::{options::refused, shape::misfit};

/// One expression, compiled.
#[derive(Clone, Debug)]
pub(super) struct Compiled {
    /// The option that it stands in, for messages.
    key: Str,
    program: Arc<Program>,
    /// How many loops stand inside each other.
    depth: u32,
    /// How long the text is.
    length: usize,
}

impl Compiled {
    /// How long a text may be.
    const MOST: usize = 10_000;
    /// How many brackets may be open at once.
    const DEEPEST: usize = 64;

    /// Compiles the text of the option `key`.
    pub(super) fn new(key: &str, text: &str) -> Result<Self> {
        if text.len() > Self::MOST {
            let reason = format!(
                "expected at most {} bytes, found {}",
                Self::MOST,
                text.len()
            );
            return Err(refused(key, "of that length", reason));
        }
        if deepest(text) > Self::DEEPEST {
            let reason = format!("expected at most {} open brackets at once", Self::DEEPEST);
            return Err(refused(key, text, reason));
        }
        let env = functions::env();
        let compile = || env.compile(text).map_err(|errors| errors.to_string());
        let program = guarded(compile).map_err(|reason| refused(key, text, reason))?;
        if let Some(unknown) = cost::unknown(program.expression(), NAMES) {
            let names = NAMES.join(", ");
            return Err(refused(
                key,
                text,
                format!("expected one of {names}, found `{unknown}`"),
            ));
        }
        Ok(Self {
            key: key.into(),
            depth: cost::depth(program.expression()),
            length: text.len(),
            program: Arc::new(program),
        })
    }

    /// Returns whether the expression looks at `name`.
    pub(super) fn refers_to(&self, name: &str) -> bool {
        self.program.references().has_variable(name)
    }

    /// Works the expression out.
    ///
    /// # Errors
    ///
    /// It does not fit the record, would take too long, or says something that no value is.
    pub(super) fn run(&self, inputs: &Read<'_>) -> Result<Value> {
        cost::check(self.depth, inputs.size() + self.length).map_err(|error| self.at(error))?;
        let found = guarded(|| {
            let found = self.program.execute(inputs.context());
            found.map_err(|error| error.to_string())
        });
        let found = found.map_err(|error| self.at(Error::rejected(error)))?;
        typed::to_value(&found).map_err(|error| self.at(error))
    }

    pub(super) fn as_bool(&self, inputs: &Read<'_>) -> Result<bool> {
        let found = self.run(inputs)?;
        found
            .as_bool()
            .ok_or_else(|| self.unexpected("true or false", &found))
    }

    pub(super) fn as_text(&self, inputs: &Read<'_>) -> Result<Str> {
        match self.run(inputs)? {
            Value::String(text) if !text.is_empty() => Ok(text),
            found => Err(self.unexpected("a text that is not empty", &found)),
        }
    }

    pub(super) fn as_millis(&self, inputs: &Read<'_>) -> Result<i64> {
        match self.run(inputs)? {
            Value::Timestamp(millis) | Value::Int64(millis) => Ok(millis),
            found => Err(self.unexpected("a timestamp or milliseconds", &found)),
        }
    }

    fn unexpected(&self, expected: &str, found: &Value) -> Error {
        self.at(misfit(format_args!("expected {expected}"), found))
    }

    /// Says which expression it was.
    pub(super) fn at(&self, error: Error) -> Error {
        error.context(format_args!("expression `{}`", self.key))
    }
}

/// The interpreter is not ours: a panic of it condemns the expression or the record, and nothing of it is kept.
fn guarded<T>(work: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|_panic| Err("the interpreter of expressions panicked".to_owned()))
}

/// Returns how many brackets are open at once at most, whatever stands in quotes included.
fn deepest(text: &str) -> usize {
    let (mut open, mut most) = (0usize, 0);
    for byte in text.bytes() {
        match byte {
            b'(' | b'[' | b'{' => open += 1,
            b')' | b']' | b'}' => open = open.saturating_sub(1),
            _ => {}
        }
        most = most.max(open);
    }
    // Signs and `!` nest without brackets.
    let signs = text
        .as_bytes()
        .chunk_by(|one, two| one == two && matches!(one, b'-' | b'!'));
    most.max(
        signs
            .map(<[u8]>::len)
            .filter(|length| *length > 2)
            .max()
            .unwrap_or(0),
    )
}
