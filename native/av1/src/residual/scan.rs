//! Scan orders with what depends on position alone (5.11.41, 8.3.2).

use std::sync::LazyLock;

use crate::tables::scans as table;
use crate::tables::sizes::{
    ADJUSTED_TX_SIZE, TX_4X4, TX_4X8, TX_4X16, TX_8X4, TX_8X8, TX_8X16, TX_8X32, TX_16X4, TX_16X8, TX_16X16, TX_16X32, TX_32X8,
    TX_32X16, TX_HEIGHT, TX_WIDTH,
};
use crate::tables::transforms::{COEFF_BASE_CTX_OFFSET, COEFF_BASE_POS_CTX_OFFSET};

/// get_tx_class( ) (8.3.2).
pub const TX_CLASS_2D: usize = 0;
pub const TX_CLASS_HORIZ: usize = 1;
pub const TX_CLASS_VERT: usize = 2;

/// Length of the rows in which what contexts depend on is kept: levels count for up to four units before the first column.
pub const STRIDE: usize = 36;

/// One position of a scan.
#[derive(Debug, Clone, Copy)]
pub struct Position {
    /// In rows of [`STRIDE`].
    pub padded: u16,
    /// What position adds to the context of coeff_base.
    pub base_ctx: u8,
    /// What position adds to the context of coeff_br.
    pub br_ctx: u8,
}

/// The scan of one transform size and class.
#[derive(Debug)]
pub struct Scan {
    pub positions: Vec<Position>,
    /// Length of the transform's rows, as far as they are coded.
    pub width: usize,
}

/// Scans by transform size and class; those that cannot be coded are the default scan's.
#[derive(Debug)]
pub struct Scans([[Scan; 3]; 19]);

impl Scans {
    #[inline]
    #[must_use]
    pub fn get(&self, tx_size: u8, class: usize) -> &Scan {
        &self.0[usize::from(tx_size.min(18))][class]
    }

    /// All scans, made once.
    #[must_use]
    pub fn all() -> &'static Self {
        static SCANS: LazyLock<Scans> =
            LazyLock::new(|| Scans(std::array::from_fn(|tx_size| std::array::from_fn(|class| scan(tx_size as u8, class)))));
        &SCANS
    }
}

/// get_tx_class( ) (8.3.2).
#[inline]
#[must_use]
pub const fn tx_class(tx_type: u8) -> usize {
    match tx_type {
        10 | 12 | 14 => TX_CLASS_VERT,
        11 | 13 | 15 => TX_CLASS_HORIZ,
        _ => TX_CLASS_2D,
    }
}

/// get_default_scan( ) (5.11.41) of an adjusted transform size.
fn default_scan(tx_size: u8) -> &'static [u16] {
    match tx_size {
        TX_4X4 => &table::DEFAULT_SCAN_4X4,
        TX_4X8 => &table::DEFAULT_SCAN_4X8,
        TX_8X4 => &table::DEFAULT_SCAN_8X4,
        TX_8X8 => &table::DEFAULT_SCAN_8X8,
        TX_8X16 => &table::DEFAULT_SCAN_8X16,
        TX_16X8 => &table::DEFAULT_SCAN_16X8,
        TX_16X16 => &table::DEFAULT_SCAN_16X16,
        TX_16X32 => &table::DEFAULT_SCAN_16X32,
        TX_32X16 => &table::DEFAULT_SCAN_32X16,
        TX_4X16 => &table::DEFAULT_SCAN_4X16,
        TX_16X4 => &table::DEFAULT_SCAN_16X4,
        TX_8X32 => &table::DEFAULT_SCAN_8X32,
        TX_32X8 => &table::DEFAULT_SCAN_32X8,
        _ => &table::DEFAULT_SCAN_32X32,
    }
}

/// get_scan( ) (5.11.41). Row scans count along the rows, column scans along the columns.
fn scan(tx_size: u8, class: usize) -> Scan {
    let adjusted = ADJUSTED_TX_SIZE[usize::from(tx_size)];
    let (width, height) = (usize::from(TX_WIDTH[usize::from(adjusted)]), usize::from(TX_HEIGHT[usize::from(adjusted)]));
    let order: Vec<usize> = match class {
        TX_CLASS_VERT => (0..width * height).collect(),
        TX_CLASS_HORIZ => (0..width * height).map(|i| (i % height) * width + i / height).collect(),
        _ => default_scan(adjusted).iter().map(|&pos| usize::from(pos)).collect(),
    };
    let positions = order.into_iter().map(|pos| position(tx_size, class, pos / width, pos % width)).collect();
    Scan { positions, width }
}

/// The contexts of coeff_base and coeff_br (8.3.2), as far as position decides them.
fn position(tx_size: u8, class: usize, row: usize, col: usize) -> Position {
    let base_ctx = match class {
        TX_CLASS_VERT => COEFF_BASE_POS_CTX_OFFSET[row.min(2)],
        TX_CLASS_HORIZ => COEFF_BASE_POS_CTX_OFFSET[col.min(2)],
        _ => COEFF_BASE_CTX_OFFSET[usize::from(tx_size)][row.min(4)][col.min(4)],
    };
    let near = match class {
        TX_CLASS_VERT => row == 0,
        TX_CLASS_HORIZ => col == 0,
        _ => row < 2 && col < 2,
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
        let check = |tx_size: u8, class: usize, table: &[u16]| {
            let scan = Scans::all().get(tx_size, class);
            let positions: Vec<u16> = scan
                .positions
                .iter()
                .map(|p| (usize::from(p.padded) / STRIDE * scan.width + usize::from(p.padded) % STRIDE) as u16)
                .collect();
            assert_eq!(positions, table);
        };
        check(TX_4X4, TX_CLASS_VERT, &table::MROW_SCAN_4X4);
        check(TX_4X4, TX_CLASS_HORIZ, &table::MCOL_SCAN_4X4);
        check(TX_4X8, TX_CLASS_HORIZ, &table::MCOL_SCAN_4X8);
        check(TX_8X4, TX_CLASS_HORIZ, &table::MCOL_SCAN_8X4);
        check(TX_16X8, TX_CLASS_VERT, &table::MROW_SCAN_16X8);
        check(TX_16X8, TX_CLASS_HORIZ, &table::MCOL_SCAN_16X8);
        check(TX_4X16, TX_CLASS_HORIZ, &table::MCOL_SCAN_4X16);
        check(TX_16X16, TX_CLASS_HORIZ, &table::MCOL_SCAN_16X16);
        check(TX_16X32, TX_CLASS_2D, &table::DEFAULT_SCAN_16X32);
    }

    #[test]
    fn every_scan_visits_every_position_once() {
        for tx_size in 0..19 {
            for class in 0..3 {
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
