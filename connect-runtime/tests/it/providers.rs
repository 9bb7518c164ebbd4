//! The providers of configuration values, each as a worker asks it.

use std::{fs, os::unix::fs::symlink, path::Path};

use connect_api::{Build, ConfigData, ConfigMap, Error, ErrorKind, UnknownKeys};
use connect_runtime::{Plugins, providers};

/// Asks the provider called `name` for the values of `keys`.
async fn ask(
    name: &str,
    options: &[(&str, &str)],
    path: &str,
    keys: &[&str],
) -> Result<ConfigData, Error> {
    let plugins = Plugins::new().with(providers::plugins());
    let plugin = plugins.iter().find(|plugin| plugin.name() == name).unwrap();
    let Build::ConfigProvider(build) = plugin.build() else {
        panic!("{name} is no provider");
    };
    let options: ConfigMap = options.iter().copied().collect();
    build(&options, UnknownKeys::Refuse)?.get(path, keys).await
}

/// The values, as `key=value`.
fn shown(data: ConfigData) -> Vec<String> {
    let values = data.values.into_iter();
    values
        .map(|(key, value)| format!("{key}={}", value.expose()))
        .collect()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[tokio::test]
async fn env_knows_the_variables_that_are_allowed() {
    let folder = "CARGO_MANIFEST_DIR";
    let data = ask("env", &[], "", &[folder, "CONNECT_NO_SUCH_VARIABLE"])
        .await
        .unwrap();
    assert_eq!(data.ttl, None);
    let expected = std::env::var(folder).unwrap();
    assert_eq!(shown(data), [format!("{folder}={expected}")]);
    let allowed = [("allowlist.pattern", "CARGO")];
    assert!(shown(ask("env", &allowed, "", &[folder]).await.unwrap()).is_empty());
    let error = ask("env", &[], "/etc", &[folder]).await.unwrap_err();
    assert_eq!(
        error.message(),
        "expected the name of a variable alone, found the path `/etc` too"
    );
    let error = ask("env", &[("allowlist.pattern", "(")], "", &[])
        .await
        .unwrap_err();
    assert_eq!(error.problems()[0].key(), "allowlist.pattern");
}

#[tokio::test]
async fn file_knows_the_properties_of_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("db.properties");
    fs::write(
        &path,
        "# the database\nuser = me\npassword: s\\u00e9same\\\n  !\n",
    )
    .unwrap();
    let data = ask("file", &[], text(&path), &["password", "user", "host"])
        .await
        .unwrap();
    assert_eq!(data.ttl.unwrap().as_secs(), 30);
    assert_eq!(shown(data), ["password=sésame!", "user=me"]);

    let missing = folder.path().join("no.properties");
    let error = ask("file", &[], text(&missing), &["user"])
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert_eq!(
        error.message(),
        format!("there is no file `{}`", text(&missing))
    );
    fs::write(&path, "password=secret\\u12\n").unwrap();
    let error = ask("file", &[], text(&path), &["password"])
        .await
        .unwrap_err();
    assert!(
        error
            .message()
            .contains("line 1: expected four hexadecimal digits"),
        "{error}"
    );
    assert!(!error.report().to_string().contains("secret"), "{error}");
}

#[tokio::test]
async fn dir_knows_the_files_of_a_directory_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("password"), "sesame\n").unwrap();
    let never = [("refresh.interval.ms", "0")];
    let data = ask("dir", &never, text(folder.path()), &["password", "user"])
        .await
        .unwrap();
    assert_eq!(data.ttl, None);
    assert_eq!(shown(data), ["password=sesame\n"]);
    for key in ["../password", "a/b", "/etc/passwd", "..", ""] {
        let error = ask("dir", &[], text(folder.path()), &[key])
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config, "{key}");
    }
    fs::write(folder.path().join("bytes"), [0xff, 0xfe]).unwrap();
    let error = ask("dir", &[], text(folder.path()), &["bytes"])
        .await
        .unwrap_err();
    assert!(
        error.message().ends_with("bytes: expected UTF-8"),
        "{error}"
    );
}

#[tokio::test]
async fn nothing_outside_the_allowed_paths_is_read_through_links_either() {
    let folder = tempfile::tempdir().unwrap();
    let (inside, outside) = (folder.path().join("in"), folder.path().join("out"));
    for folder in [&inside, &outside] {
        fs::create_dir(folder).unwrap();
        fs::write(folder.join("key"), "value").unwrap();
    }
    symlink(outside.join("key"), inside.join("link")).unwrap();
    let link_to_inside = folder.path().join("linked");
    symlink(&inside, &link_to_inside).unwrap();
    let allowed = [("allowed.paths", text(&link_to_inside))];
    assert_eq!(
        shown(ask("dir", &allowed, text(&inside), &["key"]).await.unwrap()),
        ["key=value"]
    );
    let up = format!("{}/../out", text(&inside));
    for (path, key) in [
        (text(&outside), "key"),
        (text(&inside), "link"),
        (&up, "key"),
    ] {
        let error = ask("dir", &allowed, path, &[key]).await.unwrap_err();
        assert!(
            error.message().ends_with("is not among `allowed.paths`"),
            "{error}"
        );
    }
}
