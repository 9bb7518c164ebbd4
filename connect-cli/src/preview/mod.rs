//! `connect preview`: what converters and transforms make of records.

mod line;

use std::{path::Path, process::ExitCode};

use connect_runtime::{Preview as Previewed, PreviewMessage};

use self::line::{Message, Printer};
use crate::{
    arguments::Preview,
    failure::{Failure, Result},
    input,
    setup::Setup,
};

/// How many records of a source are shown.
const FIRST: u64 = 10;

/// Shows what comes out, a line each.
pub(crate) async fn run(options: &Preview) -> Result<ExitCode> {
    let mut files = vec![options.connector.clone()];
    files.extend(options.worker.clone());
    let setup = Setup::sort(&files).await?;
    setup.warn();
    let Some(connector) = setup.connectors.first() else {
        let path = options.connector.display();
        return Err(Failure::of_configuration(format!(
            "{path}: expected a connector's file, with `name` and `connector.class`, found a worker's"
        )));
    };
    let preview = setup.inspection().await.preview(&connector.options).await?;
    let mut printer = Printer::new();
    match &options.input {
        Some(input) => show_messages(preview, input, options, &mut printer).await?,
        None => show_source(preview, options, &mut printer).await?,
    }
    printer.end()?;
    Ok(ExitCode::SUCCESS)
}

async fn show_messages(
    mut preview: Previewed,
    input: &Path,
    options: &Preview,
    printer: &mut Printer,
) -> Result<()> {
    let text = input::read(input).await?;
    let limit = options.limit.map_or(u64::MAX, u64::from);
    let lines = text.split(|byte| *byte == b'\n').zip(1u64..);
    let filled = lines.filter(|(line, _)| !line.trim_ascii().is_empty());
    for ((line, number), _) in filled.zip(0..limit) {
        let message = Message::parse(line).and_then(PreviewMessage::try_from);
        match message {
            Ok(message) => printer.print(preview.message(&message).await?)?,
            Err(mistake) => printer.wrong_line(number, &mistake)?,
        }
    }
    Ok(())
}

async fn show_source(preview: Previewed, options: &Preview, printer: &mut Printer) -> Result<()> {
    let Some(mut source) = preview.into_source().await? else {
        return Err(Failure::of_configuration(
            "expected --input with the messages that the sink would read, found none",
        ));
    };
    let limit = options.limit.map_or(FIRST, u64::from);
    for _ in 0..limit {
        match source.next(options.wait).await? {
            Some(passed) => printer.print(passed)?,
            None => break,
        }
    }
    Ok(source.stop().await?)
}
