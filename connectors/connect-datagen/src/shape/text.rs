//! [`Text`]: random texts, and texts that look like something.

use std::{fmt::Write, net::Ipv6Addr};

use connect_api::Str;

use super::{
    Draw,
    pattern::Pattern,
    words::{self, List},
};

/// What random texts consist of.
const LETTERS: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";

/// Which texts there are.
#[derive(Clone, Debug)]
pub(super) enum Text {
    Random { min: usize, max: usize },
    Pattern(Pattern),
    Format(Format),
    Fake(Fake),
}

macro_rules! named {
    ($(#[$doc:meta])* $enum:ident { $($variant:ident => $name:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum $enum { $($variant),+ }

        impl $enum {
            pub(super) const NAMES: &[&str] = &[$($name),+];

            pub(super) fn named(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}
named! {
    /// Texts with a syntax of their own, as JSON Schema names them.
    Format {
        Uuid => "uuid",
        Email => "email",
        Ipv4 => "ipv4",
        Ipv6 => "ipv6",
        Uri => "uri",
        Hostname => "hostname",
    }
}
named! {
    /// Texts that a person might have written, the values of `x-fake`.
    Fake {
        FirstName => "first-name",
        LastName => "last-name",
        FullName => "full-name",
        City => "city",
        Country => "country",
        Company => "company",
        Product => "product",
        Street => "street",
        Path => "path",
        UserAgent => "user-agent",
        Word => "word",
        Sentence => "sentence",
    }
}

impl Text {
    pub(super) fn text(&self, draw: &mut Draw) -> Str {
        match self {
            Self::Random { min, max } => random(draw, *min, *max),
            Self::Pattern(pattern) => pattern.text(draw),
            Self::Format(format) => format.text(draw),
            Self::Fake(fake) => fake.text(draw),
        }
    }
}

fn random(draw: &mut Draw, min: usize, max: usize) -> Str {
    let length = draw.between(min, max);
    let mut text = String::with_capacity(length);
    while text.len() < length {
        // Twelve letters fit into 64 random bits.
        let mut bits = draw.bits();
        for _ in 0..(length - text.len()).min(12) {
            text.push(LETTERS[(bits % 36) as usize].into());
            bits /= 36;
        }
    }
    text.into()
}

impl Format {
    fn text(self, draw: &mut Draw) -> Str {
        match self {
            Self::Uuid => uuid(draw),
            Self::Email => {
                let (first, last) = (
                    word(draw, words::FIRST_NAMES),
                    word(draw, words::LAST_NAMES),
                );
                let (number, domain) = (draw.below(1000), word(draw, words::DOMAINS));
                let mut text = format!("{first}.{last}{number}@{domain}");
                text.make_ascii_lowercase();
                text.into()
            }
            Self::Ipv4 => {
                // Neither networks nor broadcasts: no number is 0 or 255.
                let [a, b, c, d] = [(); 4].map(|()| 1 + draw.below(254));
                format!("{a}.{b}.{c}.{d}").into()
            }
            Self::Ipv6 => {
                // 2001:db8::/32 is for documentation.
                let rest = (u128::from(draw.bits() >> 32) << 64) | u128::from(draw.bits());
                Ipv6Addr::from((0x2001_0db8_u128 << 96) | rest)
                    .to_string()
                    .into()
            }
            Self::Uri => {
                let (domain, path) = (word(draw, words::DOMAINS), path(draw));
                format!("https://www.{domain}{path}").into()
            }
            Self::Hostname => {
                let (host, number) = (word(draw, words::HOSTS), draw.below(100));
                format!("{host}-{number}.{}", word(draw, words::DOMAINS)).into()
            }
        }
    }
}

impl Fake {
    fn text(self, draw: &mut Draw) -> Str {
        let one = |draw: &mut Draw, list| Str::from_static(word(draw, list));
        match self {
            Self::FirstName => one(draw, words::FIRST_NAMES),
            Self::LastName => one(draw, words::LAST_NAMES),
            Self::City => one(draw, words::CITIES),
            Self::Country => one(draw, words::COUNTRIES),
            Self::UserAgent => one(draw, words::USER_AGENTS),
            Self::Word => one(draw, words::WORDS),
            Self::FullName => joined(draw, [words::FIRST_NAMES, words::LAST_NAMES]),
            Self::Company => joined(draw, [words::LAST_NAMES, words::COMPANIES]),
            Self::Product => joined(draw, [words::QUALITIES, words::MATERIALS, words::THINGS]),
            Self::Street => {
                let number = 1 + draw.below(200);
                let (name, kind) = (word(draw, words::LAST_NAMES), word(draw, words::STREETS));
                format!("{number} {name} {kind}").into()
            }
            Self::Path => path(draw).into(),
            Self::Sentence => sentence(draw),
        }
    }
}

fn word(draw: &mut Draw, list: List) -> &'static str {
    list[draw.index(list.len())]
}

fn joined<const N: usize>(draw: &mut Draw, lists: [List; N]) -> Str {
    lists.map(|list| word(draw, list)).join(" ").into()
}

fn path(draw: &mut Draw) -> String {
    let mut text = String::new();
    for _ in 0..draw.between(1, 3) {
        text.push('/');
        text.push_str(word(draw, words::WORDS));
    }
    text
}

fn sentence(draw: &mut Draw) -> Str {
    let mut text = String::new();
    for _ in 0..draw.between(4, 12) {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(word(draw, words::WORDS));
    }
    text[..1].make_ascii_uppercase();
    text.push('.');
    text.into()
}

/// A random UUID: version 4 of RFC 9562.
fn uuid(draw: &mut Draw) -> Str {
    let high = (draw.bits() & !0xF000) | 0x4000;
    let low = (draw.bits() & !(0b11 << 62)) | (0b10 << 62);
    let mut text = String::with_capacity(36);
    write!(
        text,
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xFFFF,
        high & 0xFFFF,
        low >> 48,
        low & 0xFFFF_FFFF_FFFF
    )
    .expect("a string takes everything");
    text.into()
}
