//! Scans of transform blocks: H.264 tables 8-2 (4x4), 8-13 and 8-14 (8x8, 6.4.13 and 8.5.7), and the order of 4x4 blocks (6.4.3).
//!
//! Every position is row * width + column.

/// Columns and rows of a zig-zag or field scan, as raster positions.
#[derive(Debug)]
pub(crate) struct Scans {
    pub(crate) scan4x4: [u8; 16],
    pub(crate) scan8x8: [u8; 64],
}

/// The zig-zag scans (frame macroblocks) and the field scans (field macroblocks).
pub(crate) static SCANS: [Scans; 2] =
    [Scans { scan4x4: ZIGZAG_4X4, scan8x8: ZIGZAG_8X8 }, Scans { scan4x4: FIELD_4X4, scan8x8: FIELD_8X8 }];

pub(crate) const ZIGZAG_4X4: [u8; 16] = zigzag::<4, 16>();
pub(crate) const ZIGZAG_8X8: [u8; 64] = zigzag::<8, 64>();

/// Up and down the diagonals, beginning to the right.
const fn zigzag<const WIDTH: usize, const SIZE: usize>() -> [u8; SIZE] {
    let mut scan = [0; SIZE];
    let mut next = 0;
    let mut diagonal = 0;
    while diagonal < 2 * WIDTH - 1 {
        let mut step = 0;
        while step <= diagonal {
            let (row, column) = if diagonal % 2 == 0 { (diagonal - step, step) } else { (step, diagonal - step) };
            if row < WIDTH && column < WIDTH {
                scan[next] = (row * WIDTH + column) as u8;
                next += 1;
            }
            step += 1;
        }
        diagonal += 1;
    }
    scan
}

#[rustfmt::skip]
const FIELD_4X4: [u8; 16] = [0, 4, 1, 8, 12, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15];

#[rustfmt::skip]
const FIELD_8X8: [u8; 64] = [
     0,  8, 16,  1,  9, 24, 32, 17,  2, 25, 40, 48, 56, 33, 10,  3,
    18, 41, 49, 57, 26, 11,  4, 19, 34, 42, 50, 58, 27, 12,  5, 20,
    35, 43, 51, 59, 28, 13,  6, 21, 36, 44, 52, 60, 29, 14, 22, 37,
    45, 53, 61, 30,  7, 15, 38, 46, 54, 62, 23, 31, 39, 47, 55, 63,
];

/// Raster position (row * 4 + column) of the 4x4 block with an index in decoding order (6.4.3); its own inverse.
pub(crate) const RASTER_OF_BLOCK: [u8; 16] = [0, 1, 4, 5, 2, 3, 6, 7, 8, 9, 12, 13, 10, 11, 14, 15];

#[cfg(test)]
mod tests {
    use super::*;

    fn is_permutation(scan: &[u8]) -> bool {
        let mut seen = scan.to_vec();
        seen.sort_unstable();
        seen.iter().enumerate().all(|(i, &position)| i == position as usize)
    }

    #[test]
    fn scans_visit_every_position_once() {
        for scans in &SCANS {
            assert!(is_permutation(&scans.scan4x4));
            assert!(is_permutation(&scans.scan8x8));
        }
        assert!(is_permutation(&RASTER_OF_BLOCK));
    }

    #[test]
    fn zigzag_begins_to_the_right() {
        assert_eq!(ZIGZAG_4X4[..6], [0, 1, 4, 8, 5, 2]);
        assert_eq!(ZIGZAG_8X8[..8], [0, 1, 8, 16, 9, 2, 3, 10]);
    }
}
