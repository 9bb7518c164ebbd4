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
    /// The directory of the broker and of the SQLite database.
    pub(crate) data: PathBuf,
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
usage: quickstart [--data <dir>] [--log <file>] [--follow]

  --data <dir>   where the broker and the database of one log live (default: target/quickstart)
  --log <file>   the access log to read (default: the bundled one)
  --follow       go on when the log has been read, until Ctrl-C";

impl Command {
    /// Reads the arguments; `Err` says what is wrong with them.
    pub(crate) fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Self, String> {
        let mut options = Options {
            log: PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/access.log")),
            data: PathBuf::from("target/quickstart"),
            end: End::AtEndOfLog,
        };
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            let mut path = || {
                arguments
                    .next()
                    .map(PathBuf::from)
                    .ok_or(format!("`{argument}`: expected a path after it"))
            };
            match argument.as_str() {
                "--data" => options.data = path()?,
                "--log" => options.log = path()?,
                "--follow" => options.end = End::Never,
                "--help" | "-h" => return Ok(Self::Help),
                "--bootstrap-servers" => {
                    return Err("`--bootstrap-servers`: Kafka is not part of this build; without it the example runs \
                                on the embedded broker"
                        .into());
                }
                other => return Err(format!("`{other}`: expected --data, --log or --follow")),
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
            "`--fast`: expected --data, --log or --follow"
        );
        assert_eq!(
            parse(&["--data"]).unwrap_err(),
            "`--data`: expected a path after it"
        );
    }
}
