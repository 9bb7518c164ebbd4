//! Many files at once.

mod archives;
mod driver;
mod finding;
mod interleaving;
mod records;
mod rotating;
mod sharing;
mod trouble;
mod watching;
