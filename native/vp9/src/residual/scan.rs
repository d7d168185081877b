//! get_scan( ) (6.4.25): the order of coefficients, with what the contexts of each depend on (9.3.2, token).

use super::transform::TxType;
use crate::tables::scans::{
    COL_SCAN_4X4, COL_SCAN_8X8, COL_SCAN_16X16, DEFAULT_SCAN_4X4, DEFAULT_SCAN_8X8, DEFAULT_SCAN_16X16, DEFAULT_SCAN_32X32,
    ROW_SCAN_4X4, ROW_SCAN_8X8, ROW_SCAN_16X16,
};
use crate::tables::sizes::TxSize;

/// TokenCache (9.3.2): how large the coefficients so far are, by place.
pub(crate) type TokenCache = [u8; 1024];

/// One place of a scan. Places of transforms up to 16x16 fit a byte.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Position<P> {
    pub(crate) pos: P,
    /// The two places whose tokens say how likely this one's are: above and to the left, or one of them twice.
    pub(crate) neighbours: [P; 2],
    /// Of the place: DC, low to high frequencies. Eight times that.
    pub(crate) band8: P,
}

impl<P: Copy + Into<usize>> Position<P> {
    /// Which of [`super::models::TokenModels`] it has: by its band, and by the tokens of its neighbours (9.3.2).
    #[inline(always)]
    #[must_use]
    pub(crate) fn model<const N: usize>(&self, cache: &[u8; N]) -> usize {
        let [a, b] = self.neighbours.map(|at| usize::from(cache[at.into() & (N - 1)]));
        (self.band8.into() + ((1 + a + b) >> 1)) & 63
    }
}

/// The order of a transform's coefficients.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Scan {
    /// Up to 16x16.
    Small(&'static [Position<u8>]),
    /// 32x32.
    Large(&'static [Position<u16>; 1024]),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ScanKind {
    Default,
    Row,
    Col,
}

impl ScanKind {
    #[inline(always)]
    #[must_use]
    pub(crate) const fn of(tx_type: TxType) -> Self {
        match tx_type {
            TxType::AdstDct => Self::Row,
            TxType::DctAdst => Self::Col,
            TxType::DctDct | TxType::AdstAdst | TxType::WhtWht => Self::Default,
        }
    }
}

/// coefband_4x4 and coefband_8x8plus (6.4.24), as far as they are not 5.
const BANDS_4X4: [u16; 13] = [0, 1, 1, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4];
const BANDS_8X8_PLUS: [u16; 21] = [0, 1, 1, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4];

/// Position by position, in as wide numbers as they take.
macro_rules! positions {
    ($scan:expr, $kind:expr, $place:ty) => {{
        const N: usize = $scan.len();
        let mut positions = [Position { pos: 0, neighbours: [0; 2], band8: 40 }; N];
        let side = N.isqrt() as u16;
        let mut i = 0;
        while i < N {
            let pos = $scan[i];
            let (above, left) = (pos.wrapping_sub(side) as $place, pos.wrapping_sub(1) as $place);
            positions[i].pos = pos as $place;
            positions[i].neighbours = match (pos >= side, !pos.is_multiple_of(side), $kind) {
                (false, false, _) => [0, 0],
                (true, true, ScanKind::Default) => [above, left],
                (true, false, _) | (true, true, ScanKind::Col) => [above, above],
                (false, true, _) | (true, true, ScanKind::Row) => [left, left],
            };
            if N == 16 && i < BANDS_4X4.len() {
                positions[i].band8 = 8 * BANDS_4X4[i] as $place;
            } else if N > 16 && i < BANDS_8X8_PLUS.len() {
                positions[i].band8 = 8 * BANDS_8X8_PLUS[i] as $place;
            }
            i += 1;
        }
        positions
    }};
}

static DEFAULT_4X4: [Position<u8>; 16] = positions!(DEFAULT_SCAN_4X4, ScanKind::Default, u8);
static ROW_4X4: [Position<u8>; 16] = positions!(ROW_SCAN_4X4, ScanKind::Row, u8);
static COL_4X4: [Position<u8>; 16] = positions!(COL_SCAN_4X4, ScanKind::Col, u8);
static DEFAULT_8X8: [Position<u8>; 64] = positions!(DEFAULT_SCAN_8X8, ScanKind::Default, u8);
static ROW_8X8: [Position<u8>; 64] = positions!(ROW_SCAN_8X8, ScanKind::Row, u8);
static COL_8X8: [Position<u8>; 64] = positions!(COL_SCAN_8X8, ScanKind::Col, u8);
static DEFAULT_16X16: [Position<u8>; 256] = positions!(DEFAULT_SCAN_16X16, ScanKind::Default, u8);
static ROW_16X16: [Position<u8>; 256] = positions!(ROW_SCAN_16X16, ScanKind::Row, u8);
static COL_16X16: [Position<u8>; 256] = positions!(COL_SCAN_16X16, ScanKind::Col, u8);
static DEFAULT_32X32: [Position<u16>; 1024] = positions!(DEFAULT_SCAN_32X32, ScanKind::Default, u16);

/// The scan of a transform.
#[inline(always)]
#[must_use]
pub(crate) fn scan(tx_size: TxSize, kind: ScanKind) -> Scan {
    match (tx_size, kind) {
        (TxSize::T4x4, ScanKind::Default) => Scan::Small(&DEFAULT_4X4),
        (TxSize::T4x4, ScanKind::Row) => Scan::Small(&ROW_4X4),
        (TxSize::T4x4, ScanKind::Col) => Scan::Small(&COL_4X4),
        (TxSize::T8x8, ScanKind::Default) => Scan::Small(&DEFAULT_8X8),
        (TxSize::T8x8, ScanKind::Row) => Scan::Small(&ROW_8X8),
        (TxSize::T8x8, ScanKind::Col) => Scan::Small(&COL_8X8),
        (TxSize::T16x16, ScanKind::Default) => Scan::Small(&DEFAULT_16X16),
        (TxSize::T16x16, ScanKind::Row) => Scan::Small(&ROW_16X16),
        (TxSize::T16x16, ScanKind::Col) => Scan::Small(&COL_16X16),
        (TxSize::T32x32, _) => Scan::Large(&DEFAULT_32X32),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_causal<P: Copy + Into<usize>>(positions: &[Position<P>]) -> bool {
        let mut seen = vec![false; positions.len()];
        let known = positions.iter().enumerate().all(|(i, position)| {
            let known = i == 0 || position.neighbours.iter().all(|&at| seen[at.into()]);
            seen[position.pos.into()] = true;
            known
        });
        known && positions.windows(2).all(|pair| pair[0].band8.into() <= pair[1].band8.into())
    }

    #[test]
    fn neighbours_come_before_what_depends_on_them() {
        for tx_size in [TxSize::T4x4, TxSize::T8x8, TxSize::T16x16, TxSize::T32x32] {
            for kind in [ScanKind::Default, ScanKind::Row, ScanKind::Col] {
                let is_right = match scan(tx_size, kind) {
                    Scan::Small(positions) => is_causal(positions),
                    Scan::Large(positions) => is_causal(positions),
                };
                assert!(is_right, "{tx_size:?} {kind:?}");
            }
        }
    }
}
