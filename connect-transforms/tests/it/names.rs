//! What configuration calls transforms and predicates.

use std::collections::BTreeSet;

use connect_transforms::plugins;

#[test]
fn own_names_and_classes_lead_to_one_plugin_each() {
    let mut known = BTreeSet::new();
    for plugin in plugins() {
        let kind = plugin.build().kind().to_owned();
        for name in [plugin.name()].iter().chain(plugin.aliases()) {
            assert!(known.insert((kind.clone(), *name)), "{name} is taken");
        }
    }
    assert!(known.len() > 40);
}
