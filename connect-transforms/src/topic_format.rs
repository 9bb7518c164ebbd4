//! [`TopicFormat`]: a topic with a time in its name.

use connect_api::Str;

/// The name of a topic, made of text, the name that it had, and a time: `${topic}-${timestamp}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TopicFormat {
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Topic,
    Timestamp,
}

impl TopicFormat {
    pub(crate) fn new(text: &str) -> Self {
        let mut parts = Vec::new();
        let mut plain = String::new();
        let mut rest = text;
        while let Some(next) = rest.chars().next() {
            let (part, length) = if rest.starts_with(TOPIC) {
                (Part::Topic, TOPIC.len())
            } else if rest.starts_with(TIMESTAMP) {
                (Part::Timestamp, TIMESTAMP.len())
            } else {
                plain.push(next);
                rest = &rest[next.len_utf8()..];
                continue;
            };
            if !plain.is_empty() {
                parts.push(Part::Text(std::mem::take(&mut plain)));
            }
            parts.push(part);
            rest = &rest[length..];
        }
        if !plain.is_empty() {
            parts.push(Part::Text(plain));
        }
        Self { parts }
    }

    /// Returns the name.
    pub(crate) fn name(&self, topic: &str, timestamp: &str) -> Str {
        let mut name = String::with_capacity(topic.len() + timestamp.len() + 8);
        for part in &self.parts {
            name.push_str(match part {
                Part::Text(text) => text,
                Part::Topic => topic,
                Part::Timestamp => timestamp,
            });
        }
        name.into()
    }
}

const TOPIC: &str = "${topic}";
const TIMESTAMP: &str = "${timestamp}";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_made_of_text_topic_and_time() {
        let check =
            |format, expected| assert_eq!(TopicFormat::new(format).name("t", "2020"), expected);
        check("${topic}-${timestamp}", "t-2020");
        check("x", "x");
        check("a${timestamp}b${topic}${topic}c$", "a2020bttc$");
        check("${Topic}", "${Topic}");
    }
}
