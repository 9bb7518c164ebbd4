//! What the leader answers to requests.

use std::{cmp::Ordering, collections::BTreeSet, ops::Range};

use connect_api::{ConfigMap, Str};
use uuid::Uuid;

use super::{Asked, Decisions, Leader, Sight, wanted_tasks};
use crate::{
    cluster::version::compare,
    stores::{
        ClusterRecord, Code, ConfigRecord, ConnectorConfig, Hold, Placement, Reason, Refusal,
        Reply, Request, RestartOrder, Scope, TargetState, Tasks, Wish, Writers,
    },
    task_id::TaskId,
    unit::Unit,
};

/// The records of one answer.
#[derive(Default)]
struct Effect {
    cluster: Vec<ClusterRecord>,
    configs: Vec<ConfigRecord>,
}

impl Decisions {
    fn add(&mut self, asker: Uuid, effect: Effect) {
        let (configs, cluster) = (self.configs.len(), self.cluster.len());
        self.configs.extend(effect.configs);
        self.cluster.extend(effect.cluster);
        self.asked.push(Asked {
            id: asker,
            configs: configs..self.configs.len(),
            cluster: cluster..self.cluster.len(),
        });
    }

    /// Removes what `record` was made of, which is not needed any more.
    fn remove_pieces(&mut self, sight: Sight<'_>, record: &ClusterRecord) {
        let of = Str::from(record.key());
        let numbers = sight.cluster.pieces.of(&of);
        self.cluster
            .extend(numbers.map(|number| ClusterRecord::Piece {
                of: of.clone(),
                number,
                piece: None,
            }));
    }
}

type Answer = Result<(Reply, Effect), Refusal>;

impl Leader {
    /// Answers what was asked; returns the connectors that these answers change.
    ///
    /// Requests about such a connector are answered when that can be read.
    pub(super) fn answer(&mut self, sight: Sight<'_>, decisions: &mut Decisions) -> BTreeSet<Str> {
        let mut touched = BTreeSet::new();
        let requests = || sight.cluster.requests.values();
        self.refused
            .retain(|refused, _| requests().any(|(id, _)| id == refused));
        for (id, request) in requests() {
            let connector = request.wish.connector();
            if touched.contains(connector) {
                continue;
            }
            // Whoever does not know whether it has asked asks again, and may have its reply already.
            if !sight.cluster.replies.contains_key(id) {
                let granted = match self.refused.get(id) {
                    Some(message) => Err(wrong(format!("connector `{connector}`: {message}"))),
                    None => self.grant(sight, request),
                };
                let reply = match granted {
                    Ok((reply, effect)) => {
                        if !effect.cluster.is_empty() || !effect.configs.is_empty() {
                            touched.insert(connector.clone());
                        }
                        decisions.add(*id, effect);
                        reply
                    }
                    Err(refusal) => Reply::Refused(refusal),
                };
                let reply = Some(reply);
                decisions
                    .cluster
                    .push(ClusterRecord::Reply { id: *id, reply });
            }
            let request = ClusterRecord::Request {
                id: *id,
                request: None,
            };
            decisions.remove_pieces(sight, &request);
            decisions.cluster.push(request);
        }
        touched
    }

    fn grant(&mut self, sight: Sight<'_>, request: &Request) -> Answer {
        let name = request.wish.connector();
        let known = sight.configs.connectors.get(name);
        let existing = || known.ok_or_else(|| wrong(format!("there is no connector `{name}`")));
        match &request.wish {
            Wish::Create { config, state, .. } => create(sight, name, (config, state)),
            Wish::Put { config, .. } => put(sight, name, config),
            Wish::Delete { as_of, .. } => delete(sight, (name, existing()?), *as_of),
            Wish::Target { state, .. } => {
                let (connector, state) = (existing()?, target(state)?);
                if connector.target == state {
                    return Ok((Reply::Unchanged, Effect::default()));
                }
                if let Some((_, known)) = sight.cluster.code.get(name) {
                    let state = Str::from_static(state.name());
                    let known = known.clone();
                    return Ok((Reply::Done, code(name, Some(Code { state, ..known }))));
                }
                let record = ConfigRecord::TargetState {
                    connector: name.clone(),
                    state: Some(state),
                };
                Ok((Reply::Done, configs(vec![record])))
            }
            Wish::Restart { scope, .. } => {
                let connector = existing()?;
                self.restart(sight, (name, connector), *scope)
            }
            Wish::Tasks {
                version,
                configs,
                writers,
                ..
            } => {
                let connector = existing()?;
                if connector.version != *version {
                    let message = format!("connector `{name}` has another configuration meanwhile");
                    return Err(busy(message));
                }
                let unit = Unit::Connector(name.clone());
                let placement = sight.cluster.placements.get(&unit);
                let placement = placement.filter(|it| it.worker() == Some(request.from));
                let placement = placement.ok_or_else(|| {
                    busy(format!("connector `{name}` has another worker meanwhile"))
                })?;
                let (reply, mut effect) = tasks((name, connector), placement, (configs, *writers));
                if let (Some((_, known)), Reply::Updated) = (sight.cluster.code.get(name), &reply) {
                    let (tasks, known) = (Some(configs.clone()), known.clone());
                    let written = code(name, Some(Code { tasks, ..known }));
                    effect.cluster.extend(written.cluster);
                    effect.configs.clear();
                }
                Ok((reply, effect))
            }
            Wish::Code { code, .. } => register(sight, name, code),
        }
    }

    /// Restarts what runs, and lets what is quarantined run again.
    fn restart(
        &mut self,
        sight: Sight<'_>,
        (name, connector): (&Str, &ConnectorConfig),
        scope: Scope,
    ) -> Answer {
        if connector.target != TargetState::Started {
            return Err(wrong(format!(
                "connector `{name}`: expected it to be started, found it {}",
                connector.target.name().to_lowercase()
            )));
        }
        let count = wanted_tasks(connector).len();
        if let Scope::Task(task) = scope
            && task as usize >= count
        {
            return Err(wrong(format!(
                "connector `{name}`: expected one of its {count} tasks, found number {task}"
            )));
        }
        let ticket = self.ticket();
        let order = Some(RestartOrder { ticket, scope });
        let mut cluster = vec![ClusterRecord::Restart {
            connector: name.clone(),
            order,
        }];
        let of = sight.cluster.placements.iter();
        for (unit, placement) in of.filter(|(unit, _)| unit.connector() == name) {
            if matches!(placement.hold, Hold::Quarantined(_)) && is_meant(unit, scope) {
                let placement = Placement {
                    ticket: self.ticket(),
                    hold: Hold::Free,
                    deaths: 0,
                    ..placement.clone()
                };
                cluster.push(ClusterRecord::Placement {
                    unit: unit.clone(),
                    placement: Some(placement),
                });
            }
        }
        let configs = Vec::new();
        Ok((Reply::Done, Effect { cluster, configs }))
    }
}

fn is_meant(unit: &Unit, scope: Scope) -> bool {
    match (unit, scope) {
        (_, Scope::All | Scope::Failed) | (Unit::Connector(_), Scope::Connector) => true,
        (Unit::Task(id), Scope::Task(task)) => id.task == task,
        (Unit::Connector(_), Scope::Task(_)) | (Unit::Task(_), Scope::Connector) => false,
    }
}

fn create(sight: Sight<'_>, name: &Str, (config, state): (&ConfigMap, &Str)) -> Answer {
    not_from_code(sight, name)?;
    if sight.configs.connectors.contains_key(name) {
        return Err(wrong(format!("connector `{name}` exists already")));
    }
    let state = target(state)?;
    let records = ConfigRecord::connector(name, config.clone(), Some(state));
    Ok((Reply::Created, configs(records)))
}

fn put(sight: Sight<'_>, name: &Str, config: &ConfigMap) -> Answer {
    not_from_code(sight, name)?;
    let reply = match sight.configs.connectors.get(name) {
        Some(known) if known.config == *config => {
            return Ok((Reply::Unchanged, Effect::default()));
        }
        Some(_) => Reply::Updated,
        None => Reply::Created,
    };
    // A connector that was deleted may have left a target state behind.
    let first = (reply == Reply::Created).then_some(TargetState::Started);
    let records = ConfigRecord::connector(name, config.clone(), first);
    Ok((reply, configs(records)))
}

/// Deletes a connector, unless something has changed it since it was looked at.
fn delete(
    sight: Sight<'_>,
    (name, connector): (&Str, &ConnectorConfig),
    as_of: Option<i64>,
) -> Answer {
    if as_of.is_some_and(|as_of| as_of != connector.changed) {
        return Err(busy(format!(
            "connector `{name}` is not deleted: it was started or changed while its offsets were deleted, and may have \
             some again"
        )));
    }
    Ok(match sight.cluster.code.contains_key(name) {
        true => (Reply::Done, code(name, None)),
        false => (Reply::Done, configs(deletion(name, connector))),
    })
}

/// Removes a connector with its tasks; that these are fenced is forgotten once they are.
fn deletion(name: &Str, connector: &ConnectorConfig) -> Vec<ConfigRecord> {
    let mut records = ConfigRecord::deletion(name);
    records.extend(without_tasks(name, 0..connector.tasks.written()));
    records.push(ConfigRecord::Commit {
        connector: name.clone(),
        tasks: None,
    });
    records
}

fn without_tasks(connector: &Str, tasks: Range<u32>) -> impl Iterator<Item = ConfigRecord> {
    tasks.map(move |task| {
        let connector = connector.clone();
        let id = TaskId { connector, task };
        ConfigRecord::Task { id, config: None }
    })
}

/// Takes the code of a replica, unless there is other code.
fn register(sight: Sight<'_>, name: &Str, new: &Code) -> Answer {
    let Some((_, known)) = sight.cluster.code.get(name) else {
        if sight.configs.connectors.contains_key(name) {
            return Err(wrong(format!(
                "connector `{name}` exists already: it is configured as text"
            )));
        }
        return Ok((Reply::Created, code(name, Some(new.clone()))));
    };
    match compare(&new.version, &known.version) {
        Ordering::Less => Ok((Reply::Waits, Effect::default())),
        Ordering::Equal if new.fingerprint == known.fingerprint => {
            Ok((Reply::Unchanged, Effect::default()))
        }
        Ordering::Equal => Err(wrong(format!(
            "connector `{name}`: another replica has other code under version {}: expected {}, found {}",
            known.version, known.fingerprint, new.fingerprint
        ))),
        Ordering::Greater => {
            // What people want of it stays, and its tasks run until they are split anew.
            let code = Code {
                state: known.state.clone(),
                tasks: known.tasks.clone(),
                ..new.clone()
            };
            Ok((Reply::Updated, self::code(name, Some(code))))
        }
    }
}

fn code(name: &Str, code: Option<Code>) -> Effect {
    let connector = name.clone();
    let cluster = vec![ClusterRecord::Code { connector, code }];
    let configs = Vec::new();
    Effect { cluster, configs }
}

fn not_from_code(sight: Sight<'_>, name: &Str) -> Result<(), Refusal> {
    match sight.cluster.code.contains_key(name) {
        true => Err(wrong(format!(
            "connector `{name}` is a value of the application: no configuration replaces it"
        ))),
        false => Ok(()),
    }
}

/// Writes a set of tasks, unless it is the one that is there, and removes those that have no place in it.
fn tasks(
    (name, connector): (&Str, &ConnectorConfig),
    placement: &Placement,
    (new, writers): (&[ConfigMap], Writers),
) -> (Reply, Effect) {
    let mut effect = Effect::default();
    if placement.writers != writers {
        let placement = Placement {
            writers,
            ..placement.clone()
        };
        effect.cluster.push(ClusterRecord::Placement {
            unit: Unit::Connector(name.clone()),
            placement: Some(placement),
        });
    }
    if let Tasks::Committed { configs, .. } = &connector.tasks
        && configs == new
    {
        return (Reply::Unchanged, effect);
    }
    effect.configs = ConfigRecord::tasks(name, new.to_vec());
    let kept = u32::try_from(new.len()).unwrap_or(u32::MAX);
    effect
        .configs
        .extend(without_tasks(name, kept..connector.tasks.written()));
    (Reply::Updated, effect)
}

fn configs(configs: Vec<ConfigRecord>) -> Effect {
    let cluster = Vec::new();
    Effect { cluster, configs }
}

fn target(name: &Str) -> Result<TargetState, Refusal> {
    TargetState::parse(name).ok_or_else(|| wrong(format!("there is no target state `{name}`")))
}

fn busy(message: String) -> Refusal {
    Refusal {
        reason: Reason::Busy,
        message: message.into(),
    }
}

fn wrong(message: String) -> Refusal {
    Refusal {
        reason: Reason::Wrong,
        message: message.into(),
    }
}
