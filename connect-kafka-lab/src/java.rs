//! [`JavaProgram`]: Java that answers questions, beside Kafka's classes and Debezium's.

use std::{
    env,
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Stdio},
};

use crate::{
    LabError,
    installation::{Installation, Tuning},
};

/// A program in one file of Java, which answers lines with lines.
///
/// Each line on its standard input gets one on its standard output. On its class path are Kafka's jars and Debezium's. It runs
/// in UTC and in the English of the United States, and ends with its input, which is when this value is dropped. What it writes
/// to its standard error is seen on ours.
#[derive(Debug)]
pub struct JavaProgram {
    child: Child,
    questions: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl JavaProgram {
    /// Compiles and starts what stands in the file `source`.
    ///
    /// # Errors
    ///
    /// If there is no Java, or `./test` has not fetched the jars. What does not compile shows when it is asked.
    pub fn start(source: &Path) -> Result<Self, LabError> {
        let mut child = Installation::find()?
            .java_with_plugin("debezium", &env::temp_dir(), 512, Tuning::Throughput)?
            .args(["-Dlab.level=off", "-Duser.timezone=UTC"])
            .args(["-Duser.language=en", "-Duser.country=US"])
            .arg(source)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(LabError::during(format!("starting {}", source.display())))?;
        let answers = child.stdout.take().ok_or_else(ended)?;
        Ok(Self {
            questions: child.stdin.take(),
            answers: BufReader::new(answers),
            child,
        })
    }

    /// Returns the answer to `question`, which is one line.
    ///
    /// # Errors
    ///
    /// If the program has ended.
    pub fn ask(&mut self, question: &str) -> Result<String, LabError> {
        let doing = "asking a program in Java";
        let questions = self.questions.as_mut().ok_or_else(ended)?;
        questions
            .write_all(format!("{question}\n").as_bytes())
            .and_then(|()| questions.flush())
            .map_err(LabError::during(doing))?;
        let mut answer = String::new();
        match self.answers.read_line(&mut answer) {
            Ok(0) => Err(ended()),
            Ok(_) => Ok(answer),
            Err(error) => Err(LabError::during(doing)(error)),
        }
    }
}

impl Drop for JavaProgram {
    fn drop(&mut self) {
        // Its input ends, and so does it.
        self.questions = None;
        if let Err(error) = self.child.wait() {
            eprintln!("waiting for the end of a program in Java: {error}");
        }
    }
}

fn ended() -> LabError {
    LabError::new("expected an answer of a program in Java, found its end")
}
