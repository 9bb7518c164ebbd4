//! A Rust file as the checks read it.

use crate::Finding;

/// A Rust file, and its code with comments and literals blanked out.
#[derive(Clone, Debug)]
pub struct SourceFile {
    path: String,
    text: String,
    code: String,
}

impl SourceFile {
    /// Reads `text`, which stands at `path` relative to the workspace.
    pub fn new(path: impl Into<String>, text: impl Into<String>) -> Self {
        let text = text.into();
        let code = Blanking::new(&text).run();
        Self {
            path: path.into(),
            text,
            code,
        }
    }

    /// Returns the path relative to the workspace, with forward slashes.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns the whole code; it has as many lines as the file.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// Iterates over the lines as written, numbered from one.
    pub fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        numbered(&self.text)
    }

    /// Iterates over the lines that hold code, numbered from one.
    pub fn code_lines(&self) -> impl Iterator<Item = (usize, &str)> {
        numbered(&self.code).filter(|(_, line)| !line.trim().is_empty())
    }

    /// Iterates over the code lines that belong to tests.
    pub fn test_lines(&self) -> impl Iterator<Item = (usize, &str)> {
        let first = self.first_test_line();
        self.code_lines()
            .filter(move |(number, _)| *number >= first)
    }

    /// Returns the code in front of the tests.
    pub fn code_without_tests(&self) -> String {
        let first = self.first_test_line();
        self.code
            .lines()
            .take(first.saturating_sub(1))
            .fold(String::new(), |text, line| text + line + "\n")
    }

    /// Reports what stands in `line`.
    pub fn finding(
        &self,
        line: usize,
        found: impl Into<String>,
        expected: impl Into<String>,
    ) -> Finding {
        Finding::new(format!("{}:{line}", self.path), found, expected)
    }

    /// Returns the number of the line where tests begin: they stand last in a file.
    fn first_test_line(&self) -> usize {
        if self.is_test_file() {
            return 1;
        }
        self.code_lines()
            .find(|(_, line)| line.trim_start().starts_with("#[cfg(test)]"))
            .map_or(usize::MAX, |(number, _)| number)
    }

    fn is_test_file(&self) -> bool {
        self.path.contains("/tests/") || self.path.ends_with("/tests.rs")
    }
}

fn numbered(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines()
        .enumerate()
        .map(|(index, line)| (index + 1, line))
}

/// Splits `line` of code into identifiers.
pub(crate) fn identifiers(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c: char| !is_identifier(c))
        .filter(|word| !word.is_empty())
}

pub(crate) fn is_identifier(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Replaces comments by spaces and the text of literals by `~`.
///
/// Every line break stays where it is.
struct Blanking {
    input: Vec<char>,
    at: usize,
    output: String,
}

impl Blanking {
    fn new(text: &str) -> Self {
        Self {
            input: text.chars().collect(),
            at: 0,
            output: String::with_capacity(text.len()),
        }
    }

    fn run(mut self) -> String {
        while let Some(c) = self.peek(0) {
            match (c, self.peek(1)) {
                ('/', Some('/')) => {
                    self.blank_until(|blanking| blanking.peek(0) == Some('\n'), ' ')
                }
                ('/', Some('*')) => self.block_comment(),
                ('"', _) => self.string(),
                ('r', Some('"' | '#')) if !self.follows_identifier() => self.raw_string(),
                ('\'', _) => self.character(),
                _ => self.keep(),
            }
        }
        self.output
    }

    fn peek(&self, ahead: usize) -> Option<char> {
        self.input.get(self.at + ahead).copied()
    }

    /// Tells an identifier that ends in `r` from a raw string.
    ///
    /// Strings such as `br"…"` and `cr"…"` are no identifiers.
    fn follows_identifier(&self) -> bool {
        let before = |back: usize| self.at.checked_sub(back).map(|at| self.input[at]);
        match before(1) {
            Some('b' | 'c') => before(2).is_some_and(is_identifier),
            Some(c) => is_identifier(c),
            None => false,
        }
    }

    fn keep(&mut self) {
        self.output.extend(self.peek(0));
        self.at += 1;
    }

    fn blank(&mut self, with: char) {
        self.output.extend(
            self.peek(0)
                .map(|c| if c.is_whitespace() { c } else { with }),
        );
        self.at += 1;
    }

    fn blank_until(&mut self, ends: impl Fn(&Self) -> bool, with: char) {
        while self.peek(0).is_some() && !ends(self) {
            self.blank(with);
        }
    }

    fn block_comment(&mut self) {
        let mut depth = 0;
        while let Some(c) = self.peek(0) {
            match (c, self.peek(1)) {
                ('/', Some('*')) => depth += 1,
                ('*', Some('/')) => depth -= 1,
                _ => {
                    self.blank(' ');
                    continue;
                }
            }
            self.blank(' ');
            self.blank(' ');
            if depth == 0 {
                return;
            }
        }
    }

    fn string(&mut self) {
        self.keep();
        while let Some(c) = self.peek(0) {
            match c {
                '"' => return self.keep(),
                '\\' if self.peek(1).is_some() => {
                    self.blank('~');
                    self.blank('~');
                }
                _ => self.blank('~'),
            }
        }
    }

    fn raw_string(&mut self) {
        let hashes = self.input[self.at + 1..]
            .iter()
            .take_while(|c| **c == '#')
            .count();
        if self.peek(hashes + 1) != Some('"') {
            return self.keep(); // A raw identifier.
        }
        for _ in 0..hashes + 2 {
            self.keep();
        }
        self.blank_until(|blanking| blanking.closes_raw_string(hashes), '~');
        for _ in 0..hashes + 1 {
            self.keep();
        }
    }

    fn closes_raw_string(&self, hashes: usize) -> bool {
        self.peek(0) == Some('"') && (1..=hashes).all(|ahead| self.peek(ahead) == Some('#'))
    }

    /// Blanks a character literal, and keeps a lifetime.
    fn character(&mut self) {
        let escaped = self.peek(1) == Some('\\');
        self.keep();
        if escaped {
            self.blank('~');
            self.blank('~');
            self.blank_until(|blanking| blanking.peek(0) == Some('\''), '~');
            self.keep();
        } else if self.peek(1) == Some('\'') {
            self.blank('~');
            self.keep();
        }
    }
}
