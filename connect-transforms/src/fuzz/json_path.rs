//! JSON paths.

use connect_api::{Bytes, Value, json};

use crate::jsonpath::JsonPath;

/// Reads the first line as a JSON path, and follows it through the rest.
pub fn json_path(bytes: &[u8]) {
    let line = bytes.iter().position(|byte| *byte == b'\n');
    let (path, rest) = bytes.split_at(line.unwrap_or(bytes.len()));
    let Ok(path) = std::str::from_utf8(path) else {
        return;
    };
    let Ok(path) = JsonPath::parse(path) else {
        return;
    };
    let value = json::parse(&Bytes::copy_from_slice(rest)).unwrap_or(Value::Null);
    drop(path.select(&value));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_may_be_any_text() {
        let corpus: &[&[u8]] = &[
            b"$.a['b'][-1,2].c[::2]\n{\"a\": {\"b\": [1, {\"c\": [1, 2, 3]}]}}",
            b"$..[?(@.x > 1 && @.y =~ /a.*/i)].*\n[{\"x\": 2, \"y\": \"ab\"}, null]",
            b"$[?(!(@.a in ['x', 1.5, null]) || length(@.a) == 2)]\n{\"a\": \"x\\u00e9\"}",
            b"$.*[?(@.a.size() >= $.n && @ subsetof [1e3, true])]\n{\"n\": 1, \"b\": [[1]]}",
        ];
        connect_testkit::mutate(corpus, json_path);
    }
}
