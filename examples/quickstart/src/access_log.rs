//! The access log that the example reads.

/// Returns the status of a request in the common log format: what follows the quoted request line.
pub(crate) fn status(line: &str) -> &str {
    let after_request = line.rsplit_once("\" ").map_or("", |(_, rest)| rest);
    let status = after_request.split(' ').next().unwrap_or_default();
    if status.len() == 3 { status } else { "unknown" }
}

/// Counts lines as the file source cuts them: they end with `\n`, `\r\n` or `\r`, the last one perhaps with none.
pub(crate) fn count_lines(log: &[u8]) -> usize {
    let crlf = log.windows(2).filter(|pair| pair == b"\r\n").count();
    let ends = log.iter().filter(|byte| matches!(byte, b'\n' | b'\r'));
    let unfinished = log
        .last()
        .is_some_and(|last| !matches!(last, b'\n' | b'\r'));
    ends.count() - crlf + usize::from(unfinished)
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

    #[test]
    fn a_line_has_one_of_three_ends_or_none() {
        assert_eq!(count_lines(b""), 0);
        assert_eq!(count_lines(b"unix\nwindows\r\nmac\r\n\nlast"), 5);
        assert_eq!(count_lines(b"\r\r\n"), 2);
    }
}
