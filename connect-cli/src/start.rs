//! [`Start`]: where reading begins.

use std::str::FromStr;

use connect_runtime::broker::Watermarks;

/// Where a partition begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Start {
    Beginning,
    End,
    Offset(i64),
    BeforeEnd(i64),
}

impl FromStr for Start {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "beginning" => Ok(Self::Beginning),
            "end" => Ok(Self::End),
            number => match number.parse::<i64>() {
                Ok(offset @ 0..) => Ok(Self::Offset(offset)),
                Ok(before) if before > i64::MIN => Ok(Self::BeforeEnd(-before)),
                _ => Err(
                    "expected `beginning`, `end`, an offset, or -n for n offsets before the end"
                        .to_owned(),
                ),
            },
        }
    }
}

impl Start {
    /// Returns the offset to begin at; never one outside of the log.
    pub(crate) fn offset(self, marks: Watermarks) -> i64 {
        let offset = match self {
            Self::Beginning => marks.start,
            Self::End => marks.end,
            Self::Offset(offset) => offset,
            Self::BeforeEnd(count) => marks.end.saturating_sub(count),
        };
        offset.clamp(marks.start, marks.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_beginning_never_lies_outside_of_the_log() {
        let marks = Watermarks { start: 5, end: 9 };
        let begin = |text: &str| text.parse::<Start>().unwrap().offset(marks);
        assert_eq!(begin("beginning"), 5);
        assert_eq!(begin("end"), 9);
        assert_eq!((begin("0"), begin("7"), begin("100")), (5, 7, 9));
        assert_eq!((begin("-1"), begin("-100")), (8, 5));
    }

    #[test]
    fn anything_else_is_no_beginning() {
        for text in ["", "start", "1.5", "-9223372036854775808"] {
            assert!(text.parse::<Start>().is_err(), "{text}");
        }
    }
}
