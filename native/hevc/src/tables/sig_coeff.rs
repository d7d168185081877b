//! Context variables of sig_coeff_flag (9.3.4.2.5).

use super::contexts::SIG_COEFF_FLAG;
use super::scan::COEFFICIENTS;

/// By position in the scan of a sub-block.
pub(crate) type ByPosition = [u8; 16];

/// By csbfCtx: 1 where the sub-block to the right is coded, plus 2 where the one below is.
pub(crate) type ByPattern = [ByPosition; 4];

/// For the first sub-block of a block, and for all others.
pub(crate) type BySubBlock = [ByPattern; 2];

/// Where transform_skip_context_enabled_flag applies, by cIdx > 0.
pub(crate) static SIG_COEFF_SINGLE: [BySubBlock; 2] = [[[[SIG_COEFF_FLAG + 42; 16]; 4]; 2], [[[SIG_COEFF_FLAG + 43; 16]; 4]; 2]];

/// By cIdx > 0, log2 of the block's side less 2, and scanIdx.
pub(crate) static SIG_COEFF: [[[BySubBlock; 4]; 4]; 2] = {
    let mut table = [[[[[[0; 16]; 4]; 2]; 4]; 4]; 2];
    let mut i = 0;
    while i < 2 * 4 * 4 * 2 * 4 * 16 {
        let (n, pattern, not_first) = (i & 15, i >> 4 & 3, i >> 6 & 1);
        let (scan_idx, size, chroma) = (i >> 7 & 3, i >> 9 & 3, i >> 11);
        let sig_ctx = sig_ctx(chroma == 1, size + 2, scan_idx, not_first == 1, pattern, n);
        table[chroma][size][scan_idx][not_first][pattern][n] = SIG_COEFF_FLAG + if chroma == 1 { 27 } else { 0 } + sig_ctx;
        i += 1;
    }
    table
};

/// ctxIdxMap: table 9-50. The last position needs none.
const CTX_IDX_MAP: [u8; 16] = [0, 1, 4, 5, 2, 3, 4, 5, 6, 6, 8, 8, 7, 7, 8, 8];

/// sigCtx (9.3.4.2.5).
const fn sig_ctx(chroma: bool, log2: usize, scan_idx: usize, not_first: bool, pattern: usize, n: usize) -> u8 {
    let (x, y) = COEFFICIENTS[scan_idx][n];
    if log2 == 2 {
        return CTX_IDX_MAP[(y as usize) * 4 + x as usize];
    }
    if n == 0 && !not_first {
        return 0;
    }
    let of_block = match (chroma, log2, scan_idx) {
        (false, 3, 0) => 9,
        (false, 3, _) => 15,
        (false, ..) => 21,
        (true, 3, _) => 9,
        (true, ..) => 12,
    };
    of_pattern(pattern, x, y) + of_block + if not_first && !chroma { 3 } else { 0 }
}

const fn of_pattern(pattern: usize, x: u8, y: u8) -> u8 {
    match pattern {
        0 if x + y == 0 => 2,
        0 if x + y < 3 => 1,
        1 if y < 2 => 2 - y,
        2 if x < 2 => 2 - x,
        3 => 2,
        _ => 0,
    }
}
