//! Distributions of three or four symbols, which most symbols have: their numbers are kept in one word, and change at once (8.2.6).

/// The three numbers of a distribution from the lowest bits on, 16 bits each, and the count of symbols above them.
///
/// No number is above 32768, so that in sums and differences none carries into or borrows from the next.
pub type Four = u64;

/// A symbol, and the part of the range that it has.
#[derive(Debug, Clone, Copy)]
pub struct Found {
    pub symbol: usize,
    pub high: u32,
    pub low: u32,
}

/// The symbol of `n` that `value` stands for.
#[inline(always)]
pub fn find4(cdf: Four, range: u32, value: u32, n: u32) -> Found {
    let scale = range >> 8;
    let number = |i: u32| (cdf >> (16 * i + 6)) as u32 & 0x3FF;
    let first = ((scale * number(0)) >> 1) + 4 * (n - 1);
    let second = ((scale * number(1)) >> 1) + 4 * (n - 2);
    let third = if n == 4 { ((scale * number(2)) >> 1) + 4 } else { 0 };
    let (is_1, is_2, is_3) = (value < first, value < second, value < third);
    let high = if is_1 { first } else { range };
    let low = if is_1 { second } else { first };
    let high = if is_2 { second } else { high };
    let low = if is_2 { third } else { low };
    let high = if is_3 { third } else { high };
    let low = if is_3 { 0 } else { low };
    Found { symbol: usize::from(is_1) + usize::from(is_2) + usize::from(is_3), high, low }
}

/// The distribution after a symbol.
#[inline(always)]
pub fn adapt4(cdf: Four, symbol: usize, base_rate: u32) -> Four {
    const HALVES: u64 = 0x8000_8000_8000_8000;
    let count = (cdf >> 48) as u32;
    let rate = base_rate + (count >> 4);
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
        /// Against read_symbol( ) word for word.
        #[test]
        fn is_the_standards_arithmetic(mut numbers in prop::array::uniform3(0u16..32768), count in 0u16..=32, range in 32768u32..65536, value in 0u32..65536, four: bool) {
            numbers.sort_unstable_by(|a, b| b.cmp(a));
            let n = if four { 4 } else { 3usize };
            if !four {
                numbers[2] = 0;
            }
            let value = value % range;
            let mut cdf: Vec<u32> = numbers[..n - 1].iter().map(|&number| 32768 - u32::from(number)).chain([32768]).collect();
            let mut symbol = 0;
            let mut prev = range;
            let bound = |symbol: usize| (((range >> 8) * ((32768 - cdf[symbol]) >> 6)) >> 1) + 4 * (n - symbol - 1) as u32;
            while value < bound(symbol) {
                prev = bound(symbol);
                symbol += 1;
            }
            let cur = bound(symbol);
            let packed = pack(numbers, count);
            let found = find4(packed, range, value, n as u32);
            prop_assert_eq!((found.symbol, found.high, found.low), (symbol, prev, cur));
            let rate = 3 + u32::from(count > 15) + u32::from(count > 31) + n.ilog2().min(2);
            for (i, number) in cdf[..n - 1].iter_mut().enumerate() {
                if i >= symbol {
                    *number += (32768 - *number) >> rate;
                } else {
                    *number -= *number >> rate;
                }
            }
            let mut after = [0; 3];
            for (to, number) in after.iter_mut().zip(&cdf[..n - 1]) {
                *to = (32768 - number) as u16;
            }
            prop_assert_eq!(adapt4(packed, found.symbol, if four { 5 } else { 4 }), pack(after, (count + 1).min(32)));
        }
    }
}
