//! get_scan( ) (6.4.25): the order of coefficients, with what the contexts of each depend on (9.3.2, token).

use super::transform::TxType;
use crate::tables::scans::{
    COL_SCAN_4X4, COL_SCAN_8X8, COL_SCAN_16X16, DEFAULT_SCAN_4X4, DEFAULT_SCAN_8X8, DEFAULT_SCAN_16X16, DEFAULT_SCAN_32X32,
    ROW_SCAN_4X4, ROW_SCAN_8X8, ROW_SCAN_16X16,
};
use crate::tables::sizes::TxSize;

/// One place of a scan.
#[derive(Debug, Clone, Copy)]
pub struct Position {
    pub pos: u16,
    /// The two places whose tokens say how likely this one's are: above and to the left, or one of them twice.
    pub neighbours: [u16; 2],
    /// Of the place: DC, low to high frequencies.
    pub band: u16,
}

impl Position {
    /// Which of [`super::coefficients::TokenProbs`] it has: by its band, and by the tokens of its neighbours (9.3.2).
    #[inline(always)]
    #[must_use]
    pub fn probabilities(&self, cache: &[u8; 1024]) -> usize {
        let [a, b] = self.neighbours.map(|at| cache[usize::from(at) & 1023]);
        (usize::from(self.band) * 8 + usize::from((1 + a + b) >> 1)) & 63
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScanKind {
    Default,
    Row,
    Col,
}

impl ScanKind {
    #[inline(always)]
    #[must_use]
    pub const fn of(tx_type: TxType) -> Self {
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

const fn positions<const N: usize>(scan: &[u16; N], kind: ScanKind) -> [Position; N] {
    let mut positions = [Position { pos: 0, neighbours: [0; 2], band: 5 }; N];
    let side = N.isqrt() as u16;
    let mut i = 0;
    while i < N {
        let pos = scan[i];
        let (above, left) = (pos.wrapping_sub(side), pos.wrapping_sub(1));
        positions[i].pos = pos;
        positions[i].neighbours = match (pos >= side, !pos.is_multiple_of(side), kind) {
            (false, false, _) => [0, 0],
            (true, true, ScanKind::Default) => [above, left],
            (true, false, _) | (true, true, ScanKind::Col) => [above, above],
            (false, true, _) | (true, true, ScanKind::Row) => [left, left],
        };
        if N == 16 && i < BANDS_4X4.len() {
            positions[i].band = BANDS_4X4[i];
        } else if N > 16 && i < BANDS_8X8_PLUS.len() {
            positions[i].band = BANDS_8X8_PLUS[i];
        }
        i += 1;
    }
    positions
}

static DEFAULT_4X4: [Position; 16] = positions(&DEFAULT_SCAN_4X4, ScanKind::Default);
static ROW_4X4: [Position; 16] = positions(&ROW_SCAN_4X4, ScanKind::Row);
static COL_4X4: [Position; 16] = positions(&COL_SCAN_4X4, ScanKind::Col);
static DEFAULT_8X8: [Position; 64] = positions(&DEFAULT_SCAN_8X8, ScanKind::Default);
static ROW_8X8: [Position; 64] = positions(&ROW_SCAN_8X8, ScanKind::Row);
static COL_8X8: [Position; 64] = positions(&COL_SCAN_8X8, ScanKind::Col);
static DEFAULT_16X16: [Position; 256] = positions(&DEFAULT_SCAN_16X16, ScanKind::Default);
static ROW_16X16: [Position; 256] = positions(&ROW_SCAN_16X16, ScanKind::Row);
static COL_16X16: [Position; 256] = positions(&COL_SCAN_16X16, ScanKind::Col);
static DEFAULT_32X32: [Position; 1024] = positions(&DEFAULT_SCAN_32X32, ScanKind::Default);

/// The scan of a transform.
#[inline(always)]
#[must_use]
pub fn scan(tx_size: TxSize, kind: ScanKind) -> &'static [Position] {
    match (tx_size, kind) {
        (TxSize::T4x4, ScanKind::Default) => &DEFAULT_4X4,
        (TxSize::T4x4, ScanKind::Row) => &ROW_4X4,
        (TxSize::T4x4, ScanKind::Col) => &COL_4X4,
        (TxSize::T8x8, ScanKind::Default) => &DEFAULT_8X8,
        (TxSize::T8x8, ScanKind::Row) => &ROW_8X8,
        (TxSize::T8x8, ScanKind::Col) => &COL_8X8,
        (TxSize::T16x16, ScanKind::Default) => &DEFAULT_16X16,
        (TxSize::T16x16, ScanKind::Row) => &ROW_16X16,
        (TxSize::T16x16, ScanKind::Col) => &COL_16X16,
        (TxSize::T32x32, _) => &DEFAULT_32X32,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_come_before_what_depends_on_them() {
        for tx_size in [TxSize::T4x4, TxSize::T8x8, TxSize::T16x16, TxSize::T32x32] {
            for kind in [ScanKind::Default, ScanKind::Row, ScanKind::Col] {
                let positions = scan(tx_size, kind);
                let mut seen = vec![false; positions.len()];
                for (i, position) in positions.iter().enumerate() {
                    let known = position.neighbours.iter().all(|&at| seen[usize::from(at)]);
                    assert!(known || i == 0, "{tx_size:?} {kind:?} {i}");
                    seen[usize::from(position.pos)] = true;
                }
                assert!(positions.windows(2).all(|pair| pair[0].band <= pair[1].band));
            }
        }
    }
}
