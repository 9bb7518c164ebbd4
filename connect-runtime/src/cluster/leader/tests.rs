//! The leader, shown what its own decisions lead to.
