//! The programs of the book: compiled, and those that end by themselves run.
//!
//! The tests of this package read its configurations, follow its links, and keep the reference equal to the definitions.

#[cfg(doctest)]
#[doc = include_str!("../book/getting-started.md")]
struct GettingStarted;

#[cfg(doctest)]
#[doc = include_str!("../book/cluster.md")]
struct Cluster;

#[cfg(doctest)]
#[doc = include_str!("../book/writing-a-source.md")]
struct WritingASource;

#[cfg(doctest)]
#[doc = include_str!("../book/writing-a-sink.md")]
struct WritingASink;

#[cfg(doctest)]
#[doc = include_str!("../book/registry/README.md")]
struct Registry;
