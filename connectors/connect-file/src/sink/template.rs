//! [`Template`]: which file a topic-partition is written to.

use std::{
    ffi::OsStr,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

use connect_api::{Error, Result, TopicPartition};

/// A name, or how names are made of topics and partitions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Template {
    /// The same for all.
    Plain(PathBuf),
    /// At least one part is not text.
    Parts(Vec<Part>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Text(String),
    Topic,
    Partition,
}

/// A file, and the folders that are made for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) path: PathBuf,
    /// The outermost first.
    pub(crate) folders: Vec<PathBuf>,
}

impl Template {
    /// Reads a name with `${topic}` and `${partition}` in it.
    ///
    /// # Errors
    ///
    /// `Config`: something else stands between `${` and `}`, or two partitions could get one name.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let Some((name, after)) = after.split_once('}') else {
                return Err(Error::config("expected a `}` after `${`, found none"));
            };
            if !before.is_empty() {
                parts.push(Part::Text(before.to_owned()));
            }
            parts.push(placeholder(name)?);
            rest = after;
        }
        if parts.is_empty() {
            return Ok(Self::Plain(text.into()));
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        if let Some(between) = touching(&parts) {
            return Err(Error::config(format!(
                "expected a character that is no digit between `${{topic}}` and `${{partition}}`, \
                 found `{between}`: topic a1 with partition 2 would be topic a with partition 12"
            )));
        }
        Ok(Self::Parts(parts))
    }

    /// Returns whether no two topic-partitions share a file.
    pub(crate) fn tells_partitions_apart(&self) -> bool {
        match self {
            Self::Plain(_) => false,
            Self::Parts(parts) => parts.contains(&Part::Topic) && parts.contains(&Part::Partition),
        }
    }

    /// Names the file of a topic-partition.
    ///
    /// # Errors
    ///
    /// `Fatal`: the topic cannot stand in a file name.
    pub(crate) fn place(&self, of: &TopicPartition) -> Result<Place> {
        let parts = match self {
            Self::Plain(path) => return Ok(Place::plain(path.clone())),
            Self::Parts(parts) => parts,
        };
        if of.topic.is_empty() || of.topic.contains(['/', '\0']) {
            return Err(Error::fatal(format!(
                "topic `{}`: expected a name that can be one of a file, found a `/`, a NUL or nothing",
                of.topic.escape_debug()
            )));
        }
        let mut name = String::new();
        for part in parts {
            match part {
                Part::Text(text) => name.push_str(text),
                Part::Topic => name.push_str(&of.topic),
                Part::Partition => name.push_str(&of.partition.to_string()),
            }
        }
        let start = self.start();
        // Also of the written text, where it leads out of what the sink makes.
        let is_upward = |component: &str| component == "." || component == "..";
        if name[start.len()..].split('/').any(is_upward) {
            return Err(Error::fatal(format!(
                "{of}: expected a file below the folder `{start}`, found `{name}`"
            )));
        }
        let path = PathBuf::from(&name);
        let base = Path::new(start);
        let above = path.ancestors().skip(1);
        let mut folders: Vec<_> = above
            .take_while(|folder| *folder != base && !folder.as_os_str().is_empty())
            .map(Path::to_owned)
            .collect();
        folders.reverse();
        Ok(Place { path, folders })
    }

    /// Returns the folder in front of the first placeholder, with its slash; it is not made.
    fn start(&self) -> &str {
        match self {
            Self::Parts(parts) => match parts.first() {
                Some(Part::Text(text)) => &text[..text.rfind('/').map_or(0, |slash| slash + 1)],
                _ => "",
            },
            Self::Plain(_) => "",
        }
    }
}

impl Place {
    /// Names a file in a folder that has to be there.
    pub(crate) fn plain(path: PathBuf) -> Self {
        Self {
            path,
            folders: Vec::new(),
        }
    }

    /// Returns the name of the file in its folder.
    pub(crate) fn name(&self) -> &OsStr {
        self.path.file_name().unwrap_or(OsStr::from_bytes(b""))
    }
}

fn placeholder(name: &str) -> Result<Part> {
    let expected = "expected `${topic}` or `${partition}`";
    match name {
        "topic" => Ok(Part::Topic),
        "partition" => Ok(Part::Partition),
        "task" => Err(Error::config(format!(
            "{expected}, found `${{task}}`: a partition that moves to another task would have two \
             files, and no step changes both"
        ))),
        _ if name.contains(':') => Err(Error::config(format!(
            "{expected}, found `${{{name}}}`, which no config provider has resolved"
        ))),
        _ => Err(Error::config(format!("{expected}, found `${{{name}}}`"))),
    }
}

/// Returns what stands between a topic and a partition that cannot be told apart again.
fn touching(parts: &[Part]) -> Option<&str> {
    let is_name = |part: &Part| matches!(part, Part::Topic | Part::Partition);
    let beside = parts.windows(2).find_map(|pair| match pair {
        [one, two] if is_name(one) && is_name(two) && one != two => Some(""),
        _ => None,
    });
    beside.or_else(|| {
        parts.windows(3).find_map(|three| match three {
            [one, Part::Text(text), two]
                if is_name(one)
                    && is_name(two)
                    && one != two
                    && text.bytes().all(|byte| byte.is_ascii_digit()) =>
            {
                Some(text.as_str())
            }
            _ => None,
        })
    })
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    #[track_caller]
    fn check_place(template: &str, (topic, partition): (&str, i32), path: &str, folders: &[&str]) {
        let template = Template::parse(template).unwrap();
        let place = template.place(&TopicPartition::new(topic, partition));
        let place = place.unwrap();
        assert_eq!(place.path, Path::new(path));
        let expected: Vec<_> = folders.iter().map(PathBuf::from).collect();
        assert_eq!(place.folders, expected);
    }

    #[test]
    fn names_are_made_of_topic_and_partition_and_their_folders_with_them() {
        check_place("/out/a.log", ("t", 0), "/out/a.log", &[]);
        check_place("/out/${topic}-${partition}", ("t", 12), "/out/t-12", &[]);
        check_place(
            "/out/${topic}/x/${partition}.log",
            ("a.b", 3),
            "/out/a.b/x/3.log",
            &["/out/a.b", "/out/a.b/x"],
        );
        check_place("${topic}/${partition}", ("t", 0), "t/0", &["t"]);
        check_place("a-${partition}/b", ("t", 0), "a-0/b", &["a-0"]);
        check_place("/${topic}/b", ("t", 0), "/t/b", &["/t"]);
        check_place("../${topic}", ("t", 0), "../t", &[]);
        check_place("/a$b/$topic/}", ("t", 0), "/a$b/$topic/}", &[]);
    }

    #[test]
    fn only_topic_and_partition_together_tell_partitions_apart() {
        let tells = |text| Template::parse(text).unwrap().tells_partitions_apart();
        assert!(tells("${topic}/${partition}"));
        assert!(tells("${partition}_${topic}"));
        assert!(!tells("a"));
        assert!(!tells("${topic}"));
        assert!(!tells("${partition}"));
    }

    #[track_caller]
    fn check_refused(text: &str, expected: &Expect) {
        expected.assert_eq(&Template::parse(text).unwrap_err().to_string());
    }

    #[test]
    fn what_is_no_placeholder_is_refused() {
        check_refused(
            "/out/${tpic}.log",
            &expect!["expected `${topic}` or `${partition}`, found `${tpic}`"],
        );
        check_refused(
            "${env:DIR}/a.log",
            &expect![
                "expected `${topic}` or `${partition}`, found `${env:DIR}`, which no config provider has resolved"
            ],
        );
        check_refused(
            "/out/${task}",
            &expect![
                "expected `${topic}` or `${partition}`, found `${task}`: a partition that moves to another task would have two files, and no step changes both"
            ],
        );
        check_refused(
            "/out/${topic",
            &expect!["expected a `}` after `${`, found none"],
        );
    }

    #[test]
    fn names_that_two_partitions_could_share_are_refused() {
        for text in [
            "${topic}${partition}",
            "${partition}0${topic}",
            "a/${topic}12${partition}",
        ] {
            let error = Template::parse(text).unwrap_err();
            assert!(error.message().contains("no digit between"), "{error}");
        }
    }

    #[test]
    fn a_topic_leads_to_no_other_folder() {
        let template = Template::parse("/out/${topic}/${partition}").unwrap();
        for topic in ["..", ".", "a/b", "", "a\0"] {
            let error = template.place(&TopicPartition::new(topic, 0)).unwrap_err();
            assert_eq!(error.kind(), connect_api::ErrorKind::Fatal, "{topic:?}");
        }
        let template = Template::parse("/out/.${topic}").unwrap();
        assert!(template.place(&TopicPartition::new(".", 0)).is_err());
    }
}
