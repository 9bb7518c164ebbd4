//! What a fuzzer feeds with bytes that others wrote.

/// Reads bytes as the offsets file of a sink.
pub fn offsets_file(bytes: &[u8]) {
    crate::sink::fuzz_ledger(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_offsets_file_may_hold_any_bytes() {
        let corpus: &[&[u8]] = &[
            br#"{"version":1,"epoch":3,"length":120,"inode":"64768:11","tail":"5:aedebbdecaef42e7","offsets":{"orders":{"0":17,"10":2}}}"#,
            br#"{"version":1,"epoch":0,"length":0,"inode":"","tail":"0:","offsets":{}}"#,
            br#"{"version":2}"#,
        ];
        connect_testkit::mutate(corpus, offsets_file);
    }
}
