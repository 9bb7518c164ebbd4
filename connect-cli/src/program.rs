//! From arguments to an exit code.

use std::process::ExitCode;

use clap::{CommandFactory, Parser};
use tokio::runtime::Builder;

use crate::{
    arguments::{Arguments, Command, LogFormat},
    broker, catalog,
    failure::{Failure, Result},
    logs, output,
    standalone::{self, Progress},
    terminal::Terminal,
    validation,
};

/// Does what the arguments say.
pub(crate) fn main() -> ExitCode {
    // A mistake ends the process here, with the usage and code 2.
    let arguments = Arguments::parse();
    let format = arguments.logs.log_format;
    let terminal = Terminal::default();
    let done = run(arguments, &terminal);
    terminal.clear();
    match done {
        Ok(code) => code,
        Err(failure) => failure.tell(format),
    }
}

fn run(arguments: Arguments, terminal: &Terminal) -> Result<ExitCode> {
    let logs = &arguments.logs;
    logs::install(logs, arguments.command.verbosity(), terminal)?;
    match arguments.command {
        Command::Standalone(options) => {
            let is_shown = Terminal::is_watched() && logs.log_format == LogFormat::Text;
            let progress = match is_shown && !options.quiet {
                true => Progress::Shown,
                false => Progress::Hidden,
            };
            blocking(standalone::run(&options, terminal, progress))
        }
        Command::Validate(options) => blocking(validation::run(&options)),
        Command::Topics(options) => blocking(broker::topics(&options)),
        Command::Read(options) => blocking(broker::read(&options)),
        Command::Write(options) => blocking(broker::write(&options)),
        Command::Plugins(options) => catalog::run(&options),
        Command::Completions { shell } => {
            let text = output::generated(|out| {
                clap_complete::generate(shell, &mut Arguments::command(), "connect", out);
            });
            output::print(&text)?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// Runs `work` on an executor of its own.
fn blocking(work: impl Future<Output = Result<ExitCode>>) -> Result<ExitCode> {
    let executor = Builder::new_multi_thread().enable_all().build();
    let executor =
        executor.map_err(|error| Failure::while_running(format!("starting threads: {error}")))?;
    let done = executor.block_on(work);
    // A read of the standard input may hang for ever; the process ends without it.
    executor.shutdown_background();
    done
}
