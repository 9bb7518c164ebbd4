//! `connect validate`: the check that comes before every start, alone.

use std::process::ExitCode;

use crate::{arguments::Validate, failure::Result, output, setup::Setup};

/// Tells what is wrong with the files, or that nothing is.
pub(crate) async fn run(options: &Validate) -> Result<ExitCode> {
    let setup = Setup::sort(&options.files).await?;
    setup.warn();
    let worker = setup.worker.as_ref().map_or(0, |_| 1);
    let connectors = setup.connectors.len();
    output::print(&format!(
        "no problem in {worker} worker and {connectors} connector files\n"
    ))?;
    Ok(ExitCode::SUCCESS)
}
