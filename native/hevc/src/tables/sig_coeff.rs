//! sigCtx of sig_coeff_flag (9.3.4.2.5) by scanIdx and position in the scan of a sub-block.

use super::scan::COEFFICIENTS;

type ByPosition = [u8; 16];

/// One context for all positions.
pub(crate) static SIG_CTX_SINGLE: ByPosition = [0; 16];

/// ctxIdxMap: table 9-50. The last position needs none.
const CTX_IDX_MAP: [u8; 16] = [0, 1, 4, 5, 2, 3, 4, 5, 6, 6, 8, 8, 7, 7, 8, 8];

/// 4x4 blocks.
pub(crate) static SIG_CTX_4X4: [ByPosition; 4] = {
    let mut table = [[0; 16]; 4];
    let mut scan = 0;
    while scan < 4 {
        let mut n = 0;
        while n < 16 {
            let (x, y) = COEFFICIENTS[scan][n];
            table[scan][n] = CTX_IDX_MAP[(y as usize) * 4 + x as usize];
            n += 1;
        }
        scan += 1;
    }
    table
};

/// Larger blocks, by csbfCtx: 1 where the sub-block to the right is coded, plus 2 where the one below is.
pub(crate) static SIG_CTX_PATTERN: [[ByPosition; 4]; 4] = {
    let mut table = [[[0; 16]; 4]; 4];
    let mut pattern = 0;
    while pattern < 4 {
        let mut scan = 0;
        while scan < 4 {
            let mut n = 0;
            while n < 16 {
                let (x, y) = COEFFICIENTS[scan][n];
                table[pattern][scan][n] = sig_ctx(pattern, x, y);
                n += 1;
            }
            scan += 1;
        }
        pattern += 1;
    }
    table
};

const fn sig_ctx(pattern: usize, x: u8, y: u8) -> u8 {
    match pattern {
        0 if x + y == 0 => 2,
        0 if x + y < 3 => 1,
        1 if y < 2 => 2 - y,
        2 if x < 2 => 2 - x,
        3 => 2,
        _ => 0,
    }
}
