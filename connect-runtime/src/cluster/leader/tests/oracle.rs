//! [`Oracle`]: what the leader has promised.

use std::collections::BTreeMap;

use connect_api::{ConfigMap, Str};

use crate::stores::{ConfigState, Reply, TargetState, Tasks, Wish};

/// What the replies add up to.
#[derive(Debug, Default)]
pub(super) struct Oracle(BTreeMap<Str, Known>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Known {
    config: ConfigMap,
    target: TargetState,
    tasks: Option<Vec<ConfigMap>>,
}

impl Oracle {
    /// Hears a reply, which has to fit to what was said before.
    pub(super) fn hear(&mut self, wish: &Wish, reply: &Reply) {
        let name = wish.connector();
        let known = self.0.get_mut(name);
        let fits = match (wish, reply, known) {
            (Wish::Create { config, state, .. }, Reply::Created, None) => {
                let target = TargetState::parse(state).unwrap();
                self.insert(name, config, target)
            }
            (Wish::Put { config, .. }, Reply::Created, None) => {
                self.insert(name, config, TargetState::Started)
            }
            (Wish::Put { config, .. }, Reply::Updated, Some(known)) => {
                std::mem::replace(&mut known.config, config.clone()) != *config
            }
            (Wish::Put { config, .. }, Reply::Unchanged, Some(known)) => known.config == *config,
            (Wish::Delete { .. }, Reply::Done, Some(_)) => self.0.remove(name).is_some(),
            (Wish::Target { state, .. }, Reply::Done, Some(known)) => {
                let target = TargetState::parse(state).unwrap();
                std::mem::replace(&mut known.target, target) != target
            }
            (Wish::Target { state, .. }, Reply::Unchanged, Some(known)) => {
                known.target.name() == state.as_str()
            }
            (Wish::Tasks { configs, .. }, Reply::Updated, Some(known)) => {
                known.tasks.replace(configs.clone()).as_ref() != Some(configs)
            }
            (Wish::Tasks { configs, .. }, Reply::Unchanged, Some(known)) => {
                known.tasks.as_ref() == Some(configs)
            }
            (Wish::Restart { .. }, Reply::Done, Some(known)) => {
                known.target == TargetState::Started
            }
            (Wish::Create { .. }, Reply::Refused(_), known) => known.is_some(),
            // Whether it has changed since is not known here.
            (Wish::Delete { as_of: Some(_), .. }, Reply::Refused(_), _) => true,
            (Wish::Delete { .. } | Wish::Target { .. }, Reply::Refused(_), known) => {
                known.is_none()
            }
            (Wish::Tasks { .. } | Wish::Restart { .. }, Reply::Refused(_), _) => true,
            _ => false,
        };
        assert!(fits, "{wish:?} was answered {reply:?}");
    }

    fn insert(&mut self, name: &Str, config: &ConfigMap, target: TargetState) -> bool {
        let known = Known {
            config: config.clone(),
            target,
            tasks: None,
        };
        self.0.insert(name.clone(), known).is_none()
    }

    /// Checks that exactly what was promised can be read.
    pub(super) fn check(&self, state: &ConfigState) {
        let read = state.connectors.iter().map(|(name, connector)| {
            let tasks = match &connector.tasks {
                Tasks::Unknown => None,
                Tasks::Committed { configs, .. } => Some(configs.clone()),
                Tasks::Inconsistent { .. } => panic!("{name}: its tasks are no whole set"),
            };
            let known = Known {
                config: connector.config.clone(),
                target: connector.target,
                tasks,
            };
            (name.clone(), known)
        });
        assert_eq!(read.collect::<BTreeMap<_, _>>(), self.0);
    }
}
