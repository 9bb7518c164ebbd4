//! Which transforms a connector gets.

use std::{collections::BTreeMap, sync::Arc};

use connect_api::{ConfigMap, ConfigProblem, Result, Str};

use super::{draft::Draft, parts::Part, plan::TransformFromCode, problems::Problems};
use crate::{
    plugins::Kind,
    task::{Applies, Condition, Stage, Stages},
};

/// One transform of the chain: how it is built, and when it applies.
#[derive(Clone)]
enum Link {
    Config {
        alias: Str,
        part: Part,
        condition: Option<(Part, Applies)>,
    },
    Code(TransformFromCode),
}

impl Link {
    fn build(&self) -> Result<Stage> {
        match self {
            Self::Code(code) => Ok(Stage {
                alias: code.name.clone(),
                plugin: code.name.clone(),
                transform: (code.make)(),
                condition: None,
            }),
            Self::Config {
                alias,
                part,
                condition,
            } => {
                let condition = match condition {
                    Some((predicate, applies)) => Some(Condition {
                        predicate: predicate.predicate()?,
                        applies: *applies,
                    }),
                    None => None,
                };
                Ok(Stage {
                    alias: alias.clone(),
                    plugin: part.name().into(),
                    transform: part.transform()?,
                    condition,
                })
            }
        }
    }
}

impl Draft<'_> {
    /// Returns what builds the chain, or notes what is wrong with it.
    pub(super) fn stages(&self, problems: &mut Problems) -> Option<Stages> {
        let predicates = self.predicates(problems);
        let aliases = self.aliases("transforms", &self.keys.transforms, problems);
        let mut links = Vec::new();
        for alias in aliases {
            links.extend(self.transform(alias, &predicates, problems));
        }
        let complete = links.len() == self.keys.transforms.len();
        links.extend(self.transforms.iter().cloned().map(Link::Code));
        let links: Arc<[Link]> = links.into();
        complete.then(|| Stages::new(move || links.iter().map(Link::build).collect()))
    }

    fn transform(
        &self,
        alias: &str,
        predicates: &BTreeMap<&str, Part>,
        problems: &mut Problems,
    ) -> Option<Link> {
        let prefix = format!("transforms.{alias}.");
        let mut options = self.config.with_prefix(&prefix);
        let predicate = options.remove("predicate");
        let negate = options.remove("negate");
        let part = self.part(Kind::Transform, &prefix, options, problems);
        let condition = match (predicate.as_deref().map(str::trim), negate.as_deref()) {
            (None, None) => Some(None),
            (None, Some(_)) => {
                let key = format!("{prefix}negate");
                problems.add(
                    &key,
                    format!(
                        "Configuration \"{key}\" needs \"{prefix}predicate\", which is not set"
                    ),
                );
                None
            }
            (Some(name), negate) => {
                let applies = applies(&prefix, negate, problems);
                let found = predicates.get(name);
                if found.is_none() && !self.keys.predicates.iter().any(|known| known == name) {
                    let known = self.keys.predicates.join(", ");
                    problems.extend([ConfigProblem::invalid(
                        format!("{prefix}predicate"),
                        name,
                        format!("Must be one of the aliases in predicates: {known}"),
                    )]);
                }
                found.cloned().zip(applies).map(Some)
            }
        };
        let part = part?;
        problems.take(&prefix, &format!("{prefix}type"), part.transform())?;
        Some(Link::Config {
            alias: alias.into(),
            part,
            condition: condition?,
        })
    }

    fn predicates(&self, problems: &mut Problems) -> BTreeMap<&str, Part> {
        let mut predicates = BTreeMap::new();
        for alias in self.aliases("predicates", &self.keys.predicates, problems) {
            let prefix = format!("predicates.{alias}.");
            let options = self.config.with_prefix(&prefix);
            let Some(part) = self.part(Kind::Predicate, &prefix, options, problems) else {
                continue;
            };
            let built = part.predicate();
            if problems
                .take(&prefix, &format!("{prefix}type"), built)
                .is_some()
            {
                predicates.insert(alias, part);
            }
        }
        predicates
    }

    fn part(
        &self,
        kind: Kind,
        prefix: &str,
        mut options: ConfigMap,
        problems: &mut Problems,
    ) -> Option<Part> {
        let key = format!("{prefix}type");
        let Some(class) = options.remove("type") else {
            problems.extend([ConfigProblem::missing(key)]);
            return None;
        };
        let found = self.plugins.find(kind, class.trim());
        let named = problems.take("", &key, found)?;
        Some(Part::new(named, options, self.quirks()))
    }

    /// Checks the aliases of `list`, and that nothing is said about others.
    fn aliases<'k>(
        &self,
        list: &str,
        aliases: &'k [String],
        problems: &mut Problems,
    ) -> Vec<&'k str> {
        let mut known: Vec<&str> = Vec::new();
        for alias in aliases {
            if known.contains(&alias.as_str()) {
                let value = aliases.join(",");
                problems.extend([ConfigProblem::invalid(
                    list,
                    value,
                    "Duplicate alias provided.",
                )]);
            } else {
                known.push(alias);
            }
        }
        for (key, _) in self.config.with_prefix(&format!("{list}.")).iter() {
            let alias = key.split('.').next().unwrap_or(key);
            if !known.contains(&alias) {
                let why = format!("\"{list}\" does not list `{alias}`");
                self.without_effect(&format!("{list}.{key}"), &why, problems);
            }
        }
        known
    }
}

fn applies(prefix: &str, negate: Option<&str>, problems: &mut Problems) -> Option<Applies> {
    let text = negate.unwrap_or("false").trim();
    if text.eq_ignore_ascii_case("false") {
        Some(Applies::IfTrue)
    } else if text.eq_ignore_ascii_case("true") {
        Some(Applies::IfFalse)
    } else {
        let reason = "Expected value to be either true or false";
        problems.extend([ConfigProblem::invalid(
            format!("{prefix}negate"),
            text,
            reason,
        )]);
        None
    }
}
