//! [`TestDisk`]: a disk in memory that fails or loses power at any step.

use std::{
    collections::BTreeMap,
    io, mem,
    ops::Range,
    sync::{Arc, Mutex, MutexGuard},
};

use connect_api::{Classify, Result};

use crate::sink::disk::Disk;

/// What happens at the step that is to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// It fails and does nothing.
    Refused,
    /// It is done, and reported as failed.
    Lied,
    /// Half of it is done.
    Torn,
    /// The process dies instead.
    Killed,
    /// The machine loses power instead; of what was not durable, some survives.
    PowerLost,
}

pub(super) const FAULTS: [Fault; 5] = [
    Fault::Refused,
    Fault::Lied,
    Fault::Torn,
    Fault::Killed,
    Fault::PowerLost,
];

/// What is on the disk, as the processes see it and as it would be after a loss of power.
#[derive(Debug, Default)]
pub(super) struct Platter {
    inodes: BTreeMap<u64, Inode>,
    names: Names,
    durable_names: Names,
    /// What was done to names since they were last made durable.
    open_names: Vec<NameChange>,
    staged: Option<Vec<u8>>,
    /// What another owner stores as soon as the name of the data file is free.
    pub(super) rival: Option<Vec<u8>>,
    /// Steps until the fault, and how many steps in a row it hits.
    pub(super) steps: usize,
    pub(super) fault: Option<Fault>,
    times: usize,
    pub(super) is_dead: bool,
    /// Chooses what survives.
    seed: u64,
}

/// The content of a file.
#[derive(Debug, Default)]
struct Inode {
    data: Vec<u8>,
    durable: Vec<u8>,
    /// What was done to it since it was last made durable.
    open: Vec<Change>,
}

/// What a folder says.
#[derive(Clone, Debug, Default)]
struct Names {
    data: Option<u64>,
    finished: BTreeMap<u64, u64>,
    offsets: Option<Vec<u8>>,
}

#[derive(Clone, Debug)]
enum NameChange {
    Create(u64),
    Finish(u64, u64),
    Delete(u64),
    Publish(Vec<u8>),
}

impl NameChange {
    fn apply(&self, names: &mut Names) {
        match self {
            Self::Create(inode) => names.data = Some(*inode),
            Self::Finish(number, inode) => {
                names.finished.insert(*number, *inode);
                names.data = names.data.filter(|data| data != inode);
            }
            Self::Delete(number) => drop(names.finished.remove(number)),
            Self::Publish(offsets) => names.offsets = Some(offsets.clone()),
        }
    }
}

#[derive(Clone, Debug)]
enum Change {
    Write(usize, Vec<u8>),
    Cut(usize),
}

impl Change {
    fn apply(&self, data: &mut Vec<u8>) {
        match self {
            Self::Write(at, bytes) => {
                data.resize(data.len().max(at + bytes.len()), 0);
                data[*at..at + bytes.len()].copy_from_slice(bytes);
            }
            Self::Cut(length) => data.resize(*length, 0),
        }
    }
}

impl Platter {
    /// Makes an empty disk, with which something goes wrong after so many steps.
    pub(super) fn failing(steps: usize, (fault, times, seed): (Fault, usize, u64)) -> Self {
        Self {
            steps,
            fault: Some(fault),
            times,
            seed,
            ..Self::default()
        }
    }

    fn random(&mut self) -> u64 {
        self.seed = self
            .seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        self.seed >> 33
    }

    /// Returns what stands in the data file.
    pub(super) fn data(&self) -> &[u8] {
        let inode = self.names.data.and_then(|inode| self.inodes.get(&inode));
        inode.map_or(&[], |inode| &inode.data)
    }

    /// Returns what stands in all files, the oldest first.
    pub(super) fn all(&self) -> Vec<u8> {
        let finished = self.names.finished.values();
        let files = finished.map(|inode| self.inodes[inode].data.as_slice());
        files.chain([self.data()]).collect::<Vec<_>>().concat()
    }

    /// Returns what stands in the offsets file.
    pub(super) fn offsets(&self) -> Option<Vec<u8>> {
        self.names.offsets.clone()
    }

    /// Returns how many files were finished.
    pub(super) fn finished(&self) -> usize {
        self.names.finished.len()
    }

    /// Counts a step, and says what goes wrong with it.
    fn step(&mut self) -> io::Result<Option<Fault>> {
        if self.is_dead {
            return Err(io::Error::other("the process is dead"));
        }
        let fault = match self.steps.checked_sub(1) {
            Some(left) => {
                self.steps = left;
                None
            }
            None if self.times > 1 => {
                self.times -= 1;
                self.fault
            }
            None => self.fault.take(),
        };
        if let Some(Fault::Killed | Fault::PowerLost) = fault {
            self.is_dead = true;
            self.fault = None;
            if fault == Some(Fault::PowerLost) {
                self.lose_power();
            }
            return Err(io::Error::other("the process died"));
        }
        Ok(fault)
    }

    fn change(&mut self, inode: u64, change: Change) -> io::Result<()> {
        let fault = self.step()?;
        let change = match (fault, change) {
            (Some(Fault::Refused), _) => return Err(io::Error::other("refused")),
            (Some(Fault::Torn), Change::Write(at, mut bytes)) => {
                bytes.truncate(bytes.len() / 2);
                Change::Write(at, bytes)
            }
            (_, change) => change,
        };
        let inode = self.inodes.get_mut(&inode).unwrap();
        change.apply(&mut inode.data);
        inode.open.push(change);
        fault.map_or(Ok(()), |_| Err(io::Error::other("failed")))
    }

    fn rename(&mut self, change: NameChange) {
        change.apply(&mut self.names);
        self.open_names.push(change);
    }

    fn sync_names(&mut self) {
        self.durable_names = self.names.clone();
        self.open_names.clear();
    }

    /// Opens the file that has the name, and makes it if there is none.
    fn open(&mut self) -> u64 {
        if let Some(inode) = self.names.data {
            return inode;
        }
        self.sync_names();
        let inode = self.inodes.len() as u64;
        self.inodes.insert(inode, Inode::default());
        self.rename(NameChange::Create(inode));
        inode
    }

    fn lose_power(&mut self) {
        let mut inodes = mem::take(&mut self.inodes);
        for inode in inodes.values_mut() {
            let mut data = mem::take(&mut inode.durable);
            for mut change in mem::take(&mut inode.open) {
                let luck = self.random() % 3;
                if let (1, Change::Write(_, bytes)) = (luck, &mut change) {
                    bytes.truncate(bytes.len() / 2);
                }
                if luck > 0 {
                    change.apply(&mut data);
                }
            }
            inode.data = data.clone();
            inode.durable = data;
        }
        self.inodes = inodes;
        for change in mem::take(&mut self.open_names) {
            if self.random().is_multiple_of(2) {
                change.apply(&mut self.durable_names);
            }
        }
        self.names = self.durable_names.clone();
    }
}

/// Fails as `is` says, before or after `work` was done.
fn fail(fault: Option<Fault>, work: impl FnOnce()) -> io::Result<()> {
    if fault != Some(Fault::Refused) && fault != Some(Fault::Torn) {
        work();
    }
    fault.map_or(Ok(()), |_| Err(io::Error::other("failed")))
}

#[derive(Clone, Debug)]
pub(super) struct TestDisk {
    platter: Arc<Mutex<Platter>>,
    inode: u64,
    id: String,
}

impl TestDisk {
    /// Opens the disk, as a process that begins.
    pub(super) fn open(platter: &Arc<Mutex<Platter>>) -> Self {
        let platter = Arc::clone(platter);
        let inode = platter.lock().unwrap().open();
        Self {
            platter,
            inode,
            id: inode.to_string(),
        }
    }

    fn platter(&self) -> MutexGuard<'_, Platter> {
        self.platter.lock().unwrap()
    }

    /// Takes a step that only looks.
    fn look<T>(&self, see: impl FnOnce(&Platter) -> T) -> io::Result<T> {
        let mut platter = self.platter();
        fail(platter.step()?, || ())?;
        Ok(see(&platter))
    }

    /// Takes a step that is done or not.
    fn act(&self, work: impl FnOnce(&mut Platter)) -> io::Result<()> {
        let mut platter = self.platter();
        let fault = platter.step()?;
        fail(fault, || work(&mut platter))
    }
}

impl Disk for TestDisk {
    fn name(&self) -> String {
        "test".to_owned()
    }
    fn id(&self) -> &str {
        &self.id
    }
    fn has_its_name(&self) -> io::Result<bool> {
        self.look(|platter| platter.names.data == Some(self.inode))
    }
    fn length(&self) -> io::Result<u64> {
        self.look(|platter| platter.inodes[&self.inode].data.len() as u64)
    }
    fn read(&self, range: Range<u64>) -> io::Result<Vec<u8>> {
        let range = range.start as usize..range.end as usize;
        self.look(|platter| platter.inodes[&self.inode].data[range].to_vec())
    }
    fn write(&mut self, at: u64, bytes: &[u8]) -> io::Result<()> {
        let change = Change::Write(at as usize, bytes.to_vec());
        self.platter().change(self.inode, change)
    }
    fn cut(&mut self, length: u64) -> io::Result<()> {
        self.platter()
            .change(self.inode, Change::Cut(length as usize))
    }
    fn sync(&mut self) -> io::Result<()> {
        self.act(|platter| {
            let inode = platter.inodes.get_mut(&self.inode).unwrap();
            inode.durable = inode.data.clone();
            inode.open.clear();
        })
    }
    fn load(&self) -> io::Result<Option<Vec<u8>>> {
        self.look(|platter| platter.names.offsets.clone())
    }
    fn stage(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut platter = self.platter();
        let fault = platter.step()?;
        let written = match fault {
            Some(Fault::Torn) => &bytes[..bytes.len() / 2],
            _ => bytes,
        };
        platter.staged = Some(written.to_vec());
        fail(fault, || ())
    }
    fn publish(&mut self) -> io::Result<()> {
        self.act(|platter| {
            let staged = platter.staged.clone().unwrap();
            platter.rename(NameChange::Publish(staged));
        })
    }
    fn sync_folder(&mut self) -> io::Result<()> {
        self.act(Platter::sync_names)
    }
    fn finish(&mut self, number: u64) -> io::Result<()> {
        if self.look(|platter| platter.names.finished.contains_key(&number))? {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        self.act(|platter| {
            platter.rename(NameChange::Finish(number, self.inode));
            if let Some(offsets) = platter.rival.take() {
                platter.rename(NameChange::Publish(offsets));
            }
        })
    }
    fn renew(&mut self) -> Result<()> {
        let mut inode = self.inode;
        let opened = self.act(|platter| inode = platter.open());
        opened.unavailable("opening")?;
        self.inode = inode;
        self.id = inode.to_string();
        Ok(())
    }
    fn finished(&self) -> io::Result<Vec<u64>> {
        self.look(|platter| platter.names.finished.keys().copied().collect())
    }
    fn id_of_finished(&self, number: u64) -> io::Result<Option<String>> {
        self.look(|platter| platter.names.finished.get(&number).map(u64::to_string))
    }
    fn delete(&mut self, number: u64) -> io::Result<()> {
        self.act(|platter| platter.rename(NameChange::Delete(number)))
    }
    fn rest(&mut self) {}
    fn wake(&mut self) -> Result<()> {
        self.look(|_| ()).unavailable("opening")
    }
}
