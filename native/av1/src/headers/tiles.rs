//! tile_info( ) (5.9.15) and tile_group_obu( ) (5.11.1).

use std::ops::Range;

use codecorpus_bitstream::{BitReader, ParseError, Result};

use super::descriptors::{le, ns};
use super::{FrameSize, SequenceHeader};

const MAX_TILE_WIDTH: u32 = 4096;
const MAX_TILE_AREA: u32 = 4096 * 2304;
const MAX_TILE_COLS: u32 = 64;
const MAX_TILE_ROWS: u32 = 64;

/// tile_info( ).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct TileInfo {
    /// MiColStarts: TileCols + 1 entries, the last one MiCols.
    pub(crate) mi_col_starts: Vec<u32>,
    /// MiRowStarts: TileRows + 1 entries, the last one MiRows.
    pub(crate) mi_row_starts: Vec<u32>,
    /// TileCols.
    pub(crate) tile_cols: u32,
    pub(crate) tile_rows: u32,
    pub(crate) tile_cols_log2: u32,
    pub(crate) tile_rows_log2: u32,
    pub(crate) context_update_tile_id: u32,
    /// TileSizeBytes.
    pub(crate) tile_size_bytes: u32,
}

/// tile_log2( ) (5.9.16): the smallest k for which blkSize << k is at least target.
fn tile_log2(blk_size: u32, target: u32) -> u32 {
    (0..32).find(|&k| u64::from(blk_size) << k >= u64::from(target)).unwrap_or(32)
}

/// Sizes in superblocks that bound the tiles of a frame.
struct Bounds {
    sb_cols: u32,
    sb_rows: u32,
    /// log2 of a superblock's side in 4x4 units.
    sb_shift: u32,
    max_tile_width_sb: u32,
    min_log2_tile_cols: u32,
    min_log2_tiles: u32,
}

impl Bounds {
    fn new(sequence: &SequenceHeader, size: &FrameSize) -> Self {
        let sb_shift = if sequence.use_128x128_superblock { 5 } else { 4 };
        let in_superblocks = |mi: u32| (mi + (1 << sb_shift) - 1) >> sb_shift;
        let (sb_cols, sb_rows) = (in_superblocks(size.mi_cols), in_superblocks(size.mi_rows));
        let sb_size = sb_shift + 2;
        let max_tile_width_sb = MAX_TILE_WIDTH >> sb_size;
        let max_tile_area_sb = MAX_TILE_AREA >> (2 * sb_size);
        let min_log2_tile_cols = tile_log2(max_tile_width_sb, sb_cols);
        let min_log2_tiles = min_log2_tile_cols.max(tile_log2(max_tile_area_sb, sb_rows * sb_cols));
        Self { sb_cols, sb_rows, sb_shift, max_tile_width_sb, min_log2_tile_cols, min_log2_tiles }
    }
}

impl TileInfo {
    /// tile_info( ) (5.9.15).
    pub(super) fn read(bits: &mut BitReader<'_>, sequence: &SequenceHeader, size: &FrameSize) -> Result<Self> {
        let bounds = Bounds::new(sequence, size);
        let mut info = Self::default();
        if bits.flag("uniform_tile_spacing_flag")? {
            info.read_uniform(bits, &bounds)?;
        } else {
            info.read_explicit(bits, &bounds)?;
        }
        (info.tile_cols, info.tile_rows) = (info.mi_col_starts.len() as u32, info.mi_row_starts.len() as u32);
        info.mi_col_starts.push(size.mi_cols);
        info.mi_row_starts.push(size.mi_rows);
        if info.tile_cols > MAX_TILE_COLS || info.tile_rows > MAX_TILE_ROWS {
            return Err(ParseError::malformed("tile_info", format!("{} by {} tiles", info.tile_cols, info.tile_rows))
                .at_bit(bits.position() as u64));
        }
        let log2 = info.tile_rows_log2 + info.tile_cols_log2;
        if log2 > 0 {
            info.context_update_tile_id = bits.u(log2, "context_update_tile_id")?;
            info.tile_size_bytes = bits.u(2, "tile_size_bytes_minus_1")? + 1;
        }
        if info.context_update_tile_id >= info.num_tiles() {
            return Err(ParseError::malformed("context_update_tile_id", "there is no such tile").at_bit(bits.position() as u64));
        }
        Ok(info)
    }

    /// Where uniform_tile_spacing_flag is 1 (5.9.15).
    fn read_uniform(&mut self, bits: &mut BitReader<'_>, bounds: &Bounds) -> Result<()> {
        let max_log2_tile_cols = tile_log2(1, bounds.sb_cols.min(MAX_TILE_COLS));
        let max_log2_tile_rows = tile_log2(1, bounds.sb_rows.min(MAX_TILE_ROWS));
        self.tile_cols_log2 = bounds.min_log2_tile_cols;
        while self.tile_cols_log2 < max_log2_tile_cols && bits.flag("increment_tile_cols_log2")? {
            self.tile_cols_log2 += 1;
        }
        self.mi_col_starts = uniform_starts(bounds.sb_cols, self.tile_cols_log2, bounds.sb_shift);
        self.tile_rows_log2 = bounds.min_log2_tiles.saturating_sub(self.tile_cols_log2);
        while self.tile_rows_log2 < max_log2_tile_rows && bits.flag("increment_tile_rows_log2")? {
            self.tile_rows_log2 += 1;
        }
        self.mi_row_starts = uniform_starts(bounds.sb_rows, self.tile_rows_log2, bounds.sb_shift);
        Ok(())
    }

    /// Where uniform_tile_spacing_flag is 0 (5.9.15).
    fn read_explicit(&mut self, bits: &mut BitReader<'_>, bounds: &Bounds) -> Result<()> {
        let (mut widest_tile_sb, mut start_sb) = (0, 0);
        while start_sb < bounds.sb_cols {
            self.mi_col_starts.push(start_sb << bounds.sb_shift);
            let max_width = (bounds.sb_cols - start_sb).min(bounds.max_tile_width_sb);
            let size_sb = ns(bits, max_width, "width_in_sbs_minus_1")? + 1;
            widest_tile_sb = size_sb.max(widest_tile_sb);
            start_sb += size_sb;
        }
        self.tile_cols_log2 = tile_log2(1, self.mi_col_starts.len() as u32);
        let mut max_tile_area_sb = bounds.sb_rows * bounds.sb_cols;
        if bounds.min_log2_tiles > 0 {
            max_tile_area_sb >>= bounds.min_log2_tiles + 1;
        }
        let max_tile_height_sb = (max_tile_area_sb / widest_tile_sb.max(1)).max(1);
        start_sb = 0;
        while start_sb < bounds.sb_rows {
            self.mi_row_starts.push(start_sb << bounds.sb_shift);
            let max_height = (bounds.sb_rows - start_sb).min(max_tile_height_sb);
            start_sb += ns(bits, max_height, "height_in_sbs_minus_1")? + 1;
        }
        self.tile_rows_log2 = tile_log2(1, self.mi_row_starts.len() as u32);
        Ok(())
    }

    /// NumTiles.
    #[must_use]
    pub(crate) fn num_tiles(&self) -> u32 {
        self.tile_cols * self.tile_rows
    }
}

/// MiColStarts or MiRowStarts of tiles of one size (5.9.15).
fn uniform_starts(sb_count: u32, tiles_log2: u32, sb_shift: u32) -> Vec<u32> {
    let tile_size_sb = (sb_count + (1 << tiles_log2) - 1) >> tiles_log2;
    (0..sb_count).step_by(tile_size_sb.max(1) as usize).map(|start_sb| start_sb << sb_shift).collect()
}

/// One tile of a tile group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TileSpan {
    /// TileNum.
    pub(crate) tile_num: u32,
    /// Bytes of the OBU that init_symbol( ) is given.
    pub(crate) bytes: Range<usize>,
}

/// tile_group_obu( ) (5.11.1), from the reader's position to the end of its data. `first` is the TileNum that must come next.
///
/// # Errors
/// Tiles out of order, or sizes that do not fit the data.
pub(crate) fn read_tile_group(bits: &mut BitReader<'_>, info: &TileInfo, first: u32) -> Result<Vec<TileSpan>> {
    let num_tiles = info.num_tiles();
    let (mut tg_start, mut tg_end) = (0, num_tiles - 1);
    let at = bits.position() as u64;
    if num_tiles > 1 && bits.flag("tile_start_and_end_present_flag")? {
        let tile_bits = info.tile_cols_log2 + info.tile_rows_log2;
        tg_start = bits.u(tile_bits, "tg_start")?;
        tg_end = bits.u(tile_bits, "tg_end")?;
    }
    if tg_start != first || tg_end < tg_start || tg_end >= num_tiles {
        let reason = format!("tiles {tg_start} to {tg_end} of {num_tiles}, where tile {first} comes next");
        return Err(ParseError::malformed("tg_start", reason).at_bit(at));
    }
    bits.align();
    let mut spans = Vec::with_capacity((tg_end - tg_start + 1) as usize);
    for tile_num in tg_start..=tg_end {
        let tile_size = match tile_num == tg_end {
            true => bits.left() / 8,
            false => le(bits, info.tile_size_bytes, "tile_size_minus_1")? as usize + 1,
        };
        let start = bits.position() / 8;
        if tile_size == 0 {
            return Err(bits.end("tile_data"));
        }
        bits.skip(8 * tile_size, "tile_data")?;
        spans.push(TileSpan { tile_num, bytes: start..start + tile_size });
    }
    Ok(spans)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tile_log2_is_the_smallest() {
        assert_eq!((tile_log2(1, 1), tile_log2(1, 5), tile_log2(64, 64), tile_log2(64, 65)), (0, 3, 0, 1));
    }

    #[test]
    fn a_tile_group_is_cut_at_its_sizes() {
        let info = TileInfo { tile_cols: 2, tile_rows: 1, tile_cols_log2: 1, tile_size_bytes: 1, ..TileInfo::default() };
        let data = [0x00, 1, 0xaa, 0xbb, 0xcc];
        let spans = read_tile_group(&mut BitReader::new(&data), &info, 0).unwrap();
        assert_eq!(spans, [TileSpan { tile_num: 0, bytes: 2..4 }, TileSpan { tile_num: 1, bytes: 4..5 }]);
        assert!(read_tile_group(&mut BitReader::new(&data[..4]), &info, 0).is_err());
        assert!(read_tile_group(&mut BitReader::new(&data), &info, 1).is_err());
    }
}
