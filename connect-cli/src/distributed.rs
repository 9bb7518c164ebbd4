//! `connect distributed`: a worker of a cluster, and a directory of its connectors.

use std::{
    collections::BTreeSet,
    convert::Infallible,
    future::pending,
    io,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

use connect_runtime::WorkerHandle;
use futures::{Stream, StreamExt, stream};
use tokio::time::{Interval, MissedTickBehavior};

use crate::{
    arguments::Distributed,
    failure::{Failure, Result},
    running::{self, EVERY, Names, View, Watched},
    setup::Setup,
};

/// Runs the worker until a signal comes.
pub(crate) async fn run(options: &Distributed, view: &View<'_>) -> Result<ExitCode> {
    let directory = options.connectors.as_deref();
    let setup = async {
        let setup = Setup::read_distributed(&options.worker).await?;
        if let Some(directory) = directory {
            readable(directory).await?;
        }
        Ok(setup)
    };
    running::run(view, setup, async |worker, _| {
        tracing::info!(
            "worker {} takes part in group `{}`",
            worker.id(),
            worker.group()
        );
        match directory {
            Some(directory) => match follow(worker, directory).await {},
            None => pending().await,
        }
    })
    .await
}

async fn readable(directory: &Path) -> Result<()> {
    let read = files(directory).await;
    read.map(drop).map_err(|error| {
        let place = directory.display();
        Failure::of_configuration(format!(
            "--connectors {place}: expected a directory of connectors' files: {error}"
        ))
    })
}

/// Applies the files of a directory for ever; a read that hangs holds up no other file.
async fn follow(worker: &WorkerHandle, directory: &Path) -> Infallible {
    let names = Arc::new(Names::default());
    let files = found(directory).map(|path| Watched::found(path, Arc::clone(&names)));
    files
        .for_each_concurrent(None, async |file| match file.follow(worker).await {})
        .await;
    pending().await
}

/// Yields each file that is there or comes, once.
fn found(directory: &Path) -> impl Stream<Item = PathBuf> {
    let mut tick = tokio::time::interval(EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let search = Search {
        directory,
        tick,
        known: BTreeSet::new(),
        failed: None,
    };
    let found = stream::unfold(search, async |mut search| {
        Some((search.next().await, search))
    });
    found.flat_map(stream::iter)
}

/// What was found in a directory so far.
struct Search<'a> {
    directory: &'a Path,
    tick: Interval,
    known: BTreeSet<PathBuf>,
    /// What was told about the last try, if it failed.
    failed: Option<String>,
}

impl Search<'_> {
    /// Looks again, and returns what is new.
    async fn next(&mut self) -> Vec<PathBuf> {
        self.tick.tick().await;
        let files = match files(self.directory).await {
            Ok(files) => files,
            Err(error) => {
                let told = error.to_string();
                if self.failed.as_ref() != Some(&told) {
                    let place = self.directory.display();
                    tracing::warn!("{place}: {told}; the connectors go on as they are");
                }
                self.failed = Some(told);
                return Vec::new();
            }
        };
        self.failed = None;
        let known = &mut self.known;
        let new = files.into_iter().filter(|file| known.insert(file.clone()));
        new.collect()
    }
}

/// Lists the files of connectors in a directory, by name.
async fn files(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let mut entries = tokio::fs::read_dir(directory).await?;
    let mut files = Vec::new();
    while let Some(entry) = entries.next_entry().await? {
        let path = entry.path();
        if is_of_connector(&path) && !entry.file_type().await?.is_dir() {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// A hidden file is an editor's, or half of what replaces another one.
fn is_of_connector(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().as_encoded_bytes();
    let extension = path.extension().unwrap_or_default();
    !name.starts_with(b".") && (extension == "properties" || extension == "json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_connectors_are_told_by_their_names() {
        for name in ["a.properties", "a.json", "a.b.json"] {
            assert!(is_of_connector(&Path::new("d").join(name)), "{name}");
        }
        for name in [".a.json", ".json", "a.json~", "a.properties.swp", "a"] {
            assert!(!is_of_connector(&Path::new("d").join(name)), "{name}");
        }
    }
}
