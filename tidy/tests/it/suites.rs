use tidy::{Package, Target, suites};

use crate::habit::{check, check_found, sample, workspace};

#[test]
fn tests_are_named_as_claims() {
    check(workspace().files().flat_map(suites::prefixed_tests));
}

#[test]
fn tests_wait_for_things_and_not_for_time() {
    check(workspace().files().flat_map(suites::sleeping_tests));
}

#[test]
fn no_test_is_left_out_in_silence() {
    check(workspace().files().flat_map(suites::ignored_tests));
}

#[test]
fn a_crate_has_one_test_binary() {
    check(
        workspace()
            .packages()
            .iter()
            .flat_map(suites::scattered_tests),
    );
}

#[test]
fn every_plugin_and_broker_runs_the_conformance_suite() {
    check(
        workspace()
            .packages()
            .iter()
            .filter_map(suites::missing_conformance),
    );
}

#[test]
fn a_prefixed_test_is_found() {
    let text = "\
#[test]
fn test_reads() {}
#[tokio::test(start_paused = true)]
#[should_panic]
async fn test_writes() {}
fn test_config() {}
#[test]
fn the_test_passes() {}
";
    check_found(
        suites::prefixed_tests(&sample("tests/it/a.rs", text)),
        ["sample/tests/it/a.rs:2", "sample/tests/it/a.rs:5"],
    );
}

#[test]
fn a_sleeping_test_is_found() {
    let text =
        "fn f() { sleep(A); }\n#[cfg(test)]\nmod tests { fn g() { tokio::time::sleep(B); } }";
    check_found(
        suites::sleeping_tests(&sample("src/a.rs", text)),
        ["sample/src/a.rs:3"],
    );
}

#[test]
fn a_sleep_on_the_paused_clock_is_no_sleep() {
    let paused = "#[tokio::test(start_paused = true)]\nasync fn f() { sleep(A).await; }\n";
    check_found(suites::sleeping_tests(&sample("tests/it/a.rs", paused)), []);
    let simulated = "fn f() { simulate(0, async |_| sleep(A).await) }\n";
    check_found(
        suites::sleeping_tests(&sample("tests/it/a.rs", simulated)),
        [],
    );
    let blocked = format!("{paused}fn g() {{ std::thread::sleep(A); }}\n");
    check_found(
        suites::sleeping_tests(&sample("tests/it/a.rs", &blocked)),
        ["sample/tests/it/a.rs:3"],
    );
}

#[test]
fn an_ignored_test_is_found() {
    let text = "#[test]\n#[ignore = \"slow\"]\nfn reads() {}\n";
    check_found(
        suites::ignored_tests(&sample("tests/it/a.rs", text)),
        ["sample/tests/it/a.rs:2"],
    );
}

#[test]
fn a_second_test_binary_is_found_unless_it_needs_a_feature() {
    let package = Package::new("sample", "sample", "").with_targets([
        Target::new("lib", "src/lib.rs"),
        Target::new("test", "tests/it/main.rs"),
        Target::new("test", "tests/servers/main.rs").behind("real-servers"),
        Target::new("test", "tests/second.rs"),
    ]);
    check_found(
        suites::scattered_tests(&package),
        ["sample/tests/second.rs:1"],
    );
}

#[test]
fn a_missing_conformance_is_found() {
    let connector = |text: &str| {
        let file = tidy::SourceFile::new("connectors/connect-a/tests/it/main.rs", text);
        Package::new("connectors/connect-a", "connect-a", "").with_files([file])
    };
    let mentioned = connector("// connect_testkit\nfn f() {}");
    let place = "connectors/connect-a/tests/it/main.rs:1";
    check_found(suites::missing_conformance(&mentioned), [place]);
    let used = connector("connect_testkit::source(a);");
    check_found(suites::missing_conformance(&used), []);
    let converters = Package::new("connect-converters", "connect-converters", "");
    let place = "connect-converters/tests/it/main.rs:1";
    check_found(suites::missing_conformance(&converters), [place]);
    let library = Package::new("connect-api", "connect-api", "");
    check_found(suites::missing_conformance(&library), []);
}
