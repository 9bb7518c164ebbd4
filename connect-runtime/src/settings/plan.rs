//! [`Plan`]: a connector whose configuration was accepted.

use std::{fmt, num::NonZeroUsize, sync::Arc, time::Duration};

use connect_api::{
    ConfigMap, Converter, HeaderConverter, Result, SinkConnector, SourceConnector, Str, Transform,
};
use futures::future::BoxFuture;

use super::keys::ActionOnReload;
use crate::{
    secrets::Secrets,
    status::{Direction, Guarantee},
    task::{Codec, Stages, TaskOptions},
};

/// A connector whose configuration was accepted: everything that its tasks need.
pub(crate) struct Plan {
    pub(crate) name: Str,
    /// As it was written, references unresolved.
    pub(crate) config: ConfigMap,
    /// How it is planned anew when its references stand for something else; `None` if it has none.
    pub(crate) renewal: Option<Renewal>,
    /// What its references stand for, and those of the worker.
    pub(crate) secrets: Secrets,
    /// The name of its plugin.
    pub(crate) plugin: Str,
    pub(crate) on_reload: ActionOnReload,
    pub(crate) provenance: Provenance,
    pub(crate) connector: Connector,
    pub(crate) tasks_max: NonZeroUsize,
    pub(crate) excess: Excess,
    pub(crate) guarantee: Guarantee,
    pub(crate) options: Arc<TaskOptions>,
    pub(crate) codec: Codec,
    pub(crate) stages: Stages,
}

/// How a connector is planned anew when its references stand for something else.
pub(crate) struct Renewal {
    /// After that time they may.
    pub(super) ttl: Option<Duration>,
    pub(super) renew: Box<dyn Fn() -> BoxFuture<'static, Result<Option<Plan>>> + Send + Sync>,
}

/// Where a connector comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Provenance {
    Config,
    Code,
}

/// What happens to a connector that makes more tasks than it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Excess {
    Refused,
    Allowed,
}

/// A connector's value.
#[derive(Clone)]
pub(crate) enum Connector {
    Source(Arc<dyn SourceConnector>),
    Sink(Arc<dyn SinkConnector>),
}

impl Connector {
    pub(crate) fn direction(&self) -> Direction {
        match self {
            Self::Source(_) => Direction::Source,
            Self::Sink(_) => Direction::Sink,
        }
    }
}

/// A connector from code, and what its author chose in code.
#[derive(Clone)]
pub(crate) struct FromCode {
    pub(crate) connector: Connector,
    /// The name of its type.
    pub(crate) plugin: Str,
    pub(crate) converters: Option<Converters>,
    pub(crate) transforms: Vec<TransformFromCode>,
}

/// Converters as values.
#[derive(Clone)]
pub(crate) struct Converters {
    pub(crate) key: (Arc<dyn Converter>, Str),
    pub(crate) value: (Arc<dyn Converter>, Str),
    pub(crate) header: (Arc<dyn HeaderConverter>, Str),
}

impl Converters {
    pub(crate) fn new<K: Converter, V: Converter, H: HeaderConverter>(
        key: K,
        value: V,
        header: H,
    ) -> Self {
        Self {
            key: (Arc::new(key), type_name::<K>()),
            value: (Arc::new(value), type_name::<V>()),
            header: (Arc::new(header), type_name::<H>()),
        }
    }
}

/// A transform as a value; each incarnation of a task makes its own.
#[derive(Clone)]
pub(crate) struct TransformFromCode {
    pub(crate) name: Str,
    pub(crate) make: Arc<dyn Fn() -> Box<dyn Transform> + Send + Sync>,
}

/// Names a type without its modules and parameters: closures are called `closure`.
pub(crate) fn type_name<T: ?Sized>() -> Str {
    let full = std::any::type_name::<T>();
    let plain = full.split('<').next().unwrap_or(full);
    let last = plain.rsplit("::").next().unwrap_or(plain);
    last.trim_matches(|c| c == '{' || c == '}').into()
}

impl Plan {
    /// Returns after which time what its references stand for is looked up again.
    pub(crate) fn ttl(&self) -> Option<Duration> {
        let renewal = self.renewal.as_ref()?;
        renewal
            .ttl
            .filter(|_| self.on_reload == ActionOnReload::Restart)
    }

    /// Plans the connector anew if its references stand for something else; `None` if they do not.
    pub(crate) async fn renewed(&self) -> Result<Option<Self>> {
        match &self.renewal {
            Some(renewal) => (renewal.renew)().await,
            None => Ok(None),
        }
    }
}

impl fmt::Debug for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Plan({} {})", self.connector.direction(), self.name)
    }
}

impl fmt::Debug for FromCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FromCode({})", self.plugin)
    }
}

impl fmt::Debug for Converters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}, {}", self.key.1, self.value.1, self.header.1)
    }
}
