//! [`lines`]: certificates and keys as OpenSSL wants them.

const MARK: &str = "-----";
const WIDTH: usize = 64;

/// Gives a PEM text its line ends back; `None` if it is none.
///
/// Java takes certificates on a single line, as they are written into properties files, and OpenSSL does not.
pub(super) fn lines(text: &str) -> Option<String> {
    let mut lines = String::new();
    let mut rest = text;
    while let Some(begin) = rest.find("-----BEGIN ") {
        let (label, body) = rest[begin + MARK.len()..].split_once(MARK)?;
        let (body, end) = body.split_once(MARK)?;
        let (end, after) = end.split_once(MARK)?;
        if label.strip_prefix("BEGIN ") != end.strip_prefix("END ") {
            return None;
        }
        lines.push_str(&format!("{MARK}{label}{MARK}\n"));
        block(body, &mut lines);
        lines.push_str(&format!("{MARK}{end}{MARK}\n"));
        rest = after;
    }
    (!lines.is_empty()).then_some(lines)
}

/// Writes what stands between the marks; what has lines keeps them, headers of encrypted keys among them.
fn block(body: &str, lines: &mut String) {
    let body = body.trim();
    if body.contains(['\n', '\r']) {
        for line in body.lines() {
            lines.push_str(line.trim());
            lines.push('\n');
        }
        return;
    }
    let packed = body.chars().filter(|c| !c.is_whitespace());
    for (place, c) in packed.enumerate() {
        if place > 0 && place % WIDTH == 0 {
            lines.push('\n');
        }
        lines.push(c);
    }
    lines.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_on_one_line_gets_lines() {
        let long = "A".repeat(70);
        let text = format!("-----BEGIN CERTIFICATE----- {long} -----END CERTIFICATE-----");
        let expected = format!(
            "-----BEGIN CERTIFICATE-----\n{}\n{}\n-----END CERTIFICATE-----\n",
            "A".repeat(64),
            "A".repeat(6)
        );
        assert_eq!(lines(&text), Some(expected.clone()));
        assert_eq!(
            lines(&expected),
            Some(expected.clone()),
            "nothing is left to do"
        );
        let chain = format!("{text} {text}");
        assert_eq!(lines(&chain), Some(expected.repeat(2)));
    }

    #[test]
    fn headers_of_an_encrypted_key_stay_on_their_lines() {
        let text = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n-----END RSA PRIVATE KEY-----\n";
        assert_eq!(lines(text).as_deref(), Some(text));
    }

    #[test]
    fn what_is_no_pem_is_none() {
        for text in [
            "",
            "AAAA",
            "-----BEGIN CERTIFICATE-----",
            "-----BEGIN CERTIFICATE----- AAAA",
            "-----BEGIN CERTIFICATE----- AAAA -----END PRIVATE KEY-----",
        ] {
            assert_eq!(lines(text), None, "{text}");
        }
    }
}
