//! [`Planner`]: from a configuration to a [`Plan`].

use std::{num::NonZeroUsize, sync::Arc};

use connect_api::{
    Build, ConfigDef, ConfigMap, ConfigProblem, Result, SinkGuarantees, SourceGuarantees, Str,
    TypedConfig, UnknownKeys,
};
use futures::FutureExt;

use super::{
    draft::Draft,
    keys::{BoundaryKey, CommonKeys, ExactlyOnceWish, SinkKeys, SourceKeys},
    options,
    parts::warn_of_ignored,
    plan::{Connector, Converters, Excess, FromCode, Plan, Provenance, Renewal},
    problems::{Problems, build},
    references::{Resolved, Resolver},
    worker::{Transactions, WorkerSettings},
};
use crate::{
    plugins::{Kind, Named, Plugins},
    secrets::Secrets,
    status::{Direction, Guarantee},
    task::Delivery,
};

/// Turns configurations into plans, for one worker.
#[derive(Debug)]
pub(crate) struct Planner {
    pub(crate) settings: WorkerSettings,
    pub(crate) plugins: Plugins,
    /// The worker's converters, from code.
    pub(crate) converters: Option<Converters>,
    /// What references of connectors' configurations stand for.
    pub(crate) resolver: Resolver,
    /// What the worker's settings refer to: connectors take some of it over.
    pub(crate) secrets: Secrets,
}

/// The parsed keys of either direction.
enum Keys {
    Source(SourceKeys),
    Sink(SinkKeys),
}

impl Keys {
    fn common(&self) -> &CommonKeys {
        match self {
            Self::Source(keys) => &keys.common,
            Self::Sink(keys) => &keys.common,
        }
    }
}

impl Planner {
    /// Plans a connector: the one that `config` names, or the one from code.
    ///
    /// # Errors
    ///
    /// `Config`: everything that is wrong, at once. `Unavailable`: a config provider does not answer.
    pub(crate) async fn plan(
        self: &Arc<Self>,
        config: &ConfigMap,
        code: Option<FromCode>,
    ) -> Result<Plan> {
        let resolved = self.resolver.resolve(config).await?;
        self.plan_resolved(config, resolved, code)
    }

    fn plan_resolved(
        self: &Arc<Self>,
        config: &ConfigMap,
        resolved: Resolved,
        code: Option<FromCode>,
    ) -> Result<Plan> {
        let mut problems = Problems::default();
        let plan = match code.clone() {
            Some(code) => self.draft_code(&resolved.config, code, &mut problems),
            None => self.draft_config(&resolved.config, &mut problems),
        };
        problems.extend(named_by_reference(config, &resolved));
        let planned = problems.into_result(plan);
        let secrets = resolved.secrets.with(&self.secrets);
        let mut plan = planned.map_err(|error| secrets.hide_in_error(resolved.hide(error)))?;
        plan.config = config.clone();
        plan.secrets = secrets;
        if resolved.has_references() {
            plan.renewal = Some(self.renewal(config.clone(), resolved, code));
        }
        Ok(plan)
    }

    fn renewal(
        self: &Arc<Self>,
        config: ConfigMap,
        resolved: Resolved,
        code: Option<FromCode>,
    ) -> Renewal {
        let ttl = resolved.ttl;
        let (planner, known) = (Arc::clone(self), Arc::new((config, resolved.config, code)));
        let renew = move || {
            let (planner, known) = (Arc::clone(&planner), Arc::clone(&known));
            let renewed = async move {
                let (config, before, code) = &*known;
                let resolved = planner.resolver.resolve(config).await?;
                if resolved.config == *before {
                    return Ok(None);
                }
                planner
                    .plan_resolved(config, resolved, code.clone())
                    .map(Some)
            };
            renewed.boxed()
        };
        Renewal {
            ttl,
            renew: Box::new(renew),
        }
    }

    /// Returns everything that is wrong with the converters that the worker's settings name.
    pub(crate) fn converter_problems(&self) -> Vec<ConfigProblem> {
        let mut problems = Problems::default();
        // A connector that says nothing itself.
        let config = ConfigMap::from([("name", "worker")]);
        let keys = CommonKeys::parse(&config, UnknownKeys::Ignore);
        if let Some(keys) = problems.take("", "name", keys) {
            let draft = self.draft(&config, &keys, UnknownKeys::Refuse);
            draft.worker_codec(&mut problems);
        }
        problems.into_vec()
    }

    fn draft_config(&self, config: &ConfigMap, problems: &mut Problems) -> Option<Plan> {
        let Some(class) = config.get("connector.class") else {
            problems.extend([ConfigProblem::missing("connector.class")]);
            return None;
        };
        let found = self.plugins.find(Kind::Connector, class.trim());
        let named = problems.take("", "connector.class", found)?;
        let direction = match named.plugin.build() {
            Build::Source(_) => Direction::Source,
            _ => Direction::Sink,
        };
        let known = definition(direction);
        let all = known.clone().merge(named.plugin.config().clone());
        let unknown = all.unknown(config);
        match named.unknown_keys {
            UnknownKeys::Refuse => problems.extend(unknown),
            _ => warn_of_ignored(named, &unknown),
        }
        let keys = read(direction, &known.select(config), problems);
        let connector = build_connector(named, &known, config, problems);
        let keys = keys?;
        let draft = self.draft(config, keys.common(), named.unknown_keys);
        let plugin = named.plugin.name().into();
        plan(&draft, &keys, connector, plugin, problems)
    }

    fn draft_code(
        &self,
        config: &ConfigMap,
        code: FromCode,
        problems: &mut Problems,
    ) -> Option<Plan> {
        let direction = code.connector.direction();
        let known = definition(direction);
        problems.extend(known.unknown(config));
        let keys = read(direction, &known.select(config), problems)?;
        let draft = Draft {
            converters: code.converters.as_ref(),
            transforms: &code.transforms,
            ..self.draft(config, keys.common(), UnknownKeys::Refuse)
        };
        let connector = Some(code.connector);
        let mut plan = plan(&draft, &keys, connector, code.plugin, problems)?;
        plan.provenance = Provenance::Code;
        Some(plan)
    }

    fn draft<'a>(
        &'a self,
        config: &'a ConfigMap,
        keys: &'a CommonKeys,
        unknown_keys: UnknownKeys,
    ) -> Draft<'a> {
        Draft {
            settings: &self.settings,
            plugins: &self.plugins,
            defaults: self.converters.as_ref(),
            config,
            keys,
            unknown_keys,
            converters: None,
            transforms: &[],
        }
    }
}

/// The name stands in statuses and before offsets.
fn named_by_reference(config: &ConfigMap, resolved: &Resolved) -> Option<ConfigProblem> {
    let written = config.get("name")?;
    let reason = "Must not refer to a value: offsets and statuses are stored under the name";
    (resolved.config.get("name") != Some(written))
        .then(|| ConfigProblem::invalid("name", written, reason))
}

/// What the runtime itself reads of a connector's configuration.
pub(crate) fn definition(direction: Direction) -> ConfigDef {
    let keys = match direction {
        Direction::Source => SourceKeys::definition(),
        Direction::Sink => SinkKeys::definition(),
    };
    let prefixes = [
        "key.converter.",
        "value.converter.",
        "header.converter.",
        "transforms.",
        "predicates.",
        "producer.override.",
        "consumer.override.",
        "admin.override.",
    ];
    let topics = (direction == Direction::Source).then_some("topic.creation.");
    prefixes
        .into_iter()
        .chain(topics)
        .fold(keys, ConfigDef::with_prefix)
}

/// Reads the runtime's keys.
fn read(direction: Direction, config: &ConfigMap, problems: &mut Problems) -> Option<Keys> {
    problems.read(config, ("name", "unnamed"), |config| {
        parse(direction, config)
    })
}

fn parse(direction: Direction, config: &ConfigMap) -> Result<Keys> {
    let unknown = UnknownKeys::Ignore;
    match direction {
        Direction::Source => SourceKeys::parse(config, unknown).map(Keys::Source),
        Direction::Sink => SinkKeys::parse(config, unknown).map(Keys::Sink),
    }
}

/// Builds the connector from the keys that are not the runtime's, and from those that it defines itself.
fn build_connector(
    named: Named<'_>,
    known: &ConfigDef,
    config: &ConfigMap,
    problems: &mut Problems,
) -> Option<Connector> {
    let definition = named.plugin.config();
    let theirs = |key: &str| !known.knows(key) || definition.key(key).is_some();
    let options = config.iter().filter(|(key, _)| theirs(key)).collect();
    // Unknown keys are the planner's business: it knows the runtime's keys too.
    let unknown = UnknownKeys::Ignore;
    let what = format!("connector `{}`", named.plugin.name());
    let built = build(&what, || match named.plugin.build() {
        Build::Source(new) => new(&options, unknown).map(Connector::Source),
        Build::Sink(new) => new(&options, unknown).map(Connector::Sink),
        other => Err(connect_api::Error::config(format!(
            "expected a connector, found a {}",
            other.kind()
        ))),
    });
    problems.take("", "connector.class", built)
}

fn plan(
    draft: &Draft<'_>,
    keys: &Keys,
    connector: Option<Connector>,
    plugin: Str,
    problems: &mut Problems,
) -> Option<Plan> {
    draft.settings.overrides.check(draft.config, problems);
    let name = keys.common().name.as_str();
    if name.contains(char::is_control) {
        let reason = "String may not contain control sequences";
        let found = name.escape_default().to_string();
        problems.extend([ConfigProblem::invalid("name", found, reason)]);
    }
    let codec = draft.codec(problems);
    let stages = draft.stages(problems);
    let guarantee = connector
        .as_ref()
        .and_then(|connector| guarantee(draft.settings, keys, connector, problems));
    let options = match keys {
        Keys::Source(keys) => {
            let delivery = match guarantee {
                Some(Guarantee::ExactlyOnce) => Delivery::ExactlyOnce,
                _ => Delivery::AtLeastOnce,
            };
            options::of_source(keys, delivery, draft, problems)
        }
        Keys::Sink(keys) => options::of_sink(keys, draft, problems),
    };
    let common = keys.common();
    Some(Plan {
        name: common.name.as_str().into(),
        config: draft.config.clone(),
        renewal: None,
        secrets: Secrets::default(),
        on_reload: common.config_action_reload,
        plugin,
        provenance: Provenance::Config,
        connector: connector?,
        tasks_max: NonZeroUsize::try_from(common.tasks_max).unwrap_or(NonZeroUsize::MAX),
        excess: match common.tasks_max_enforce {
            true => Excess::Refused,
            false => Excess::Allowed,
        },
        guarantee: guarantee?,
        options: Arc::new(options),
        codec: codec?,
        stages: stages?,
    })
}

/// Returns what the connector's records get, or notes why it may not run so.
fn guarantee(
    settings: &WorkerSettings,
    keys: &Keys,
    connector: &Connector,
    problems: &mut Problems,
) -> Option<Guarantee> {
    let (connector, keys) = match (connector, keys) {
        (Connector::Source(connector), Keys::Source(keys)) => (connector, keys),
        (Connector::Sink(connector), _) => {
            let guarantees = build("the sink", || Ok(connector.guarantees()));
            return Some(match problems.take("", "connector.class", guarantees)? {
                SinkGuarantees::StoresOffsets => Guarantee::ExactlyOnce,
                SinkGuarantees::Idempotent => Guarantee::Idempotent,
                _ => Guarantee::AtLeastOnce,
            });
        }
        (Connector::Source(_), Keys::Sink(_)) => return None,
    };
    let guarantees = build("the source", || Ok(connector.guarantees()));
    let guarantees = problems.take("", "connector.class", guarantees)?;
    let able = guarantees != SourceGuarantees::AtLeastOnce;
    let allowed = settings.transactions == Transactions::Allowed;
    if keys.exactly_once_support == ExactlyOnceWish::Required {
        let key = "exactly.once.support";
        if !allowed {
            problems.add(
                key,
                "This worker does not have exactly-once source support enabled.",
            );
        } else if !able {
            problems.add(
                key,
                "The connector does not support exactly-once semantics with the provided configuration.",
            );
        }
    }
    let boundaries = guarantees == SourceGuarantees::ExactlyOnceWithBoundaries;
    if keys.transaction_boundary == BoundaryKey::Connector && !boundaries {
        problems.add(
            "transaction.boundary",
            "The connector does not support connector-defined transaction boundaries with the given configuration. \
             Please reconfigure it to use a different transaction boundary definition.",
        );
    }
    Some(match able && allowed {
        true => Guarantee::ExactlyOnce,
        false => Guarantee::AtLeastOnce,
    })
}
