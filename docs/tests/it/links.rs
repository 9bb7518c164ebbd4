//! Every link leads somewhere.

use std::path::Path;

use super::book::{chapters, folder};

/// The targets of the links of a text: what stands between `](` and `)`, unless it is code.
fn targets(text: &str) -> impl Iterator<Item = &str> {
    let starts = text.match_indices("](").map(|(at, _)| at);
    starts
        .filter(|at| text[..*at].matches('`').count().is_multiple_of(2))
        .filter_map(|at| text[at + 2..].split_once(')'))
        .map(|(target, _)| target)
}

#[test]
fn every_link_leads_to_a_file() {
    for chapter in chapters() {
        for target in targets(&chapter.text).filter(|target| !target.contains("://")) {
            let file = target.split('#').next().unwrap();
            let beside = folder().join(&chapter.name).with_file_name(file);
            let exists = file.is_empty() || beside.exists();
            assert!(exists, "{}: there is no {target}", chapter.name);
        }
    }
}

#[test]
fn the_summary_has_every_chapter() {
    let chapters = chapters();
    let summary = chapters
        .iter()
        .find(|chapter| chapter.name == "SUMMARY.md")
        .unwrap();
    let listed: Vec<_> = targets(&summary.text).collect();
    for chapter in chapters
        .iter()
        .filter(|chapter| chapter.name != "SUMMARY.md")
    {
        assert!(
            listed.contains(&&*chapter.name),
            "SUMMARY.md does not list {}",
            chapter.name
        );
    }
}

#[test]
fn every_included_file_exists() {
    for chapter in chapters() {
        for include in chapter.text.split("{{#include ").skip(1) {
            let (target, _) = include.split_once("}}").unwrap();
            let (file, lines) = target.split_once(':').unwrap_or((target, ""));
            let path = folder().join(file);
            assert!(
                path.exists(),
                "{}: there is no {}",
                chapter.name,
                Path::new(file).display()
            );
            if let Some(first) = lines.strip_suffix(':') {
                let text = std::fs::read_to_string(&path).unwrap();
                let line = text
                    .lines()
                    .nth(first.parse::<usize>().unwrap() - 1)
                    .unwrap();
                assert!(
                    line.starts_with('#'),
                    "{}: {target} begins inside of something: {line}",
                    chapter.name
                );
            }
        }
    }
}
