//! [`Fault`]: how a request fails.

/// How a request fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// With this status, and an error as a registry writes them.
    Status(u16),
    /// With this status, and so many seconds to wait.
    Busy(u16, u64),
    /// With 200 and a page that is no JSON.
    Garbage,
    /// With this status and a page, as a proxy answers.
    Page(u16),
    /// With 401 and everything that was sent, credentials included.
    Echo,
    /// With the end of the connection.
    Cut,
    /// With half an answer, and the end of the connection.
    Half,
    /// With a body that is far too large.
    Huge,
}
