//! Checks the habits of this workspace that lints cannot see.
//!
//! A habit that nothing checks is forgotten by the tenth crate. Each one is a function here: it takes
//! a file, a package or the whole workspace and returns what it found, so a broken example of a few
//! lines shows that it works. The integration test runs all of them on this workspace.
//!
//! The checks read text, with comments and literals blanked out, and `cargo metadata`. They do not
//! parse Rust: a habit that needs a parser is a lint's business.

mod finding;
mod source_file;
mod workspace;

pub mod cycles;
pub mod docs;
pub mod globals;
pub mod layers;
pub mod layout;
pub mod names;
pub mod sizes;
pub mod suites;

pub use finding::Finding;
pub use source_file::SourceFile;
pub use workspace::{Dependency, DependencyKind, Package, Target, Workspace};
