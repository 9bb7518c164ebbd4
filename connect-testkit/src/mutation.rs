//! [`mutate`]: sound inputs, and what becomes of them when bytes go wrong.

use std::{
    env,
    hash::{BuildHasher, RandomState},
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
};

use fastrand::Rng;

/// How many inputs one run tries; a hundred times as many where `CONNECT_SOAK` is set.
const INPUTS: u64 = 20_000;

/// No input grows beyond this.
const LONGEST: usize = 64 * 1024;

/// Bytes that parsers treat as something special.
const SPECIAL: &[u8] = b"\0\x01\x7F\x80\xC0\xFF\"\\{}[],:+-.0eE\n\r\t ";

/// Texts that parsers treat as something special.
const WORDS: &[&[u8]] = &[
    b"null",
    b"true",
    b"9223372036854775808",
    b"-1e999",
    b"\\u0000",
    b"\\ud83d",
    b"\xF0\x9F\x98\x80",
    b"\xED\xA0\x80",
    b"\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01",
    b"{\"schema\":",
    b"[[[[[[[[[[[[[[[[",
];

/// Feeds `target` with each entry of `corpus`, and with thousands of mutations of them.
///
/// `target` is a parser of bytes that somebody else wrote: it may answer an error, and it may not panic, hang or
/// allocate without bound. It is the same function that a fuzzer calls for hours. The seed is drawn and printed; with
/// `CONNECT_SEED` set to it, the same inputs come again.
///
/// ```
/// connect_testkit::mutate(&[b"{\"version\":1}", b"[]"], |bytes| {
///     let text = bytes::Bytes::copy_from_slice(bytes);
///     drop(connect_api::json::parse(&text));
/// });
/// ```
///
/// # Panics
///
/// `target` panics; the seed and the input are printed first. Or the corpus is empty.
pub fn mutate(corpus: &[&[u8]], target: impl Fn(&[u8])) {
    assert!(!corpus.is_empty(), "expected a corpus, found nothing");
    let given = env::var("CONNECT_SEED")
        .ok()
        .and_then(|seed| seed.parse().ok());
    let seed = given.unwrap_or_else(|| RandomState::new().hash_one(0));
    eprintln!("CONNECT_SEED={seed}");
    for entry in corpus {
        try_one(seed, entry, &target);
    }
    let rounds = match env::var_os("CONNECT_SOAK") {
        Some(_) => INPUTS * 100,
        None => INPUTS,
    };
    let mut random = Rng::with_seed(seed);
    for _ in 0..rounds {
        try_one(seed, &mutation(corpus, &mut random), &target);
    }
}

fn try_one(seed: u64, input: &[u8], target: &impl Fn(&[u8])) {
    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| target(input))) {
        eprintln!(
            "CONNECT_SEED={seed}: the input was \"{}\"",
            input.escape_ascii()
        );
        resume_unwind(panic);
    }
}

/// Changes an entry of the corpus in one to eight ways.
fn mutation(corpus: &[&[u8]], random: &mut Rng) -> Vec<u8> {
    let mut input = corpus[random.usize(..corpus.len())].to_vec();
    for _ in 0..random.usize(1..=8) {
        change(&mut input, corpus, random);
    }
    input.truncate(LONGEST);
    input
}

fn change(input: &mut Vec<u8>, corpus: &[&[u8]], random: &mut Rng) {
    let at = random.usize(..=input.len());
    let end = at + random.usize(..=(input.len() - at).min(32));
    match random.u8(..9) {
        0 if at < input.len() => input[at] ^= 1 << random.u8(..8),
        1 if at < input.len() => input[at] = random.u8(..),
        2 if at < input.len() => input[at] = SPECIAL[random.usize(..SPECIAL.len())],
        3 => drop(input.drain(at..end)),
        4 => insert(input, at, WORDS[random.usize(..WORDS.len())]),
        5 => input.truncate(at),
        // Nested a hundred times, what nests overflows a stack that nobody watches.
        6 => {
            let repeated = input[at..end].repeat(random.usize(..100));
            insert(input, at, &repeated);
        }
        7 => {
            let other = corpus[random.usize(..corpus.len())];
            let from = random.usize(..=other.len());
            input.truncate(at);
            input.extend_from_slice(&other[from..]);
        }
        _ => insert(input, at, &SPECIAL[random.usize(..SPECIAL.len())..][..1]),
    }
}

fn insert(input: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    if input.len() + bytes.len() <= LONGEST {
        drop(input.splice(at..at, bytes.iter().copied()));
    }
}
