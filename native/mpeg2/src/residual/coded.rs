//! What is coded of a macroblock's blocks, and where they stand.

use crate::headers::ChromaFormat;

/// What is coded of the blocks of a colour component.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct PlaneSum {
    /// Levels that are not zero, without DC coefficients of intra blocks.
    pub(crate) coefs: u32,
    /// Sum of their squared coefficients.
    pub(crate) energy: u32,
}

/// Luma, and both components of chroma.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Residual {
    pub(crate) planes: [PlaneSum; 2],
}

/// Where a block stands: colour component, and column and row of its blocks of 8x8 in the macroblock (figures 6-10 to 6-12).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BlockPlace {
    pub(crate) plane: u8,
    pub(crate) at: [u32; 2],
    /// Blocks of the component in a macroblock.
    pub(crate) blocks: [u32; 2],
}

/// Where a block of a macroblock stands (6.1.3).
#[must_use]
pub(crate) fn place(block: usize, format: ChromaFormat) -> BlockPlace {
    let block = block as u32;
    if block < 4 {
        return BlockPlace { plane: 0, at: [block % 2, block / 2], blocks: [2, 2] };
    }
    let blocks = match format {
        ChromaFormat::Yuv420 => [1, 1],
        ChromaFormat::Yuv422 => [1, 2],
        ChromaFormat::Yuv444 => [2, 2],
    };
    // Cb and Cr alternate; a pair of rows comes before the next column.
    let index = (block - 4) / 2;
    BlockPlace { plane: 1 + (block & 1) as u8, at: [index / 2, index % 2], blocks }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_stand_where_the_figures_have_them() {
        let at = |block, format| {
            let BlockPlace { plane, at, .. } = place(block, format);
            (plane, at)
        };
        assert_eq!([4, 5].map(|b| at(b, ChromaFormat::Yuv420)), [(1, [0, 0]), (2, [0, 0])]);
        assert_eq!([6, 7].map(|b| at(b, ChromaFormat::Yuv422)), [(1, [0, 1]), (2, [0, 1])]);
        assert_eq!([8, 9, 10, 11].map(|b| at(b, ChromaFormat::Yuv444)), [(1, [1, 0]), (2, [1, 0]), (1, [1, 1]), (2, [1, 1])]);
    }
}
