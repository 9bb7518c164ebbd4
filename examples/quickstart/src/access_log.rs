//! The access log that the example reads.

/// Returns the status of a request in the common log format: what follows the quoted request line.
pub(crate) fn status(line: &str) -> &str {
    let after_request = line.rsplit_once("\" ").map_or("", |(_, rest)| rest);
    let status = after_request.split(' ').next().unwrap_or_default();
    if status.len() == 3 { status } else { "unknown" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_status_follows_the_request_line() {
        let line = r#"127.0.0.1 - - [21/Nov/2026:01:00:00 +0000] "GET /a HTTP/1.1" 404 12"#;
        assert_eq!(status(line), "404");
        assert_eq!(status("garbage"), "unknown");
    }
}
