//! [`Problems`]: everything that is wrong with a configuration, collected.

use std::panic::{AssertUnwindSafe, catch_unwind};

use connect_api::{ConfigMap, ConfigProblem, Error, ErrorKind, Result};

use crate::environment::panic_message;

/// Everything that is wrong with a configuration, collected.
#[derive(Debug, Default)]
pub(super) struct Problems(Vec<ConfigProblem>);

impl Problems {
    /// Says `message` about `key`.
    pub(super) fn add(&mut self, key: impl Into<String>, message: impl Into<String>) {
        self.0.push(ConfigProblem::new(key, message));
    }

    /// Adds problems as they are.
    pub(super) fn extend(&mut self, problems: impl IntoIterator<Item = ConfigProblem>) {
        self.0.extend(problems);
    }

    /// Takes the value, or notes what is wrong.
    ///
    /// `prefix` is put before the keys of a nested configuration; `blamed` is the key to blame when the error
    /// names none.
    pub(super) fn take<T>(&mut self, prefix: &str, blamed: &str, result: Result<T>) -> Option<T> {
        let error = match result {
            Ok(value) => return Some(value),
            Err(error) => error,
        };
        if error.problems().is_empty() {
            self.add(blamed, format!("{blamed}: {}", error.report()));
        } else {
            self.0.extend(
                error
                    .problems()
                    .iter()
                    .map(|problem| below(prefix, problem)),
            );
        }
        None
    }

    /// Reads what it can: where keys are wrong, the rest is read without them, so that more mistakes show.
    ///
    /// `required` stands in for the one key that cannot be left out.
    pub(super) fn read<T>(
        &mut self,
        config: &ConfigMap,
        required: (&str, &str),
        read: impl Fn(&ConfigMap) -> Result<T>,
    ) -> Option<T> {
        let error = match read(config) {
            Ok(value) => return Some(value),
            Err(error) => error,
        };
        let mut rest = config.clone();
        for problem in error.problems() {
            rest.remove(problem.key());
        }
        if !rest.contains_key(required.0) {
            rest.insert(required.0, required.1);
        }
        self.extend(error.problems().iter().cloned());
        read(&rest).ok()
    }

    /// Returns what was noted.
    pub(super) fn into_vec(self) -> Vec<ConfigProblem> {
        self.0
    }

    /// Fails with everything that was noted.
    pub(super) fn into_result<T>(self, value: Option<T>) -> Result<T> {
        match value {
            Some(value) if self.0.is_empty() => Ok(value),
            _ => Err(Error::invalid_config(self.0)),
        }
    }
}

/// Puts `prefix` before the key of a problem, in its message too.
fn below(prefix: &str, problem: &ConfigProblem) -> ConfigProblem {
    if prefix.is_empty() || problem.key().is_empty() {
        return problem.clone();
    }
    let key = format!("{prefix}{}", problem.key());
    if let Some(nearest) = problem.nearest() {
        return ConfigProblem::unknown(key, [format!("{prefix}{nearest}").as_str()]);
    }
    let short = problem.key();
    let message = problem
        .message()
        .replacen(
            &format!("configuration {short}:"),
            &format!("configuration {key}:"),
            1,
        )
        .replacen(
            &format!("configuration \"{short}\""),
            &format!("configuration \"{key}\""),
            1,
        );
    let mut moved = ConfigProblem::new(key, message);
    if let Some(expected) = problem.expected() {
        moved = moved.with_expected(expected);
    }
    if let Some(found) = problem.found() {
        moved = moved.with_found(found);
    }
    moved
}

/// Builds a plugin's value; a panic of the plugin is an error like others.
pub(super) fn build<T>(what: &str, build: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(build)).unwrap_or_else(|panic| {
        let message = format!("building {what} panicked: {}", panic_message(&*panic));
        Err(Error::new(ErrorKind::Config, message))
    })
}
