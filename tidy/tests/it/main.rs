//! The habits of this workspace, one test each, and a broken example for every check.

mod cycles;
mod docs;
mod globals;
mod habit;
mod layers;
mod layout;
mod names;
mod sizes;
mod source_file;
mod suites;
