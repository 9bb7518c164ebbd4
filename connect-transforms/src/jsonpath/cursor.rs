//! [`Cursor`]: a text that is read from left to right.

/// A text that is read from left to right, and how deep its parts are nested.
pub(super) struct Cursor<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

impl<'a> Cursor<'a> {
    /// How deep parts may be nested.
    const DEEPEST: usize = 16;

    pub(super) fn new(text: &'a str) -> Self {
        Self {
            text,
            at: 0,
            depth: 0,
        }
    }

    pub(super) fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(super) fn next(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += next.len_utf8();
        Some(next)
    }

    /// Takes what comes next if it is `expected`.
    pub(super) fn take(&mut self, expected: &str) -> bool {
        let found = self.rest().starts_with(expected);
        if found {
            self.at += expected.len();
        }
        found
    }

    /// Takes what comes next, which has to be `expected`.
    pub(super) fn expect(&mut self, expected: &str) -> Result<(), String> {
        if self.take(expected) {
            return Ok(());
        }
        Err(self.expected(format_args!("`{expected}`")))
    }

    /// Takes characters as long as they are `of` that kind.
    pub(super) fn take_while(&mut self, of: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let end = rest.find(|c| !of(c)).unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    pub(super) fn skip_blanks(&mut self) {
        self.take_while(char::is_whitespace);
    }

    /// Takes an integer, if there is one.
    pub(super) fn integer(&mut self) -> Result<Option<i64>, String> {
        let start = self.at;
        self.take("-");
        self.take_while(|c| c.is_ascii_digit());
        let text = &self.text[start..self.at];
        if text.is_empty() {
            return Ok(None);
        }
        match text.parse() {
            Ok(number) => Ok(Some(number)),
            Err(_) => Err(self.expected("an integer of 64 bits")),
        }
    }

    /// Takes a text up to the `end` that began it; `\` stands before characters that stand for themselves.
    pub(super) fn quoted(&mut self, end: char) -> Result<String, String> {
        let mut text = String::new();
        loop {
            match self.next() {
                Some(c) if c == end => return Ok(text),
                Some('\\') => text.push(self.escaped()?),
                Some(c) => text.push(c),
                None => return Err(self.expected(format_args!("{end} at the end of the text"))),
            }
        }
    }

    fn escaped(&mut self) -> Result<char, String> {
        Ok(match self.next() {
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some('u') => {
                let digits = self.rest().get(..4).unwrap_or_default();
                let code = u32::from_str_radix(digits, 16).ok();
                let Some(c) = code.and_then(char::from_u32) else {
                    return Err(self.expected("four hexadecimal digits of a character"));
                };
                self.at += 4;
                c
            }
            Some(c) => c,
            None => return Err(self.expected("a character behind the last \\")),
        })
    }

    /// Reads a part that may hold parts like itself.
    pub(super) fn nested<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, String>,
    ) -> Result<T, String> {
        if self.depth == Self::DEEPEST {
            return Err(self.expected(format_args!("at most {} nested parts", Self::DEEPEST)));
        }
        self.depth += 1;
        let part = read(self);
        self.depth -= 1;
        part
    }

    pub(super) fn expected(&self, expected: impl std::fmt::Display) -> String {
        let mut shown: String = self.rest().chars().take(20).collect();
        if shown.is_empty() {
            shown = "the end".to_owned();
        } else {
            shown = format!("`{shown}`");
        }
        let position = self.text[..self.at].chars().count() + 1;
        format!("expected {expected} at character {position}, found {shown}")
    }
}
