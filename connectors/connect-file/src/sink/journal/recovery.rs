//! [`recover`]: what counts of a file that another owner has left.

use std::io;

use super::super::{disk::Disk, ledger::Ledger, rotation::Rotation};

/// Makes the data end where it stops to count, and says what is there.
pub(super) fn recover<D: Disk>(
    disk: &mut D,
    found: Option<Ledger>,
    rotation: Rotation,
) -> io::Result<Ledger> {
    let length = disk.length()?;
    let mut ledger = match found {
        Some(ledger) if is_of(disk, &ledger)? => {
            cut_off(disk, ledger.length)?;
            return Ok(Ledger {
                inode: disk.id().to_owned(),
                ..ledger
            });
        }
        Some(ledger) => replaced(disk, ledger, rotation)?,
        None => Ledger::default(),
    };
    ledger.length = length;
    ledger.inode = disk.id().to_owned();
    ledger.tail = tail(disk, length)?;
    Ok(ledger)
}

/// Goes on with a file of which the offsets file does not speak.
fn replaced<D: Disk>(disk: &D, mut ledger: Ledger, rotation: Rotation) -> io::Result<Ledger> {
    let (file, length, committed) = (disk.name(), disk.length()?, ledger.length);
    ledger.begun = None;
    if rotation.is_wanted() {
        // A finished file is renamed first, and may have been taken away since: its number is never used again. Those
        // that others had taken were passed over.
        ledger.finished += 1;
        while let Some(id) = disk.id_of_finished(ledger.finished)?
            && id != ledger.inode
        {
            ledger.finished += 1;
        }
    }
    if length == 0 {
        tracing::info!(
            file,
            committed,
            "the file was finished or removed: it is begun anew"
        );
    } else {
        // Cutting would destroy what somebody else wrote.
        tracing::warn!(
            file,
            length,
            committed,
            "the file was replaced or changed: records are appended to what it has now"
        );
    }
    Ok(ledger)
}

/// Returns whether `ledger` speaks of this file.
fn is_of<D: Disk>(disk: &D, ledger: &Ledger) -> io::Result<bool> {
    if ledger.length == 0 {
        Ok(ledger.inode == disk.id())
    } else {
        ends_as(disk, ledger)
    }
}

/// Returns whether the data that counts is still there, going by its last bytes.
pub(super) fn ends_as<D: Disk>(disk: &D, ledger: &Ledger) -> io::Result<bool> {
    Ok(disk.length()? >= ledger.length && tail(disk, ledger.length)? == ledger.tail)
}

/// Cuts off what stands behind `length`; a file that is shorter stays as it is.
pub(super) fn cut_off<D: Disk>(disk: &mut D, length: u64) -> io::Result<()> {
    if disk.length()? > length {
        disk.cut(length)?;
    }
    Ok(())
}

/// Describes the last bytes in front of `end`.
pub(super) fn tail<D: Disk>(disk: &D, end: u64) -> io::Result<String> {
    let start = end.saturating_sub(Ledger::TAIL);
    Ok(Ledger::describe_tail(&disk.read(start..end)?))
}
