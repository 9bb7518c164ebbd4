//! What a connector's plugin is asked to do, outside of its tasks.

use std::sync::Arc;

use connect_api::{Error, Result, TaskConfig};
use futures::{FutureExt, future::BoxFuture};
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use super::{
    crew::{Crew, name_of_connector, start},
    task::Told,
};
use crate::{
    broker::NewTopic,
    settings::{Connector, Excess, Plan},
    watchdog::{Call, CallError, Calls, Subject},
};

/// Work of a connector's plugin, running as a task of its own.
pub(super) struct Work {
    calls: Arc<Calls>,
    /// Stops work that may be dropped; other work is waited for by nobody.
    cancel: CancellationToken,
    done: BoxFuture<'static, Result<Result<Done>, String>>,
    stuck: Told,
}

/// What the work is given.
struct Given {
    crew: Arc<Crew>,
    plan: Arc<Plan>,
    calls: Arc<Calls>,
    cancelled: CancellationToken,
}

/// What the plugin answered.
#[derive(Debug)]
pub(super) enum Done {
    /// The configs of its tasks.
    Split(Vec<TaskConfig>),
    /// Its tasks have to be split anew.
    Changed,
}

/// What came of it.
pub(super) enum Outcome {
    Done(Done),
    Failed(Error),
    /// It blocks its thread, and goes on doing so: another outcome comes later.
    Stuck(String),
}

impl Work {
    /// Lets the plugin split its work into tasks.
    pub(super) fn split(crew: &Arc<Crew>, plan: &Arc<Plan>, current: Vec<TaskConfig>) -> Self {
        // Its future is not dropped: the plugin is still wanted. A late answer is ignored.
        Self::start(
            crew,
            plan,
            |Given {
                 crew, plan, calls, ..
             }| async move {
                prepare_dead_letters(&crew, &plan).await?;
                let max = plan.tasks_max;
                let configs = async {
                    match &plan.connector {
                        Connector::Source(source) => source.task_configs(max, &current).await,
                        Connector::Sink(sink) => {
                            let tasks = sink.max_tasks().map_or(max, |most| most.min(max));
                            Ok(vec![TaskConfig::new(); tasks.get()])
                        }
                    }
                };
                let configs = calls.run(Call::TaskConfigs, plan.options.call_timeout, configs);
                let configs = configs.await.map_err(CallError::into_error)?;
                if plan.excess == Excess::Refused && configs.len() > max.get() {
                    // Asking again would give the same; another `tasks.max` may help.
                    return Err(Error::config(format!(
                        "connector `{}`: task_configs: expected at most {max} task configs (tasks.max), found {}",
                        plan.name,
                        configs.len(),
                    )));
                }
                Ok(Done::Split(configs))
            },
        )
    }

    /// Lets the plugin watch for changes of its work; sinks have none to watch for.
    pub(super) fn watch(
        crew: &Arc<Crew>,
        plan: &Arc<Plan>,
        current: Vec<TaskConfig>,
    ) -> Option<Self> {
        let Connector::Source(source) = &plan.connector else {
            return None;
        };
        let source = Arc::clone(source);
        Some(Self::start(
            crew,
            plan,
            |Given {
                 plan,
                 calls,
                 cancelled,
                 ..
             }| async move {
                // It waits for ever by contract; only blocking its thread would be a mistake.
                let limit = plan.options.call_timeout;
                let watched = calls.attend(Call::Changed, limit, source.changed(&current));
                tokio::select! {
                    biased;
                    watched = watched => watched.map_err(CallError::into_error)?,
                    () = cancelled.cancelled() => {}
                }
                Ok(Done::Changed)
            },
        ))
    }

    fn start<F: Future<Output = Result<Done>> + Send + 'static>(
        crew: &Arc<Crew>,
        plan: &Arc<Plan>,
        work: impl FnOnce(Given) -> F,
    ) -> Self {
        let subject = Subject::Connector(plan.name.clone());
        let calls = crew.watchdog.calls_hiding(&plan.secrets, subject);
        let cancel = CancellationToken::new();
        let work = work(Given {
            crew: Arc::clone(crew),
            plan: Arc::clone(plan),
            calls: Arc::clone(&calls),
            cancelled: cancel.clone(),
        });
        let span = tracing::info_span!("connector", connector = %plan.name);
        let name = name_of_connector(&plan.name);
        let done = start(&*crew.site.environment, &name, work.instrument(span));
        Self {
            calls,
            cancel,
            done,
            stuck: Told::Not,
        }
    }

    /// Waits for what comes of it. Dropping the future loses nothing.
    pub(super) async fn next(&mut self) -> Outcome {
        tokio::select! {
            biased;
            done = &mut self.done => match done {
                Ok(Ok(done)) => Outcome::Done(done),
                Ok(Err(error)) => Outcome::Failed(error),
                Err(panic) => Outcome::Failed(Error::fatal(panic)),
            },
            stuck = self.calls.stuck(), if self.stuck == Told::Not => {
                self.stuck = Told::Yes;
                Outcome::Stuck(stuck.to_string())
            }
        }
    }
}

/// Work that nobody waits for any more ends where it may be dropped.
impl Drop for Work {
    fn drop(&mut self) {
        self.cancel.cancel();
    }
}

/// Creates the topic of the dead letter queue if there is none.
async fn prepare_dead_letters(crew: &Crew, plan: &Plan) -> Result<()> {
    let Some(options) = &plan.options.dead_letters else {
        return Ok(());
    };
    let mut topic = NewTopic::new(options.topic.clone()).partitions(1);
    topic.replication_factor = options.replication_factor;
    let created = crew.site.broker.create_topic(&topic).await;
    created.map(drop).map_err(|error| {
        error.context(format!(
            "creating the dead letter queue `{}`",
            options.topic
        ))
    })
}

/// Runs something for a connector that nothing of it waits for, such as reading its offsets.
pub(super) fn aside(
    crew: &Crew,
    plan: &Plan,
    work: impl Future<Output = ()> + Send + 'static,
) -> BoxFuture<'static, ()> {
    let span = tracing::info_span!("connector", connector = %plan.name);
    let name = name_of_connector(&plan.name);
    let ended = start(&*crew.site.environment, &name, work.instrument(span));
    async move {
        if let Err(panic) = ended.await {
            tracing::error!("{panic}");
        }
    }
    .boxed()
}
