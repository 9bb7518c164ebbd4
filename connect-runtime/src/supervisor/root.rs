//! [`WorkerActor`]: owns the connectors of a worker.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use connect_api::{Error, Result, Str};
use futures::{
    FutureExt, StreamExt, future::BoxFuture, future::join_all, stream::FuturesUnordered,
};
use tokio::sync::{
    mpsc::{self, error::TrySendError},
    oneshot,
};

use super::{
    command::{ConnectorCommand, Existing, Put, Reply, Share, ShutdownReport, WorkerCommand},
    connector::ConnectorActor,
    crew::{Crew, name_of_connector, start},
    duty::{Deletions, Duty, Role},
    life::Target,
};
use crate::{settings::Plan, status::State};

/// Owns the connectors of a worker, and passes on what they are asked.
pub(crate) struct WorkerActor {
    crew: Arc<Crew>,
    commands: mpsc::Receiver<WorkerCommand>,
    connectors: BTreeMap<Str, mpsc::Sender<ConnectorCommand>>,
    ended: FuturesUnordered<BoxFuture<'static, (Str, Result<Deletions, String>)>>,
    /// Shares of connectors whose last supervisor has not gone yet.
    waiting: BTreeMap<Str, Share>,
}

impl WorkerActor {
    /// How many commands wait for one connector; an actor takes each at once, so more is a sign of trouble.
    const COMMANDS: usize = 64;

    pub(crate) fn new(crew: Arc<Crew>, commands: mpsc::Receiver<WorkerCommand>) -> Self {
        Self {
            crew,
            commands,
            connectors: BTreeMap::new(),
            ended: FuturesUnordered::new(),
            waiting: BTreeMap::new(),
        }
    }

    /// Runs until it is told to shut down; without handles it goes on.
    pub(crate) async fn run(mut self) {
        let mut handles = Handles::Some;
        loop {
            // Both may be dropped: nothing is lost.
            tokio::select! {
                biased;
                command = self.commands.recv(), if handles == Handles::Some => match command {
                    Some(WorkerCommand::Shutdown { within, reply }) => {
                        return self.shut_down(within, reply).await;
                    }
                    Some(command) => self.take(command),
                    None => handles = Handles::None,
                },
                Some((name, ended)) = self.ended.next() => self.on_ended(&name, ended),
                else => return,
            }
        }
    }

    fn take(&mut self, command: WorkerCommand) {
        match command {
            WorkerCommand::Put {
                plan,
                existing,
                target,
                reply,
            } => self.put(plan, existing, target, reply),
            WorkerCommand::Share(share) => self.share(share),
            WorkerCommand::Connector { name, command } => self.pass_on(&name, command),
            WorkerCommand::Shutdown { .. } => {}
        }
    }

    fn put(
        &mut self,
        plan: Arc<Plan>,
        existing: Existing,
        target: Target,
        reply: Reply<Result<Put>>,
    ) {
        let name = plan.name.clone();
        if self.connectors.contains_key(&name) {
            let command = ConnectorCommand::Put {
                plan,
                existing,
                reply,
            };
            self.pass_on(&name, command);
        } else {
            self.start(plan, target, Duty::Alone);
            drop(reply.send(Ok(Put::Created)));
        }
    }

    fn share(&mut self, share: Share) {
        let name = share.plan.name.clone();
        if !self.connectors.contains_key(&name) {
            let duty = Duty::Shared {
                role: Role::HelpsOnly,
                outcomes: Arc::clone(&share.outcomes),
            };
            self.start(Arc::clone(&share.plan), Target::Stopped, duty);
        }
        let Some(connector) = self.connectors.get(&name) else {
            return;
        };
        if let Err(refused) = connector.try_send(ConnectorCommand::Share(share))
            && let ConnectorCommand::Share(share) = refused.into_inner()
        {
            // It has ended, and the next one takes it.
            self.waiting.insert(name, share);
        }
    }

    fn start(&mut self, plan: Arc<Plan>, target: Target, duty: Duty) {
        let name = plan.name.clone();
        let (sender, commands) = mpsc::channel(Self::COMMANDS);
        let actor = ConnectorActor::new(Arc::clone(&self.crew), plan, commands, duty);
        let ended = start(
            &*self.crew.environment,
            &name_of_connector(&name),
            actor.run(target),
        );
        self.connectors.insert(name.clone(), sender);
        self.ended
            .push(ended.map(move |ended| (name, ended)).boxed());
    }

    fn pass_on(&mut self, name: &Str, command: ConnectorCommand) {
        let Some(connector) = self.connectors.get(name) else {
            let error = Error::config(format!("there is no connector `{name}`"));
            return command.refuse(error);
        };
        let (why, command) = match connector.try_send(command) {
            Ok(()) => return,
            Err(TrySendError::Full(command)) => ("does not take commands now", command),
            Err(TrySendError::Closed(command)) => ("is going away", command),
        };
        command.refuse(Error::unavailable(format!("connector `{name}` {why}")));
    }

    /// Forgets a connector, and only then answers those who wanted that.
    fn on_ended(&mut self, name: &Str, ended: Result<Deletions, String>) {
        self.connectors.remove(name);
        match ended {
            Ok(mut deletions) => {
                deletions.answer();
                let later = self.waiting.remove(name);
                if let Some(share) = later.or(deletions.share) {
                    self.share(share);
                }
            }
            Err(panic) => {
                tracing::error!(connector = %name, "its supervisor failed: {panic}");
                self.crew.board.connector(name, State::Failed, Some(panic));
            }
        }
    }

    async fn shut_down(mut self, within: Duration, reply: Reply<ShutdownReport>) {
        let connectors: Vec<_> = self.connectors.values().cloned().collect();
        let asked = connectors.iter().map(|connector| async move {
            let (reply, report) = oneshot::channel();
            let command = ConnectorCommand::Shutdown { within, reply };
            // One that has just ended has nothing to report.
            connector.send(command).await.ok()?;
            report.await.ok()
        });
        let mut report = ShutdownReport::default();
        for of_connector in join_all(asked).await.into_iter().flatten() {
            report.append(of_connector);
        }
        // Others were given up in part and end when they can.
        while self.connectors.values().any(mpsc::Sender::is_closed)
            && let Some((name, ended)) = self.ended.next().await
        {
            self.on_ended(&name, ended);
        }
        self.commands.close();
        drop(reply.send(report));
    }
}

/// Whether anybody can still send commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Handles {
    Some,
    None,
}
