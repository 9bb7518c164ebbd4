//! [`Environment`]: the one seam to threads, clocks, randomness and death.

mod driver;
mod milestone;
mod system;

use std::{
    fmt,
    time::{Duration, SystemTime},
};

use connect_api::Result;
use futures::future::BoxFuture;

pub(crate) use self::system::panic_message;
pub use self::{milestone::Milestone, system::System};

/// What starts a thread, reads a clock or draws a random number.
///
/// [`System`] is the real one. The simulation replaces it: there the clock is tokio's paused one, nothing runs on a
/// thread of its own, and one seed decides every random number, so that a run can be repeated.
/// Timers need no seam: `tokio::time` follows its paused clock by itself.
pub trait Environment: fmt::Debug + Send + Sync + 'static {
    /// Returns the wall clock.
    ///
    /// # Contract
    ///
    /// - It may jump, back too: only what people or other systems see may depend on it.
    fn wall(&self) -> SystemTime;

    /// Returns the time since some fixed moment.
    ///
    /// # Contract
    ///
    /// - It never goes back, and is the same for all threads and clones.
    /// - [`alarm`](Self::alarm) follows it; in a simulation it moves only while everybody waits.
    fn elapsed(&self) -> Duration;

    /// Draws a random number.
    ///
    /// # Contract
    ///
    /// - All 64 bits are equally likely. Nobody may keep secrets with it.
    /// - In a simulation the seed and the order of the calls decide it.
    fn random(&self) -> u64;

    /// Runs `work` on the executor as a task called `name`.
    ///
    /// # Contract
    ///
    /// - The returned future resolves when `work` has ended; dropping it stops nothing.
    /// - A panic of `work` is the answer `Err` with its message; it goes nowhere else.
    fn spawn(
        &self,
        name: &str,
        work: BoxFuture<'static, ()>,
    ) -> BoxFuture<'static, Result<(), String>>;

    /// Runs `work` to its end on a thread of its own called `name`.
    ///
    /// # Contract
    ///
    /// - `work` may block its thread for I/O; it must not use `tokio::time`.
    /// - In a simulation it is a task, and blocking is instant.
    ///
    /// # Errors
    ///
    /// `Unavailable`: the thread could not be started, and `work` was dropped.
    fn drive(&self, name: &str, work: BoxFuture<'static, ()>) -> Result<()>;

    /// Resolves once [`elapsed`](Self::elapsed) has reached `moment`.
    ///
    /// # Contract
    ///
    /// - Only inside the work of [`drive`](Self::drive), whose thread sleeps meanwhile; everybody else has `tokio::time`.
    fn alarm(&self, moment: Duration) -> BoxFuture<'static, ()>;

    /// Runs blocking `work` on a thread made for that.
    ///
    /// # Contract
    ///
    /// - The returned future resolves when `work` has returned; dropping it does not stop `work`.
    /// - A panic of `work` is the answer `Err` with its message.
    fn blocking(&self, work: Box<dyn FnOnce() + Send>) -> BoxFuture<'static, Result<(), String>>;

    /// Is told that the runtime has come to `milestone`; [`System`] does nothing.
    ///
    /// Tests kill or stop the process here.
    ///
    /// # Contract
    ///
    /// - It is called on the thread that came there, between two steps, and holds no lock that another thread waits for.
    /// - It may return late, or never: a process can die or be stopped at any other place as well. It changes nothing.
    /// - It is called once per batch or transaction, so it has to be cheap.
    fn reached(&self, milestone: Milestone);
}
