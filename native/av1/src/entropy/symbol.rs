//! The symbol decoder (8.2): the range decoder and the adaptation of cumulative distributions.

use codecorpus_bitstream::error::{ParseError, Result};
use codecorpus_bitstream::information::{Information, log2_fixed};

use super::short_cdf::ShortCdf;

/// Decodes the symbols of one tile.
///
/// `window` holds SymbolValue in its upper 16 bits, the bits that follow in the data below, inverted as SymbolValue is; `valid_bits`
/// counts those that are valid. Beyond the data the padding zero bits of the standard are read.
///
/// A distribution of N symbols is an array of L numbers: 32768 minus the standard's values for all but the last symbol, zeros,
/// and in the last place the count of symbols. L is 2 for N = 2, else the least of 8 and 16 that is at least N; three or four symbols
/// have a [`ShortCdf`].
#[derive(Debug, Clone)]
pub(crate) struct SymbolDecoder<'a> {
    data: &'a [u8],
    /// Bytes that went into `window`, those beyond the data included.
    loaded: usize,
    window: u64,
    valid_bits: i32,
    /// SymbolRange.
    range: u32,
    /// disable_cdf_update is 0.
    adapt: bool,
}

impl<'a> SymbolDecoder<'a> {
    /// Initialization process for symbol decoder (8.2.2).
    #[must_use]
    pub(crate) fn new(data: &'a [u8], disable_cdf_update: bool) -> Self {
        let mut decoder = Self { data, loaded: 0, window: 0, valid_bits: -15, range: 1 << 15, adapt: !disable_cdf_update };
        decoder.refill();
        decoder
    }

    #[inline(always)]
    fn refill(&mut self) {
        let word = word(self.data, self.loaded);
        let valid = 16 + self.valid_bits;
        self.window |= !word >> (valid & 63);
        let bytes = (64 - valid) >> 3;
        self.loaded += bytes as usize;
        self.valid_bits += bytes << 3;
    }

    /// Lets a function that is called rarely have the decoder: a copy goes through memory, so that the decoder itself need not.
    #[inline(always)]
    pub(crate) fn lend<T>(&mut self, to: impl FnOnce(&mut Self) -> T) -> T {
        let Self { data, loaded, window, valid_bits, range, adapt } = *self;
        let mut copy = Self { data, loaded, window, valid_bits, range, adapt };
        let result = to(&mut copy);
        (self.loaded, self.window, self.valid_bits, self.range) = (copy.loaded, copy.window, copy.valid_bits, copy.range);
        result
    }

    /// Bits that went into SymbolValue.
    #[inline(always)]
    fn consumed(&self) -> i64 {
        self.loaded as i64 * 8 - i64::from(self.valid_bits)
    }

    /// Takes the symbol that lies between `high` and `low` of the range, and renormalises.
    #[inline(always)]
    fn narrow(&mut self, high: u32, low: u32) {
        let range = high - low;
        let shift = match range {
            0..128 => long_shift(range),
            _ => u32::from(SHIFTS[(range >> 7) as usize & 511]),
        };
        self.window = (self.window - (u64::from(low) << 48)) << shift;
        self.range = range << shift;
        self.valid_bits -= shift as i32;
        if self.valid_bits < 0 {
            self.refill();
        }
    }

    /// read_symbol( ) for two symbols (8.2.6).
    #[inline(always)]
    pub(crate) fn boolean(&mut self, cdf: &mut [u16; 2]) -> bool {
        let split = (((self.range >> 8) * u32::from(cdf[0] >> 6)) >> 1) + 4;
        let symbol = ((self.window >> 48) as u32) < split;
        let (high, low) = if symbol { (split, 0) } else { (self.range, split) };
        self.narrow(high, low);
        if self.adapt {
            let count = cdf[1];
            let rate = 4 + (count >> 4);
            cdf[0] = if symbol { cdf[0] + ((32768 - cdf[0]) >> rate) } else { cdf[0] - (cdf[0] >> rate) };
            cdf[1] = count + u16::from(count < 32);
        }
        symbol
    }

    /// Whether distributions adapt: disable_cdf_update is 0.
    #[inline]
    #[must_use]
    pub(crate) fn adapts(&self) -> bool {
        self.adapt
    }

    /// read_symbol( ) for `n` of three or four symbols (8.2.6).
    #[inline(always)]
    pub(crate) fn short_symbol(&mut self, cdf: &mut ShortCdf, n: u32) -> u32 {
        if self.adapt { self.short_symbol_with::<true>(cdf, n) } else { self.short_symbol_with::<false>(cdf, n) }
    }

    /// As [`SymbolDecoder::short_symbol`], where it is known whether distributions adapt.
    #[inline(always)]
    pub(crate) fn short_symbol_with<const ADAPT: bool>(&mut self, cdf: &mut ShortCdf, n: u32) -> u32 {
        let value = (self.window >> 48) as u32;
        let (mut high, mut low, mut symbol) = (self.range, 0, n - 1);
        for i in 0..n - 1 {
            let bound = self.short_bound(*cdf, i, n);
            if value >= bound {
                (low, symbol) = (bound, i);
                break;
            }
            high = bound;
        }
        self.narrow(high, low);
        if ADAPT {
            cdf.adapt(symbol, n);
        }
        symbol
    }

    /// Reads a symbol of four if it is the first, which most are.
    #[inline(always)]
    pub(crate) fn is_first_of_short<const ADAPT: bool>(&mut self, cdf: &mut ShortCdf) -> bool {
        let value = (self.window >> 48) as u32;
        let bound = self.short_bound(*cdf, 0, 4);
        if value < bound {
            return false;
        }
        self.narrow(self.range, bound);
        if ADAPT {
            cdf.adapt(0, 4);
        }
        true
    }

    /// The lower bound of symbol `i` of `n` within the range.
    #[inline(always)]
    fn short_bound(&self, cdf: ShortCdf, i: u32, n: u32) -> u32 {
        (((self.range >> 8) * (cdf.number(i) >> 6)) >> 1) + 4 * (n - 1 - i)
    }

    /// read_symbol( ) for `n` symbols, from five to `L` (8.2.6).
    #[inline(never)]
    pub(crate) fn symbol<const L: usize>(&mut self, cdf: &mut [u16; L], n: u32) -> u32 {
        let scale = self.range >> 8;
        let value = (self.window >> 48) as u32;
        let mut symbol = 0;
        let mut high = self.range;
        let mut low = ((scale * u32::from(cdf[0] >> 6)) >> 1) + 4 * (n - 1);
        while value < low {
            symbol += 1;
            high = low;
            let left = n - 1 - symbol as u32;
            low = if left == 0 { 0 } else { ((scale * u32::from(cdf[symbol & (L - 1)] >> 6)) >> 1) + 4 * left };
        }
        self.narrow(high, low);
        if self.adapt {
            let count = cdf[L - 1];
            adapt(cdf, symbol, 5 + (count >> 4));
            cdf[L - 1] = count + u16::from(count < 32);
        }
        symbol as u32
    }

    /// Reads a symbol that numbers `values`, five to `L` of them.
    #[inline(always)]
    pub(crate) fn value<T: Copy, const L: usize, const N: usize>(&mut self, cdf: &mut [u16; L], values: &[T; N]) -> T {
        const { assert!(N > 4 && N <= L) };
        values[(self.symbol(cdf, N as u32) as usize).min(N - 1)]
    }

    /// Reads a symbol that numbers `values`, three or four of them.
    #[inline(always)]
    pub(crate) fn short_value<T: Copy, const N: usize>(&mut self, cdf: &mut ShortCdf, values: &[T; N]) -> T {
        const { assert!(N == 3 || N == 4) };
        values[(self.short_symbol(cdf, N as u32) as usize).min(N - 1)]
    }

    /// read_symbol( ) with a distribution that is made for one symbol only: the probability of 1 is `probability` of 32768.
    #[inline]
    pub(crate) fn boolean_once(&mut self, probability: u32) -> bool {
        let split = (((self.range >> 8) * (probability >> 6)) >> 1) + 4;
        let symbol = ((self.window >> 48) as u32) < split;
        let (high, low) = if symbol { (split, 0) } else { (self.range, split) };
        self.narrow(high, low);
        symbol
    }

    /// read_bool( ) (8.2.3).
    #[inline(always)]
    pub(crate) fn bit(&mut self) -> bool {
        let split = ((self.range >> 8) << 7) + 4;
        let (above, symbol) = self.window.overflowing_sub(u64::from(split) << 48);
        let (window, range) = if symbol { (self.window, split) } else { (above, self.range - split) };
        // Half of a range lacks one bit, but for what rounding does to the upper half of the smallest and the largest ranges.
        let shift = if (1 << 14..1 << 15).contains(&range) { 1 } else { rare_shift(range) };
        self.window = window << shift;
        self.range = range << shift;
        self.valid_bits -= shift;
        if self.valid_bits < 0 {
            self.refill();
        }
        symbol
    }

    /// read_literal( n ) (8.2.5): L(n).
    #[inline]
    pub(crate) fn literal(&mut self, n: u32) -> u32 {
        (0..n).fold(0, |x, _| x << 1 | u32::from(self.bit()))
    }

    /// NS(n) (4.10.10): one of `n` values, with as few bits as that takes.
    pub(crate) fn non_symmetric(&mut self, n: u32) -> u32 {
        let w = 32 - n.leading_zeros();
        let m = (1 << w) - n;
        let v = self.literal(w - 1);
        if v < m { v } else { (v << 1) - m + self.literal(1) }
    }

    /// Bits consumed minus log2 of the range, but for a constant: differences are the fractional bits of what stands between.
    #[inline]
    #[must_use]
    pub(crate) fn information(&self) -> Information {
        let index = (self.range >> 7 & 255) as usize;
        let (from, to) = (LOG2[index], LOG2[index + 1]);
        let log2 = from + (((to - from) * (self.range & 127)) >> 7);
        Information::of_range(self.consumed(), log2)
    }

    /// All that the tile's data hold.
    #[must_use]
    pub(crate) fn size(&self) -> Information {
        Information::from_bits(8 * self.data.len() as u64)
    }

    /// Whether more padding was read than any conforming tile needs: SymbolMaxBits is below -14 (8.2.4).
    #[inline]
    #[must_use]
    pub(crate) fn overrun(&self) -> bool {
        self.consumed() > self.data.len() as i64 * 8 + 14
    }

    /// The bit offset that errors name.
    #[must_use]
    pub(crate) fn bit_offset(&self) -> u64 {
        (self.consumed() - 15).clamp(0, self.data.len() as i64 * 8) as u64
    }

    /// Exit process for symbol decoder (8.2.4): the tile ends with a one bit and zeros.
    ///
    /// # Errors
    /// Where it does not.
    pub(crate) fn exit(&self) -> Result<()> {
        if self.overrun() {
            return Err(ParseError::end_of_data("tile").at_bit(self.bit_offset()));
        }
        let trailing = (self.consumed() - 15) as usize;
        let rest = self.data.get(trailing / 8..).unwrap_or_default();
        let (first, others) = rest.split_first().unwrap_or((&0, &[]));
        if first << (trailing % 8) != 0x80 || others.iter().any(|&byte| byte != 0) {
            return Err(ParseError::malformed("tile", "its symbols do not end at its trailing bit").at_bit(trailing as u64));
        }
        Ok(())
    }
}

/// The update of a distribution after `symbol` (8.2.6), the count excepted.
#[inline(always)]
fn adapt<const L: usize>(cdf: &mut [u16; L], symbol: usize, rate: u16) {
    for (i, value) in cdf.iter_mut().enumerate() {
        *value = if i < symbol { *value + ((32768 - *value) >> rate) } else { *value - (*value >> rate) };
    }
}

/// 15 - FloorLog2( range ), by the upper nine bits of a range.
static SHIFTS: [u8; 512] = {
    let mut table = [0; 512];
    let mut i = 1;
    while i < 512 {
        table[i] = 8 - (i as u32).ilog2() as u8;
        i += 1;
    }
    table
};

/// 15 - FloorLog2( range ) of a range that is never 0.
#[cold]
#[inline(never)]
fn long_shift(range: u32) -> u32 {
    (range | 1).leading_zeros() - 16
}

/// 15 - FloorLog2( range ) of half a range, where that is not 1.
#[cold]
#[inline(never)]
fn rare_shift(range: u32) -> i32 {
    if range < 1 << 14 { 2 } else { 0 }
}

/// The eight bytes from `loaded` on. Out of the way, as it is rare that they are needed.
#[cold]
#[inline(never)]
fn word(data: &[u8], loaded: usize) -> u64 {
    let rest = data.get(loaded..).unwrap_or_default();
    if let Some(bytes) = rest.first_chunk::<8>() {
        return u64::from_be_bytes(*bytes);
    }
    let mut word = [0; 8];
    for (to, from) in word.iter_mut().zip(rest) {
        *to = *from;
    }
    u64::from_be_bytes(word)
}

/// log2( 1 + i / 256 ), in units of 2^-16 bits.
static LOG2: [u32; 257] = {
    let mut table = [0; 257];
    let mut i = 0;
    while i <= 256 {
        table[i] = log2_fixed(256 + i as u64) - (8 << 16);
        i += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Finds a tile that decodes to given symbols, with the standard's own arithmetic (8.2.6).
    struct Encoder {
        /// Of the lowest value that decodes to the symbols so far: the bits that are settled but for a carry, then 16 more.
        settled: Vec<bool>,
        tail: u32,
        range: u32,
    }

    impl Encoder {
        fn new() -> Self {
            Self { settled: Vec::new(), tail: 0, range: 1 << 15 }
        }

        fn carry(&mut self) {
            if self.tail >> 16 != 0 {
                self.tail &= 0xFFFF;
                for bit in self.settled.iter_mut().rev() {
                    *bit = !*bit;
                    if *bit {
                        break;
                    }
                }
            }
        }

        /// `cdf` as in the standard, the count included.
        fn symbol(&mut self, cdf: &mut [u32], symbol: usize) {
            let n = cdf.len() - 1;
            let bound = |i: usize| (((self.range >> 8) * ((32768 - cdf[i]) >> 6)) >> 1) + 4 * (n - i - 1) as u32;
            let high = if symbol == 0 { self.range } else { bound(symbol - 1) };
            let low = bound(symbol);
            self.tail += low;
            self.carry();
            let bits = 15 - (high - low).ilog2();
            self.range = (high - low) << bits;
            for _ in 0..bits {
                self.settled.push(self.tail >> 15 & 1 == 1);
                self.tail = self.tail << 1 & 0xFFFF;
            }
            let rate = 3 + u32::from(cdf[n] > 15) + u32::from(cdf[n] > 31) + n.ilog2().min(2);
            for (i, value) in cdf[..n - 1].iter_mut().enumerate() {
                *value = if i < symbol { *value - (*value >> rate) } else { *value + ((32768 - *value) >> rate) };
            }
            cdf[n] += u32::from(cdf[n] < 32);
        }

        fn bit(&mut self, bit: bool) {
            self.symbol(&mut [1 << 14, 1 << 15, 0], usize::from(bit));
        }

        /// The bytes: inverted, a one bit, and zeros. The first bit is that above SymbolValue's 15, always 0.
        fn finish(mut self) -> Vec<u8> {
            self.tail += 1 << 14;
            self.carry();
            self.settled.push(self.tail >> 15 & 1 == 1);
            let mut bits: Vec<bool> = self.settled[1..].iter().map(|bit| !bit).collect();
            bits.push(true);
            bits.chunks(8)
                .map(|chunk| chunk.iter().enumerate().fold(0, |byte, (i, &bit)| byte | u8::from(bit) << (7 - i)))
                .collect()
        }
    }

    /// A distribution of `n` symbols in the standard's form, from weights.
    fn distribution(weights: &[u32], n: usize) -> Vec<u32> {
        let total: u32 = weights[..n].iter().map(|w| w + 1).sum();
        let mut sum = 0;
        let mut cdf: Vec<u32> = weights[..n]
            .iter()
            .map(|w| {
                sum += w + 1;
                (sum * 32768 / total).min(32768)
            })
            .collect();
        cdf[n - 1] = 32768;
        cdf.push(0);
        cdf
    }

    fn inverted<const L: usize>(cdf: &[u32]) -> [u16; L] {
        let mut numbers = [0; L];
        for (to, from) in numbers.iter_mut().zip(&cdf[..cdf.len() - 2]) {
            *to = (32768 - from) as u16;
        }
        numbers
    }

    proptest! {
        #[test]
        fn decodes_what_was_encoded_and_ends_at_the_trailing_bit(
            symbols in prop::collection::vec((0usize..7, any::<usize>()), 0..600),
            weights in prop::collection::vec(0u32..1000, 16),
        ) {
            let sizes = [2usize, 3, 4, 5, 8, 13, 16];
            let mut standard: Vec<Vec<u32>> = sizes.iter().map(|&n| distribution(&weights, n)).collect();
            let mut two: [u16; 2] = inverted(&standard[0]);
            let mut shorts: [ShortCdf; 2] = [1, 2].map(|i| ShortCdf::new(inverted(&standard[i])));
            let mut eights: [[u16; 8]; 2] = [inverted(&standard[3]), inverted(&standard[4])];
            let mut sixteens: [[u16; 16]; 2] = [inverted(&standard[5]), inverted(&standard[6])];
            let mut encoder = Encoder::new();
            for &(kind, symbol) in &symbols {
                encoder.symbol(&mut standard[kind], symbol % sizes[kind]);
                encoder.bit(symbol & 256 != 0);
            }
            let data = encoder.finish();
            let mut decoder = SymbolDecoder::new(&data, false);
            let start = decoder.information();
            for &(kind, symbol) in &symbols {
                let n = sizes[kind] as u32;
                let decoded = match kind {
                    0 => u32::from(decoder.boolean(&mut two)),
                    1 | 2 => decoder.short_symbol(&mut shorts[kind - 1], n),
                    3 | 4 => decoder.symbol(&mut eights[kind - 3], n),
                    _ => decoder.symbol(&mut sixteens[kind - 5], n),
                };
                prop_assert_eq!(decoded as usize, symbol % sizes[kind]);
                prop_assert_eq!(decoder.bit(), symbol & 256 != 0);
                prop_assert!(!decoder.overrun());
            }
            prop_assert!(decoder.exit().is_ok());
            let spent = (decoder.information() - start).bits();
            prop_assert!(spent <= data.len() as f64 * 8.0 && spent > data.len() as f64 * 8.0 - 10.0);
        }

        #[test]
        fn no_bytes_panic(data in prop::collection::vec(any::<u8>(), 0..40), reads in prop::collection::vec(0u32..9, 0..80)) {
            let mut decoder = SymbolDecoder::new(&data, false);
            let mut cdf = [20000, 9000, 500, 0, 0, 0, 0, 0];
            for n in reads {
                decoder.literal(n);
                decoder.symbol(&mut cdf, 5);
            }
            let _ = decoder.exit();
        }
    }

    #[test]
    fn what_follows_the_trailing_bit_is_zero() {
        assert!(SymbolDecoder::new(&[0x80], false).exit().is_ok());
        assert!(SymbolDecoder::new(&[0x80, 0], false).exit().is_ok());
        assert!(SymbolDecoder::new(&[0x80, 1], false).exit().is_err());
        assert!(SymbolDecoder::new(&[0xC0], false).exit().is_err());
        assert!(SymbolDecoder::new(&[], false).exit().is_err());
    }
}
