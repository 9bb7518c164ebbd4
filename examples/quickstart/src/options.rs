//! What the command line says.

use std::path::PathBuf;

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    Run(Options),
    /// Says what can be done.
    Help,
}

/// Where the example reads and writes, and when it ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Options {
    /// The log that is read.
    pub(crate) log: PathBuf,
    /// The directory of the SQLite database, and of the embedded broker.
    pub(crate) data: PathBuf,
    /// Brokers of Kafka; without them the broker is the embedded one.
    pub(crate) servers: Option<String>,
    pub(crate) end: End,
}

/// When the example ends by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// When every line of the log is in the database.
    AtEndOfLog,
    /// Never: lines that are appended to the log are read too.
    Never,
}

pub(crate) const USAGE: &str = "\
usage: quickstart [--data <dir>] [--log <file>] [--bootstrap-servers <host:port>] [--follow]

  --data <dir>   where the broker and the database of one log live (default: target/quickstart)
  --log <file>   the access log to read (default: the bundled one)
  --bootstrap-servers <host:port>
                 the topic is on Kafka; without it, on a broker in --data
  --follow       go on when the log has been read, until Ctrl-C";

/// Which brokers this program can use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Build {
    WithKafka,
    WithoutKafka,
}

const BUILD: Build = match cfg!(feature = "kafka") {
    true => Build::WithKafka,
    false => Build::WithoutKafka,
};

impl Command {
    /// Reads the arguments; `Err` says what is wrong with them.
    pub(crate) fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Self, String> {
        Self::parse_for(BUILD, arguments)
    }

    fn parse_for(
        build: Build,
        arguments: impl IntoIterator<Item = String>,
    ) -> Result<Self, String> {
        let mut options = Options {
            log: PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/access.log")),
            data: PathBuf::from("target/quickstart"),
            servers: None,
            end: End::AtEndOfLog,
        };
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            let mut text = |what: &str| {
                let missing = || format!("`{argument}`: expected {what} after it");
                arguments.next().ok_or_else(missing)
            };
            match argument.as_str() {
                "--data" => options.data = text("a path")?.into(),
                "--log" => options.log = text("a path")?.into(),
                "--follow" => options.end = End::Never,
                "--help" | "-h" => return Ok(Self::Help),
                "--bootstrap-servers" if build == Build::WithoutKafka => {
                    return Err("`--bootstrap-servers`: Kafka is not part of this build; `--features kafka` adds it, \
                                and without the option the example runs on the embedded broker"
                        .into());
                }
                "--bootstrap-servers" => options.servers = Some(text("`host:port`")?),
                other => {
                    return Err(format!(
                        "`{other}`: expected --data, --log, --bootstrap-servers or --follow"
                    ));
                }
            }
        }
        Ok(Self::Run(options))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> Result<Command, String> {
        Command::parse(arguments.iter().map(ToString::to_string))
    }

    #[test]
    fn without_arguments_the_bundled_log_is_read_to_its_end() {
        let Command::Run(options) = parse(&[]).unwrap() else {
            panic!("a run");
        };
        assert!(options.log.ends_with("examples/quickstart/access.log"));
        assert_eq!(options.end, End::AtEndOfLog);
    }

    #[test]
    fn an_unknown_argument_is_named() {
        assert_eq!(
            parse(&["--fast"]).unwrap_err(),
            "`--fast`: expected --data, --log, --bootstrap-servers or --follow"
        );
        assert_eq!(
            parse(&["--data"]).unwrap_err(),
            "`--data`: expected a path after it"
        );
    }

    #[test]
    fn kafka_is_for_programs_that_were_built_with_it() {
        let parse = |build| {
            let arguments = ["--bootstrap-servers", "localhost:9092"];
            Command::parse_for(build, arguments.map(str::to_owned))
        };
        let Ok(Command::Run(options)) = parse(Build::WithKafka) else {
            panic!("a run");
        };
        assert_eq!(options.servers.as_deref(), Some("localhost:9092"));
        let refused = parse(Build::WithoutKafka).unwrap_err();
        assert!(refused.contains("`--features kafka` adds it"), "{refused}");
    }
}
