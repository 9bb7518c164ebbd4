//! [`Milestone`]: where it matters whether a process dies.

use std::fmt;

/// Writes the enum and the list of everything in it, so that neither can lack what the other has.
macro_rules! milestones {
    ($($(#[doc = $doc:literal])+ $name:ident,)+) => {
        /// A place in the runtime where it matters whether the process dies.
        ///
        /// They lie in the loops of tasks and in the embedded broker. Each is passed once per batch or transaction, never once per record. A place is named by what has just
        /// happened; one whose name ends in `-ing` lies before what it names.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Milestone {
            $($(#[doc = $doc])+ $name,)+
        }

        impl Milestone {
            /// Everything that there is, in the order of the loops.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// Returns its name, as in the code.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name),)+
                }
            }
        }
    };
}

milestones! {
    /// The transactional producer of a source task is there; older ones are fenced.
    ProducerInitialized,
    /// The claim to a source task is committed.
    TaskClaimed,
    /// The stored positions of a source were read.
    PositionsRead,
    /// The plugin's source task is open.
    SourceOpened,
    /// A poll returned something.
    SourcePolled,
    /// Records were handed to the broker in a transaction.
    TransactionSent,
    /// The broker has accepted all records of a transaction.
    TransactionDelivered,
    /// The positions of a transaction were handed to the broker.
    TransactionPositionsSent,
    /// A transaction has everything, and is about to be committed.
    TransactionCommitting,
    /// A transaction is committed; nobody was told.
    TransactionCommitted,
    /// A transaction is about to be aborted.
    TransactionAborting,
    /// A transaction is aborted.
    TransactionAborted,
    /// Records were handed to the broker outside of a transaction.
    RecordsSent,
    /// The broker has acknowledged records that were sent outside of a transaction.
    RecordsAcknowledged,
    /// The positions of acknowledged records were handed to the broker.
    PositionsSent,
    /// The positions of acknowledged records are durable; nobody was told.
    PositionsStored,
    /// A source task is about to be told which positions are durable.
    SourceTelling,
    /// A source task was told which positions are durable.
    SourceTold,
    /// A source task has settled what it could, and is about to be stopped.
    SourceStopping,
    /// The plugin's sink task is open, and has joined its group.
    SinkOpened,
    /// Partitions came to a sink, and its positions were read.
    PartitionsOpened,
    /// A batch is about to be put.
    BatchPutting,
    /// A batch was accepted by the plugin.
    BatchPut,
    /// Records are about to be sent to the dead letter queue.
    LettersSending,
    /// Records are durable in the dead letter queue.
    LettersStored,
    /// The plugin has said what is durable.
    SinkFlushed,
    /// The offsets of what is durable are about to be committed.
    OffsetsCommitting,
    /// The offsets of what is durable are committed.
    OffsetsCommitted,
    /// A sink is about to close partitions.
    PartitionsClosing,
    /// A sink has closed partitions.
    PartitionsClosed,
    /// Partitions that are wanted elsewhere were handed back to the group.
    PartitionsReleased,
    /// A sink task has settled what it could, and is about to be stopped.
    SinkStopping,
    /// The embedded broker is about to make something durable.
    BrokerCommitting,
    /// The embedded broker has made something durable; nobody sees it yet.
    BrokerCommitted,
    /// The embedded broker shows something durable to readers, and is about to answer.
    BrokerAnswering,
}

impl fmt::Display for Milestone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
