//! Coding units (7.3.8.5) and prediction units (7.3.8.6).

pub(crate) mod coding_unit;
mod palette;

use codecorpus_bitstream::records::{PictureType, Prediction};
use codecorpus_bitstream::tally::Class;
use codecorpus_bitstream::{ParseError, Result};

use crate::block::coding_unit::{CodingUnit, PartMode};
use crate::motion::{MotionInputs, Mv, PredictionBlock, PuMotion, merge_candidate, mv_predictor};
use crate::neighbours::{CodingCell, CodingInfo, fill_sides};
use crate::state::SliceSegmentReader;
use crate::tables::intra::{INTRA_ANGULAR10, INTRA_ANGULAR26, INTRA_DC, INTRA_PLANAR, MODE_422};

/// How the motion of a prediction unit is coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum MotionMode {
    Skip,
    Merge,
    Amvp,
    /// Any of them, where the current picture is the reference.
    IntraBlockCopy,
}

impl MotionMode {
    pub(crate) const NAMES: &[&str] = &["skip", "merge", "amvp", "INTRABC"];
}

impl SliceSegmentReader<'_> {
    /// The coding blocks to the left and above.
    #[inline]
    pub(crate) fn coding_neighbours(&self, x: u32, y: u32) -> (CodingCell, CodingCell) {
        let left = self.left[((y - self.ctb.y) >> 3) as usize & 7];
        (left, self.picture_state.above.get((x >> 3) as usize).copied().unwrap_or(CodingCell::UNAVAILABLE))
    }

    /// coding_unit( ) (7.3.8.5).
    pub(crate) fn read_coding_unit(&mut self, x: u32, y: u32, log2_cb_size: u32, ct_depth: u8) -> Result<()> {
        self.cu = CodingUnit { x, y, log2_cb_size, ct_depth, ..CodingUnit::default() };
        let (left, above) = self.coding_neighbours(x, y);
        self.qp.begin_coding_unit(self.inputs.sps.sizes.ctb_log2, left, above, self.picture_state.last_qp);
        if self.inputs.pps.transquant_bypass_enabled_flag {
            self.cu.cu_transquant_bypass_flag = self.entropy.cu_transquant_bypass_flag();
        }
        if self.inputs.slice.slice_type != PictureType::I {
            self.cu.cu_skip_flag = self.entropy.cu_skip_flag(left.info.cu_skip_flag() + above.info.cu_skip_flag());
        }
        if self.cu.cu_skip_flag {
            self.cu.prediction = Prediction::Inter;
            self.read_prediction_units();
        } else {
            self.read_coded_coding_unit()?;
        }
        self.end_coding_unit();
        if self.entropy.cabac.overrun() {
            return Err(self.error(ParseError::end_of_data("coding_unit")));
        }
        Ok(())
    }

    /// coding_unit( ) (7.3.8.5) where cu_skip_flag is 0.
    fn read_coded_coding_unit(&mut self) -> Result<()> {
        let sps = self.inputs.sps;
        let log2_cb_size = self.cu.log2_cb_size;
        let i_slice = self.inputs.slice.slice_type == PictureType::I;
        self.cu.intra = i_slice || self.entropy.pred_mode_flag();
        if self.cu.intra
            && let Some(limits) = sps.scc.palette
            && log2_cb_size <= sps.sizes.max_tb_log2
            && self.entropy.palette_mode_flag()
        {
            return self.read_palette_syntax(limits);
        }
        if !self.cu.intra {
            self.cu.part_mode = self.entropy.part_mode_inter(log2_cb_size, sps.sizes.min_cb_log2, sps.amp_enabled_flag);
            self.cu.prediction = Prediction::Inter;
            self.read_prediction_units();
            let merged_whole = self.cu.part_mode == PartMode::Part2Nx2N && self.cu.merge_flag;
            if !merged_whole && !self.entropy.rqt_root_cbf() {
                self.charge(Class::Residual);
                return Ok(());
            }
        } else {
            if log2_cb_size == sps.sizes.min_cb_log2 {
                self.cu.part_mode = self.entropy.part_mode_intra();
            }
            if self.read_pcm_flag() {
                return self.read_pcm_sample();
            }
            self.read_intra_prediction_modes();
            self.charge(Class::Mode);
        }
        self.read_transform_trees()?;
        self.charge(Class::Residual);
        Ok(())
    }

    /// pcm_flag (7.3.8.5).
    fn read_pcm_flag(&mut self) -> bool {
        let log2_cb_size = self.cu.log2_cb_size;
        let allowed = self.cu.part_mode == PartMode::Part2Nx2N
            && self.inputs.sps.pcm.is_some_and(|pcm| (pcm.log2_min_size..=pcm.log2_max_size).contains(&log2_cb_size));
        allowed && self.entropy.cabac.terminate()
    }

    /// pcm_sample( ) (7.3.8.7): passed over, and the arithmetic decoder begins anew behind it (9.3.2.5).
    fn read_pcm_sample(&mut self) -> Result<()> {
        let sps = self.inputs.sps;
        let Some(pcm) = sps.pcm else { return Ok(()) };
        self.cu.prediction = Prediction::Pcm;
        self.charge(Class::Mode);
        let luma = 1u64 << (2 * self.cu.log2_cb_size);
        let chroma = match sps.chroma_array_type {
            0 => 0,
            1 => luma / 2,
            2 => luma,
            _ => luma * 2,
        };
        let bits = luma * u64::from(pcm.bit_depth.luma) + chroma * u64::from(pcm.bit_depth.chroma);
        let begin = (self.entropy.cabac.end_position().max(0) as usize).div_ceil(8);
        self.entropy.cabac.restart(begin + (bits as usize).div_ceil(8))?;
        self.charge(Class::Residual);
        Ok(())
    }

    /// prev_intra_luma_pred_flag to intra_chroma_pred_mode (7.3.8.5), and the modes that they come to (8.4.2, 8.4.3).
    fn read_intra_prediction_modes(&mut self) {
        let parts = if self.cu.part_mode == PartMode::PartNxN { 4 } else { 1 };
        let mut prev_intra_luma_pred_flag = [false; 4];
        for flag in prev_intra_luma_pred_flag.iter_mut().take(parts) {
            *flag = self.entropy.prev_intra_luma_pred_flag();
        }
        let size = (1u32 << self.cu.log2_cb_size) >> (parts / 4);
        for (part, &prev_intra_luma_pred_flag) in prev_intra_luma_pred_flag.iter().enumerate().take(parts) {
            let mpm_idx_or_rem =
                if prev_intra_luma_pred_flag { self.entropy.mpm_idx() } else { self.entropy.rem_intra_luma_pred_mode() };
            let (a, b) = self.intra_neighbours(part, size);
            let candidates = mpm_candidates(a, b);
            let mode = luma_mode(candidates, prev_intra_luma_pred_flag, mpm_idx_or_rem);
            self.cu.intra_pred_mode[part] = mode;
        }
        if parts == 1 {
            self.cu.intra_pred_mode = [self.cu.intra_pred_mode[0]; 4];
        }
        self.read_chroma_prediction_modes(parts);
    }

    /// intra_chroma_pred_mode, and IntraPredModeC (8.4.3).
    fn read_chroma_prediction_modes(&mut self, parts: usize) {
        let chroma_array_type = self.inputs.sps.chroma_array_type;
        if chroma_array_type == 0 {
            return;
        }
        let coded = if chroma_array_type == 3 { parts } else { 1 };
        for part in 0..4 {
            if part >= coded {
                self.cu.intra_chroma_pred_mode[part] = self.cu.intra_chroma_pred_mode[0];
                self.cu.intra_pred_mode_c[part] = self.cu.intra_pred_mode_c[0];
                continue;
            }
            let chroma = self.entropy.intra_chroma_pred_mode();
            let luma = self.cu.intra_pred_mode[part];
            let mode = chroma_mode(luma, chroma);
            self.cu.intra_chroma_pred_mode[part] = chroma;
            self.cu.intra_pred_mode_c[part] = if chroma_array_type == 2 { MODE_422[usize::from(mode).min(34)] } else { mode };
        }
    }

    /// candIntraPredModeA and candIntraPredModeB (8.4.2) of a part with sides of `size`.
    fn intra_neighbours(&self, part: usize, size: u32) -> (u8, u8) {
        let modes = &self.cu.intra_pred_mode;
        let x = self.cu.x + if part & 1 == 1 { size } else { 0 };
        let y = self.cu.y + if part & 2 == 2 { size } else { 0 };
        let (left, above) = self.coding_neighbours(x, y);
        let a = if part & 1 == 1 { modes[part - 1] } else { left.intra_pred_mode[(y >> 2) as usize & 1] };
        let b = match part {
            2.. => modes[part & 3 ^ 2],
            // The CTB above counts as INTRA_DC.
            _ if y == self.ctb.y => INTRA_DC,
            _ => above.intra_pred_mode[(x >> 2) as usize & 1],
        };
        (a, b)
    }

    /// prediction_unit( ) (7.3.8.6) of every part.
    fn read_prediction_units(&mut self) {
        self.charge(Class::Mode);
        let mut intra_block_copy = self.inputs.motion.screen_content;
        let quarter = (1i32 << self.cu.log2_cb_size) >> 2;
        for (part, &[x, y, w, h]) in self.cu.part_mode.parts().iter().enumerate() {
            let block = PredictionBlock {
                x: self.cu.x as i32 + x * quarter,
                y: self.cu.y as i32 + y * quarter,
                w: w * quarter,
                h: h * quarter,
                part: part as u8,
            };
            intra_block_copy &= self.read_prediction_unit(&block);
        }
        if intra_block_copy {
            self.cu.prediction = Prediction::IntraBc;
        }
        self.charge(Class::Motion);
    }

    /// prediction_unit( ) (7.3.8.6), and its motion (8.5.3.2.1); says whether it copies from the current picture.
    fn read_prediction_unit(&mut self, block: &PredictionBlock) -> bool {
        let slice = self.inputs.slice;
        let skip = self.cu.cu_skip_flag;
        let merge_flag = skip || self.entropy.merge_flag();
        if block.part == 0 {
            self.cu.merge_flag = merge_flag;
        }
        let (mut motion, mut mode) = if merge_flag {
            let merge_idx = self.entropy.merge_idx(slice.max_num_merge_cand);
            let cu = (self.cu.x as i32, self.cu.y as i32, 1 << self.cu.log2_cb_size);
            let motion = merge_candidate(&self.motion_inputs(), cu, self.cu.part_mode, block, merge_idx);
            (motion, if skip { MotionMode::Skip } else { MotionMode::Merge })
        } else {
            (self.read_explicit_motion(block), MotionMode::Amvp)
        };
        let mut intra_block_copy = false;
        if self.inputs.motion.screen_content {
            let inputs = self.motion_inputs();
            motion = inputs.restricted(block, motion);
            intra_block_copy = inputs.is_intra_block_copy(&motion);
            if intra_block_copy {
                mode = MotionMode::IntraBlockCopy;
            }
        }
        self.grid.set(block, motion);
        self.field.save(block, motion, self.inputs.lists);
        self.emit_motion(block, motion, mode);
        intra_block_copy
    }

    /// inter_pred_idc to mvp_l1_flag (7.3.8.6), and the vectors that they come to (8.5.3.2.1).
    fn read_explicit_motion(&mut self, block: &PredictionBlock) -> PuMotion {
        let slice = self.inputs.slice;
        let used = if slice.slice_type == PictureType::B {
            self.entropy.inter_pred_idc(block.w as u32, block.h as u32, self.cu.ct_depth)
        } else {
            [true, false]
        };
        let mut motion = PuMotion::UNAVAILABLE;
        let mut coded = [([0; 2], false); 2];
        for list in 0..2 {
            if !used[list] {
                continue;
            }
            motion.ref_idx[list] = self.entropy.ref_idx(slice.num_ref_idx_active[list]) as i8;
            let zero = list == 1 && slice.mvd_l1_zero_flag && used[0];
            let mvd = if zero { [0; 2] } else { self.entropy.mvd() };
            coded[list] = (mvd, self.entropy.mvp_flag());
        }
        for list in 0..2 {
            if used[list] {
                let (mvd, mvp_flag) = coded[list];
                let inputs = self.motion_inputs();
                let predictor: Mv = mv_predictor(&inputs, block, list, motion.ref_idx[list], mvp_flag);
                let whole = inputs.slice.screen_content && inputs.is_whole(list, motion.ref_idx[list]);
                motion.mv[list] = if whole { predictor.plus_whole(mvd) } else { predictor.plus(mvd) };
            }
        }
        motion
    }

    fn motion_inputs(&self) -> MotionInputs<'_> {
        MotionInputs {
            lists: self.inputs.lists,
            grid: &self.grid,
            collocated: self.inputs.collocated,
            lacks_collocated: &self.lacks_collocated,
            slice: &self.inputs.motion,
        }
    }

    /// What later coding units ask of this one, and its row.
    fn end_coding_unit(&mut self) {
        let count = (1usize << self.cu.log2_cb_size) >> 3;
        let info = CodingInfo::new(self.cu.ct_depth, self.cu.cu_skip_flag);
        let (column, row) = ((self.cu.x >> 3) as usize, ((self.cu.y - self.ctb.y) >> 3) as usize);
        let cell = |a: u8, b: u8| CodingCell { info, qp_y: self.qp.qp_y as i8, intra_pred_mode: [a, b] };
        let (left, above) = (&mut self.left, &mut self.picture_state.above);
        let coded = self.cu.prediction == Prediction::Intra;
        let [mode, right, below, last] = if coded { self.cu.intra_pred_mode } else { [INTRA_DC; 4] };
        if !self.cu.intra_split() {
            fill_sides(left, row, above, column, count, [cell(mode, mode); 2]);
        } else if count == 1 {
            fill_sides(left, row, above, column, 1, [cell(right, last), cell(below, last)]);
        } else {
            let half = count / 2;
            fill_sides(left, row, above, column, half, [cell(right, right), cell(below, below)]);
            fill_sides(left, row + half, above, column + half, half, [cell(last, last); 2]);
        }
        self.picture_state.last_qp = self.qp.qp_y;
        self.emit_block();
    }
}

/// candModeList (8.4.2).
fn mpm_candidates(a: u8, b: u8) -> [u8; 3] {
    if a == b {
        if a < 2 {
            return [INTRA_PLANAR, INTRA_DC, INTRA_ANGULAR26];
        }
        return [a, 2 + ((a + 29) % 32), 2 + ((a - 2 + 1) % 32)];
    }
    let third = [INTRA_PLANAR, INTRA_DC, INTRA_ANGULAR26].into_iter().find(|&mode| mode != a && mode != b);
    [a, b, third.unwrap_or(INTRA_ANGULAR26)]
}

/// IntraPredModeY (8.4.2) from mpm_idx or rem_intra_luma_pred_mode.
fn luma_mode(mut candidates: [u8; 3], prev_intra_luma_pred_flag: bool, mpm_idx_or_rem: u8) -> u8 {
    if prev_intra_luma_pred_flag {
        return candidates[usize::from(mpm_idx_or_rem).min(2)];
    }
    candidates.sort_unstable();
    candidates.into_iter().fold(mpm_idx_or_rem, |mode, candidate| mode + u8::from(mode >= candidate)).min(34)
}

/// Table 8-2: modeIdc.
fn chroma_mode(luma: u8, intra_chroma_pred_mode: u8) -> u8 {
    let mode = match intra_chroma_pred_mode {
        0 => INTRA_PLANAR,
        1 => INTRA_ANGULAR26,
        2 => INTRA_ANGULAR10,
        3 => INTRA_DC,
        _ => return luma,
    };
    if mode == luma { 34 } else { mode }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn most_probable_modes() {
        assert_eq!(mpm_candidates(1, 1), [0, 1, 26]);
        assert_eq!(mpm_candidates(10, 10), [10, 9, 11]);
        assert_eq!(mpm_candidates(2, 2), [2, 33, 3]);
        assert_eq!(mpm_candidates(34, 34), [34, 33, 3]);
        assert_eq!(mpm_candidates(0, 1), [0, 1, 26]);
        assert_eq!(mpm_candidates(26, 0), [26, 0, 1]);
    }

    #[test]
    fn the_remaining_mode_skips_the_candidates() {
        assert_eq!(luma_mode([26, 0, 1], false, 0), 2);
        assert_eq!(luma_mode([26, 0, 1], false, 24), 27);
        assert_eq!(luma_mode([26, 0, 1], true, 0), 26);
        assert_eq!(chroma_mode(26, 1), 34);
        assert_eq!(chroma_mode(7, 4), 7);
    }

    #[test]
    fn parts_tile_the_coding_block() {
        for mode in [PartMode::Part2NxnU, PartMode::PartnRx2N, PartMode::PartNxN, PartMode::Part2NxN] {
            assert_eq!(mode.parts().iter().map(|[_, _, w, h]| w * h).sum::<i32>(), 16);
        }
    }
}
