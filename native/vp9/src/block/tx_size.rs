//! read_tx_size( ) (6.4.10).

use super::Block;
use crate::headers::compressed::TxMode;
use crate::neighbours::Modes;
use crate::state::Tile;
use crate::tables::sizes::TxSize;

impl Tile<'_> {
    /// read_tx_size( ) (6.4.10).
    pub(super) fn read_tx_size(&mut self, block: &mut Block, allow_select: bool) {
        let largest = block.place.size.max_tx_size();
        let tx_mode = self.frame.compressed.tx_mode;
        block.info.modes.tx_size = if allow_select && tx_mode == TxMode::Select && largest > TxSize::T4x4 {
            self.read_selected(block, largest)
        } else {
            // tx_mode_to_biggest_tx_size.
            largest.min(TxSize::from_log2(tx_mode as u8))
        };
    }

    /// tx_size (9.3.1, 9.3.2).
    fn read_selected(&mut self, block: &Block, largest: TxSize) -> TxSize {
        let of = |modes: Option<Modes>| modes.map(|modes| if modes.skip { largest } else { modes.tx_size });
        let (above, left) = match (of(block.above), of(block.left)) {
            (Some(above), Some(left)) => (above, left),
            (Some(one), None) | (None, Some(one)) => (one, one),
            (None, None) => (largest, largest),
        };
        let ctx = usize::from(above as u8 + left as u8 > largest as u8);
        let probabilities = &self.frame.probabilities;
        let probabilities: &[u8] = match largest {
            TxSize::T4x4 | TxSize::T8x8 => &probabilities.tx_8x8[ctx],
            TxSize::T16x16 => &probabilities.tx_16x16[ctx],
            TxSize::T32x32 => &probabilities.tx_32x32[ctx],
        };
        let larger = probabilities.iter().take_while(|&&probability| self.bools.bool(probability)).count();
        match largest {
            TxSize::T4x4 | TxSize::T8x8 => self.counts.tx_8x8[ctx][larger & 1] += 1,
            TxSize::T16x16 => self.counts.tx_16x16[ctx][larger.min(2)] += 1,
            TxSize::T32x32 => self.counts.tx_32x32[ctx][larger & 3] += 1,
        }
        TxSize::from_log2(larger as u8)
    }
}
