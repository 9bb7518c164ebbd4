//! [`Rule`]: which values an option accepts beyond its type.

use super::ConfigType;
use crate::Value;

/// Which values an option accepts beyond its type; of a list, which elements.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Rule {
    #[default]
    Any,
    Whole {
        min: Option<i64>,
        max: Option<i64>,
    },
    Real {
        min: Option<f64>,
        max: Option<f64>,
    },
    OneOf {
        values: Vec<String>,
        case: Case,
    },
    NonEmpty,
}

/// Whether upper and lower case differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Case {
    Exact,
    Ignored,
}

/// Java's `trim`.
fn trim(text: &str) -> &str {
    text.trim_matches(|c| c <= ' ')
}

impl Rule {
    /// Reads one value; an error is the reason in Connect's words.
    pub(super) fn read(&self, type_: ConfigType, text: &str) -> Result<Value, String> {
        let text = trim(text);
        match type_ {
            ConfigType::Boolean if text.eq_ignore_ascii_case("true") => Ok(true.into()),
            ConfigType::Boolean if text.eq_ignore_ascii_case("false") => Ok(false.into()),
            ConfigType::Boolean => Err("Expected value to be either true or false".to_owned()),
            ConfigType::Short => self.read_whole(type_, text, i16::MIN.into()..=i16::MAX.into()),
            ConfigType::Int => self.read_whole(type_, text, i32::MIN.into()..=i32::MAX.into()),
            ConfigType::Long => self.read_whole(type_, text, i64::MIN..=i64::MAX),
            ConfigType::Double => self.read_real(text),
            ConfigType::String | ConfigType::Class | ConfigType::Password | ConfigType::List => {
                self.read_text(text)
            }
        }
    }

    /// Reads a list: an empty text is an empty list, and empty elements stay.
    pub(super) fn read_list(&self, items: ConfigType, text: &str) -> Result<Value, String> {
        let text = trim(text);
        if text.is_empty() {
            return Ok(Value::array(Vec::<Value>::new()));
        }
        let elements: Result<Vec<Value>, String> =
            text.split(',').map(|item| self.read(items, item)).collect();
        elements.map(Value::array)
    }

    fn read_whole(
        &self,
        type_: ConfigType,
        text: &str,
        width: std::ops::RangeInclusive<i64>,
    ) -> Result<Value, String> {
        let number = text.parse().ok().filter(|number| width.contains(number));
        let number: i64 = number.ok_or_else(|| format!("Not a number of type {type_}"))?;
        match *self {
            Self::Whole { min: Some(min), .. } if number < min => {
                Err(format!("Value must be at least {min}"))
            }
            Self::Whole { max: Some(max), .. } if number > max => {
                Err(format!("Value must be no more than {max}"))
            }
            _ => Ok(number.into()),
        }
    }

    fn read_real(&self, text: &str) -> Result<Value, String> {
        let number = text.parse().ok();
        let number: f64 = number.ok_or_else(|| "Not a number of type DOUBLE".to_owned())?;
        match *self {
            // A NaN is in no range.
            Self::Real { min: Some(min), .. } if number.is_nan() || number < min => {
                Err(format!("Value must be at least {min}"))
            }
            Self::Real { max: Some(max), .. } if number.is_nan() || number > max => {
                Err(format!("Value must be no more than {max}"))
            }
            _ => Ok(number.into()),
        }
    }

    fn read_text(&self, text: &str) -> Result<Value, String> {
        match self {
            Self::NonEmpty if text.is_empty() => Err("String must be non-empty".to_owned()),
            Self::OneOf { values, case } => {
                let fits = |known: &&String| match case {
                    Case::Exact => known.as_str() == text,
                    Case::Ignored => known.eq_ignore_ascii_case(text),
                };
                values
                    .iter()
                    .find(fits)
                    .map(|known| known.as_str().into())
                    .ok_or_else(|| {
                        let how = match case {
                            Case::Exact => "",
                            Case::Ignored => " (case insensitive)",
                        };
                        format!("String must be one of{how}: {}", values.join(", "))
                    })
            }
            _ => Ok(text.into()),
        }
    }

    /// Says in words what a value must be.
    pub(super) fn expected(&self, type_: ConfigType, items: ConfigType) -> String {
        let plain = match type_ {
            ConfigType::Boolean => "true or false",
            ConfigType::String | ConfigType::Password => "text",
            ConfigType::Short => "a 16-bit integer",
            ConfigType::Int => "a 32-bit integer",
            ConfigType::Long => "a 64-bit integer",
            ConfigType::Double => "a number",
            ConfigType::Class => "the name of a plugin",
            ConfigType::List => {
                let item = self.expected(items, ConfigType::String);
                return format!("a list separated by commas, each {item}");
            }
        };
        let range = |min: Option<String>, max: Option<String>| match (min, max) {
            (None, None) => plain.to_owned(),
            (Some(min), None) => format!("{plain} of at least {min}"),
            (None, Some(max)) => format!("{plain} of at most {max}"),
            (Some(min), Some(max)) => format!("{plain} from {min} to {max}"),
        };
        match self {
            Self::Any => plain.to_owned(),
            Self::Whole { min, max } => range(
                min.map(|min| min.to_string()),
                max.map(|max| max.to_string()),
            ),
            Self::Real { min, max } => range(
                min.map(|min| min.to_string()),
                max.map(|max| max.to_string()),
            ),
            Self::OneOf { values, .. } => format!("one of {}", values.join(", ")),
            Self::NonEmpty => format!("{plain} that is not empty"),
        }
    }
}
