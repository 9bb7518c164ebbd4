//! [`Mode`]: whether a worker is alone.

/// Whether other workers share the work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// The worker runs everything itself.
    Alone,
    /// The workers of the group do.
    Cluster,
}
