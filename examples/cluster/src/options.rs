//! What the command line says.

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    Run(Options),
    /// Says what can be done.
    Help,
}

/// Where the workers meet, and what is done with them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Options {
    /// Brokers of Kafka.
    pub(crate) servers: String,
    /// The name that all workers have in common.
    pub(crate) group: String,
    /// Whether a worker is killed.
    pub(crate) kill: bool,
    pub(crate) role: Role,
}

/// Which of the processes this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// The one that is started by people, and shows the table.
    First,
    /// One that the first has started.
    Fellow,
}

/// Where Kafka is if the command line does not say so: the tests of this project have one there.
const SERVERS: &str = "CONNECT_KAFKA";

pub(crate) const USAGE: &str = "\
usage: cluster --bootstrap-servers <host:port> [--group <name>] [--kill]

  --bootstrap-servers <host:port>
                 where Kafka is (default: what CONNECT_KAFKA says)
  --group <name> the name of the group of workers (default: cluster-example)
  --kill         kill a worker, wait until the others have its tasks, and end; otherwise until Ctrl-C";

impl Command {
    /// Reads the arguments; `Err` says what is wrong with them.
    pub(crate) fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Self, String> {
        let mut servers = std::env::var(SERVERS).ok();
        let mut group = "cluster-example".to_owned();
        let (mut kill, mut role) = (false, Role::First);
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            let mut text = |what: &str| {
                let missing = || format!("`{argument}`: expected {what} after it");
                arguments.next().ok_or_else(missing)
            };
            match argument.as_str() {
                "--bootstrap-servers" => servers = Some(text("`host:port`")?),
                "--group" => group = text("a name")?,
                "--kill" => kill = true,
                "--fellow" => role = Role::Fellow,
                "--help" | "-h" => return Ok(Self::Help),
                other => {
                    return Err(format!(
                        "`{other}`: expected --bootstrap-servers, --group or --kill"
                    ));
                }
            }
        }
        let servers = servers.ok_or(
            "expected --bootstrap-servers <host:port>, found none: several processes meet on Kafka",
        )?;
        Ok(Self::Run(Options {
            servers,
            group,
            kill,
            role,
        }))
    }
}
