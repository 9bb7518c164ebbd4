//! [`Jvm`]: a process that answers calls with Java's clients.

use std::{
    env,
    fs::File,
    io::{self, BufRead, BufReader, Read, Seek, Write},
    process::{Child, ChildStdin, ChildStdout, Stdio},
    sync::{Mutex, PoisonError},
};

use base64::{Engine, prelude::BASE64_STANDARD};

use crate::{
    LabError,
    installation::{Installation, Tuning},
};

/// Processes without a call: a JVM takes a second to start, and milliseconds for most calls.
///
/// Their input ends with this process, and so do they.
static IDLE: Mutex<Vec<Jvm>> = Mutex::new(Vec::new());

/// A process of `Client.java`, which answers one call after the other.
#[derive(Debug)]
struct Jvm {
    child: Child,
    calls: ChildStdin,
    answers: BufReader<ChildStdout>,
    errors: File,
}

/// Calls `Client.java` and returns the records that it answers.
///
/// Calls at the same time have processes of their own, since each may wait for another.
pub(crate) fn call(arguments: &[&str], records: &[String]) -> Result<Vec<String>, LabError> {
    let doing = format!("Java's client: {}", arguments.join(" "));
    let idle = || IDLE.lock().unwrap_or_else(PoisonError::into_inner);
    let free = idle().pop();
    let mut jvm = match free {
        Some(jvm) => jvm,
        None => Jvm::start()?,
    };
    let answer = match jvm.call(arguments, records) {
        Ok(answer) => answer,
        Err(error) => {
            let written = jvm.end();
            return Err(LabError::new(format!("{doing}: {error}\n{written}")));
        }
    };
    idle().push(jvm);
    answer.map_err(|trace| LabError::new(format!("{doing}: {trace}")))
}

impl Jvm {
    fn start() -> Result<Self, LabError> {
        let doing = "starting Java's client";
        let errors = tempfile::tempfile().map_err(LabError::during(doing))?;
        let mut child = Installation::find()?
            .java(&env::temp_dir(), 256, Tuning::Start)?
            .arg("-Dlab.level=error")
            .arg("Client")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(errors.try_clone().map_err(LabError::during(doing))?)
            .spawn()
            .map_err(LabError::during(doing))?;
        Ok(Self {
            calls: child.stdin.take().expect("it was asked for"),
            answers: BufReader::new(child.stdout.take().expect("it was asked for")),
            child,
            errors,
        })
    }

    /// Returns records or a stack trace; an error is the end of the process.
    fn call(
        &mut self,
        arguments: &[&str],
        records: &[String],
    ) -> io::Result<Result<Vec<String>, String>> {
        let mut call = format!("{}\t{}\n", records.len(), arguments.join("\t"));
        for record in records {
            call.push_str(record);
            call.push('\n');
        }
        // It answers nothing before it has read everything, so neither pipe can fill up.
        self.calls.write_all(call.as_bytes())?;
        let mut answer = Vec::new();
        for line in (&mut self.answers).lines() {
            let line = line?;
            if line == "ok" {
                return Ok(Ok(answer));
            }
            if let Some(trace) = line.strip_prefix("failed\t") {
                let trace = BASE64_STANDARD.decode(trace).map_err(io::Error::other)?;
                return Ok(Err(String::from_utf8_lossy(&trace).into_owned()));
            }
            answer.push(line);
        }
        Err(io::Error::other("expected an answer, found its end"))
    }

    /// Ends the process and returns what it has written about itself.
    fn end(mut self) -> String {
        let mut written = Vec::new();
        let read = self
            .child
            .kill()
            .and_then(|()| self.child.wait())
            .and_then(|_| self.errors.rewind())
            .and_then(|()| self.errors.read_to_end(&mut written));
        match read {
            Ok(_) => String::from_utf8_lossy(&written).into_owned(),
            Err(error) => format!("what it wrote cannot be read: {error}"),
        }
    }
}
