//! The Boolean decoder (9.2).

use codecorpus_bitstream::error::{ParseError, Result};
use codecorpus_bitstream::information::{Information, log2_fixed, to_64ths};

/// Decodes the Booleans of one tile, or of the compressed header.
///
/// `window` holds BoolValue in its upper 8 bits, and below the bits that follow in the data, a 1 that ends them, and zeros:
/// where it is shifted, nothing has to be counted. Beyond the data zeros are read; [`BoolDecoder::overrun`] tells, and is to
/// be asked at least once in every block.
#[derive(Debug, Clone)]
pub(crate) struct BoolDecoder<'a> {
    data: &'a [u8],
    /// Bytes that went into `window`, those beyond the data included.
    loaded: usize,
    window: u64,
    /// BoolRange less 1, so that what it becomes is found without adding and subtracting; in the upper half, so that what
    /// becomes of it in the upper byte is an index. Never 254 behind the marker bit. The lower half is below [`LEFTOVER`], and
    /// means nothing.
    top: u32,
}

impl<'a> BoolDecoder<'a> {
    /// Initialization process for Boolean decoder (9.2.1), its marker bit included.
    ///
    /// # Errors
    /// There is no data, or the marker bit is 1.
    pub(crate) fn new(data: &'a [u8], element: &'static str) -> Result<Self> {
        if data.is_empty() {
            return Err(ParseError::end_of_data(element).at_bit(0));
        }
        let mut bools = Self { data, loaded: 0, window: END << 8, top: 254 << 16 };
        if bools.bool(128) {
            return Err(ParseError::malformed(element, "its marker bit is 1").at_bit(0));
        }
        Ok(bools)
    }

    /// Bits behind BoolValue.
    #[inline(always)]
    fn ahead(&self) -> i64 {
        i64::from(END.trailing_zeros()) - i64::from(self.window.trailing_zeros())
    }

    /// Takes as many bytes as there is room for.
    #[inline(always)]
    fn refill(&mut self) {
        let bits = (8 + self.ahead()) as u32;
        let bytes = (63 - bits) / 8;
        let end = 1u64 << 63 >> bits;
        let word = word(self.data, self.loaded) & !(u64::MAX >> (8 * bytes));
        self.window = (self.window ^ end) | word >> bits | end >> (8 * bytes);
        self.loaded += bytes as usize;
    }

    /// Bits that went into BoolValue.
    #[inline(always)]
    fn consumed(&self) -> i64 {
        self.loaded as i64 * 8 - self.ahead()
    }

    /// Makes sure of what three Booleans and a bit take, which [`BoolDecoder::reserved`] and [`BoolDecoder::reserved_bit`] then
    /// read: 7 bits at most each, and 1. The lower half has the end of what is there as long as that is more.
    #[inline(always)]
    pub(crate) fn reserve(&mut self) {
        if self.window as u32 == 0 {
            self.refill();
        }
    }

    /// Boolean decoding process (9.2.2): 0 has a probability of `probability` of 256.
    #[inline(always)]
    pub(crate) fn bool(&mut self, probability: u8) -> bool {
        self.reserve();
        self.reserved(probability)
    }

    /// The same of bits that are reserved.
    #[inline(always)]
    pub(crate) fn reserved(&mut self, probability: u8) -> bool {
        let scaled = self.top * u32::from(probability);
        // split less 1.
        let top = scaled >> 24;
        // Either way to its end, so that there is one branch, and none waits for the comparison.
        if (self.window >> 56) as u32 > top {
            self.window -= u64::from(top + 1) << 56;
            self.renormalise(((self.top << 8) - LEFTOVER * 256 - scaled) >> 24);
            true
        } else {
            self.renormalise(top);
            false
        }
    }

    #[inline(always)]
    fn renormalise(&mut self, top: u32) {
        self.top = NORMALISED[(top & 255) as usize];
        self.window <<= self.top & 63;
    }

    /// A Boolean of probability 128: L(1).
    #[inline(always)]
    pub(crate) fn bit(&mut self) -> bool {
        self.reserve();
        self.reserved_bit()
    }

    /// The same of a bit that is reserved.
    #[inline(always)]
    pub(crate) fn reserved_bit(&mut self) -> bool {
        let split = u64::from(self.top >> 17) + 1;
        let (below, zero) = self.window.overflowing_sub(split << 56);
        // Half of a range lacks one bit, but for the larger half of the largest, which only the marker bit meets.
        let window = if zero { self.window } else { below };
        self.top = if zero { self.top | ONE } else { (self.top - ONE) | ONE };
        self.window = window << 1;
        !zero
    }

    /// Parsing process for read_literal (9.2.4): L(n).
    #[inline]
    pub(crate) fn literal(&mut self, n: u32) -> u32 {
        (0..n).fold(0, |x, _| x << 1 | u32::from(self.bit()))
    }

    /// Bits consumed minus log2 of the range, but for a constant: differences are the fractional bits of what stands between.
    #[inline(always)]
    #[must_use]
    pub(crate) fn information(&self) -> Information {
        Information::of_rounded_range(self.consumed(), u32::from(LOG2_RANGE[(self.top >> 16 & 255) as usize]))
    }

    /// All that the data hold.
    #[must_use]
    pub(crate) fn size(&self) -> Information {
        Information::from_bits(8 * self.data.len() as u64)
    }

    /// Whether Booleans were read beyond the end of the data.
    #[inline(always)]
    #[must_use]
    pub(crate) fn overrun(&self) -> bool {
        self.consumed() > self.data.len() as i64 * 8
    }

    /// The bit offset that errors name.
    #[must_use]
    pub(crate) fn bit_offset(&self) -> u64 {
        (self.consumed() - 8).clamp(0, self.data.len() as i64 * 8) as u64
    }

    /// Exit process for Boolean decoder (9.2.3): what is left of the data is zero.
    ///
    /// # Errors
    /// Where it is not, or where Booleans were read beyond the end.
    pub(crate) fn exit(&self, element: &'static str) -> Result<()> {
        if self.overrun() {
            return Err(ParseError::end_of_data(element).at_bit(self.bit_offset()));
        }
        let padding = self.consumed() as usize;
        let rest = self.data.get(padding / 8..).unwrap_or_default();
        let (first, others) = rest.split_first().unwrap_or((&0, &[]));
        if first << (padding % 8) != 0 || others.iter().any(|&byte| byte != 0) {
            return Err(ParseError::malformed(element, "its padding is not zero").at_bit(padding as u64));
        }
        Ok(())
    }
}

/// The eight bytes from `loaded` on, zeros beyond the end. Out of the way, as it is rare that they are needed.
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

/// A window that has BoolValue alone.
const END: u64 = 1 << 55;
/// One of what `top` counts.
const ONE: u32 = 1 << 16;
/// More than what stands in the lower half of `top`.
const LEFTOVER: u32 = 8;

/// A range less 1, renormalised, as `top` has it, over the bits that it is shifted by: 7 - FloorLog2( range ).
static NORMALISED: [u32; 256] = {
    let mut table = [255 * ONE; 256];
    let mut top = 0;
    while top < 255 {
        let shift = 7 - (top + 1u32).ilog2();
        table[top as usize] = (((top + 1) << shift) - 1) * ONE + shift;
        top += 1;
    }
    table
};

/// log2 of every range, to 1/64 bit, by the range less 1.
static LOG2_RANGE: [u16; 256] = {
    let mut table = [0; 256];
    let mut top = 0;
    while top < 255 {
        table[top] = to_64ths(log2_fixed(top as u64 + 1)) as u16;
        top += 1;
    }
    table
};

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Finds the data that decodes to given Booleans, with the standard's own arithmetic (9.2.2).
    #[derive(Debug)]
    pub(crate) struct Encoder {
        /// Of the lowest value that decodes to the Booleans so far: the bits that are settled but for a carry, then 8 more.
        settled: Vec<bool>,
        tail: u32,
        range: u32,
    }

    impl Encoder {
        pub(crate) fn new() -> Self {
            let mut encoder = Self { settled: Vec::new(), tail: 0, range: 255 };
            encoder.bool(false, 128);
            encoder
        }

        pub(crate) fn bool(&mut self, one: bool, probability: u8) {
            let split = 1 + (((self.range - 1) * u32::from(probability)) >> 8);
            if one {
                self.tail += split;
                self.carry();
            }
            let range = if one { self.range - split } else { split };
            let shift = range.leading_zeros() - 24;
            self.range = range << shift;
            for _ in 0..shift {
                self.settled.push(self.tail >> 7 & 1 == 1);
                self.tail = self.tail << 1 & 0xFF;
            }
        }

        pub(crate) fn literal(&mut self, value: u32, n: u32) {
            (0..n).rev().for_each(|i| self.bool(value >> i & 1 == 1, 128));
        }

        fn carry(&mut self) {
            if self.tail >> 8 != 0 {
                self.tail &= 0xFF;
                for bit in self.settled.iter_mut().rev() {
                    *bit = !*bit;
                    if *bit {
                        break;
                    }
                }
            }
        }

        pub(crate) fn finish(mut self) -> Vec<u8> {
            self.settled.extend((0..8).rev().map(|i| self.tail >> i & 1 == 1));
            self.settled
                .chunks(8)
                .map(|chunk| chunk.iter().enumerate().fold(0, |byte, (i, &bit)| byte | u8::from(bit) << (7 - i)))
                .collect()
        }
    }

    proptest! {
        #[test]
        fn decodes_what_was_encoded_and_counts_its_bits(
            bools in prop::collection::vec((any::<bool>(), prop_oneof![1u8..=255, Just(128)]), 0..800)
        ) {
            let mut encoder = Encoder::new();
            bools.iter().for_each(|&(one, probability)| encoder.bool(one, probability));
            let mut data = encoder.finish();
            data.extend([0, 0]);
            let mut decoder = BoolDecoder::new(&data, "tile").unwrap();
            let start = decoder.information();
            let mut expected = 0.0;
            for &(one, probability) in &bools {
                let decoded = if probability == 128 { decoder.bit() } else { decoder.bool(probability) };
                prop_assert_eq!(decoded, one);
                let of_one = f64::from(256 - u32::from(probability)) / 256.0;
                expected -= if one { of_one } else { 1.0 - of_one }.log2();
                prop_assert!(!decoder.overrun());
            }
            prop_assert!(decoder.exit("tile").is_ok());
            let spent = (decoder.information() - start).bits();
            // The range has eight bits: probabilities are kept to within a hundredth or so of a bit.
            prop_assert!((spent - expected).abs() <= 0.1 + 0.06 * expected.max(bools.len() as f64), "{} {}", spent, expected);
            prop_assert!(spent <= data.len() as f64 * 8.0);
        }

        #[test]
        fn what_is_reserved_is_there(
            bools in prop::collection::vec((any::<bool>(), prop_oneof![Just(1u8), Just(255u8), 1u8..=255]), 0..800)
        ) {
            let mut encoder = Encoder::new();
            for three in bools.chunks(3) {
                three.iter().for_each(|&(one, probability)| encoder.bool(one, probability));
                encoder.bool(three[0].0, 128);
            }
            let data = encoder.finish();
            let mut decoder = BoolDecoder::new(&data, "tile").unwrap();
            for three in bools.chunks(3) {
                decoder.reserve();
                for &(one, probability) in three {
                    prop_assert_eq!(decoder.reserved(probability), one);
                }
                prop_assert_eq!(decoder.reserved_bit(), three[0].0);
                prop_assert!(decoder.ahead() >= 0);
            }
        }

        #[test]
        fn no_bytes_panic(data in prop::collection::vec(any::<u8>(), 0..40), probabilities in prop::collection::vec(1u8..=255, 0..500)) {
            if let Ok(mut decoder) = BoolDecoder::new(&data, "tile") {
                for probability in probabilities {
                    decoder.bool(probability);
                }
                let _ = decoder.exit("tile");
            }
        }
    }

    #[test]
    fn padding_is_zero_and_the_end_is_the_end() {
        assert!(BoolDecoder::new(&[0, 0, 0], "tile").unwrap().exit("tile").is_ok());
        assert!(BoolDecoder::new(&[0, 0, 1], "tile").unwrap().exit("tile").is_err());
        assert!(BoolDecoder::new(&[0x80], "tile").is_err());
        assert!(BoolDecoder::new(&[], "tile").is_err());
        let mut short = BoolDecoder::new(&[0], "tile").unwrap();
        short.literal(8);
        assert!(short.overrun() && short.exit("tile").is_err());
    }
}
