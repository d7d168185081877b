//! Scan orders with what depends on position alone (5.11.41, 8.3.2).

use std::sync::LazyLock;

use super::transform::TxClass;
use crate::sizes::TxSize;
use crate::tables::scans as table;
use crate::tables::transforms::{COEFF_BASE_CTX_OFFSET, COEFF_BASE_POS_CTX_OFFSET};

/// Length of the rows in which what contexts depend on is kept: levels count for up to four units before the first column.
pub(crate) const STRIDE: usize = 36;

/// One position of a scan.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Position {
    /// In rows of [`STRIDE`].
    pub(crate) padded: u16,
    /// What position adds to the context of coeff_base.
    pub(crate) base_ctx: u8,
    /// What position adds to the context of coeff_br.
    pub(crate) br_ctx: u8,
}

/// The scan of one transform size and class.
#[derive(Debug)]
pub(crate) struct Scan {
    pub(crate) positions: Vec<Position>,
    /// Length of the transform's rows, as far as they are coded.
    pub(crate) width: usize,
}

/// Scans by transform size and class; those that cannot be coded are the default scan's.
#[derive(Debug)]
pub(crate) struct Scans([[Scan; 3]; 19]);

impl Scans {
    #[inline]
    #[must_use]
    pub(crate) fn get(&self, tx_size: TxSize, class: TxClass) -> &Scan {
        &self.0[tx_size as usize][class as usize]
    }

    /// All scans, made once.
    #[must_use]
    pub(crate) fn all() -> &'static Self {
        static SCANS: LazyLock<Scans> =
            LazyLock::new(|| Scans(TxSize::ALL.map(|tx_size| TxClass::ALL.map(|class| scan(tx_size, class)))));
        &SCANS
    }
}

/// get_default_scan( ) (5.11.41) of an adjusted transform size.
fn default_scan(tx_size: TxSize) -> &'static [u16] {
    match tx_size {
        TxSize::T4x4 => &table::DEFAULT_SCAN_4X4,
        TxSize::T4x8 => &table::DEFAULT_SCAN_4X8,
        TxSize::T8x4 => &table::DEFAULT_SCAN_8X4,
        TxSize::T8x8 => &table::DEFAULT_SCAN_8X8,
        TxSize::T8x16 => &table::DEFAULT_SCAN_8X16,
        TxSize::T16x8 => &table::DEFAULT_SCAN_16X8,
        TxSize::T16x16 => &table::DEFAULT_SCAN_16X16,
        TxSize::T16x32 => &table::DEFAULT_SCAN_16X32,
        TxSize::T32x16 => &table::DEFAULT_SCAN_32X16,
        TxSize::T4x16 => &table::DEFAULT_SCAN_4X16,
        TxSize::T16x4 => &table::DEFAULT_SCAN_16X4,
        TxSize::T8x32 => &table::DEFAULT_SCAN_8X32,
        TxSize::T32x8 => &table::DEFAULT_SCAN_32X8,
        _ => &table::DEFAULT_SCAN_32X32,
    }
}

/// get_scan( ) (5.11.41). Row scans count along the rows, column scans along the columns.
fn scan(tx_size: TxSize, class: TxClass) -> Scan {
    let adjusted = tx_size.adjusted();
    let (width, height) = (usize::from(adjusted.width()), usize::from(adjusted.height()));
    let order: Vec<usize> = match class {
        TxClass::Vertical => (0..width * height).collect(),
        TxClass::Horizontal => (0..width * height).map(|i| (i % height) * width + i / height).collect(),
        TxClass::TwoD => default_scan(adjusted).iter().map(|&pos| usize::from(pos)).collect(),
    };
    let positions = order.into_iter().map(|pos| position(tx_size, class, pos / width, pos % width)).collect();
    Scan { positions, width }
}

/// The contexts of coeff_base and coeff_br (8.3.2), as far as position decides them.
fn position(tx_size: TxSize, class: TxClass, row: usize, col: usize) -> Position {
    let base_ctx = match class {
        TxClass::Vertical => COEFF_BASE_POS_CTX_OFFSET[row.min(2)],
        TxClass::Horizontal => COEFF_BASE_POS_CTX_OFFSET[col.min(2)],
        TxClass::TwoD => COEFF_BASE_CTX_OFFSET[tx_size as usize][row.min(4)][col.min(4)],
    };
    let near = match class {
        TxClass::Vertical => row == 0,
        TxClass::Horizontal => col == 0,
        TxClass::TwoD => row < 2 && col < 2,
    };
    let br_ctx = if row == 0 && col == 0 {
        0
    } else if near {
        7
    } else {
        14
    };
    Position { padded: (row * STRIDE + col) as u16, base_ctx, br_ctx }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn row_and_column_scans_are_the_standards() {
        let check = |tx_size: TxSize, class: TxClass, table: &[u16]| {
            let scan = Scans::all().get(tx_size, class);
            let positions: Vec<u16> = scan
                .positions
                .iter()
                .map(|p| (usize::from(p.padded) / STRIDE * scan.width + usize::from(p.padded) % STRIDE) as u16)
                .collect();
            assert_eq!(positions, table);
        };
        check(TxSize::T4x4, TxClass::Vertical, &table::MROW_SCAN_4X4);
        check(TxSize::T4x4, TxClass::Horizontal, &table::MCOL_SCAN_4X4);
        check(TxSize::T4x8, TxClass::Vertical, &table::MROW_SCAN_4X8);
        check(TxSize::T4x8, TxClass::Horizontal, &table::MCOL_SCAN_4X8);
        check(TxSize::T8x4, TxClass::Vertical, &table::MROW_SCAN_8X4);
        check(TxSize::T8x4, TxClass::Horizontal, &table::MCOL_SCAN_8X4);
        check(TxSize::T8x8, TxClass::Vertical, &table::MROW_SCAN_8X8);
        check(TxSize::T8x8, TxClass::Horizontal, &table::MCOL_SCAN_8X8);
        check(TxSize::T8x16, TxClass::Vertical, &table::MROW_SCAN_8X16);
        check(TxSize::T8x16, TxClass::Horizontal, &table::MCOL_SCAN_8X16);
        check(TxSize::T16x8, TxClass::Vertical, &table::MROW_SCAN_16X8);
        check(TxSize::T16x8, TxClass::Horizontal, &table::MCOL_SCAN_16X8);
        check(TxSize::T16x16, TxClass::Vertical, &table::MROW_SCAN_16X16);
        check(TxSize::T16x16, TxClass::Horizontal, &table::MCOL_SCAN_16X16);
        check(TxSize::T4x16, TxClass::Vertical, &table::MROW_SCAN_4X16);
        check(TxSize::T4x16, TxClass::Horizontal, &table::MCOL_SCAN_4X16);
        check(TxSize::T16x4, TxClass::Vertical, &table::MROW_SCAN_16X4);
        check(TxSize::T16x4, TxClass::Horizontal, &table::MCOL_SCAN_16X4);
        check(TxSize::T16x32, TxClass::TwoD, &table::DEFAULT_SCAN_16X32);
    }

    #[test]
    fn every_scan_visits_every_position_once() {
        for tx_size in TxSize::ALL {
            for class in TxClass::ALL {
                let scan = Scans::all().get(tx_size, class);
                let mut positions: Vec<u16> = scan.positions.iter().map(|p| p.padded).collect();
                assert_eq!(positions.first(), Some(&0));
                positions.sort_unstable();
                positions.dedup();
                assert_eq!(positions.len(), scan.positions.len());
            }
        }
    }
}
