//! Whenever the machine stops, the file is whole, old or new; so is Java's.

use std::{
    collections::BTreeMap,
    io,
    sync::{Arc, Mutex, PoisonError},
};

use tempfile::TempDir;

use super::*;

const NAME: &str = "connect.offsets";
/// Written by Java 17.
const JAVA: &[u8] = include_bytes!("../java/four.offsets");

type Files = BTreeMap<String, Bytes>;

/// A disk that fails at a step, and forgets what was not synced.
#[derive(Clone, Debug, Default)]
struct Disk(Arc<Mutex<Content>>);

#[derive(Debug, Default)]
struct Content {
    files: Files,
    /// What of each file is durable, where that is not all of it.
    unsynced: Files,
    /// What each name stood for, before every change since names were synced.
    before: Vec<(Files, Files)>,
    /// How many steps are left before one fails.
    left: Option<usize>,
}

impl Disk {
    fn with(files: &[(&str, &[u8])]) -> Self {
        let files = files.iter();
        let disk = Self::default();
        disk.content().files = files
            .map(|(name, bytes)| ((*name).to_owned(), Bytes::copy_from_slice(bytes)))
            .collect();
        disk
    }

    fn content(&self) -> std::sync::MutexGuard<'_, Content> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn fail_after(&self, steps: Option<usize>) {
        self.content().left = steps;
    }

    fn files(&self) -> Files {
        self.content().files.clone()
    }

    /// Returns everything that the disk may be after a loss of power.
    fn after_power(&self) -> Vec<Self> {
        let content = self.content();
        let now = (content.files.clone(), content.unsynced.clone());
        let states = content.before.iter().chain([&now]);
        let survived = states.flat_map(|(files, unsynced)| {
            let mut lost = files.clone();
            lost.extend(unsynced.clone());
            [lost, files.clone()]
        });
        let disk = |files| {
            Self(Arc::new(Mutex::new(Content {
                files,
                ..Content::default()
            })))
        };
        survived.map(disk).collect()
    }

    /// Opens it as a worker does whose lock is in `folder`.
    fn open(&self, folder: &TempDir) -> State {
        let lock = ProcessLock::take(&folder.path().join("lock"), "disk");
        self.read(Some(lock.unwrap()))
    }

    fn read(&self, lock: Option<ProcessLock>) -> State {
        let folder = Box::new(self.clone());
        State::read("disk".to_owned(), NAME.to_owned(), folder, lock).unwrap()
    }

    fn entries(&self) -> Entries {
        self.read(None).entries
    }
}

impl Content {
    fn step(&mut self) -> io::Result<()> {
        match &mut self.left {
            Some(0) => Err(io::Error::other("the disk failed")),
            Some(left) => {
                *left -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn change_names(&mut self) {
        self.before
            .push((self.files.clone(), self.unsynced.clone()));
    }
}

impl Folder for Disk {
    fn read(&self, name: &str) -> io::Result<Option<Bytes>> {
        Ok(self.content().files.get(name).cloned())
    }

    fn write(&mut self, name: &str, _like: &str, bytes: &[u8]) -> io::Result<()> {
        let mut content = self.content();
        let is_whole = content.step();
        let end = if is_whole.is_ok() {
            bytes.len()
        } else {
            bytes.len() / 2
        };
        content.change_names();
        let written = Bytes::copy_from_slice(&bytes[..end]);
        content.files.insert(name.to_owned(), written);
        content.unsynced.insert(name.to_owned(), Bytes::new());
        is_whole
    }

    fn sync(&mut self, name: &str) -> io::Result<()> {
        let mut content = self.content();
        content.step()?;
        content.unsynced.remove(name);
        Ok(())
    }

    fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        let mut content = self.content();
        content.step()?;
        content.change_names();
        let file = content.files.remove(from).ok_or(io::ErrorKind::NotFound)?;
        content.files.insert(to.to_owned(), file);
        content.unsynced.remove(to);
        if let Some(durable) = content.unsynced.remove(from) {
            content.unsynced.insert(to.to_owned(), durable);
        }
        Ok(())
    }

    fn sync_names(&mut self) -> io::Result<()> {
        let mut content = self.content();
        content.step()?;
        content.before.clear();
        Ok(())
    }
}

fn entry(position: i64) -> Vec<Entry> {
    vec![Entry {
        key: r#"["orders",{"file":"a"}]"#.into(),
        value: Some(format!(r#"{{"position":{position}}}"#).into()),
    }]
}

fn with(mut entries: Entries, position: i64) -> Entries {
    for Entry { key, value } in entry(position) {
        entries.insert(key, value.unwrap());
    }
    entries
}

/// Stores once, failing after each number of steps, and checks what is there after that and after a loss of power.
fn check_each_step(disk: impl Fn() -> Disk, check: impl Fn(&Disk, &Entries)) {
    let folder = tempfile::tempdir().unwrap();
    let old = disk().entries();
    let new = with(old.clone(), 2);
    for steps in 0.. {
        let disk = disk();
        let mut state = disk.open(&folder);
        disk.fail_after(Some(steps));
        let stored = state.store(entry(2));
        for survived in disk.after_power().into_iter().chain([disk.clone()]) {
            survived.fail_after(None);
            let found = survived.entries();
            match stored.is_ok() {
                true => assert_eq!(found, new, "after {steps} steps"),
                false => assert!(
                    found == old || found == new,
                    "after {steps} steps: {found:?}"
                ),
            }
            check(&survived, &found);
        }
        if stored.is_ok() {
            assert!(steps > 0);
            return;
        }
        assert_eq!(stored.unwrap_err().kind(), ErrorKind::Unavailable);
        // The disk is mended: the same worker goes on.
        disk.fail_after(None);
        state.store(entry(2)).unwrap();
        assert_eq!(state.entries, new);
        drop(state);
        assert_eq!(disk.entries(), new);
        check(&disk, &new);
    }
}

#[test]
fn the_file_is_old_or_new_whenever_the_machine_stops() {
    let old = format::write(&with(Entries::new(), 1));
    check_each_step(|| Disk::with(&[(NAME, &old)]), |_, _| {});
    check_each_step(|| Disk::with(&[]), |_, _| {});
}

#[test]
fn javas_file_is_kept_as_a_whole_before_it_is_replaced() {
    let new = with(Entries::new(), 2);
    let check = |kept: &'static str| {
        let new = &new;
        move |disk: &Disk, found: &Entries| {
            let files = disk.files();
            if found.contains_key(new.keys().next().unwrap()) {
                assert_eq!(files[kept], JAVA);
                assert_eq!(found.len(), 3, "two of Java's and a new one");
            } else {
                assert_eq!(files[NAME], JAVA);
                assert!(files.get(kept).is_none_or(|kept| *kept == JAVA));
            }
        }
    };
    check_each_step(
        || Disk::with(&[(NAME, JAVA)]),
        check("connect.offsets.java"),
    );
    // An older one is not overwritten.
    let older: (&str, &[u8]) = ("connect.offsets.java", b"older");
    check_each_step(
        || Disk::with(&[(NAME, JAVA), older]),
        |disk, found| {
            check("connect.offsets.java.2")(disk, found);
            assert_eq!(disk.files()[older.0], older.1);
        },
    );
}

#[test]
fn javas_file_is_not_replaced_while_java_writes_it() {
    let disk = Disk::with(&[(NAME, JAVA)]);
    let folder = tempfile::tempdir().unwrap();
    let mut state = disk.open(&folder);
    let written = Bytes::from_static(b"\xac\xed newer");
    disk.content()
        .files
        .insert(NAME.to_owned(), written.clone());
    let error = state.store(entry(2)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(
        error.to_string().contains("another program uses it"),
        "{error}"
    );
    assert_eq!(disk.files()[NAME], written);
}

#[test]
fn a_file_has_a_line_per_offset() {
    let disk = Disk::with(&[]);
    let folder = tempfile::tempdir().unwrap();
    disk.open(&folder).store(entry(42)).unwrap();
    let expected = concat!(
        "{\"format\":\"connect-offsets\",\"version\":1}\n",
        r#"{"key":"[\"orders\",{\"file\":\"a\"}]","value":"{\"position\":42}"}"#,
        "\n{\"entries\":1}\n"
    );
    assert_eq!(disk.files()[NAME], expected);
    assert_eq!(disk.files().len(), 1, "nothing is left beside it");
}
