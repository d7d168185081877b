//! Binarisations and context increments of palette_syntax( ) (9.3.3, 9.3.4.2.8).

use super::Entropy;
use crate::residual::coeff_abs_level_remaining;
use crate::tables::contexts as ctx;

impl Entropy<'_> {
    pub(crate) fn palette_mode_flag(&mut self) -> bool {
        self.bin(ctx::PALETTE_MODE_FLAG, 0)
    }

    pub(crate) fn palette_predictor_run(&mut self) -> u32 {
        self.exp_golomb(0)
    }

    pub(crate) fn num_signalled_palette_entries(&mut self) -> u32 {
        self.exp_golomb(0)
    }

    /// num_palette_indices_minus1 (9.3.3.14).
    pub(crate) fn num_palette_indices_minus1(&mut self, max_palette_index: u32) -> u32 {
        coeff_abs_level_remaining(&mut self.cabac, 3 + ((max_palette_index + 1) >> 3), None)
    }

    /// Truncated binary of a value up to `max` (9.3.3.6), in bypass bins.
    pub(crate) fn truncated_binary(&mut self, max: u32) -> u32 {
        let n = max + 1;
        let k = n.ilog2();
        let short = (2 << k) - n;
        let value = self.cabac.bypass_bits(k);
        if value < short { value } else { (value << 1 | u32::from(self.cabac.bypass())) - short }
    }

    /// copy_above_palette_indices_flag, or copy_above_indices_for_final_run_flag.
    pub(crate) fn copy_above_flag(&mut self) -> bool {
        self.bin(ctx::COPY_ABOVE_PALETTE_INDICES_FLAG, 0)
    }

    pub(crate) fn palette_transpose_flag(&mut self) -> bool {
        self.bin(ctx::PALETTE_TRANSPOSE_FLAG, 0)
    }

    /// PaletteRunMinus1, up to `max`, from palette_run_prefix and palette_run_suffix. `palette_idx_idc` is that of the run;
    /// none where it copies the indices above.
    pub(crate) fn palette_run_minus1(&mut self, max: u32, palette_idx_idc: Option<u32>) -> u32 {
        if max == 0 {
            return 0;
        }
        // ctxInc by binIdx (table 9-46, 9.3.4.2.8); bins beyond are bypass bins.
        let increments = match palette_idx_idc {
            None => [5, 6, 6, 7, 7],
            Some(0) => [0, 3, 3, 4, 4],
            Some(1 | 2) => [1, 3, 3, 4, 4],
            Some(_) => [2, 3, 3, 4, 4],
        };
        let prefix = self.unary(max.ilog2() + 1, |s, bin| match increments.get(bin as usize) {
            Some(&increment) => s.bin(ctx::PALETTE_RUN_PREFIX, increment),
            None => s.cabac.bypass(),
        });
        if prefix < 2 {
            return prefix;
        }
        let offset = 1 << (prefix - 1);
        offset + self.truncated_binary((offset - 1).min(max - offset))
    }

    /// palette_escape_val, where it is quantised.
    pub(crate) fn palette_escape_val(&mut self) -> u32 {
        self.exp_golomb(3)
    }
}
