//! The tree of a tile: decode_tile( ) and decode_partition( ) (5.11.2, 5.11.4).

use codecorpus_bitstream::error::Result;
use codecorpus_bitstream::tally::Tally;

use crate::sizes::{BlockSize, Partition};
use crate::state::Tile;
impl Tile<'_> {
    /// decode_tile( ) (5.11.2), with the exit process of the symbol decoder.
    pub(crate) fn decode(&mut self) -> Result<()> {
        let header = &self.frame.header;
        self.superblock.current_q_index = header.quantization_params.base_q_idx;
        self.above.clear(self.bounds.mi_col_start, self.bounds.mi_col_end, self.frame.subsampling_x);
        let first = self.symbols.information();
        self.tally = Tally::beginning_at(first);
        let sb_size = self.frame.superblock_size();
        let sb_size4 = sb_size.width4();
        for row in (self.bounds.mi_row_start..self.bounds.mi_row_end).step_by(sb_size4) {
            self.left.clear(0, 32, self.frame.subsampling_y);
            for col in (self.bounds.mi_col_start..self.bounds.mi_col_end).step_by(sb_size4) {
                self.superblock.read_deltas = header.delta_q_params.delta_q_present;
                self.superblock.cdef_read = [[false; 2]; 2];
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
    fn decode_partition(&mut self, r: usize, c: usize, b_size: BlockSize) -> Result<()> {
        let (mi_rows, mi_cols) = (self.frame.mi_rows, self.frame.mi_cols);
        if r >= mi_rows || c >= mi_cols {
            return Ok(());
        }
        let half = b_size.width4() >> 1;
        let quarter = half >> 1;
        let has_rows = r + half < mi_rows;
        let has_cols = c + half < mi_cols;
        let partition = self.read_partition(r, c, b_size, has_rows, has_cols);
        let is_known = |size: &BlockSize| {
            self.frame.num_planes == 1 || size.subsampled(self.frame.subsampling_x, self.frame.subsampling_y).is_some()
        };
        let (Some(sub_size), Some(split_size)) = (b_size.subsize(partition).filter(is_known), b_size.subsize(Partition::Split))
        else {
            return Err(self.malformed("partition", "a block size that this chroma format cannot have"));
        };
        match partition {
            Partition::None => self.decode_block(r, c, sub_size),
            Partition::Horizontal => {
                self.decode_block(r, c, sub_size)?;
                if has_rows { self.decode_block(r + half, c, sub_size) } else { Ok(()) }
            }
            Partition::Vertical => {
                self.decode_block(r, c, sub_size)?;
                if has_cols { self.decode_block(r, c + half, sub_size) } else { Ok(()) }
            }
            Partition::Split => self.decode_split(r, c, half, b_size, sub_size),
            Partition::HorizontalA => {
                self.decode_blocks([(r, c, split_size), (r, c + half, split_size), (r + half, c, sub_size)])
            }
            Partition::HorizontalB => {
                self.decode_blocks([(r, c, sub_size), (r + half, c, split_size), (r + half, c + half, split_size)])
            }
            Partition::VerticalA => self.decode_blocks([(r, c, split_size), (r + half, c, split_size), (r, c + half, sub_size)]),
            Partition::VerticalB => {
                self.decode_blocks([(r, c, sub_size), (r, c + half, split_size), (r + half, c + half, split_size)])
            }
            Partition::Horizontal4 => {
                self.decode_blocks([(r, c, sub_size), (r + quarter, c, sub_size), (r + quarter * 2, c, sub_size)])?;
                if r + quarter * 3 < mi_rows { self.decode_block(r + quarter * 3, c, sub_size) } else { Ok(()) }
            }
            Partition::Vertical4 => {
                self.decode_blocks([(r, c, sub_size), (r, c + quarter, sub_size), (r, c + quarter * 2, sub_size)])?;
                if c + quarter * 3 < mi_cols { self.decode_block(r, c + quarter * 3, sub_size) } else { Ok(()) }
            }
        }
    }

    /// PARTITION_SPLIT (5.11.4): four partitions, or four 4x4 blocks.
    fn decode_split(&mut self, r: usize, c: usize, half: usize, b_size: BlockSize, sub_size: BlockSize) -> Result<()> {
        for (r, c) in [(r, c), (r, c + half), (r + half, c), (r + half, c + half)] {
            if b_size == BlockSize::B8x8 {
                self.decode_block(r, c, sub_size)?;
            } else {
                self.decode_partition(r, c, sub_size)?;
            }
        }
        Ok(())
    }

    fn decode_blocks(&mut self, blocks: [(usize, usize, BlockSize); 3]) -> Result<()> {
        blocks.into_iter().try_for_each(|(r, c, size)| self.decode_block(r, c, size))
    }

    /// partition, split_or_horz, split_or_vert (5.11.4, 8.3.2).
    fn read_partition(&mut self, r: usize, c: usize, b_size: BlockSize, has_rows: bool, has_cols: bool) -> Partition {
        if !has_rows && !has_cols {
            return Partition::Split;
        }
        let bsl = b_size.width4_log2();
        let above = self.inside(r as i32 - 1, c as i32).is_some_and(|info| info.mi_size.width4_log2() < bsl);
        let left = self.inside(r as i32, c as i32 - 1).is_some_and(|info| info.mi_size.height4_log2() < bsl);
        let ctx = usize::from(left) * 2 + usize::from(above);
        let cdfs = &mut self.cdfs.mode;
        if has_rows && has_cols {
            return match bsl {
                1 => self.symbols.short_value(&mut cdfs.partition_w8[ctx], &Partition::OF_8),
                2..=4 => self.symbols.value(&mut cdfs.partition_w16_to_w64[usize::from(bsl - 2)][ctx], &Partition::ALL),
                _ => self.symbols.value(&mut cdfs.partition_w128[ctx], &Partition::OF_128),
            };
        }
        let probability = |partition: Partition| {
            let number = |i: usize| match (bsl, i) {
                (1, i @ 0..3) => cdfs.partition_w8[ctx].number(i as u32),
                (2..=4, i @ 0..9) => u32::from(cdfs.partition_w16_to_w64[usize::from(bsl - 2)][ctx][i]),
                (5.., i @ 0..7) => u32::from(cdfs.partition_w128[ctx][i]),
                _ => 0,
            };
            // Never that of PARTITION_NONE.
            number((partition as usize).saturating_sub(1)) - number(partition as usize)
        };
        let partitions: &[Partition] = if has_cols {
            &[
                Partition::Vertical,
                Partition::Split,
                Partition::HorizontalA,
                Partition::VerticalA,
                Partition::VerticalB,
                Partition::Vertical4,
            ]
        } else {
            &[
                Partition::Horizontal,
                Partition::Split,
                Partition::HorizontalA,
                Partition::HorizontalB,
                Partition::VerticalA,
                Partition::Horizontal4,
            ]
        };
        let count = match bsl {
            1 => 2,
            2..=4 => 6,
            _ => 5,
        };
        let psum = partitions.iter().take(count).map(|&partition| probability(partition)).sum();
        match (self.symbols.boolean_once(psum), has_cols) {
            (true, _) => Partition::Split,
            (false, true) => Partition::Horizontal,
            (false, false) => Partition::Vertical,
        }
    }
}
