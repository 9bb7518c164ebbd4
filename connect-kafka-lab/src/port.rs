//! [`Port`]: a port that stays ours while nothing listens on it.

use std::{
    fs::{self, File},
    net::TcpListener,
    path::Path,
};

use crate::LabError;

/// Below what systems hand out by themselves: nobody gets one of these by asking for any free port.
const RANGE: std::ops::Range<u16> = 10_000..30_000;

/// A port that stays ours while nothing listens on it: a broker that was killed comes back on it.
#[derive(Debug)]
pub(crate) struct Port {
    number: u16,
    /// Locked, so that no other process of this user takes the port meanwhile.
    _lock: File,
}

impl Port {
    /// Takes a free port of the loopback address, and a lock on it in `folder`.
    pub(crate) fn free(folder: &Path) -> Result<Self, LabError> {
        let doing = || format!("taking a port with a lock in {}", folder.display());
        fs::create_dir_all(folder).map_err(LabError::during(doing()))?;
        for _ in 0..1000 {
            let number = fastrand::u16(RANGE);
            let lock =
                File::create(folder.join(number.to_string())).map_err(LabError::during(doing()))?;
            // A failure to lock or bind is somebody who has it: the next one is as good.
            if lock.try_lock().is_ok() && TcpListener::bind(("127.0.0.1", number)).is_ok() {
                return Ok(Self {
                    number,
                    _lock: lock,
                });
            }
        }
        Err(LabError::new(format!(
            "{}: expected a free port in {RANGE:?}, found none in 1000 tries",
            doing()
        )))
    }

    pub(crate) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.number)
    }
}
