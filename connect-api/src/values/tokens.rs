//! Tokens: delimiters, and the text between them.

/// Cuts text at its unescaped delimiters `: , { } [ ] "`.
pub(super) struct Tokens<'a> {
    text: &'a str,
    at: usize,
    /// The token that was looked at and not consumed; it ends at `at`.
    ahead: Option<&'a str>,
}

impl<'a> Tokens<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            text,
            at: 0,
            ahead: None,
        }
    }

    /// Returns where the next token begins.
    pub(super) fn mark(&self) -> usize {
        self.at - self.ahead.map_or(0, str::len)
    }

    pub(super) fn rewind(&mut self, mark: usize) {
        self.at = mark;
        self.ahead = None;
    }

    pub(super) fn has_next(&self) -> bool {
        self.ahead.is_some() || self.at < self.text.len()
    }

    /// Returns whether nothing but blanks is left.
    pub(super) fn is_blank(&self) -> bool {
        trim(&self.text[self.mark()..]).is_empty()
    }

    pub(super) fn next(&mut self) -> &'a str {
        self.ahead.take().unwrap_or_else(|| self.cut())
    }

    /// Consumes `count` tokens and returns them as they stand in the text.
    pub(super) fn take(&mut self, count: usize) -> Option<&'a str> {
        let start = self.mark();
        for _ in 0..count {
            if !self.has_next() {
                self.rewind(start);
                return None;
            }
            self.next();
        }
        Some(&self.text[start..self.at])
    }

    /// Consumes the next token if it is `expected`; blank tokens before it are gone either way, as in Java.
    pub(super) fn consume(&mut self, expected: &str) -> bool {
        let Some(mut token) = self.ahead.or_else(|| self.has_next().then(|| self.cut())) else {
            return false;
        };
        while trim(token).is_empty() && self.at < self.text.len() {
            token = self.cut();
        }
        let is_expected = trim(token) == expected;
        self.ahead = (!is_expected).then_some(token);
        is_expected
    }

    fn cut(&mut self) -> &'a str {
        let start = self.at;
        let mut escaped = false;
        for (offset, byte) in self.text.as_bytes()[start..].iter().enumerate() {
            match byte {
                b'\\' => escaped = !escaped,
                b':' | b',' | b'{' | b'}' | b'[' | b']' | b'"' if !escaped => {
                    self.at = start + offset.max(1);
                    return &self.text[start..self.at];
                }
                _ => escaped = false,
            }
        }
        self.at = self.text.len();
        &self.text[start..]
    }
}

/// Java's `trim`: control characters count as blank, other white space of Unicode does not.
pub(super) fn trim(text: &str) -> &str {
    text.trim_matches(|character| character <= ' ')
}
