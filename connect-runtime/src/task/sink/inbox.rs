//! [`Inbox`]: fetch, convert, transform, queue.

use std::pin::pin;

use connect_api::{Error, ErrorKind, Offsets, Result, TopicPartition};
use futures::{FutureExt, future::BoxFuture};
use tokio::{
    select,
    time::{Instant, sleep_until},
};

use super::{
    pipeline::Pipeline,
    queue::{Intake, Queue},
};
use crate::{
    broker::{Consumer, ConsumerEvent, Fetched, Want},
    task::{Backoff, Interrupted, Setup},
};

/// Fetches, converts and transforms records ahead of what the plugin is busy with.
pub(crate) struct Inbox {
    setup: Setup,
    pub(crate) consumer: Box<dyn Consumer>,
    conversion: Conversion,
    pub(crate) queue: Queue,
    backoff: Backoff,
    retry_at: Option<Instant>,
}

/// What the pipeline is doing.
enum Conversion {
    Idle(Box<Pipeline>),
    Running(Running),
    /// An error ended it, and the task with it.
    Gone,
}

/// A fetch that is being converted.
struct Running {
    partition: TopicPartition,
    fate: Fate,
    work: BoxFuture<'static, Converted>,
}

/// What becomes of a fetch once it is converted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Queued,
    /// Its partition is gone.
    Dropped,
}

impl Inbox {
    pub(crate) fn new(setup: &Setup, consumer: Box<dyn Consumer>) -> Result<Self> {
        let options = &setup.options;
        let share = setup.site.budget.share(options.queue_bytes);
        Ok(Self {
            consumer,
            conversion: Conversion::Idle(Box::new(Pipeline::new(setup)?)),
            queue: Queue::new(share, options.queue_records),
            backoff: Backoff::default(),
            retry_at: None,
            setup: setup.clone(),
        })
    }

    /// Moves records towards the queue, or returns what happened to the membership.
    ///
    /// Dropping the future loses nothing: a conversion goes on at the next call.
    ///
    /// # Errors
    ///
    /// The consumer cannot go on, or a plugin panicked or hangs.
    pub(crate) async fn advance(&mut self) -> Result<Option<ConsumerEvent>> {
        let is_idle = matches!(self.conversion, Conversion::Idle(_));
        let want = match is_idle && !self.queue.is_full() {
            true => Want::Records,
            false => Want::Membership,
        };
        let (consumer, retry_at) = (&mut self.consumer, &mut self.retry_at);
        let event = async {
            if let Some(at) = *retry_at {
                let told = select! {
                    biased;
                    told = consumer.next(Want::Membership) => Some(told),
                    () = sleep_until(at) => None,
                };
                match told {
                    Some(Err(error)) if error.kind() == ErrorKind::Unavailable => {
                        sleep_until(at).await;
                    }
                    Some(told) => return told,
                    None => {}
                }
                *retry_at = None;
            }
            consumer.next(want).await
        };
        select! {
            biased;
            ended = self.conversion.ended() => {
                self.conversion.finish(ended, &mut self.queue)?;
                Ok(None)
            }
            event = event => self.on(event),
        }
    }

    /// Returns what happened to the membership, if that is known already.
    pub(crate) fn membership_now(&mut self) -> Result<Option<ConsumerEvent>> {
        match self.consumer.next(Want::Membership).now_or_never() {
            Some(Err(error)) if error.kind() != ErrorKind::Unavailable => Err(error),
            Some(Ok(event)) => Ok(Some(event)),
            Some(Err(_)) | None => Ok(None),
        }
    }

    /// Drops what is on its way for partitions that are gone.
    pub(crate) fn forget(&mut self, partitions: &[TopicPartition]) {
        if let Conversion::Running(running) = &mut self.conversion
            && partitions.contains(&running.partition)
        {
            running.fate = Fate::Dropped;
        }
        self.queue.forget(partitions);
    }

    fn on(&mut self, event: Result<ConsumerEvent>) -> Result<Option<ConsumerEvent>> {
        match event {
            Ok(ConsumerEvent::Records(fetched)) => {
                self.backoff.reset();
                self.begin(fetched)?;
                Ok(None)
            }
            Ok(event) => Ok(Some(event)),
            Err(error) if error.kind() == ErrorKind::Unavailable => {
                let random = self.setup.site.environment.random();
                let pause = self.backoff.after(&error, random);
                tracing::warn!(error = %error.report(), "reading again in {pause:?}");
                self.retry_at = Some(Instant::now() + pause);
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    fn begin(&mut self, fetched: Fetched) -> Result<()> {
        let Conversion::Idle(pipeline) = std::mem::replace(&mut self.conversion, Conversion::Gone)
        else {
            return Err(Error::fatal(
                "records were told while nobody asked for them",
            ));
        };
        self.conversion = Conversion::Running(Running {
            partition: fetched.partition.clone(),
            fate: Fate::Queued,
            work: Box::pin(pipeline.convert(fetched)),
        });
        Ok(())
    }

    /// Starts to read partitions; conversions go on meanwhile.
    pub(crate) async fn start(
        &mut self,
        partitions: &[TopicPartition],
        offsets: &Offsets,
    ) -> Result<()> {
        let start = self.consumer.start(partitions, offsets);
        self.conversion.beside(&mut self.queue, start).await
    }

    /// Commits offsets of the group; conversions go on meanwhile.
    pub(crate) async fn commit(&mut self, offsets: &Offsets) -> Result<()> {
        let commit = self.consumer.commit(offsets);
        self.conversion.beside(&mut self.queue, commit).await
    }

    /// Lets revoked partitions go; conversions go on meanwhile.
    pub(crate) async fn release(&mut self, partitions: &[TopicPartition]) -> Result<()> {
        let release = self.consumer.release(partitions);
        self.conversion.beside(&mut self.queue, release).await
    }
}

/// A pipeline that has ended a conversion, and what came of it.
type Converted = (Box<Pipeline>, Result<Intake, Interrupted>);

impl Conversion {
    /// Resolves when the running conversion has ended; dropping the future loses nothing.
    async fn ended(&mut self) -> Converted {
        match self {
            Self::Running(running) => (&mut running.work).await,
            Self::Idle(_) | Self::Gone => std::future::pending().await,
        }
    }

    /// Queues what came of the conversion that has ended.
    fn finish(&mut self, (pipeline, converted): Converted, queue: &mut Queue) -> Result<()> {
        let ended = std::mem::replace(self, Self::Gone);
        let intake = match converted {
            Ok(intake) => intake,
            // Nobody asks for it any more: the driver sees the stop.
            Err(Interrupted::Stopped) => return Ok(()),
            Err(Interrupted::Broken(error)) => return Err(error),
        };
        *self = Self::Idle(pipeline);
        if let Self::Running(Running {
            fate: Fate::Queued, ..
        }) = ended
        {
            queue.push(intake);
        }
        Ok(())
    }

    /// Runs a call to the consumer, and converts meanwhile: a conversion has deadlines that go on.
    async fn beside<T>(
        &mut self,
        queue: &mut Queue,
        work: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        let mut work = pin!(work);
        loop {
            select! {
                biased;
                done = &mut work => return done,
                ended = self.ended() => self.finish(ended, queue)?,
            }
        }
    }
}
