//! The tree of a tile: decode_tile( ) and decode_partition( ) (5.11.2, 5.11.4).

use codecorpus_bitstream::error::Result;
use codecorpus_bitstream::tally::Tally;

use crate::state::Tile;
use crate::tables::modes::{SGRPROJ_XQD_MID, WIENER_TAPS_MID};
use crate::tables::sizes::{
    BLOCK_8X8, BLOCK_64X64, BLOCK_128X128, BLOCK_INVALID, MI_HEIGHT_LOG2, MI_WIDTH_LOG2, NUM_4X4_BLOCKS_WIDE, PARTITION_SUBSIZE,
    SUBSAMPLED_SIZE,
};

/// partition (6.10.4).
const PARTITION_NONE: u8 = 0;
const PARTITION_HORZ: u8 = 1;
const PARTITION_VERT: u8 = 2;
const PARTITION_SPLIT: u8 = 3;
const PARTITION_HORZ_A: u8 = 4;
const PARTITION_HORZ_B: u8 = 5;
const PARTITION_VERT_A: u8 = 6;
const PARTITION_VERT_B: u8 = 7;
const PARTITION_HORZ_4: u8 = 8;
const PARTITION_VERT_4: u8 = 9;

impl Tile<'_> {
    /// decode_tile( ) (5.11.2), with the exit process of the symbol decoder.
    pub fn decode(&mut self) -> Result<()> {
        let header = &self.frame.header;
        self.current_q_index = header.quantization_params.base_q_idx;
        self.above.clear(self.mi_col_start, self.mi_col_end, self.frame.subsampling_x);
        self.ref_sgr_xqd = [SGRPROJ_XQD_MID; 3];
        self.ref_lr_wiener = [[WIENER_TAPS_MID; 2]; 3];
        let first = self.symbols.information();
        self.tally = Tally::beginning_at(first);
        let sb_size = if self.frame.sequence.use_128x128_superblock { BLOCK_128X128 } else { BLOCK_64X64 };
        let sb_size4 = usize::from(NUM_4X4_BLOCKS_WIDE[usize::from(sb_size)]);
        for row in (self.mi_row_start..self.mi_row_end).step_by(sb_size4) {
            self.left.clear(0, 32, self.frame.subsampling_y);
            for col in (self.mi_col_start..self.mi_col_end).step_by(sb_size4) {
                self.read_deltas = header.delta_q_params.delta_q_present;
                self.cdef_read = [[false; 2]; 2];
                if header.lr_params.uses_lr && !header.allow_intrabc {
                    self.read_lr(row, col, sb_size4);
                }
                self.decode_partition(row, col, sb_size)?;
            }
        }
        self.symbols.exit()?;
        // trailing_bits( ) and padding.
        self.picture.charge_header(self.symbols.size() - (self.tally.mark() - first));
        Ok(())
    }

    /// decode_partition( ) (5.11.4).
    fn decode_partition(&mut self, r: usize, c: usize, b_size: u8) -> Result<()> {
        let (mi_rows, mi_cols) = (self.frame.mi_rows, self.frame.mi_cols);
        if r >= mi_rows || c >= mi_cols {
            return Ok(());
        }
        let half = usize::from(NUM_4X4_BLOCKS_WIDE[usize::from(b_size)]) >> 1;
        let quarter = half >> 1;
        let has_rows = r + half < mi_rows;
        let has_cols = c + half < mi_cols;
        let partition = self.read_partition(r, c, b_size, has_rows, has_cols);
        let sub_size = PARTITION_SUBSIZE[usize::from(partition)][usize::from(b_size)];
        let split_size = PARTITION_SUBSIZE[usize::from(PARTITION_SPLIT)][usize::from(b_size)];
        if sub_size == BLOCK_INVALID
            || self.frame.num_planes > 1
                && SUBSAMPLED_SIZE[usize::from(sub_size)][self.frame.subsampling_x][self.frame.subsampling_y] == BLOCK_INVALID
        {
            return Err(self.malformed("partition", "a block size that this chroma format cannot have"));
        }
        match partition {
            PARTITION_NONE => self.decode_block(r, c, sub_size),
            PARTITION_HORZ => {
                self.decode_block(r, c, sub_size)?;
                if has_rows { self.decode_block(r + half, c, sub_size) } else { Ok(()) }
            }
            PARTITION_VERT => {
                self.decode_block(r, c, sub_size)?;
                if has_cols { self.decode_block(r, c + half, sub_size) } else { Ok(()) }
            }
            PARTITION_SPLIT => self.decode_split(r, c, half, b_size, sub_size),
            PARTITION_HORZ_A => self.decode_blocks([(r, c, split_size), (r, c + half, split_size), (r + half, c, sub_size)]),
            PARTITION_HORZ_B => {
                self.decode_blocks([(r, c, sub_size), (r + half, c, split_size), (r + half, c + half, split_size)])
            }
            PARTITION_VERT_A => self.decode_blocks([(r, c, split_size), (r + half, c, split_size), (r, c + half, sub_size)]),
            PARTITION_VERT_B => {
                self.decode_blocks([(r, c, sub_size), (r, c + half, split_size), (r + half, c + half, split_size)])
            }
            PARTITION_HORZ_4 => {
                self.decode_blocks([(r, c, sub_size), (r + quarter, c, sub_size), (r + quarter * 2, c, sub_size)])?;
                if r + quarter * 3 < mi_rows { self.decode_block(r + quarter * 3, c, sub_size) } else { Ok(()) }
            }
            _ => {
                self.decode_blocks([(r, c, sub_size), (r, c + quarter, sub_size), (r, c + quarter * 2, sub_size)])?;
                if c + quarter * 3 < mi_cols { self.decode_block(r, c + quarter * 3, sub_size) } else { Ok(()) }
            }
        }
    }

    /// PARTITION_SPLIT: four partitions, or four 4x4 blocks.
    fn decode_split(&mut self, r: usize, c: usize, half: usize, b_size: u8, sub_size: u8) -> Result<()> {
        for (r, c) in [(r, c), (r, c + half), (r + half, c), (r + half, c + half)] {
            if b_size == BLOCK_8X8 {
                self.decode_block(r, c, sub_size)?;
            } else {
                self.decode_partition(r, c, sub_size)?;
            }
        }
        Ok(())
    }

    fn decode_blocks(&mut self, blocks: [(usize, usize, u8); 3]) -> Result<()> {
        blocks.into_iter().try_for_each(|(r, c, size)| self.decode_block(r, c, size))
    }

    /// partition, split_or_horz, split_or_vert (5.11.4, 8.3.2).
    fn read_partition(&mut self, r: usize, c: usize, b_size: u8, has_rows: bool, has_cols: bool) -> u8 {
        if !has_rows && !has_cols {
            return PARTITION_SPLIT;
        }
        let bsl = MI_WIDTH_LOG2[usize::from(b_size)];
        let above = self.inside(r as i32 - 1, c as i32).is_some_and(|info| MI_WIDTH_LOG2[usize::from(info.mi_size)] < bsl);
        let left = self.inside(r as i32, c as i32 - 1).is_some_and(|info| MI_HEIGHT_LOG2[usize::from(info.mi_size)] < bsl);
        let ctx = usize::from(left) * 2 + usize::from(above);
        let cdfs = &mut self.cdfs.mode;
        if has_rows && has_cols {
            return match bsl {
                1 => self.symbols.symbol_of_four(&mut cdfs.partition_w8[ctx], 4) as u8,
                2..=4 => self.symbols.symbol(&mut cdfs.partition_w16_to_w64[usize::from(bsl - 2)][ctx], 10) as u8,
                _ => self.symbols.symbol(&mut cdfs.partition_w128[ctx], 8) as u8,
            };
        }
        let probability = |partition: u8| {
            let at = |i: u8| match (bsl, usize::from(i)) {
                (1, i @ 0..3) => cdfs.partition_w8[ctx].number(i as u32),
                (2..=4, i @ 0..9) => u32::from(cdfs.partition_w16_to_w64[usize::from(bsl - 2)][ctx][i]),
                (5.., i @ 0..7) => u32::from(cdfs.partition_w128[ctx][i]),
                _ => 0,
            };
            at(partition - 1) - at(partition)
        };
        let partitions: &[u8] = if has_cols {
            &[PARTITION_VERT, PARTITION_SPLIT, PARTITION_HORZ_A, PARTITION_VERT_A, PARTITION_VERT_B, PARTITION_VERT_4]
        } else {
            &[PARTITION_HORZ, PARTITION_SPLIT, PARTITION_HORZ_A, PARTITION_HORZ_B, PARTITION_VERT_A, PARTITION_HORZ_4]
        };
        let count = match bsl {
            1 => 2,
            2..=4 => 6,
            _ => 5,
        };
        let psum = partitions.iter().take(count).map(|&partition| probability(partition)).sum();
        match (self.symbols.boolean_once(psum), has_cols) {
            (true, _) => PARTITION_SPLIT,
            (false, true) => PARTITION_HORZ,
            (false, false) => PARTITION_VERT,
        }
    }
}
