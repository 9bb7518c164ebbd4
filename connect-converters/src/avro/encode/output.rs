//! Avro's binary forms.

/// Appends an int or a long.
#[inline]
pub(super) fn long(number: i64, out: &mut Vec<u8>) {
    let mut bits = ((number << 1) ^ (number >> 63)).cast_unsigned();
    while bits >= 0x80 {
        out.push((bits & 0x7F) as u8 | 0x80);
        bits >>= 7;
    }
    out.push(bits as u8);
}

/// Appends a count, a length or a size.
#[inline]
pub(super) fn length(length: usize, out: &mut Vec<u8>) {
    // No length that fits memory is negative as a long.
    long(length as i64, out);
}

/// Appends bytes or text with its length.
#[inline]
pub(super) fn bytes(bytes: &[u8], out: &mut Vec<u8>) {
    length(bytes.len(), out);
    out.extend_from_slice(bytes);
}
