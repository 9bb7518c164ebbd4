//! Numbers of variable length, seven bits per byte.

/// Appends `number`.
#[inline]
pub(super) fn put(buffer: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        buffer.push(number as u8 | 0x80);
        number >>= 7;
    }
    buffer.push(number as u8);
}

/// Appends `number` so that small ones of both signs are short.
#[inline]
pub(super) fn put_signed(buffer: &mut Vec<u8>, number: i64) {
    put(buffer, ((number << 1) ^ (number >> 63)).cast_unsigned());
}

/// Reads the number at `at` and moves `at` behind it; `None` if there is none.
#[inline]
pub(super) fn get(bytes: &[u8], at: &mut usize) -> Option<u64> {
    let first = *bytes.get(*at)?;
    *at += 1;
    if first < 0x80 {
        return Some(u64::from(first));
    }
    let mut number = u64::from(first & 0x7f);
    for shift in (7..64).step_by(7) {
        let byte = *bytes.get(*at)?;
        *at += 1;
        number |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(number);
        }
    }
    None
}

/// Reads what [`put_signed`] wrote.
#[inline]
pub(super) fn get_signed(bytes: &[u8], at: &mut usize) -> Option<i64> {
    let number = get(bytes, at)?;
    Some((number >> 1).cast_signed() ^ -(number & 1).cast_signed())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn numbers_come_back(number: u64, signed: i64) {
            let mut buffer = Vec::new();
            put(&mut buffer, number);
            put_signed(&mut buffer, signed);
            let mut at = 0;
            prop_assert_eq!(get(&buffer, &mut at), Some(number));
            prop_assert_eq!(get_signed(&buffer, &mut at), Some(signed));
            prop_assert_eq!(at, buffer.len());
        }

        #[test]
        fn any_bytes_are_read_without_a_panic(bytes: Vec<u8>) {
            let mut at = 0;
            while get(&bytes, &mut at).is_some() {}
            prop_assert!(at <= bytes.len());
        }
    }
}
