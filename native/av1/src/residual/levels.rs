//! Where the coefficients of a transform block stand while they are read (5.11.39).

use super::scan::STRIDE;

/// Room for every masked position with every offset.
pub(super) const PLACES: usize = 4096;
/// Positions are below: 32 rows of 36.
pub(super) const POSITIONS: usize = 2048;
/// How far before itself a level counts for contexts.
pub(super) const REACH: usize = 4 * STRIDE;
/// The most coefficients that a transform block codes: 32x32.
pub(super) const MAX_COEFFICIENTS: usize = 1024;

/// What the coefficients of one transform block pass through.
#[derive(Debug)]
pub(crate) struct Levels(pub(super) Box<Quant>);

#[derive(Debug)]
pub(super) struct Quant {
    /// Quant without the golomb codes; all 0 between transform blocks.
    pub(super) levels: [u8; PLACES],
    /// The sums that the contexts of coeff_base follow from, by position after [`REACH`]: what was read of a transform block
    /// has added to those of the positions still to be read, and to places before rows that are never read. All others are 0.
    pub(super) sums: [u8; PLACES],
    /// The positions of coefficients that are not 0, the last of the scan first.
    pub(super) coded: [u16; MAX_COEFFICIENTS],
    pub(super) count: usize,
}

impl Default for Levels {
    fn default() -> Self {
        Self(Box::new(Quant { levels: [0; PLACES], sums: [0; PLACES], coded: [0; MAX_COEFFICIENTS], count: 0 }))
    }
}

/// Positions of the largest scan fit.
const _: () = assert!(31 * STRIDE + 31 < POSITIONS && POSITIONS + REACH < PLACES);
