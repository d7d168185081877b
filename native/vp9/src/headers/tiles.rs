//! tile_info( ) (6.2.13).

use std::ops::Range;

use codecorpus_bitstream::{BitReader, ParseError, Result};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct TileInfo {
    pub(crate) cols_log2: u32,
    pub(crate) rows_log2: u32,
}

/// MIN_TILE_WIDTH_B64 and MAX_TILE_WIDTH_B64 (section 3).
const MIN_TILE_WIDTH_B64: usize = 4;
const MAX_TILE_WIDTH_B64: usize = 64;
const MAX_TILE_COLS_LOG2: u32 = 6;

impl TileInfo {
    /// # Errors
    /// The data ends, or there are too many columns.
    pub(crate) fn read(bits: &mut BitReader<'_>, mi_cols: usize) -> Result<Self> {
        let sb64_cols = (mi_cols + 7) >> 3;
        // calc_min_log2_tile_cols( ) and calc_max_log2_tile_cols( ) (6.2.14).
        let min_log2 = (0..).find(|&log2| MAX_TILE_WIDTH_B64 << log2 >= sb64_cols).unwrap_or(0);
        let max_log2 = (1..).find(|&log2| sb64_cols >> log2 < MIN_TILE_WIDTH_B64).unwrap_or(1) - 1;
        let mut cols_log2 = min_log2;
        while cols_log2 < max_log2 && bits.flag("increment_tile_cols_log2")? {
            cols_log2 += 1;
        }
        if cols_log2 > MAX_TILE_COLS_LOG2 {
            return Err(ParseError::malformed("increment_tile_cols_log2", "more than 64 columns of tiles"));
        }
        let mut rows_log2 = bits.u(1, "tile_rows_log2")?;
        if rows_log2 == 1 {
            rows_log2 += bits.u(1, "increment_tile_rows_log2")?;
        }
        Ok(Self { cols_log2, rows_log2 })
    }
}

/// get_tile_offset( ) (6.4.1): the 8x8 units of tile `i` of `1 << log2`.
#[must_use]
pub(crate) fn tile_range(i: usize, units: usize, log2: u32) -> Range<usize> {
    let sb64 = (units + 7) >> 3;
    let offset = |i: usize| (((i * sb64) >> log2) << 3).min(units);
    offset(i)..offset(i + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_cover_the_frame() {
        for (units, log2) in [(80, 2), (1, 2), (45, 1), (240, 3)] {
            let ranges: Vec<_> = (0..1 << log2).map(|i| tile_range(i, units, log2)).collect();
            assert_eq!((ranges[0].start, ranges[ranges.len() - 1].end), (0, units));
            assert!(ranges.windows(2).all(|pair| pair[0].end == pair[1].start));
        }
    }

    #[test]
    fn how_many_columns_depends_on_the_width() {
        let read = |byte: u8, mi_cols| TileInfo::read(&mut BitReader::new(&[byte]), mi_cols).unwrap();
        assert_eq!(read(0xFF, 16), TileInfo { cols_log2: 0, rows_log2: 2 });
        assert_eq!(read(0xC0, 160), TileInfo { cols_log2: 2, rows_log2: 0 });
        assert_eq!(read(0, 1024), TileInfo { cols_log2: 1, rows_log2: 0 });
    }
}
