//! The budget of the pass-through path: less than one allocation per record.

use connect_benches::{Direction, Lines, pass_through};

#[track_caller]
fn check(direction: Direction, size: usize) {
    let count = |work: &mut dyn FnMut()| allocation_counter::measure(work).count_total;
    let each = pass_through(direction, Lines::new(20_000, size), count);
    assert!(
        each < 1.0,
        "{direction:?}: {each} allocations per record of {size} bytes"
    );
}

#[test]
fn a_line_on_its_way_into_a_topic_costs_less_than_one_allocation() {
    check(Direction::Source, 100);
    check(Direction::Source, 1024);
}

#[test]
fn a_record_on_its_way_into_a_file_costs_less_than_one_allocation() {
    check(Direction::Sink, 100);
    check(Direction::Sink, 1024);
}
