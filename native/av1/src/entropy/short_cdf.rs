//! Distributions of three or four symbols, which most symbols have: their numbers are kept in one word, and change at once (8.2.6).

/// The three numbers of a distribution, and the count of symbols.
///
/// The count is apart: how much the numbers change is known before they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ShortCdf {
    /// From the lowest bits on, [`LANE`] bits each. None is above 32768, and seven bits between them, the longest shift, are 0:
    /// in sums and differences none carries into or borrows from the next, nor does what a shift brings from it stay.
    numbers: u64,
    count: u32,
}

const LANE: u32 = 22;
/// One in each lane.
const ONES: u64 = 1 | 1 << LANE | 1 << (2 * LANE);

/// The numbers before each symbol.
static RISING: [u64; 4] = [0, 0xFFFF, 0xFFFF | 0xFFFF << LANE, 0xFFFF * ONES];

impl ShortCdf {
    pub(crate) const ZERO: Self = Self { numbers: 0, count: 0 };

    #[must_use]
    pub(crate) fn new(numbers: [u16; 3]) -> Self {
        Self { numbers: numbers.iter().rev().fold(0, |word, &number| word << LANE | u64::from(number)), count: 0 }
    }

    pub(crate) fn clear_count(&mut self) {
        self.count = 0;
    }

    /// One of the numbers.
    #[inline(always)]
    #[must_use]
    pub(crate) fn number(&self, i: u32) -> u32 {
        (self.numbers >> (LANE * i)) as u32 & 0xFFFF
    }

    /// Changes the distribution of `n` symbols after one of them (8.2.6).
    #[inline(always)]
    pub(crate) fn adapt(&mut self, symbol: u32, n: u32) {
        let rate = 4 + u32::from(n == 4) + (self.count >> 4);
        let rising = if symbol == 0 { 0 } else { RISING[symbol as usize & 3] };
        let distance = self.numbers ^ ((self.numbers ^ (0x8000 * ONES).wrapping_sub(self.numbers)) & rising);
        let step = distance >> (rate & 63) & (0x7FFF * ONES);
        self.numbers = self.numbers.wrapping_sub(step).wrapping_add(2 * (step & rising));
        self.count += u32::from(self.count < 32);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Against the standard word for word.
        #[test]
        fn adapts_as_the_standard_does(mut numbers in prop::array::uniform3(0u16..32768), count in 0u16..=32, four: bool, symbol in 0usize..4) {
            numbers.sort_unstable_by(|a, b| b.cmp(a));
            let n = if four { 4 } else { 3usize };
            if !four {
                numbers[2] = 0;
            }
            let symbol = symbol % n;
            let rate = 3 + u32::from(count > 15) + u32::from(count > 31) + n.ilog2().min(2);
            let mut after = [0; 3];
            for i in 0..n - 1 {
                let cdf = 32768 - u32::from(numbers[i]);
                let cdf = if i >= symbol { cdf + ((32768 - cdf) >> rate) } else { cdf - (cdf >> rate) };
                after[i] = (32768 - cdf) as u16;
            }
            let mut cdf = ShortCdf { count: count.into(), ..ShortCdf::new(numbers) };
            prop_assert_eq!(cdf.number(1), u32::from(numbers[1]));
            cdf.adapt(symbol as u32, n as u32);
            prop_assert_eq!(cdf, ShortCdf { count: (count + 1).min(32).into(), ..ShortCdf::new(after) });
        }
    }
}
