//! What is said about one option.

use connect_api::{ConfigProblem, Error, ErrorKind};

#[test]
fn a_plugin_can_refuse_options_by_key() {
    let error = Error::from(ConfigProblem::invalid("dir", "x", "is no directory"));
    assert_eq!(error.kind(), ErrorKind::Config);
    assert_eq!(
        error.to_string(),
        "Invalid value x for configuration dir: is no directory"
    );
    assert_eq!(error.problems()[0].key(), "dir");
    assert!(Error::config("x").problems().is_empty());
}
