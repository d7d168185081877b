//! Fractional bits: how much of the bitstream a syntax element took.

use std::iter::Sum;
use std::ops::{Add, AddAssign, Sub};

/// An amount, or a position, of information in units of 2^-16 bits.
///
/// Positions are integers, so that differences of positions sum exactly to the whole.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Information(pub i64);

impl Information {
    #[must_use]
    pub const fn from_bits(bits: u64) -> Self {
        Self((bits as i64) << 16)
    }

    /// A position: whole bits that were read, less log2 of the arithmetic decoder's range in units of 2^-16 bits.
    ///
    /// log2 is taken to the nearest 1/64 bit. Sums stay exact, and columns of differences compress half as large.
    #[inline(always)]
    #[must_use]
    pub const fn of_range(bits: i64, log2_range: u32) -> Self {
        Self::of_rounded_range(bits, to_64ths(log2_range))
    }

    /// As [`Information::of_range`], of a log2 that [`to_64ths`] has rounded.
    #[inline(always)]
    #[must_use]
    pub const fn of_rounded_range(bits: i64, log2_range: u32) -> Self {
        Self((bits << 16) - ((log2_range as i64) << 10))
    }

    #[must_use]
    pub fn bits(self) -> f64 {
        self.0 as f64 / 65536.0
    }

    #[must_use]
    pub fn bits_f32(self) -> f32 {
        self.0 as f32 / 65536.0
    }
}

/// Units of 2^-16 bits to the nearest of 1/64 bit.
#[inline(always)]
#[must_use]
pub const fn to_64ths(log2_range: u32) -> u32 {
    (log2_range + (1 << 9)) >> 10
}

/// log2( x ) in units of 2^-16 bits, by squaring.
#[must_use]
pub const fn log2_fixed(x: u64) -> u32 {
    let whole = 63 - x.leading_zeros();
    let mut mantissa = (x << 32) >> whole; // 1.32 fixed point
    let mut result = whole;
    let mut i = 0;
    while i < 17 {
        mantissa = ((mantissa as u128 * mantissa as u128) >> 32) as u64;
        result <<= 1;
        if mantissa >= 2 << 32 {
            mantissa >>= 1;
            result |= 1;
        }
        i += 1;
    }
    (result + 1) >> 1
}

impl Add for Information {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl Sub for Information {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl AddAssign for Information {
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
    }
}

impl Sum for Information {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self::default(), Add::add)
    }
}
