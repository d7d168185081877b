//! Block and transform sizes (section 3, 10.2).

/// subSize, MiSize (6.4.2): by the specification's numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
#[repr(u8)]
pub(crate) enum BlockSize {
    #[default]
    B4x4,
    B4x8,
    B8x4,
    B8x8,
    B8x16,
    B16x8,
    B16x16,
    B16x32,
    B32x16,
    B32x32,
    B32x64,
    B64x32,
    B64x64,
}

/// b_width_log2_lookup and b_height_log2_lookup.
const WIDTH_LOG2: [u8; 13] = [0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4];
const HEIGHT_LOG2: [u8; 13] = [0, 1, 0, 1, 2, 1, 2, 3, 2, 3, 4, 3, 4];

impl BlockSize {
    /// log2 of the width in units of 4 luma samples.
    #[inline(always)]
    #[must_use]
    pub(crate) const fn width_log2(self) -> u8 {
        WIDTH_LOG2[self as usize]
    }

    /// log2 of the height in units of 4 luma samples.
    #[inline(always)]
    #[must_use]
    pub(crate) const fn height_log2(self) -> u8 {
        HEIGHT_LOG2[self as usize]
    }

    /// num_8x8_blocks_wide_lookup.
    #[inline(always)]
    #[must_use]
    pub(crate) const fn width8(self) -> usize {
        (1usize << self.width_log2()).div_ceil(2)
    }

    /// num_8x8_blocks_high_lookup.
    #[inline(always)]
    #[must_use]
    pub(crate) const fn height8(self) -> usize {
        (1usize << self.height_log2()).div_ceil(2)
    }

    /// Smaller than 8x8: several such blocks share an 8x8 unit.
    #[inline(always)]
    #[must_use]
    pub(crate) const fn is_sub8x8(self) -> bool {
        (self as u8) < Self::B8x8 as u8
    }

    /// max_txsize_lookup.
    #[inline(always)]
    #[must_use]
    pub(crate) const fn max_tx_size(self) -> TxSize {
        if self.is_sub8x8() {
            return TxSize::T4x4;
        }
        TxSize::from_log2(min(self.width_log2(), self.height_log2()))
    }

    /// size_group_lookup.
    #[inline(always)]
    #[must_use]
    pub(crate) const fn size_group(self) -> usize {
        self.max_tx_size() as usize
    }

    /// Whether there is a chroma block of the size (ss_size_lookup, 6.4.23).
    #[inline(always)]
    #[must_use]
    pub(crate) const fn has_chroma(self, subsampling_x: bool, subsampling_y: bool) -> bool {
        let (width, height) = (self.width_log2(), self.height_log2());
        self.is_sub8x8()
            || !(subsampling_x && !subsampling_y && height > width || subsampling_y && !subsampling_x && width > height)
    }

    /// get_uv_tx_size( ) (6.4.22).
    #[inline(always)]
    #[must_use]
    pub(crate) const fn uv_tx_size(self, tx_size: TxSize, subsampling_x: bool, subsampling_y: bool) -> TxSize {
        if self.is_sub8x8() {
            return TxSize::T4x4;
        }
        let largest = min(self.width_log2() - subsampling_x as u8, self.height_log2() - subsampling_y as u8);
        TxSize::from_log2(min(largest, tx_size as u8))
    }
}

const fn min(a: u8, b: u8) -> u8 {
    if a < b { a } else { b }
}

/// tx_size (7.4.8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
#[repr(u8)]
pub(crate) enum TxSize {
    #[default]
    T4x4,
    T8x8,
    T16x16,
    T32x32,
}

impl TxSize {
    /// By log2 of the side in units of 4 samples; no transform is larger than 32x32.
    #[inline(always)]
    #[must_use]
    pub(crate) const fn from_log2(log2: u8) -> Self {
        match log2 {
            0 => Self::T4x4,
            1 => Self::T8x8,
            2 => Self::T16x16,
            _ => Self::T32x32,
        }
    }
}

/// partition (7.4.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Partition {
    None,
    Horizontal,
    Vertical,
    Split,
}

impl Partition {
    #[inline(always)]
    #[must_use]
    pub(crate) const fn from_code(code: u8) -> Self {
        match code {
            0 => Self::None,
            1 => Self::Horizontal,
            2 => Self::Vertical,
            _ => Self::Split,
        }
    }
}

/// subsize_lookup, by partition and log2 of the square block's side in units of 8 luma samples.
pub(crate) const SUBSIZES: [[BlockSize; 4]; 4] = [
    [BlockSize::B8x8, BlockSize::B16x16, BlockSize::B32x32, BlockSize::B64x64],
    [BlockSize::B8x4, BlockSize::B16x8, BlockSize::B32x16, BlockSize::B64x32],
    [BlockSize::B4x8, BlockSize::B8x16, BlockSize::B16x32, BlockSize::B32x64],
    [BlockSize::B4x4, BlockSize::B8x8, BlockSize::B16x16, BlockSize::B32x32],
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_those_of_the_tables() {
        assert_eq!((BlockSize::B4x8.width8(), BlockSize::B4x8.height8()), (1, 1));
        assert_eq!((BlockSize::B32x64.width8(), BlockSize::B32x64.height8()), (4, 8));
        assert_eq!(BlockSize::B8x4.max_tx_size(), TxSize::T4x4);
        assert_eq!(BlockSize::B64x32.max_tx_size(), TxSize::T32x32);
        assert_eq!(BlockSize::B16x8.uv_tx_size(TxSize::T8x8, true, true), TxSize::T4x4);
        assert_eq!(BlockSize::B64x64.uv_tx_size(TxSize::T32x32, false, false), TxSize::T32x32);
        assert!(!BlockSize::B16x32.has_chroma(true, false));
        assert!(!BlockSize::B64x32.has_chroma(false, true));
        assert!(BlockSize::B4x8.has_chroma(true, false));
    }
}
