//! The tree of a tile: decode_tile( ) and decode_partition( ) (6.4.1, 6.4.2).

use codecorpus_bitstream::error::Result;
use codecorpus_bitstream::tally::Class;

use crate::neighbours::fill;
use crate::state::Tile;
use crate::tables::modes::KF_PARTITION_PROBS;
use crate::tables::sizes::{BlockSize, Partition, SUBSIZES};

/// log2 of a superblock's side in units of 8 luma samples.
const SUPERBLOCK_LOG2: usize = 3;

impl Tile<'_> {
    /// decode_tile( ) (6.4.1), with the exit process of its Boolean decoder.
    pub(crate) fn decode(&mut self) -> Result<()> {
        self.charge(Class::Header);
        for row in self.rows.clone().step_by(1 << SUPERBLOCK_LOG2) {
            self.left.clear(1 << SUPERBLOCK_LOG2);
            self.map.grow(self.frame.mi_rows.min(row + (1 << SUPERBLOCK_LOG2)));
            for col in self.cols.clone().step_by(1 << SUPERBLOCK_LOG2) {
                self.decode_partition(row, col, SUPERBLOCK_LOG2)?;
            }
        }
        self.bools.exit("tile")?;
        // The marker bit, and the padding.
        self.picture.charge_header(self.tally.spent(Class::Header) + (self.bools.size() - self.tally.mark()));
        Ok(())
    }

    /// decode_partition( ) (6.4.2) of a square block whose side is `1 << log2` units.
    fn decode_partition(&mut self, row: usize, col: usize, log2: usize) -> Result<()> {
        if row >= self.frame.mi_rows || col >= self.frame.mi_cols {
            return Ok(());
        }
        let half = (1 << log2) >> 1;
        let has_rows = row + half < self.frame.mi_rows;
        let has_cols = col + half < self.frame.mi_cols;
        let partition = self.read_partition(row, col, log2, has_rows, has_cols);
        let size = SUBSIZES[partition as usize][log2];
        let (subsampling_x, subsampling_y) = (self.frame.header.color.subsampling_x, self.frame.header.color.subsampling_y);
        if !size.has_chroma(subsampling_x, subsampling_y) {
            return Err(self.malformed("partition", "a block size that this chroma format cannot have"));
        }
        if log2 == 0 {
            self.decode_block(row, col, size)?;
        } else {
            match partition {
                Partition::None => self.decode_block(row, col, size)?,
                Partition::Horizontal => {
                    self.decode_block(row, col, size)?;
                    if has_rows {
                        self.decode_block(row + half, col, size)?;
                    }
                }
                Partition::Vertical => {
                    self.decode_block(row, col, size)?;
                    if has_cols {
                        self.decode_block(row, col + half, size)?;
                    }
                }
                Partition::Split => {
                    for (row, col) in [(row, col), (row, col + half), (row + half, col), (row + half, col + half)] {
                        self.decode_partition(row, col, log2 - 1)?;
                    }
                    return Ok(());
                }
            }
        }
        self.set_partition_contexts(row, col, log2, size);
        Ok(())
    }

    /// AbovePartitionContext and LeftPartitionContext (6.4.2): a bit for each larger block that the block's side is short of.
    fn set_partition_contexts(&mut self, row: usize, col: usize, log2: usize, size: BlockSize) {
        let units = 1 << log2;
        fill(&mut self.above.partition, col, units, (15 << size.width_log2()) & 15);
        fill(&mut self.left.partition, row & 7, units, (15 << size.height_log2()) & 15);
    }

    /// partition (9.3.1, 9.3.2).
    fn read_partition(&mut self, row: usize, col: usize, log2: usize, has_rows: bool, has_cols: bool) -> Partition {
        let bit = |contexts: &[u8], at: usize| usize::from(contexts.get(at).copied().unwrap_or(0) >> log2 & 1);
        let ctx = (log2 * 4 + bit(&self.left.partition, row & 7) * 2 + bit(&self.above.partition, col)) & 15;
        let probabilities = if self.frame.is_intra { &KF_PARTITION_PROBS[ctx] } else { &self.frame.probabilities.partition[ctx] };
        let partition = match (has_rows, has_cols) {
            (true, true) => Partition::from_code(self.bools.unary_tree(probabilities) as u8),
            (false, true) if !self.bools.bool(probabilities[1]) => Partition::Horizontal,
            (true, false) if !self.bools.bool(probabilities[2]) => Partition::Vertical,
            _ => Partition::Split,
        };
        self.counts.partition[ctx][partition as usize] += 1;
        partition
    }
}
