//! From arguments to an exit code.

use std::process::ExitCode;

use clap::{CommandFactory, Parser};
use tokio::runtime::Builder;

use crate::{
    arguments::{Arguments, Command, LogFormat, LogOptions, RunningOptions},
    broker, catalog, distributed,
    failure::{Failure, Result},
    logs, output, preview,
    running::{Progress, View},
    schema, standalone,
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
            let view = view(&options.running, logs, terminal);
            blocking(standalone::run(&options, &view))
        }
        Command::Distributed(options) => {
            let view = view(&options.running, logs, terminal);
            blocking(distributed::run(&options, &view))
        }
        Command::Validate(options) => blocking(validation::run(&options)),
        Command::Preview(options) => blocking(preview::run(&options)),
        Command::Topics(options) => blocking(broker::topics(&options)),
        Command::Read(options) => blocking(broker::read(&options)),
        Command::Write(options) => blocking(broker::write(&options)),
        Command::Schema(options) => blocking(schema::run(&options)),
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

fn view<'a>(running: &RunningOptions, logs: &LogOptions, terminal: &'a Terminal) -> View<'a> {
    let is_shown = Terminal::is_watched() && logs.log_format == LogFormat::Text;
    View {
        terminal,
        progress: match is_shown && !running.quiet {
            true => Progress::Shown,
            false => Progress::Hidden,
        },
        stop_timeout: running.stop_timeout,
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
