//! [`Blackhole`]: the connector, and its options.

use std::{fmt, sync::Arc, time::Duration};

use async_trait::async_trait;
use connect_api::{
    Millis, Result, SinkBatch, SinkConnector, SinkContext, SinkGuarantees, SinkTask,
};
use schemars::JsonSchema;
use serde::Deserialize;

use super::task::BlackholeTask;

/// What is said about what arrives.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct BlackholeConfig {
    /// How often a line about rate and lag is logged, in milliseconds; 0 is never.
    #[serde(default = "log_interval_ms")]
    pub log_interval_ms: Millis,
}

fn log_interval_ms() -> Millis {
    Millis::new(10_000)
}

/// Takes every record and keeps none; counts them, and how late they are.
///
/// ```
/// use connect_datagen::Blackhole;
///
/// let sink = Blackhole::new().with_tap(|batch| assert!(batch.len() < 1_000_000));
/// # let _ = sink;
/// ```
pub struct Blackhole {
    log_interval: Option<Duration>,
    tap: Option<Tap>,
}

/// Who looks at batches before they are gone.
pub(super) type Tap = Arc<dyn Fn(&SinkBatch) + Send + Sync>;

impl Blackhole {
    /// Builds a sink that logs a line every ten seconds.
    #[must_use]
    pub fn new() -> Self {
        Self {
            log_interval: Some(log_interval_ms().duration()),
            tap: None,
        }
    }

    /// Builds what `config` says.
    #[must_use]
    pub fn from_config(config: BlackholeConfig) -> Self {
        let interval = config.log_interval_ms.duration();
        let interval = Some(interval).filter(|interval| !interval.is_zero());
        Self::new().with_log_interval(interval)
    }

    /// Sets how often a line about rate and lag is logged; default 10 s.
    ///
    /// `None` is never.
    #[must_use]
    pub fn with_log_interval(mut self, interval: Option<Duration>) -> Self {
        self.log_interval = interval;
        self
    }

    /// Shows every batch to `tap` before it is gone.
    ///
    /// It runs in `put`, so it must not block.
    #[must_use]
    pub fn with_tap(mut self, tap: impl Fn(&SinkBatch) + Send + Sync + 'static) -> Self {
        self.tap = Some(Arc::new(tap));
        self
    }
}

impl Default for Blackhole {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Blackhole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Blackhole")
            .field("log_interval", &self.log_interval)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl SinkConnector for Blackhole {
    async fn open(&self, cx: SinkContext) -> Result<Box<dyn SinkTask>> {
        Ok(Box::new(BlackholeTask::new(
            cx,
            self.log_interval,
            self.tap.clone(),
        )))
    }

    fn guarantees(&self) -> SinkGuarantees {
        // What comes again after a failure is counted again.
        SinkGuarantees::AtLeastOnce
    }
}
