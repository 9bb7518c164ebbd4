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

/// Topics and groups of a cluster outlive the directory whose lines they had.
#[cfg(feature = "kafka")]
#[test]
fn another_directory_starts_anew_on_the_same_cluster() {
    let servers = connect_kafka_lab::Kafka::shared();
    for _ in 0..2 {
        let folder = tempfile::tempdir().unwrap();
        // The second run finds all lines in the database.
        for _ in 0..2 {
            let mut command = quickstart();
            command.args(["--bootstrap-servers", &servers, "--data"]);
            let output = command.arg(folder.path()).output().unwrap();
            let stderr = String::from_utf8(output.stderr).unwrap();
            assert!(output.status.success(), "{stderr}");
            assert!(stderr.contains("5000 rows in"), "{stderr}");
        }
    }
}
