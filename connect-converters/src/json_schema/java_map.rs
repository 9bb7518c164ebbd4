//! The order in which Java's `HashMap` hands out its entries.
//!
//! Confluent's converter keeps properties in such maps. A registry takes texts that differ in order for two schemas, and
//! the fields of a struct whose schema tells no order come in this one.

/// Orders entries as a map that they were put into one after the other.
pub(super) fn put<T>(entries: &mut [T], name: impl Fn(&T) -> &str) {
    let mut capacity = 16;
    while entries.len() > capacity / 4 * 3 {
        capacity *= 2;
    }
    order(entries, capacity, name);
}

/// Orders entries as a map that is made for just as many of them (since Java 19).
pub(super) fn copy<T>(entries: &mut [T], name: impl Fn(&T) -> &str) {
    let needed = (entries.len() * 4).div_ceil(3);
    order(entries, needed.next_power_of_two(), name);
}

/// Entries of one bucket keep their order.
fn order<T>(entries: &mut [T], capacity: usize, name: impl Fn(&T) -> &str) {
    entries.sort_by_key(|entry| {
        let hash = hash(name(entry));
        (hash ^ (hash >> 16)) as usize & (capacity - 1)
    });
}

/// Java's `String.hashCode`.
fn hash(text: &str) -> u32 {
    text.encode_utf16().fold(0, |hash: u32, unit| {
        hash.wrapping_mul(31).wrapping_add(unit.into())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ordered(names: &[&'static str], order: impl Fn(&mut [&'static str])) -> Vec<&'static str> {
        let mut names = names.to_vec();
        order(&mut names);
        names
    }

    #[test]
    fn names_come_in_the_order_of_a_map_that_grew() {
        let names = ["id", "name", "price", "tags", "created"];
        assert_eq!(
            ordered(&names, |names| put(names, |name| name)),
            ["price", "created", "name", "id", "tags"]
        );
    }

    #[test]
    fn a_map_of_many_names_has_grown_twice() {
        let names: Vec<String> = (0..20).map(|i| format!("field{i}")).collect();
        let mut ordered = names.clone();
        put(&mut ordered, |name| name);
        let places: Vec<&str> = ordered.iter().map(|name| &name["field".len()..]).collect();
        assert_eq!(
            places.join(" "),
            "19 17 18 11 12 1 0 10 15 16 13 14 7 6 9 8 3 2 5 4"
        );
    }

    #[test]
    fn a_copied_map_has_fewer_places() {
        let names = [
            "connect.type",
            "connect.version",
            "connect.parameters",
            "connect.index",
        ];
        assert_eq!(
            ordered(&names, |names| put(names, |name| name)),
            [
                "connect.version",
                "connect.index",
                "connect.type",
                "connect.parameters"
            ]
        );
        assert_eq!(
            ordered(&names, |names| copy(names, |name| name)),
            [
                "connect.index",
                "connect.version",
                "connect.type",
                "connect.parameters"
            ]
        );
    }
}
