//! Positions that Java stored.

use std::{
    fs::File,
    io::{self, BufRead, BufReader},
    os::unix::fs::FileExt,
};

/// Returns the byte that the bare position `stored` stands for.
///
/// Java counts UTF-16 units while it reads, and skips bytes when it starts again. In ASCII both are the same. Otherwise
/// the one that stands behind a line end is right, bytes first, because that is what operators store.
pub(crate) fn byte_position(file: &File, stored: u64) -> io::Result<u64> {
    if stored == 0 || follows_line_end(file, stored)? {
        return Ok(stored);
    }
    match position_of_unit(file, stored)? {
        Some(position) if follows_line_end(file, position)? => Ok(position),
        _ => Ok(stored),
    }
}

fn follows_line_end(file: &File, position: u64) -> io::Result<bool> {
    let mut last = [0];
    let read = file.read_at(&mut last, position - 1)?;
    Ok(read == 1 && matches!(last[0], b'\n' | b'\r'))
}

/// Returns the byte in front of which `units` UTF-16 units stand, if the file has so many.
fn position_of_unit(file: &File, units: u64) -> io::Result<Option<u64>> {
    let mut reader = BufReader::with_capacity(1 << 16, file);
    let (mut position, mut seen) = (0, 0);
    loop {
        let bytes = reader.fill_buf()?;
        if bytes.is_empty() {
            return Ok((seen >= units).then_some(position));
        }
        for byte in bytes {
            // A character starts here, and the one before it is complete.
            let starts = !(0x80..0xc0).contains(byte);
            if starts && seen >= units {
                return Ok(Some(position));
            }
            seen += match byte {
                0x80..0xc0 => 0,
                0xf0.. => 2,
                _ => 1,
            };
            position += 1;
        }
        let length = bytes.len();
        reader.consume(length);
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[track_caller]
    fn check(text: &str, stored: u64, expected: u64) {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        io::Seek::rewind(&mut file).unwrap();
        assert_eq!(byte_position(&file, stored).unwrap(), expected);
    }

    #[test]
    fn ascii_positions_are_bytes() {
        check("one\ntwo\nthree\n", 8, 8);
        check("one\ntwo\nthree\n", 14, 14);
    }

    #[test]
    fn a_position_in_utf_16_units_is_found_by_the_line_end_before_it() {
        check("grüße\nzwei\n", 6, 8);
        check("😀 smile\nzwei\n", 9, 11);
    }

    #[test]
    fn a_position_in_bytes_stays_when_it_follows_a_line_end() {
        check("grüße\nzwei\n", 8, 8);
    }

    #[test]
    fn a_position_that_is_neither_stays() {
        check("grüße\nzwei\n", 4, 4);
        check("grüße\nzwei\n", 400, 400);
    }
}
