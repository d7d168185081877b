//! Block and transform sizes, and how blocks are cut: the tables of 9.3, asked by size.

use crate::tables::sizes as table;
pub(crate) use crate::tables::sizes::{BlockSize, TxSize};

/// partition (6.10.4), by the standard's numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Partition {
    None,
    Horizontal,
    Vertical,
    Split,
    HorizontalA,
    HorizontalB,
    VerticalA,
    VerticalB,
    Horizontal4,
    Vertical4,
}

impl Partition {
    /// What blocks of 16x16 to 64x64 have.
    pub(crate) const ALL: [Self; 10] = [
        Self::None,
        Self::Horizontal,
        Self::Vertical,
        Self::Split,
        Self::HorizontalA,
        Self::HorizontalB,
        Self::VerticalA,
        Self::VerticalB,
        Self::Horizontal4,
        Self::Vertical4,
    ];
    /// What blocks of 128x128 have.
    pub(crate) const OF_128: [Self; 8] = [
        Self::None,
        Self::Horizontal,
        Self::Vertical,
        Self::Split,
        Self::HorizontalA,
        Self::HorizontalB,
        Self::VerticalA,
        Self::VerticalB,
    ];
    /// What blocks of 8x8 have.
    pub(crate) const OF_8: [Self; 4] = [Self::None, Self::Horizontal, Self::Vertical, Self::Split];
}

impl BlockSize {
    /// Num_4x4_Blocks_Wide: the width in units of 4 luma samples.
    #[inline(always)]
    #[must_use]
    pub(crate) fn width4(self) -> usize {
        table::NUM_4X4_BLOCKS_WIDE[self as usize].into()
    }

    /// Num_4x4_Blocks_High: the height in units of 4 luma samples.
    #[inline(always)]
    #[must_use]
    pub(crate) fn height4(self) -> usize {
        table::NUM_4X4_BLOCKS_HIGH[self as usize].into()
    }

    /// Mi_Width_Log2.
    #[inline(always)]
    #[must_use]
    pub(crate) fn width4_log2(self) -> u8 {
        table::MI_WIDTH_LOG2[self as usize]
    }

    /// Mi_Height_Log2.
    #[inline(always)]
    #[must_use]
    pub(crate) fn height4_log2(self) -> u8 {
        table::MI_HEIGHT_LOG2[self as usize]
    }

    /// Size_Group.
    #[inline(always)]
    #[must_use]
    pub(crate) fn size_group(self) -> usize {
        usize::from(table::SIZE_GROUP[self as usize]) & 3
    }

    /// Max_Tx_Size_Rect: the largest transform that fits.
    #[inline(always)]
    #[must_use]
    pub(crate) fn max_tx_size(self) -> TxSize {
        table::MAX_TX_SIZE_RECT[self as usize]
    }

    /// Max_Tx_Depth.
    #[inline(always)]
    #[must_use]
    pub(crate) fn max_tx_depth(self) -> u8 {
        table::MAX_TX_DEPTH[self as usize]
    }

    /// Whether Wedge_Bits is not 0.
    #[inline(always)]
    #[must_use]
    pub(crate) fn has_wedge(self) -> bool {
        table::WEDGE_BITS[self as usize] > 0
    }

    /// Partition_Subsize: of a square block's parts; None for BLOCK_INVALID.
    #[inline(always)]
    #[must_use]
    pub(crate) fn subsize(self, partition: Partition) -> Option<Self> {
        table::PARTITION_SUBSIZE[partition as usize][self as usize]
    }

    /// Subsampled_Size: in a plane of that subsampling, 0 or 1; None for BLOCK_INVALID.
    #[inline(always)]
    #[must_use]
    pub(crate) fn subsampled(self, subsampling_x: usize, subsampling_y: usize) -> Option<Self> {
        table::SUBSAMPLED_SIZE[self as usize][subsampling_x & 1][subsampling_y & 1]
    }
}

impl TxSize {
    /// Tx_Width, in samples.
    #[inline(always)]
    #[must_use]
    pub(crate) fn width(self) -> u8 {
        table::TX_WIDTH[self as usize]
    }

    /// Tx_Height, in samples.
    #[inline(always)]
    #[must_use]
    pub(crate) fn height(self) -> u8 {
        table::TX_HEIGHT[self as usize]
    }

    /// The width in units of 4 samples.
    #[inline(always)]
    #[must_use]
    pub(crate) fn width4(self) -> usize {
        usize::from(self.width() >> 2)
    }

    /// The height in units of 4 samples.
    #[inline(always)]
    #[must_use]
    pub(crate) fn height4(self) -> usize {
        usize::from(self.height() >> 2)
    }

    /// Tx_Width_Log2.
    #[inline(always)]
    #[must_use]
    pub(crate) fn width_log2(self) -> u8 {
        table::TX_WIDTH_LOG2[self as usize]
    }

    /// Tx_Height_Log2.
    #[inline(always)]
    #[must_use]
    pub(crate) fn height_log2(self) -> u8 {
        table::TX_HEIGHT_LOG2[self as usize]
    }

    /// Split_Tx_Size.
    #[inline(always)]
    #[must_use]
    pub(crate) fn split(self) -> Self {
        table::SPLIT_TX_SIZE[self as usize]
    }

    /// Tx_Size_Sqr: the largest square inside.
    #[inline(always)]
    #[must_use]
    pub(crate) fn square(self) -> Self {
        table::TX_SIZE_SQR[self as usize]
    }

    /// Tx_Size_Sqr_Up: the smallest square around.
    #[inline(always)]
    #[must_use]
    pub(crate) fn square_up(self) -> Self {
        table::TX_SIZE_SQR_UP[self as usize]
    }

    /// txSzCtx (5.11.39): between the two squares.
    #[inline(always)]
    #[must_use]
    pub(crate) fn context(self) -> usize {
        (self.square() as usize + self.square_up() as usize).div_ceil(2)
    }

    /// Adjusted_Tx_Size: as far as coefficients are coded.
    #[inline(always)]
    #[must_use]
    pub(crate) fn adjusted(self) -> Self {
        table::ADJUSTED_TX_SIZE[self as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_what_tables_do() {
        for size in BlockSize::ALL {
            assert_eq!(format!("{size:?}"), format!("B{}x{}", size.width4() * 4, size.height4() * 4));
            assert_eq!((1 << size.width4_log2(), 1 << size.height4_log2()), (size.width4(), size.height4()));
        }
        for size in TxSize::ALL {
            assert_eq!(format!("{size:?}"), format!("T{}x{}", size.width(), size.height()));
            assert_eq!((1 << size.width_log2(), 1 << size.height_log2()), (size.width(), size.height()));
        }
    }

    #[test]
    fn parts_cover_what_they_are_cut_from() {
        use Partition::{Horizontal, Horizontal4, None, Split, Vertical, Vertical4};
        let area = |size: BlockSize| size.width4() * size.height4();
        for size in [BlockSize::B8x8, BlockSize::B16x16, BlockSize::B32x32, BlockSize::B64x64, BlockSize::B128x128] {
            for (partition, parts) in [(None, 1), (Horizontal, 2), (Vertical, 2), (Split, 4), (Horizontal4, 4), (Vertical4, 4)] {
                if let Some(subsize) = size.subsize(partition) {
                    assert_eq!(area(subsize) * parts, area(size));
                }
            }
        }
    }
}
