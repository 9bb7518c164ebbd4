//! What happens to a run whose files were taken away.

use std::fs;

use super::quickstart;

#[test]
fn a_database_that_was_deleted_is_filled_again() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let run = || {
        let output = quickstart().arg("--data").arg(&data).output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{stderr}");
        assert!(stderr.contains("5000 rows in"), "{stderr}");
    };
    run();
    for name in [
        "requests.sqlite",
        "requests.sqlite-wal",
        "requests.sqlite-shm",
    ] {
        let _ = fs::remove_file(data.join(name));
    }
    run();
}
