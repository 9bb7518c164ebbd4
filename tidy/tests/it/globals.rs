use tidy::globals;

use crate::habit::{check, check_found, sample, workspace};

#[test]
fn libraries_share_nothing_with_the_whole_process() {
    check(workspace().files().flat_map(globals::global_effects));
}

#[test]
fn every_exception_is_needed() {
    check(globals::idle_reasons(workspace().files()));
}

#[test]
fn a_global_effect_is_found() {
    let text = "static COUNT: AtomicU64 = AtomicU64::new(0);\n\
                pub(crate) static NAMES: OnceLock<Vec<String>> = OnceLock::new();\n\
                fn name() -> &'static str { \"static \" }\n\
                thread_local! {\n\
                }\n\
                fn end() { eprintln!(\"bye\"); println!(\"bye\"); std::process::exit(1) }\n\
                fn quit() { process::exit(1); }\n\
                #[cfg(test)]\n\
                static IN_TESTS: u8 = 1;\n";
    let places = [
        "sample/src/lib.rs:1",
        "sample/src/lib.rs:2",
        "sample/src/lib.rs:4",
        "sample/src/lib.rs:6",
        "sample/src/lib.rs:7",
    ];
    check_found(globals::global_effects(&sample("src/lib.rs", text)), places);
    check_found(globals::global_effects(&sample("tests/it/a.rs", text)), []);
}
