//! What a person sees on a terminal.

use std::{fs::OpenOptions, process::Stdio, sync::mpsc::sync_channel, thread};

use rustix::{
    process::{Pid, Signal, kill_process},
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
};

use super::files::{ARGUMENTS, Folder};

#[test]
fn a_terminal_shows_a_line_of_progress_and_no_other_output_does() {
    let folder = Folder::stock();
    folder.write("test.txt", "one\ntwo\n");
    let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&ours).unwrap();
    unlockpt(&ours).unwrap();
    let name = ptsname(&ours, Vec::new()).unwrap();
    let theirs = OpenOptions::new()
        .read(true)
        .write(true)
        .open(name.to_str().unwrap());
    let mut command = folder.command(&ARGUMENTS);
    let child = command
        .stderr(Stdio::from(theirs.unwrap()))
        .stdout(Stdio::null())
        .spawn();
    let mut child = child.unwrap();
    // The command keeps a handle of the terminal's other side, and its end would never be seen.
    drop(command);
    let (say, said) = sync_channel(1024);
    thread::spawn(move || {
        let mut buffer = [0; 4096];
        // A terminal that nobody has open any more answers an error.
        while let Ok(count @ 1..) = rustix::io::read(&ours, &mut buffer) {
            let text = String::from_utf8_lossy(&buffer[..count]).into_owned();
            if say.send(text).is_err() {
                return;
            }
        }
    });
    let mut seen = String::new();
    for text in &said {
        seen.push_str(&text);
        if seen.contains("\r\u{1b}[Ksources: ") && seen.contains("1 RUNNING | sinks: ") {
            break;
        }
    }
    assert!(seen.contains("read/s"), "{seen}");
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    seen.extend(&said);
    assert!(child.wait().unwrap().success(), "{seen}");
    let last = seen.lines().last().unwrap_or_default();
    assert!(last.contains("stopped: 2 tasks ended in order"), "{seen}");
}
