//! [`Draw`]: random numbers that a seed and an index decide.

/// The golden ratio in 64 bits: how far SplitMix64 steps.
const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

/// The random numbers of one record: a pure function of seed and index, the same in every version of this crate.
///
/// It is SplitMix64 (Steele, Lea and Flood, 2014). Crates of random numbers may change what they draw; records that are
/// made again after a crash may not.
#[derive(Clone, Debug)]
pub(crate) struct Draw(u64);

impl Draw {
    pub(crate) fn new(seed: u64, index: u64) -> Self {
        Self(mixed(
            mixed(seed).wrapping_add(index.wrapping_mul(STEP) ^ STEP),
        ))
    }

    pub(crate) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(STEP);
        mixed(self.0)
    }

    /// Returns a number below `end`, which is above 0.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        // The upper half of the product; its bias is below one in 2^32 for every range that anybody notices.
        let product = u128::from(self.bits()) * u128::from(end);
        (product >> 64) as u64
    }

    pub(crate) fn index(&mut self, length: usize) -> usize {
        self.below(length as u64) as usize
    }

    /// Returns a number from `min` to `max`, both included.
    pub(crate) fn between(&mut self, min: usize, max: usize) -> usize {
        min + self.index(max - min + 1)
    }

    /// Returns a number from 0 to 1, without 1.
    pub(crate) fn fraction(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1u64 << 53) as f64
    }
}

fn mixed(state: u64) -> u64 {
    let state = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let state = (state ^ (state >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    state ^ (state >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_drawn_once_is_drawn_for_ever() {
        let mut draw = Draw::new(7, 0);
        let first: Vec<_> = (0..3).map(|_| draw.below(1000)).collect();
        let mut draw = Draw::new(7, 1);
        let second: Vec<_> = (0..3).map(|_| draw.below(1000)).collect();
        assert_eq!((first, second), (vec![735, 928, 548], vec![705, 436, 858]));
    }

    #[test]
    fn numbers_are_spread_evenly() {
        let mut counts = [0u32; 10];
        for index in 0..100_000 {
            let mut draw = Draw::new(1, index);
            counts[draw.index(10)] += 1;
        }
        assert!(
            counts.iter().all(|count| (9_500..10_500).contains(count)),
            "{counts:?}"
        );
    }
}
