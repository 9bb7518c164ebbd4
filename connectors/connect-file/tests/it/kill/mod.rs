//! Processes that are killed or stopped at milestones: what is promised holds in what they leave behind.
//!
//! A program reads a file into a topic of an embedded broker and that topic into a file, with lines that every stage
//! refuses. It runs in a process of its own, dies where a test says, and is run again until it has done its work.

mod append_sink;
mod at_least_once;
mod exactly_once;
mod folder;
mod milestones;
mod oracle;
mod play;
mod rotating;
mod scene;
mod stopped;
