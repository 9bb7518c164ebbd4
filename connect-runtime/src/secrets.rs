//! [`Secrets`]: what must not be shown.

use std::{collections::BTreeMap, fmt, sync::Arc};

use connect_api::{ConfigProblem, Error, Secret};

/// What must not be shown: the values that references in configurations stand for. Clones share them.
#[derive(Clone, Default)]
pub(crate) struct Secrets(Arc<BTreeMap<String, Secret>>);

impl Secrets {
    /// A shorter value may stand in a text by chance, and gives nothing away.
    const SHORTEST: usize = 4;

    /// Hides values, each behind its reference.
    pub(crate) fn new(values: BTreeMap<String, Secret>) -> Self {
        Self(Arc::new(values))
    }

    /// Hides what either hides.
    pub(crate) fn with(&self, others: &Self) -> Self {
        if others.0.is_empty() {
            return self.clone();
        }
        let all = self.0.iter().chain(others.0.iter());
        Self::new(
            all.map(|(reference, value)| (reference.clone(), value.clone()))
                .collect(),
        )
    }

    /// Replaces every value in `text` by its reference, also where it was trimmed or split at commas.
    pub(crate) fn hide(&self, text: &str) -> String {
        let mut forms = Vec::new();
        for (reference, value) in self.0.iter() {
            let whole = value.expose();
            let parts = whole.split(',').map(str::trim);
            let shown = [whole, whole.trim()].into_iter().chain(parts);
            forms.extend(shown.map(|form| (form, reference)));
        }
        // A value may be a part of another one.
        forms.sort_by_key(|(form, _)| std::cmp::Reverse(form.len()));
        let mut text = text.to_owned();
        for (form, reference) in forms {
            if form.len() >= Self::SHORTEST && text.contains(form) {
                text = text.replace(form, reference);
            }
        }
        text
    }

    /// Shows an error with the references instead of the values.
    pub(crate) fn hide_in_error(&self, error: Error) -> Error {
        if self.0.is_empty() {
            return error;
        }
        let problems = error.problems();
        if !problems.is_empty() {
            return Error::invalid_config(
                problems.iter().map(|problem| self.hide_in_problem(problem)),
            );
        }
        let report = error.report().to_string();
        let hidden = self.hide(&report);
        match hidden == report {
            true => error,
            // The causes are in the report.
            false => error.with_report(hidden),
        }
    }

    fn hide_in_problem(&self, problem: &ConfigProblem) -> ConfigProblem {
        let message = self.hide(problem.message());
        if message == problem.message() {
            return problem.clone();
        }
        // An alias is a part of keys.
        let mut hidden = ConfigProblem::new(self.hide(problem.key()), message);
        if let Some(expected) = problem.expected() {
            hidden = hidden.with_expected(self.hide(expected));
        }
        if let Some(found) = problem.found() {
            hidden = hidden.with_found(self.hide(found));
        }
        hidden
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use connect_api::{Classify, ErrorKind};

    use super::*;

    fn secrets(values: &[(&str, &str)]) -> Secrets {
        let values = values.iter();
        Secrets::new(
            values
                .map(|(name, value)| (format!("${{{name}}}"), Secret::new(*value)))
                .collect(),
        )
    }

    #[test]
    fn a_value_is_found_whole_trimmed_and_in_parts() {
        let secrets = secrets(&[("a", "sesame\n"), ("b", "alpha, beta ,no"), ("c", "")]);
        assert_eq!(secrets.hide("open sesame!"), "open ${a}!");
        assert_eq!(secrets.hide("open sesame\n!"), "open ${a}!");
        assert_eq!(
            secrets.hide("transforms.beta.type, no"),
            "transforms.${b}.type, no"
        );
    }

    #[test]
    fn a_value_that_is_a_part_of_another_leaves_nothing_of_it() {
        let secrets = secrets(&[("a", "pass"), ("b", "password1")]);
        assert_eq!(secrets.hide("password1 pass"), "${b} ${a}");
    }

    #[test]
    fn an_error_keeps_its_kind_and_loses_its_causes_only_if_it_shows_a_value() {
        let error = || {
            let cause = std::io::Error::other("no file /srv/sesame");
            let failed = Err::<(), _>(cause).unavailable("opening it");
            failed
                .unwrap_err()
                .retry_after(std::time::Duration::from_secs(7))
        };
        let hidden = secrets(&[("a", "sesame")]).hide_in_error(error());
        assert_eq!(hidden.report().to_string(), "opening it: no file /srv/${a}");
        assert_eq!(hidden.kind(), ErrorKind::Unavailable);
        assert_eq!(hidden.delay(), error().delay());
        let same = secrets(&[("a", "simsim")]).hide_in_error(error());
        assert_eq!(same.report().to_string(), error().report().to_string());
        assert!(std::error::Error::source(&same).is_some());
    }
}
