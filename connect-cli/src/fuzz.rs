//! What is fed with bytes that others wrote: files of configurations, and lines of records.
//!
//! A program is no library, so no fuzzer calls these; mutations of a corpus do.

use connect_testkit::mutate;

#[test]
fn a_file_may_hold_any_bytes() {
    let corpus: &[&[u8]] = &[
        b"# worker\nbootstrap.servers=embedded:/tmp/a\nkey.converter : json\\\n  Converter\n",
        b"name=a\\u00e9\\uD83D\\uDE00\r\ntopics = a,\\\r\n\tb\nempty\n!c\nk\\ e\\=y\tv\\\\\n",
        b"{\"name\":\"a\",\"config\":{\"tasks.max\":1,\"x\":true},\"initial_state\":\"PAUSED\"}",
        b"{\"name\":\"a\",\"connector.class\":\"FileStreamSource\",\"b\":null}",
        b"\xEF\xBB\xBFa=\xE9",
    ];
    mutate(corpus, crate::files::fuzz);
}

#[test]
fn a_line_of_a_record_may_hold_any_bytes() {
    let corpus: &[&[u8]] = &[
        b"{\"key\":\"a\",\"value\":{\"base64\":\"/w==\"},\"headers\":[[\"h\",null]],\"partition\":0,\"timestamp\":5}",
        b"{\"value\":null,\"key\":null}",
        b"key:value:more",
    ];
    mutate(corpus, crate::broker::fuzz);
}
