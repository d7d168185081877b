//! Distributions of three or four symbols, which most symbols have: their numbers are kept in one word, and change at once (8.2.6).

/// The three numbers of a distribution from the lowest bits on, 16 bits each, and the count of symbols above them.
///
/// No number is above 32768, so that in sums and differences none carries into or borrows from the next.
pub type Four = u64;

/// One of the numbers.
#[inline(always)]
pub fn number(cdf: Four, i: u32) -> u32 {
    (cdf >> (16 * i)) as u32 & 0xFFFF
}

/// The distribution of `n` symbols after one of them.
#[inline(always)]
pub fn adapt4(cdf: Four, symbol: usize, n: u32) -> Four {
    const HALVES: u64 = 0x8000_8000_8000_8000;
    let count = (cdf >> 48) as u32;
    let rate = 4 + u32::from(n == 4) + (count >> 4);
    let rising = RISING[symbol & 3];
    let distance = cdf ^ ((cdf ^ HALVES.wrapping_sub(cdf)) & rising);
    let step = distance >> rate & LANES[rate as usize & 7];
    cdf.wrapping_sub(step).wrapping_add(2 * (step & rising)).wrapping_add(MORE[count as usize & 63])
}

/// The numbers before each symbol.
static RISING: [u64; 4] = [0, 0xFFFF, 0xFFFF_FFFF, 0xFFFF_FFFF_FFFF];

/// What stays of each number after a shift.
static LANES: [u64; 8] = {
    let mut table = [0; 8];
    let mut rate = 0;
    while rate < 8 {
        table[rate] = 0x0000_0001_0001_0001 * (0xFFFF >> rate);
        rate += 1;
    }
    table
};

/// What a count of symbols grows by.
static MORE: [u64; 64] = {
    let mut table = [0; 64];
    let mut count = 0;
    while count < 32 {
        table[count] = 1 << 48;
        count += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pack(numbers: [u16; 3], count: u16) -> Four {
        [numbers[0], numbers[1], numbers[2], count].iter().rev().fold(0, |word, &n| word << 16 | u64::from(n))
    }

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
            let packed = pack(numbers, count);
            prop_assert_eq!(number(packed, 1), u32::from(numbers[1]));
            prop_assert_eq!(adapt4(packed, symbol, n as u32), pack(after, (count + 1).min(32)));
        }
    }
}
