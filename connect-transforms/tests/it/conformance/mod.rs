//! The conformance suite, for each transform and predicate.

mod aiven;
mod apache;
mod confluent;
mod debezium;
mod own;

use connect_api::Plugin;
use connect_transforms::plugins;

use crate::subject::{build, predicate};

type Options = &'static [(&'static str, &'static str)];

/// Configurations of each transform: what the suite runs on.
const TRANSFORMS: &[&[(&str, &[Options])]] = &[
    aiven::TRANSFORMS,
    apache::TRANSFORMS,
    confluent::TRANSFORMS,
    debezium::TRANSFORMS,
    own::TRANSFORMS,
];

/// Returns the configurations of a transform; those for keys and values have the same.
fn configurations(name: &str) -> &'static [Options] {
    let mut sides = ["-key", "-value"].into_iter();
    let family = sides.find_map(|side| name.strip_suffix(side));
    let is_meant = |known: &str| known == name || Some(known) == family;
    let mut all = TRANSFORMS.iter().copied().flatten();
    let found = all.find(|(known, _)| is_meant(known));
    found.unwrap_or_else(|| panic!("{name} is tried")).1
}

fn of_kind(kind: &str) -> Vec<Plugin> {
    let all = plugins().into_iter();
    let found: Vec<_> = all.filter(|plugin| plugin.build().kind() == kind).collect();
    assert!(!found.is_empty());
    found
}

#[tokio::test]
async fn every_transform_keeps_the_contract() {
    for plugin in of_kind("transformation") {
        let name = plugin.name();
        for options in configurations(name) {
            connect_testkit::transform(&|| {
                build(name, options).unwrap_or_else(|error| panic!("{name} {options:?}: {error}"))
            })
            .await;
        }
    }
}

#[test]
fn every_predicate_keeps_the_contract() {
    for plugin in of_kind("predicate") {
        let name = plugin.name();
        let known = apache::PREDICATES.iter().find(|(known, _)| *known == name);
        let (_, configurations) = known.unwrap_or_else(|| panic!("{name} is tried"));
        for options in *configurations {
            let predicate = predicate(name, options).unwrap();
            connect_testkit::predicate(&*predicate);
        }
    }
}
