//! Printing what was measured.

use std::fmt::Display;

/// Prints a heading.
pub fn title(text: &str) {
    println!("\n{text}");
}

/// Prints one line: what was measured, then numbers with their units.
pub fn print<const N: usize>(what: &str, columns: [(f64, &str); N]) {
    let columns = columns.map(|(number, unit)| format!("{:>10} {unit:<12}", Number(number)));
    println!("  {what:<44}{}", columns.concat().trim_end());
}

/// A number with about three digits that count.
struct Number(f64);

impl Display for Number {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let number = self.0;
        let text = match number.abs() {
            _ if number.is_nan() => "-".to_owned(),
            100.0.. => format!("{number:.0}"),
            10.0.. => format!("{number:.1}"),
            1.0.. => format!("{number:.2}"),
            _ => format!("{number:.3}"),
        };
        f.pad(&text)
    }
}
