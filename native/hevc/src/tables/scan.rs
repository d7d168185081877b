//! Scan orders: 6.5.3 (up-right diagonal), 6.5.4 (horizontal), 6.5.5 (vertical).

/// Coefficients of a sub-block, or sub-blocks of a transform block, from first to last.
pub(crate) type Scan<const N: usize> = [(u8, u8); N];

/// Up-right diagonal scan of a square with sides of `side`, as (x, y).
const fn diagonal<const N: usize>(side: u8) -> Scan<N> {
    let mut scan = [(0, 0); N];
    let mut i = 0;
    let mut line = 0;
    while line < 2 * side - 1 {
        let mut y = if line < side { line } else { side - 1 };
        loop {
            let x = line - y;
            if x >= side {
                break;
            }
            scan[i] = (x, y);
            i += 1;
            if y == 0 {
                break;
            }
            y -= 1;
        }
        line += 1;
    }
    scan
}

const fn horizontal<const N: usize>(side: u8) -> Scan<N> {
    let mut scan = [(0, 0); N];
    let mut i = 0;
    while i < N {
        scan[i] = (i as u8 % side, i as u8 / side);
        i += 1;
    }
    scan
}

const fn vertical<const N: usize>(side: u8) -> Scan<N> {
    let mut scan = [(0, 0); N];
    let mut i = 0;
    while i < N {
        scan[i] = (i as u8 / side, i as u8 % side);
        i += 1;
    }
    scan
}

pub(crate) const fn diagonal_4x4() -> Scan<16> {
    diagonal(4)
}

pub(crate) const fn diagonal_8x8() -> Scan<64> {
    diagonal(8)
}

/// Scan of the 4x4 coefficients of a sub-block, by scanIdx (diagonal, horizontal, vertical; a fourth entry pads).
pub(crate) static COEFFICIENTS: [Scan<16>; 4] = [diagonal(4), horizontal(4), vertical(4), diagonal(4)];

/// Scan of a transform block's sub-blocks, by log2 of the block's side less 2 and scanIdx, padded to 64.
pub(crate) static SUB_BLOCKS: [[Scan<64>; 4]; 4] = [
    [[(0, 0); 64]; 4],
    [pad::<4>(diagonal(2)), pad::<4>(horizontal(2)), pad::<4>(vertical(2)), pad::<4>(diagonal(2))],
    [pad::<16>(diagonal(4)), pad::<16>(horizontal(4)), pad::<16>(vertical(4)), pad::<16>(diagonal(4))],
    [diagonal(8), horizontal(8), vertical(8), diagonal(8)],
];

const fn pad<const N: usize>(scan: Scan<N>) -> Scan<64> {
    let mut padded = [(0, 0); 64];
    let mut i = 0;
    while i < N {
        padded[i] = scan[i];
        i += 1;
    }
    padded
}

/// Index in a sub-block's scan of (y << 2) + x, by scanIdx.
pub(crate) static COEFFICIENT_INDEX: [[u8; 16]; 4] = {
    let mut table = [[0; 16]; 4];
    let mut scan = 0;
    while scan < 4 {
        let mut i = 0;
        while i < 16 {
            let (x, y) = COEFFICIENTS[scan][i];
            table[scan][(y as usize) * 4 + x as usize] = i as u8;
            i += 1;
        }
        scan += 1;
    }
    table
};

/// Index in a block's scan of sub-blocks of (y << 3) + x, by log2 of the block's side less 2 and scanIdx.
pub(crate) static SUB_BLOCK_INDEX: [[[u8; 64]; 4]; 4] = {
    let mut table = [[[0; 64]; 4]; 4];
    let mut size = 0;
    while size < 4 {
        let mut scan = 0;
        while scan < 4 {
            let mut i = 0;
            while i < 1 << (2 * size) {
                let (x, y) = SUB_BLOCKS[size][scan][i];
                table[size][scan][(y as usize) * 8 + x as usize] = i as u8;
                i += 1;
            }
            scan += 1;
        }
        size += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn diagonal_goes_up_and_right() {
        assert_eq!(diagonal_4x4()[..6], [(0, 0), (0, 1), (1, 0), (0, 2), (1, 1), (2, 0)]);
        assert_eq!(diagonal_4x4()[13..], [(2, 3), (3, 2), (3, 3)]);
    }

    #[test]
    fn every_scan_visits_every_place_once() {
        for (size, scans) in SUB_BLOCKS.iter().enumerate() {
            for scan in scans {
                let n = 1usize << (2 * size);
                let mut seen = scan[..n].to_vec();
                seen.sort_unstable();
                seen.dedup();
                assert_eq!(seen.len(), n);
            }
        }
    }
}
