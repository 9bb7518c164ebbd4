//! What is wrong with settings is said by name.

use connect_librdkafka::{Config, Producer};

#[test]
fn an_unknown_setting_is_named() {
    let error = Config::new([("linger.millis", "5")]).unwrap_err();
    assert!(error.to_string().contains("linger.millis"), "{error}");
}

#[test]
fn a_wrong_value_is_named_with_its_setting() {
    let error = Config::new([("linger.ms", "soon")]).unwrap_err();
    assert!(error.to_string().contains("linger.ms"), "{error}");
}

#[test]
fn settings_that_do_not_fit_together_are_refused_by_the_client() {
    let config = Config::new([("enable.idempotence", "true"), ("acks", "1")]).unwrap();
    let error = Producer::new(config, false).unwrap_err();
    assert!(error.to_string().contains("acks"), "{error}");
}

#[test]
fn settings_are_not_printed() {
    let config = Config::new([("sasl.password", "hunter2")]).unwrap();
    assert!(!format!("{config:?}").contains("hunter2"));
}
