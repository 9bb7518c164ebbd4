//! Mutations reach what a corpus does not hold.

use std::{cell::RefCell, collections::BTreeSet, panic::catch_unwind};

use connect_testkit::mutate;

#[test]
fn mutations_differ_from_the_corpus_and_from_each_other() {
    let seen = RefCell::new(BTreeSet::new());
    mutate(&[b"{\"a\":1}", b"[2]"], |input| {
        seen.borrow_mut().insert(input.to_vec());
    });
    let seen = seen.into_inner();
    assert!(seen.contains(&b"{\"a\":1}"[..]) && seen.contains(&b"[2]"[..]));
    assert!(seen.len() > 10_000, "{} inputs", seen.len());
    let longest = seen.iter().map(Vec::len).max();
    assert!(longest.is_some_and(|longest| (1_000..=65_536).contains(&longest)));
}

#[test]
fn a_target_that_panics_ends_the_run() {
    let trusting = |input: &[u8]| {
        // Trusts a length that the input states.
        if let Some(length) = input.first() {
            let _ = &input[..usize::from(*length)];
        }
    };
    catch_unwind(|| mutate(&[b"\x03ab"], trusting)).unwrap_err();
}
