//! [`Member`]: a process that is a worker of a cluster.

use std::{collections::BTreeMap, time::Duration};

use connect_runtime::Milestone;
use connect_testkit::program::{Program, Running, Stopped};
use tokio::net::{TcpListener, TcpStream};

use super::{
    control::{Answer, Command, Line, Unit},
    scene::CONTROL,
};
use crate::stage::{blocking, within};

/// A process that is a worker of a cluster; dropping it kills it.
#[derive(Debug)]
pub(super) struct Member {
    /// How statuses name it.
    pub(super) worker: String,
    process: Running,
    line: Line,
}

impl Member {
    /// Starts it, and waits until it can be asked.
    pub(super) async fn start(program: Program) -> Self {
        let (listener, program) = listen(program).await;
        let process = program.spawn();
        let (line, worker) = accept(listener).await;
        Self {
            worker,
            process,
            line,
        }
    }

    /// Starts it, and waits until it stands still at a milestone; `meanwhile` sees to it that it comes there.
    pub(super) async fn stopped(
        program: Program,
        milestone: Milestone,
        meanwhile: impl AsyncFnOnce(),
    ) -> StoppedMember {
        let (listener, program) = listen(program).await;
        let process = program.spawn_to_stop_at(milestone, 1);
        let (line, worker) = accept(listener).await;
        let (process, ()) = tokio::join!(blocking(move || process.stopped()), meanwhile());
        StoppedMember {
            worker,
            process,
            line,
        }
    }

    pub(super) async fn ask(&mut self, command: Command) -> Answer {
        let what = format!("answer of {} to {command:?}", self.worker);
        let line = &mut self.line;
        let asked = within(&what, async {
            line.say(&command).await;
            line.hear::<Answer>().await
        });
        match asked.await {
            Some(answer) => answer,
            None => panic!("{what}: it has ended: {}", self.process.end()),
        }
    }

    pub(super) async fn create(&mut self, name: &str, config: BTreeMap<String, String>) {
        let answer = self.ask(Command::Create(name.to_owned(), config)).await;
        assert!(matches!(answer, Answer::Done), "`{name}`: {answer:?}");
    }

    pub(super) async fn put(&mut self, name: &str, config: BTreeMap<String, String>) {
        let answer = self.ask(Command::Put(name.to_owned(), config)).await;
        assert!(matches!(answer, Answer::Done), "`{name}`: {answer:?}");
    }

    pub(super) async fn statuses(&mut self) -> Vec<Unit> {
        match self.ask(Command::Statuses).await {
            Answer::Statuses(units) => units,
            answer => panic!("expected statuses, found {answer:?}"),
        }
    }

    /// Waits until what it shows is as wanted.
    pub(super) async fn shows(
        &mut self,
        what: &str,
        wanted: impl Fn(&[Unit]) -> bool + Send + Sync,
    ) {
        let mut ticks = tokio::time::interval(Duration::from_millis(200));
        let mut last = Vec::new();
        let showing = async {
            loop {
                ticks.tick().await;
                last = self.statuses().await;
                if wanted(&last) {
                    return;
                }
            }
        };
        let showing = tokio::time::timeout(crate::stage::PATIENCE, showing).await;
        assert!(showing.is_ok(), "{what}: {last:#?}");
    }

    /// Has it block the thread that it is told things on, until what is returned is dropped.
    pub(super) async fn block(&mut self) -> Blocked {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        self.line.say(&Command::Block(address)).await;
        let accepted = within("a blocked thread", listener.accept()).await;
        Blocked(accepted.unwrap().0)
    }

    /// Waits until it says that it is not blocked any more.
    pub(super) async fn released(&mut self, blocked: Blocked) {
        drop(blocked);
        let answer = within("the end of a blocking call", self.line.hear()).await;
        assert!(matches!(answer, Some(Answer::Done)), "{answer:?}");
    }

    /// Ends it in order.
    pub(super) async fn end(mut self) {
        self.line.say(&Command::Shutdown).await;
        let mut process = self.process;
        let ended = blocking(move || process.end());
        let _census = within("the end of a worker", ended).await;
    }

    pub(super) fn kill(self) {
        self.process.kill();
    }

    pub(super) fn pause(&mut self) {
        self.process.pause();
    }

    pub(super) fn resume(&mut self) {
        self.process.resume();
    }
}

/// A worker that cannot do anything.
#[derive(Debug)]
pub(super) struct Blocked(
    #[expect(dead_code, reason = "the end of it is the end of this")] TcpStream,
);

/// A worker that stands still at a milestone.
#[derive(Debug)]
pub(super) struct StoppedMember {
    pub(super) worker: String,
    process: Stopped,
    line: Line,
}

impl StoppedMember {
    pub(super) fn go_on(self) -> Member {
        let Self {
            worker,
            process,
            line,
        } = self;
        Member {
            worker,
            process: process.go_on(),
            line,
        }
    }
}

async fn listen(program: Program) -> (TcpListener, Program) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    (listener, program.with(CONTROL, address))
}

async fn accept(listener: TcpListener) -> (Line, String) {
    let accepted = within("start of a worker", listener.accept()).await;
    let mut line = Line::new(accepted.unwrap().0);
    match within("name of a worker", line.hear()).await {
        Some(Answer::Worker(worker)) => (line, worker),
        answer => panic!("expected the name of a worker, found {answer:?}"),
    }
}
