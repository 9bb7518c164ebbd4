//! Kafka as the log: what it takes to speak to a cluster.

#[cfg_attr(
    not(test),
    expect(
        dead_code,
        unused_imports,
        reason = "the clients that are made of it are not there yet"
    )
)]
mod settings;

#[cfg(any(test, fuzzing))]
pub(crate) use self::settings::fuzz_jaas;
