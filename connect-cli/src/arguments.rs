//! [`Arguments`]: what may be typed.

use std::{num::NonZeroU64, path::PathBuf, time::Duration};

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use connect_converters::registry::{Reference, Version};
use tracing::level_filters::LevelFilter;

use crate::start::Start;

/// Kafka Connect without a server: runs its files, checks them, and looks into brokers.
#[derive(Debug, Parser)]
#[command(name = "connect", version, after_help = EXIT_CODES, arg_required_else_help = true)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) logs: LogOptions,
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXIT_CODES: &str = "\
Exit codes:
  0    done, or stopped in an orderly way
  1    a failure while running, or tasks that did not stop in time
  2    wrong arguments or a wrong configuration; nothing was started
  130  ended by Ctrl-C before it was done; a worker while it reads files or waits for Kafka, or by a second one
  143  the same by SIGTERM";

/// Where help lists what every command takes.
const LOG: &str = "Log";

#[derive(Debug, Args)]
pub(crate) struct LogOptions {
    /// Levels of the log, such as `debug` or `info,connect_runtime=debug`; RUST_LOG is another way to say it.
    #[arg(long = "log", value_name = "LEVELS", global = true, help_heading = LOG)]
    pub(crate) filter: Option<String>,
    /// The form of the log on stderr.
    #[arg(
        long,
        value_name = "FORMAT",
        value_enum,
        default_value_t,
        global = true,
        help_heading = LOG
    )]
    pub(crate) log_format: LogFormat,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// Lines for people.
    #[default]
    Text,
    /// A JSON object per line.
    Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Standalone(Standalone),
    Distributed(Distributed),
    Validate(Validate),
    Preview(Preview),
    Topics(Topics),
    Read(Read),
    Write(Write),
    Schema(Schema),
    Plugins(PluginOptions),
    /// Prints what a shell needs to complete arguments.
    Completions {
        /// The shell.
        shell: Shell,
    },
}

impl Command {
    /// Returns which events are logged if nobody says so.
    pub(crate) fn verbosity(&self) -> LevelFilter {
        match self {
            Self::Standalone(_) | Self::Distributed(_) => LevelFilter::INFO,
            _ => LevelFilter::WARN,
        }
    }
}

/// Runs connectors in this process, as connect-standalone does.
///
/// Java's own files work, on Kafka (`bootstrap.servers=host:port`) or without it: `embedded:<directory>` is a broker in a
/// directory, which is made if it is missing. Kafka may take a minute to answer the start. A file is in Java's properties format, in UTF-8 or else in ISO-8859-1, or JSON: `{"key": "value"}`, or
/// `{"name": …, "config": {…}, "initial_state": …}` for a connector.
///
/// All files are checked before anything starts; a connector that fails at the start ends the program. From then on
/// connector files are watched: a change is applied to its connector alone, a change that is wrong is logged and the
/// connector goes on as before. A change that refers to values elsewhere, or that cannot be applied now, is tried again
/// until it can. A deleted file changes nothing, and neither does a changed worker file; a connector cannot change its
/// name.
///
/// Ctrl-C or SIGTERM stops in an orderly way what has started, also while the rest still starts; a second one ends at
/// once. While files are read nothing has started, and the first one ends at once. What failed for good is started again
/// after any change of its file, even of a comment, or at the next start.
#[derive(Debug, Args)]
pub(crate) struct Standalone {
    /// The worker's file.
    #[arg(value_name = "WORKER")]
    pub(crate) worker: PathBuf,
    /// A file per connector.
    #[arg(value_name = "CONNECTOR", required = true)]
    pub(crate) connectors: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) running: RunningOptions,
}

/// Runs a worker of a cluster, as connect-distributed does; workers of one `group.id` share their connectors.
///
/// Java's own file works. Several workers need Kafka (`bootstrap.servers=host:port`), and nothing but Kafka: they find each
/// other by their `group.id`, and what one is asked for all know. With `embedded:<directory>` one worker runs alone. Kafka may take a minute to answer the start.
///
/// Connectors are those of the group's topic of configurations. With --connectors each `*.properties` and `*.json` file of a
/// directory is put there, at the start, when it changes and when it is new. Workers may have the same directory: what
/// all say alike changes nothing. A file that is wrong is logged, and the others count. A deleted file changes nothing,
/// and a connector that is deleted elsewhere comes back when its file changes or a worker starts. `initial_state` counts
/// where the connector is not there yet.
///
/// Ctrl-C or SIGTERM hands over what runs here and ends; a second one ends at once, and then the others notice after
/// `session.timeout.ms`.
#[derive(Debug, Args)]
pub(crate) struct Distributed {
    /// The worker's file.
    #[arg(value_name = "WORKER")]
    pub(crate) worker: PathBuf,
    /// A directory of connectors' files.
    #[arg(long, value_name = "DIRECTORY")]
    pub(crate) connectors: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) running: RunningOptions,
}

/// How a worker is watched, and how it ends.
#[derive(Debug, Args)]
pub(crate) struct RunningOptions {
    /// How long tasks may take to stop, in seconds; `task.shutdown.graceful.timeout.ms` counts too.
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = seconds)]
    pub(crate) stop_timeout: Duration,
    /// Shows no progress on a terminal.
    #[arg(long)]
    pub(crate) quiet: bool,
}

/// Tells everything that is wrong with files, and starts nothing.
///
/// Each problem is printed with file and line, what was expected, what was found, and the nearest known key. A file that
/// has `name` or `connector.class` (or is JSON with `config`) describes a connector; any other file describes the
/// worker; with `config.storage.topic`, one of a cluster. Connectors are checked under the worker's settings; without a
/// worker file, as if it named JSON converters.
#[derive(Debug, Args)]
pub(crate) struct Validate {
    /// Files of connectors, and of a worker.
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,
}

/// Shows what a connector's converters and transforms make of records, without a broker and without writing anything.
///
/// With --input each line of a file is a message of a topic:
/// `{"topic", "partition", "offset", "timestamp", "key", "value", "headers": [[name, data], …]}`, where data is null, a
/// text, or `{"base64": …}`; everything but `topic` may be absent. It passes through the converters, then the transforms.
/// Without --input a source is asked for its first records, as if it had never run; it is opened and polled, and never
/// told that anything was committed.
///
/// Each record that comes out is a line: `{"topic", "partition", "timestamp", "key", "value", "headers"}`, where a datum is
/// null or `{"schema": …, "payload": …}`. One that is dropped is `{"dropped_by": <alias of the transform>}`, one that fails
/// `{"error": {"stage", "plugin", "message"}}`, and the next one follows.
#[derive(Debug, Args)]
pub(crate) struct Preview {
    /// The connector's file.
    #[arg(value_name = "CONNECTOR")]
    pub(crate) connector: PathBuf,
    /// The worker's file, for converters that the connector does not choose; JSON without schemas otherwise.
    #[arg(long, value_name = "FILE")]
    pub(crate) worker: Option<PathBuf>,
    /// A file of messages, one JSON object a line; `-` is the standard input.
    #[arg(long, value_name = "FILE")]
    pub(crate) input: Option<PathBuf>,
    /// Ends after so many messages, or records of the source: all, or 10 of a source.
    #[arg(long, value_name = "COUNT")]
    pub(crate) limit: Option<NonZeroU64>,
    /// How long a source may have nothing, in seconds, before its next task is asked.
    #[arg(long, value_name = "SECONDS", default_value = "5", value_parser = seconds)]
    pub(crate) wait: Duration,
}

/// Which broker; nothing else may have its directory open.
#[derive(Debug, Args)]
pub(crate) struct BrokerOptions {
    /// The broker, as in bootstrap.servers: `host:port`, or `embedded:<directory>` that nothing else has open.
    #[arg(long, value_name = "SERVERS", global = true, conflicts_with = "worker")]
    pub(crate) broker: Option<String>,
    /// The worker's file, whose bootstrap.servers and security settings count; references such as `${env:X}` are not
    /// looked up there.
    #[arg(long, value_name = "FILE", global = true)]
    pub(crate) worker: Option<PathBuf>,
}

/// Lists, describes, creates and deletes the topics of a broker.
///
/// Without a subcommand all topics are listed. Records are counted by reading them, on Kafka they are not counted.
#[derive(Debug, Args)]
pub(crate) struct Topics {
    #[command(subcommand)]
    pub(crate) command: Option<TopicCommand>,
    #[command(flatten)]
    pub(crate) broker: BrokerOptions,
    /// Reads no records, and so counts none.
    #[arg(long)]
    pub(crate) no_count: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum TopicCommand {
    /// Shows a topic's partitions and settings.
    Describe {
        /// The topic.
        topic: String,
    },
    /// Creates a topic, and the directory of an embedded broker if it is missing.
    Create {
        /// The topic.
        topic: String,
        /// How many partitions; the broker's default otherwise, which is 1 for an embedded one.
        #[arg(long)]
        partitions: Option<i32>,
        /// One of Kafka's topic settings, such as `cleanup.policy=compact`; may be repeated.
        #[arg(long = "config", value_name = "KEY=VALUE", value_parser = pair)]
        configs: Vec<(String, String)>,
    },
    /// Deletes a topic with its records.
    Delete {
        /// The topic.
        topic: String,
    },
}

/// Prints the records of a topic.
///
/// Partitions are printed one after the other as they are read; inside of one the order is kept.
#[derive(Debug, Args)]
pub(crate) struct Read {
    /// The topic.
    pub(crate) topic: String,
    #[command(flatten)]
    pub(crate) broker: BrokerOptions,
    /// Where each partition begins: `beginning`, `end`, an offset, or `-n` for n offsets before the end.
    #[arg(long, default_value = "beginning", allow_hyphen_values = true)]
    pub(crate) from: Start,
    /// Only this partition.
    #[arg(long)]
    pub(crate) partition: Option<i32>,
    /// Ends after so many records.
    #[arg(long)]
    pub(crate) count: Option<NonZeroU64>,
    /// How a record is printed.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: RecordFormat,
    /// Prints records of aborted transactions too.
    #[arg(long)]
    pub(crate) uncommitted: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum RecordFormat {
    /// The value; bytes that are no UTF-8 as `\xff`, a missing value as `null`.
    #[default]
    Text,
    /// An object per line with partition, offset, timestamp, key, value and headers, as `write --json` reads it.
    Json,
}

/// Appends the lines of the standard input to a topic.
///
/// A line is the value of a record, as it is. Exit code 0 says that every record is durable. A wrong line ends it, and
/// the lines before it are durable; how many records are durable at least is told after each failure. A topic that does
/// not exist is created, and so is the directory of an embedded broker.
#[derive(Debug, Args)]
pub(crate) struct Write {
    /// The topic.
    pub(crate) topic: String,
    #[command(flatten)]
    pub(crate) broker: BrokerOptions,
    /// What stands between key and value in each line.
    #[arg(long, value_name = "TEXT", conflicts_with = "json")]
    pub(crate) key_separator: Option<String>,
    /// Each line is an object with value, key, headers, partition, timestamp; `{"base64": …}` stands for bytes.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Shows, checks and registers the schemas of a schema registry.
#[derive(Debug, Args)]
pub(crate) struct Schema {
    #[command(subcommand)]
    pub(crate) command: SchemaCommand,
    #[command(flatten)]
    pub(crate) registry: RegistryOptions,
}

/// Which registry.
#[derive(Debug, Args)]
pub(crate) struct RegistryOptions {
    /// The addresses of the registry, split at commas, as in schema.registry.url.
    #[arg(long, value_name = "URLS", global = true)]
    pub(crate) registry: Option<String>,
    /// A file with the registry's options, such as basic.auth.user.info; those of a connector or a worker begin with
    /// `value.converter.`, or with `key.converter.` where there are no others.
    #[arg(long, value_name = "FILE", global = true)]
    pub(crate) config: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SchemaCommand {
    /// Prints a schema; without a subject, the names of all subjects.
    Show {
        /// A subject, or the number or the GUID of a schema.
        schema: Option<String>,
        /// Which version of the subject: `latest` or a number.
        #[arg(long, default_value = "latest", value_parser = version)]
        version: Version,
    },
    /// Tells whether a subject would take a schema: exit code 1 and the registry's reasons if not.
    Check {
        #[command(flatten)]
        schema: NewSchema,
        /// Which version of the subject it is compared with: `latest` or a number.
        #[arg(long, default_value = "latest", value_parser = version)]
        version: Version,
    },
    /// Registers a schema, if it is not there yet, and prints its number.
    Register(NewSchema),
}

/// A schema in a file.
#[derive(Debug, Args)]
pub(crate) struct NewSchema {
    /// The subject, such as `orders-value`.
    pub(crate) subject: String,
    /// The file; `-` is the standard input.
    pub(crate) file: PathBuf,
    /// The format; told by the ending of the file, `.avsc`, `.proto` or `.json`, otherwise.
    #[arg(long = "type", value_name = "TYPE", value_enum)]
    pub(crate) schema_type: Option<SchemaType>,
    /// A schema that this one refers to: its name in this one, its subject and its version; may be repeated.
    #[arg(long = "reference", value_name = "NAME=SUBJECT:VERSION", value_parser = reference)]
    pub(crate) references: Vec<Reference>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SchemaType {
    Avro,
    Protobuf,
    Json,
}

/// Lists the plugins in this program, or the options of one.
#[derive(Debug, Args)]
pub(crate) struct PluginOptions {
    /// A plugin's name or Java class, or `worker`, `source` or `sink` for what the runtime itself reads.
    pub(crate) name: Option<String>,
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().map_err(|_other: std::num::ParseIntError| {
        "expected a whole number of seconds".to_owned()
    })?;
    Ok(Duration::from_secs(seconds))
}

fn version(text: &str) -> Result<Version, String> {
    match text.parse() {
        _ if text == "latest" => Ok(Version::Latest),
        Ok(number) if number > 0 => Ok(Version::Number(number)),
        _ => Err("expected `latest` or a number above zero".to_owned()),
    }
}

fn reference(text: &str) -> Result<Reference, String> {
    let parts = text.split_once('=').and_then(|(name, place)| {
        let (subject, version) = place.rsplit_once(':')?;
        Some(Reference::new(name, subject, version.parse().ok()?))
    });
    parts.ok_or_else(|| "expected `name=subject:version`".to_owned())
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.trim().is_empty() => {
            Ok((key.trim().to_owned(), value.trim().to_owned()))
        }
        _ => Err("expected `key=value`".to_owned()),
    }
}
