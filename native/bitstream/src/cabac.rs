//! The arithmetic decoding engine that H.264 (9.3.1.2, 9.3.3.2) and HEVC (9.3.2.5, 9.3.4.3) share.

use std::hint::select_unpredictable;

use crate::error::{ParseError, Result};
use crate::information::{Information, log2_fixed, to_64ths};

/// A context variable, with all that decoding a bin by it needs.
///
/// The lower half holds rangeTabLps for qCodIRangeIdx 0 to 3 in a byte each, bits 56 to 62 pStateIdx and valMps, and the
/// topmost bit the last bin: the two rows that may follow are read while it is still being found out which bin it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ContextVariable(u64);

impl ContextVariable {
    const fn new(p_state_idx: usize, val_mps: usize, last_bin: usize) -> Self {
        let ranges = u32::from_le_bytes(RANGE_TAB_LPS[p_state_idx]);
        Self(ranges as u64 | ((last_bin << 7 | p_state_idx << 1 | val_mps) as u64) << 56)
    }

    /// The context variable for preCtxState of H.264 (9.3.1.1) and HEVC (9.3.2.2), which is clipped to 1..=126 here.
    #[must_use]
    pub const fn from_pre_state(pre_ctx_state: i32) -> Self {
        let pre = if pre_ctx_state < 1 {
            1
        } else if pre_ctx_state > 126 {
            126
        } else {
            pre_ctx_state as usize
        };
        if pre <= 63 { Self::new(63 - pre, 0, 0) } else { Self::new(pre - 64, 1, 0) }
    }
}

/// Decodes bins from the data of one slice (or substream), which begins at a byte boundary.
///
/// `value` holds the 9 bits of ivlOffset above `bits` bits that are read ahead; instead of shifting it at every
/// renormalisation, `bits` falls, and whole bytes are added when it turns negative. Beyond the end zeros are read;
/// [`Cabac::overrun`] tells, and is to be asked at least once in every block.
#[derive(Debug, Clone)]
pub struct Cabac<'a> {
    data: &'a [u8],
    /// Bytes of `data` that went into `value`.
    loaded: usize,
    value: u64,
    bits: i32,
    range: u32,
}

impl<'a> Cabac<'a> {
    /// Initialisation of the arithmetic decoding engine at a byte of `data`.
    ///
    /// # Errors
    /// An offset of 510 or 511, which no encoder writes: it lies outside the range, where decoding has no meaning.
    pub fn new(data: &'a [u8], byte: usize) -> Result<Self> {
        let mut cabac = Self { data, loaded: byte, value: 0, bits: -9, range: 510 };
        cabac.refill();
        let offset = cabac.value >> cabac.bits;
        if offset >= u64::from(cabac.range) {
            let reason = format!("{offset} where an arithmetic code begins");
            return Err(ParseError::malformed("ivlOffset", reason).at_bit(byte as u64 * 8));
        }
        Ok(cabac)
    }

    /// Initialisation at another byte of the same data, as behind pcm samples.
    ///
    /// # Errors
    /// As [`Cabac::new`].
    pub fn restart(&mut self, byte: usize) -> Result<()> {
        *self = Self::new(self.data, byte)?;
        Ok(())
    }

    /// Alignment prior to aligned bypass decoding (HEVC 9.3.4.3.6): ivlCurrRange is set to 256.
    ///
    /// # Errors
    /// An offset outside the range that is left.
    pub fn align_bypass(&mut self) -> Result<()> {
        self.range = 256;
        if self.value >> self.bits >= 256 {
            let reason = "outside the range that alignment leaves";
            return Err(ParseError::malformed("ivlOffset", reason).at_bit(self.position().max(0) as u64));
        }
        Ok(())
    }

    // Always inlined, and nothing below takes the decoder's address unless it must: it then lives in registers.
    #[inline(always)]
    fn refill(&mut self) {
        self.value = self.value << 48 | next_bytes::<6>(self.data, self.loaded);
        self.loaded += 6;
        self.bits += 48;
    }

    /// Reads ahead so that [`WINDOW`] bypass bins can be found at once.
    #[inline(always)]
    fn fill_window(&mut self) {
        if self.bits < WINDOW as i32 {
            self.value = self.value << 32 | next_bytes::<4>(self.data, self.loaded);
            self.loaded += 4;
            self.bits += 32;
        }
    }

    /// DecodeDecision.
    #[inline(always)]
    pub fn decision(&mut self, context: &mut ContextVariable) -> bool {
        let bin = self.decide(context);
        if self.bits < 0 {
            self.refill();
        }
        bin
    }

    /// As [`Cabac::decision`], of a decoder that stays in memory: a function of this alone needs no stack.
    #[inline(always)]
    pub fn decision_in_place(&mut self, context: &mut ContextVariable) -> bool {
        let bin = self.decide(context);
        if self.bits < 0 { self.refill_in_place(bin) } else { bin }
    }

    #[cold]
    #[inline(never)]
    fn refill_in_place(&mut self, bin: bool) -> bool {
        self.refill();
        // Were it known to give back what it was given, its callers would keep the bin over the call, and need a stack for that.
        std::hint::black_box(bin)
    }

    /// DecodeDecision up to the bits that must be read ahead. No branch depends on the bin: it is the least predictable thing
    /// there is.
    #[inline(always)]
    fn decide(&mut self, context: &mut ContextVariable) -> bool {
        let row = context.0;
        let lps = (row >> ((self.range >> 3) & 24)) as u32 & 255;
        let mps = self.range - lps;
        let scaled = u64::from(mps) << self.bits;
        let (above, is_mps) = self.value.overflowing_sub(scaled);
        // What either bin leads to is ready by the time that it is known which it is.
        let state = (row >> 56) as usize;
        let (after_mps, to_after_lps) = (TRANSITIONS.after_mps[state], TRANSITIONS.to_after_lps[state]);
        let mps = if mps < 256 { mps << 1 | 1 << SHIFTS } else { mps };
        context.0 = after_mps ^ select_unpredictable(is_mps, 0, to_after_lps);
        self.value = select_unpredictable(is_mps, self.value, above);
        let range = select_unpredictable(is_mps, mps, TRANSITIONS.lps_ranges[lps as usize]);
        self.range = range & ((1 << SHIFTS) - 1);
        self.bits -= (range >> SHIFTS) as i32;
        context.0 >> 63 != 0
    }

    /// DecodeBypass. As [`Cabac::decision`], it does not branch on the bin.
    #[inline(always)]
    pub fn bypass(&mut self) -> bool {
        self.bits -= 1;
        if self.bits < 0 {
            self.refill();
        }
        let scaled = u64::from(self.range) << self.bits;
        let is_one = !((self.value as i64).wrapping_sub(scaled as i64) >> 63) as u64;
        self.value -= scaled & is_one;
        is_one & 1 != 0
    }

    /// `n` bypass bins, first one highest; n up to 32.
    #[inline(always)]
    pub fn bypass_bits(&mut self, n: u32) -> u32 {
        if n > WINDOW {
            let (bins, after) = self.clone().many_bypass_bits(n);
            *self = after;
            return bins;
        }
        self.fill_window();
        let bins = self.peek_bypass(n);
        self.skip_bypass(n, bins);
        bins
    }

    #[cold]
    #[inline(never)]
    fn many_bypass_bits(mut self, n: u32) -> (u32, Self) {
        let bins = (0..n).fold(0, |value, _| value << 1 | u32::from(self.bypass()));
        (bins, self)
    }

    /// How many of the next bypass bins are one before the first that is zero, which is read too; none is read behind `max` ones.
    #[inline(always)]
    pub fn bypass_ones(&mut self, max: u32) -> u32 {
        self.fill_window();
        let bins = self.peek_bypass(WINDOW);
        let ones = (!(bins << (32 - WINDOW))).leading_zeros();
        if ones < WINDOW.min(max) {
            self.skip_bypass(ones + 1, bins >> (WINDOW - 1 - ones));
            return ones;
        }
        let (ones, after) = self.clone().many_bypass_ones(max);
        *self = after;
        ones
    }

    #[cold]
    #[inline(never)]
    fn many_bypass_ones(mut self, max: u32) -> (u32, Self) {
        let mut ones = 0;
        while ones < max && self.bypass() {
            ones += 1;
        }
        (ones, self)
    }

    /// The next `n` bypass bins, n up to [`WINDOW`] and up to `bits`: the quotient of ivlOffset, so far scaled, by ivlCurrRange.
    #[inline(always)]
    fn peek_bypass(&self, n: u32) -> u32 {
        let offset = self.value >> (self.bits - n as i32);
        ((offset * u64::from(RECIPROCALS[(self.range & 511) as usize])) >> RECIPROCAL_SHIFT) as u32
    }

    /// Goes past `n` bypass bins that are known.
    #[inline(always)]
    fn skip_bypass(&mut self, n: u32, bins: u32) {
        self.bits -= n as i32;
        self.value -= u64::from(bins * self.range) << self.bits;
    }

    /// DecodeTerminate. After a true bin, [`Cabac::end_position`] says where the arithmetic code ends.
    #[inline]
    pub fn terminate(&mut self) -> bool {
        self.range -= 2;
        let scaled = u64::from(self.range) << self.bits;
        if self.value >= scaled {
            return true;
        }
        if self.range < 256 {
            self.range <<= 1;
            self.bits -= 1;
            if self.bits < 0 {
                self.refill();
            }
        }
        false
    }

    /// Bits of `data` that the engine has read: behind the 9 bits of ivlOffset.
    #[inline]
    #[must_use]
    pub fn position(&self) -> i64 {
        self.loaded as i64 * 8 - i64::from(self.bits)
    }

    /// After [`Cabac::terminate`] gave true: bits of `data` up to where the arithmetic code ends. The last of them is a
    /// one that the encoder's flush wrote: rbsp_stop_one_bit at the end of a slice (H.264 9.3.4.5, HEVC 9.3.5.6).
    #[must_use]
    pub fn end_position(&self) -> i64 {
        self.position()
    }

    /// Whether more was read than there is, so that the bins since then mean nothing.
    #[inline]
    #[must_use]
    pub fn overrun(&self) -> bool {
        self.position() > self.data.len() as i64 * 8
    }

    /// Bits consumed minus log2 of the range: differences are the fractional bits of what stands between.
    #[inline(always)]
    #[must_use]
    pub fn information(&self) -> Information {
        Information::of_rounded_range(self.position(), u32::from(LOG2_RANGE[(self.range & 511) as usize]))
    }
}

/// Most bypass bins that are found at once.
const WINDOW: u32 = 16;

/// Reciprocals of ranges by which a dividend of [`WINDOW`] + 9 bits is divided exactly: their error, times the dividend,
/// stays below 2^34.
const RECIPROCAL_SHIFT: u32 = WINDOW + 18;

static RECIPROCALS: [u32; 512] = {
    let mut table = [0; 512];
    let mut range = 256;
    while range < 512 {
        table[range] = ((1u64 << RECIPROCAL_SHIFT) / range as u64 + 1) as u32;
        range += 1;
    }
    table
};

/// `N` bytes from `from`, with zeros behind the end of the data. Rarely called, and therefore marked as cold: what only
/// this needs shall not stand in a register.
#[cold]
#[inline(never)]
fn next_bytes<const N: usize>(data: &[u8], from: usize) -> u64 {
    match data.get(from..from + 8) {
        Some(bytes) => {
            let mut word = [0; 8];
            word.copy_from_slice(bytes);
            u64::from_be_bytes(word) >> (64 - 8 * N)
        }
        None => (0..N).fold(0, |word, i| word << 8 | u64::from(data.get(from + i).copied().unwrap_or(0))),
    }
}

/// log2 of every range below 512, to 1/64 bit.
static LOG2_RANGE: [u16; 512] = {
    let mut table = [0; 512];
    let mut range = 1;
    while range < 512 {
        table[range] = to_64ths(log2_fixed(range as u64)) as u16;
        range += 1;
    }
    table
};

/// What a decision leads to: one table, so that one address is at hand.
struct Transitions {
    /// By the upper byte of a context variable: the one that follows the more probable symbol.
    after_mps: [u64; 256],
    /// How the one that follows the other differs from it.
    to_after_lps: [u64; 256],
    /// Ranges of less probable symbols, renormalised (RenormD), with the number of shifts from [`SHIFTS`] on.
    lps_ranges: [u32; 256],
}

/// Where the number of shifts stands above a renormalised range.
const SHIFTS: u32 = 16;

static TRANSITIONS: Transitions = {
    let mut table = Transitions { after_mps: [0; 256], to_after_lps: [0; 256], lps_ranges: [0; 256] };
    let mut i = 0;
    while i < 256 {
        let (p_state_idx, val_mps) = (i >> 1 & 63, i & 1);
        let next_mps = if p_state_idx < 62 { p_state_idx + 1 } else { p_state_idx };
        let next_val = if p_state_idx == 0 { val_mps ^ 1 } else { val_mps };
        let after_mps = ContextVariable::new(next_mps, val_mps, val_mps).0;
        let after_lps = ContextVariable::new(TRANS_IDX_LPS[p_state_idx] as usize, next_val, val_mps ^ 1).0;
        table.after_mps[i] = after_mps;
        table.to_after_lps[i] = after_mps ^ after_lps;
        if i > 0 {
            let shifts = (i as u8).leading_zeros() + 1;
            table.lps_ranges[i] = (i as u32) << shifts | shifts << SHIFTS;
        }
        i += 1;
    }
    table
};

/// transIdxLps: H.264 table 9-45, HEVC table 9-53.
#[rustfmt::skip]
const TRANS_IDX_LPS: [u8; 64] = [
    0, 0, 1, 2, 2, 4, 4, 5, 6, 7, 8, 9, 9, 11, 11, 12, 13, 13, 15, 15, 16, 16, 18, 18, 19, 19, 21, 21, 22, 22, 23, 24,
    24, 25, 26, 26, 27, 27, 28, 29, 29, 30, 30, 30, 31, 32, 32, 33, 33, 33, 34, 34, 35, 35, 35, 36, 36, 36, 37, 37, 37, 38, 38, 63,
];

/// rangeTabLps: H.264 table 9-44, HEVC table 9-52.
#[rustfmt::skip]
const RANGE_TAB_LPS: [[u8; 4]; 64] = [
    [128, 176, 208, 240], [128, 167, 197, 227], [128, 158, 187, 216], [123, 150, 178, 205], [116, 142, 169, 195], [111, 135, 160, 185],
    [105, 128, 152, 175], [100, 122, 144, 166], [95, 116, 137, 158], [90, 110, 130, 150], [85, 104, 123, 142], [81, 99, 117, 135],
    [77, 94, 111, 128], [73, 89, 105, 122], [69, 85, 100, 116], [66, 80, 95, 110], [62, 76, 90, 104], [59, 72, 86, 99],
    [56, 69, 81, 94], [53, 65, 77, 89], [51, 62, 73, 85], [48, 59, 69, 80], [46, 56, 66, 76], [43, 53, 63, 72],
    [41, 50, 59, 69], [39, 48, 56, 65], [37, 45, 54, 62], [35, 43, 51, 59], [33, 41, 48, 56], [32, 39, 46, 53],
    [30, 37, 43, 50], [29, 35, 41, 48], [27, 33, 39, 45], [26, 31, 37, 43], [24, 30, 35, 41], [23, 28, 33, 39],
    [22, 27, 32, 37], [21, 26, 30, 35], [20, 24, 29, 33], [19, 23, 27, 31], [18, 22, 26, 30], [17, 21, 25, 28],
    [16, 20, 23, 27], [15, 19, 22, 25], [14, 18, 21, 24], [14, 17, 20, 23], [13, 16, 19, 22], [12, 15, 18, 21],
    [12, 14, 17, 20], [11, 14, 16, 19], [11, 13, 15, 18], [10, 12, 15, 17], [10, 12, 14, 16], [9, 11, 13, 15],
    [9, 11, 12, 14], [8, 10, 12, 14], [8, 9, 11, 13], [7, 9, 11, 12], [7, 9, 10, 12], [7, 8, 10, 11],
    [6, 8, 9, 11], [6, 7, 9, 10], [6, 7, 8, 9], [2, 2, 2, 2],
];

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The encoder of H.264 9.3.4.2, bit by bit.
    struct Encoder {
        low: u32,
        range: u32,
        outstanding: u32,
        first: bool,
        bits: Vec<bool>,
    }

    impl Encoder {
        fn put(&mut self, bit: bool) {
            if !std::mem::take(&mut self.first) {
                self.bits.push(bit);
            }
            self.bits.extend(std::iter::repeat_n(!bit, std::mem::take(&mut self.outstanding) as usize));
        }

        fn renorm(&mut self) {
            while self.range < 256 {
                if self.low < 256 {
                    self.put(false);
                } else if self.low >= 512 {
                    self.low -= 512;
                    self.put(true);
                } else {
                    self.low -= 256;
                    self.outstanding += 1;
                }
                self.range <<= 1;
                self.low <<= 1;
            }
        }

        fn decision(&mut self, context: &mut ContextVariable, bin: bool) {
            let state = (context.0 >> 56) as usize;
            let lps = u32::from(RANGE_TAB_LPS[state >> 1 & 63][(self.range >> 6) as usize & 3]);
            self.range -= lps;
            if bin == (state & 1 == 1) {
                context.0 = TRANSITIONS.after_mps[state];
            } else {
                self.low += self.range;
                self.range = lps;
                context.0 = TRANSITIONS.after_mps[state] ^ TRANSITIONS.to_after_lps[state];
            }
            self.renorm();
        }

        fn bypass(&mut self, bin: bool) {
            self.low = (self.low << 1) + if bin { self.range } else { 0 };
            if self.low >= 1024 {
                self.low -= 1024;
                self.put(true);
            } else if self.low < 512 {
                self.put(false);
            } else {
                self.low -= 512;
                self.outstanding += 1;
            }
        }

        fn terminate(&mut self, bin: bool) {
            self.range -= 2;
            if bin {
                self.low += self.range;
                self.range = 2;
                self.renorm();
                self.put(self.low >> 9 & 1 == 1);
                self.bits.extend([self.low >> 8 & 1 == 1, true]);
            } else {
                self.renorm();
            }
        }
    }

    proptest! {
        #[test]
        fn decodes_what_was_encoded_and_ends_at_the_stop_bit(bins in prop::collection::vec((0u8..5, 0usize..4, any::<bool>(), any::<u32>(), 0u32..=32), 0..2000)) {
            let mut encoder = Encoder { low: 0, range: 510, outstanding: 0, first: true, bits: Vec::new() };
            let mut contexts = [1, 46, 96, 126].map(ContextVariable::from_pre_state);
            for &(kind, context, bin, value, n) in &bins {
                match kind {
                    0 => encoder.decision(&mut contexts[context], bin),
                    1 => encoder.bypass(bin),
                    2 => (0..n).rev().for_each(|i| encoder.bypass(value >> i & 1 == 1)),
                    3 => (0..=n).for_each(|i| encoder.bypass(i < n)),
                    _ => encoder.terminate(false),
                }
            }
            encoder.terminate(true);
            let end = encoder.bits.len();
            let data: Vec<u8> = encoder.bits.chunks(8).map(|c| c.iter().enumerate().fold(0, |byte, (i, &bit)| byte | u8::from(bit) << (7 - i))).collect();
            let mut cabac = Cabac::new(&data, 0).unwrap();
            let mut contexts = [1, 46, 96, 126].map(ContextVariable::from_pre_state);
            for &(kind, context, bin, value, n) in &bins {
                match kind {
                    0 => prop_assert_eq!(cabac.decision(&mut contexts[context]), bin),
                    1 => prop_assert_eq!(cabac.bypass(), bin),
                    2 => prop_assert_eq!(u64::from(cabac.bypass_bits(n)), u64::from(value) & ((1 << n) - 1)),
                    3 => prop_assert_eq!(cabac.bypass_ones(33), n),
                    _ => prop_assert!(!cabac.terminate()),
                }
                prop_assert!(!cabac.overrun());
            }
            prop_assert!(cabac.terminate());
            prop_assert_eq!(cabac.end_position(), end as i64);
        }
    }

    #[test]
    fn an_offset_outside_the_range_is_refused() {
        assert!(Cabac::new(&[0xfe, 0x80], 0).is_ok());
        for [first, second] in [[0xff, 0x00], [0xff, 0x80]] {
            let error = Cabac::new(&[0, first, second], 1).unwrap_err();
            assert_eq!((error.element, error.bit_offset), ("ivlOffset", Some(8)));
        }
        let mut cabac = Cabac::new(&[0x80, 0x00], 0).unwrap();
        assert_eq!(cabac.align_bypass().unwrap_err().element, "ivlOffset");
    }

    #[test]
    fn log2_is_right() {
        for range in 1..512u32 {
            let exact = f64::from(range).log2() * 64.0;
            assert!((f64::from(LOG2_RANGE[range as usize]) - exact).abs() <= 0.501, "{range}");
        }
    }
}
