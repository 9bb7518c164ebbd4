//! [`say`]: what a child tells its parent, on stderr.

/// What stands before everything that is said.
const SAYS: &str = "errand: ";

/// What is said before a child dies as it was told to.
pub(super) const DIES: &str = "dies at ";

/// What is said last.
pub(super) const DONE: &str = "done";

/// Tells the parent something.
pub(super) fn say(line: &str) {
    eprintln!("{SAYS}{line}");
}

/// Returns what was said in all that a child has written.
pub(super) fn said(written: &str) -> impl Iterator<Item = &str> {
    // The runner of tests begins a line and leaves it open.
    let lines = written.lines();
    lines.filter_map(|line| Some(line.split_once(SAYS)?.1))
}
