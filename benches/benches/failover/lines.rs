//! Files that grow by lines, as Kafka's file connectors read and write them.

use std::{
    fs::{File, OpenOptions},
    io::{BufRead, BufReader, Write},
    path::PathBuf,
    thread,
    time::Duration,
};

use crate::{plugins::BEAT, watch::Watcher};

/// How often it is looked whether a file has grown.
const LOOK: Duration = Duration::from_millis(2);

/// Appends to each file what a watcher is to hear of its lane, again and again, for as long as this process lives.
pub(crate) fn feed(files: Vec<PathBuf>) {
    let open = |file: PathBuf| OpenOptions::new().create(true).append(true).open(file);
    let mut files: Vec<File> = files.into_iter().map(|file| open(file).unwrap()).collect();
    thread::spawn(move || {
        loop {
            for (lane, file) in files.iter_mut().enumerate() {
                file.write_all(format!("source {lane} 0\n").as_bytes())
                    .unwrap();
            }
            thread::sleep(BEAT);
        }
    });
}

/// Tells a watcher of each line that one of these files gets, for as long as this process lives.
pub(crate) fn follow(files: Vec<PathBuf>, watcher: Watcher) {
    thread::spawn(move || {
        let mut readers: Vec<Option<BufReader<File>>> = files.iter().map(|_| None).collect();
        let mut line = String::new();
        loop {
            for (lane, (file, reader)) in files.iter().zip(&mut readers).enumerate() {
                // It comes with the first line.
                if reader.is_none() {
                    *reader = File::open(file).ok().map(BufReader::new);
                }
                while let Some(reader) = reader
                    && reader.read_line(&mut line).unwrap() > 0
                {
                    if line.ends_with('\n') {
                        watcher.hear(&format!("sink {lane} 0"));
                        line.clear();
                    }
                }
            }
            thread::sleep(LOOK);
        }
    });
}
