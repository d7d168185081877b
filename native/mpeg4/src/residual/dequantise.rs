//! Inverse quantisation: 7.4.4.

use codecorpus_mpeg::quantiser::{Matrix, scanned, square_of_saturated};
use codecorpus_mpeg::tables::{ALTERNATE_HORIZONTAL, ALTERNATE_VERTICAL, ZIGZAG};

/// The order of coefficients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scan {
    Zigzag,
    Horizontal,
    Vertical,
}

impl Scan {
    #[inline]
    pub(crate) const fn table(self) -> &'static [u8; 64] {
        match self {
            Self::Zigzag => &ZIGZAG,
            Self::Horizontal => &ALTERNATE_HORIZONTAL,
            Self::Vertical => &ALTERNATE_VERTICAL,
        }
    }
}

/// Quantiser matrices in the order of each scan.
#[derive(Debug)]
pub(crate) struct Weights {
    /// Of intra blocks, by [`Scan`].
    intra: [[u16; 64]; 3],
    intra_raster: [u16; 64],
    /// Of others, by whether the scan is alternate vertical.
    inter: [[u16; 64]; 2],
}

impl Weights {
    #[must_use]
    pub(crate) fn new([intra, inter]: &[Matrix; 2]) -> Self {
        Self {
            intra: [Scan::Zigzag, Scan::Horizontal, Scan::Vertical].map(|scan| scanned(intra, scan.table())),
            intra_raster: intra.map(u16::from),
            inter: [&ZIGZAG, &ALTERNATE_VERTICAL].map(|scan| scanned(inter, scan)),
        }
    }
}

/// What levels become, squared.
pub(crate) trait Dequantise: Copy {
    /// Of a level that is not zero, by its index in the scan.
    fn square_of_coded(self, level: i32, index: usize) -> u32;

    /// Of any level, by its raster index.
    fn square_at(self, level: i32, raster: usize) -> u32;
}

/// 7.4.4.2.
#[derive(Debug, Clone, Copy)]
pub(crate) struct H263 {
    twice: i32,
    add: i32,
}

impl H263 {
    #[inline(always)]
    pub(crate) const fn new(quantiser_scale: u32) -> Self {
        let scale = quantiser_scale as i32;
        Self { twice: 2 * scale, add: scale - (scale & 1 ^ 1) }
    }
}

impl Dequantise for H263 {
    #[inline(always)]
    fn square_of_coded(self, level: i32, _: usize) -> u32 {
        let magnitude = self.twice * level.abs() + self.add;
        square_of_saturated(if level < 0 { -magnitude } else { magnitude })
    }

    fn square_at(self, level: i32, raster: usize) -> u32 {
        if level == 0 { 0 } else { self.square_of_coded(level, raster) }
    }
}

/// 7.4.4.1.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mpeg<'a> {
    weights: &'a [u16; 64],
    raster: &'a [u16; 64],
    scale: i32,
    /// k: 1 but in intra blocks.
    add: i32,
}

impl<'a> Mpeg<'a> {
    #[inline(always)]
    pub(crate) const fn inter(weights: &'a Weights, vertical: bool, quantiser_scale: u32) -> Self {
        let inter = &weights.inter[vertical as usize];
        Self { weights: inter, raster: inter, scale: quantiser_scale as i32, add: 1 }
    }

    #[inline(always)]
    pub(crate) const fn intra(weights: &'a Weights, scan: Scan, quantiser_scale: u32) -> Self {
        Self { weights: &weights.intra[scan as usize], raster: &weights.intra_raster, scale: quantiser_scale as i32, add: 0 }
    }

    #[inline(always)]
    fn square(self, level: i32, weight: u16) -> u32 {
        let magnitude = ((2 * level.abs() + self.add) * i32::from(weight) * self.scale) >> 4;
        square_of_saturated(if level < 0 { -magnitude } else { magnitude })
    }
}

impl Dequantise for Mpeg<'_> {
    #[inline(always)]
    fn square_of_coded(self, level: i32, index: usize) -> u32 {
        self.square(level, self.weights[index & 63])
    }

    fn square_at(self, level: i32, raster: usize) -> u32 {
        if level == 0 { 0 } else { self.square(level, self.raster[raster & 63]) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn h263_steps_are_twice_the_scale() {
        let magnitude = |scale, level| f64::from(H263::new(scale).square_of_coded(level, 0)).sqrt();
        assert_eq!([1, 2, -3].map(|level| magnitude(5, level)), [15.0, 25.0, 35.0]);
        assert_eq!([1, -2, 3].map(|level| magnitude(6, level)), [17.0, 29.0, 41.0]);
        assert_eq!([200, -200].map(|level| magnitude(31, level)), [2047.0, 2048.0]);
    }

    #[test]
    fn mpeg_steps_are_twice_the_scale_under_weights_of_16() {
        let weights = Weights::new(&[[16; 64], [16; 64]]);
        assert_eq!(Mpeg::intra(&weights, Scan::Zigzag, 5).square_of_coded(3, 7), 30 * 30);
        assert_eq!(Mpeg::inter(&weights, false, 5).square_of_coded(-3, 7), 35 * 35);
    }
}
