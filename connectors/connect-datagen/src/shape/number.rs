//! [`Number`]: integers and floating point numbers.

use connect_api::{Type, Value};

use super::{Draw, Sequence};

/// Which numbers there are.
#[derive(Clone, Debug)]
pub(super) enum Number {
    /// `min`, `min + step`, …, `count` of them; none stands for all 64-bit integers.
    Whole {
        min: i64,
        step: i64,
        count: Option<u64>,
        width: Width,
    },
    Sequence {
        sequence: Sequence,
        width: Width,
    },
    Real {
        min: f64,
        span: f64,
        width: Width,
    },
    /// `min`, `min + 1`, … times or by `unit`, `count` of them.
    Multiples {
        min: i64,
        count: u64,
        unit: Unit,
        width: Width,
    },
}

/// What multiples are counted in.
#[derive(Clone, Copy, Debug)]
pub(super) enum Unit {
    Times(f64),
    /// So that 1999 hundredths are 19.99 and not 19.990000000000002.
    By(f64),
}

/// The type of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Width {
    Int8,
    Int16,
    Int32,
    Int64,
    Float32,
    Float64,
}

impl Width {
    pub(super) fn type_(self) -> Type {
        match self {
            Self::Int8 => Type::Int8,
            Self::Int16 => Type::Int16,
            Self::Int32 => Type::Int32,
            Self::Int64 => Type::Int64,
            Self::Float32 => Type::Float32,
            Self::Float64 => Type::Float64,
        }
    }

    /// The least and the greatest integer; floats take those that they hold exactly.
    pub(super) fn range(self) -> (i64, i64) {
        match self {
            Self::Int8 => (i8::MIN.into(), i8::MAX.into()),
            Self::Int16 => (i16::MIN.into(), i16::MAX.into()),
            Self::Int32 => (i32::MIN.into(), i32::MAX.into()),
            Self::Int64 => (i64::MIN, i64::MAX),
            Self::Float32 => (-(1 << 24), 1 << 24),
            Self::Float64 => (-(1 << 53), 1 << 53),
        }
    }

    /// Keeps an integer in this width; only a sequence can be too large, and begins anew then.
    pub(super) fn whole(self, number: i64) -> Value {
        match self {
            Self::Int8 => Value::Int8(number as i8),
            Self::Int16 => Value::Int16(number as i16),
            Self::Int32 => Value::Int32(number as i32),
            Self::Int64 => Value::Int64(number),
            Self::Float32 | Self::Float64 => self.real(number as f64),
        }
    }

    pub(super) fn real(self, number: f64) -> Value {
        match self {
            Self::Float32 => Value::Float32(number as f32),
            _ => Value::Float64(number),
        }
    }
}

impl Number {
    pub(super) fn value(&self, draw: &mut Draw, index: u64) -> Value {
        match *self {
            Self::Whole {
                min,
                step,
                count,
                width,
            } => {
                let nth = match count {
                    Some(count) => draw.below(count),
                    None => draw.bits(),
                };
                width.whole(min.wrapping_add(step.wrapping_mul(nth as i64)))
            }
            Self::Sequence { sequence, width } => width.whole(sequence.at(index)),
            Self::Real { min, span, width } => width.real(min + span * draw.fraction()),
            Self::Multiples {
                min,
                count,
                unit,
                width,
            } => {
                let nth = min.wrapping_add(draw.below(count) as i64) as f64;
                width.real(match unit {
                    Unit::Times(unit) => nth * unit,
                    Unit::By(parts) => nth / parts,
                })
            }
        }
    }
}
