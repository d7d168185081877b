//! Slice segment headers (7.3.6.1, 7.4.7.1).

use codecorpus_bitstream::qp::qp_bd_offset;
use codecorpus_bitstream::records::PictureType;
use codecorpus_bitstream::{BitReader, ParseError, Result};

use super::nal::NalHeader;
use super::pps::Pps;
use super::rps::ShortTermRefPicSet;
use super::sps::Sps;
use super::weights::{Weighted, read_pred_weight_table};

/// What every slice segment has of its own, up to slice_segment_address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SegmentStart {
    pub(crate) first_slice_segment_in_pic_flag: bool,
    pub(crate) no_output_of_prior_pics_flag: bool,
    pub(crate) pps_id: u8,
}

/// What a slice segment has of its own, and what dependent ones inherit.
#[derive(Debug, Clone, Default)]
pub(crate) struct SliceSegmentHeader {
    pub(crate) dependent_slice_segment_flag: bool,
    pub(crate) slice_segment_address: u32,
    /// entry_point_offset_minus1 + 1, in bytes with emulation prevention.
    pub(crate) entry_point_offsets: Vec<u32>,
    /// Byte of the RBSP (NAL unit header included) where slice_segment_data( ) begins.
    pub(crate) data_begin: usize,
}

/// The part of a slice segment header that holds for all segments of the slice.
#[derive(Debug, Clone, Default)]
pub(crate) struct SliceHeader {
    /// SliceAddrRs.
    pub(crate) slice_addr_rs: u32,
    pub(crate) no_output_of_prior_pics_flag: bool,
    pub(crate) slice_type: PictureType,
    pub(crate) pic_output_flag: bool,
    pub(crate) slice_pic_order_cnt_lsb: u32,
    pub(crate) short_term_ref_pic_set: ShortTermRefPicSet,
    pub(crate) long_term_ref_pics: Vec<LongTermRef>,
    pub(crate) slice_temporal_mvp_enabled_flag: bool,
    pub(crate) slice_sao_luma_flag: bool,
    pub(crate) slice_sao_chroma_flag: bool,
    /// num_ref_idx_l0_active_minus1 + 1 and of list 1; 0 where the slice type has no such list.
    pub(crate) num_ref_idx_active: [u8; 2],
    /// list_entry_l0 and list_entry_l1, where the list is modified.
    pub(crate) list_entries: [Option<Vec<u8>>; 2],
    pub(crate) mvd_l1_zero_flag: bool,
    pub(crate) cabac_init_flag: bool,
    pub(crate) collocated_from_l0_flag: bool,
    pub(crate) collocated_ref_idx: u8,
    pub(crate) weighted: Weighted,
    pub(crate) max_num_merge_cand: u8,
    pub(crate) qp: SliceQp,
    /// Whether vectors are of whole samples: use_integer_mv_flag, or what is inferred for it.
    pub(crate) use_integer_mv_flag: bool,
    /// Whether the current picture may be referred to: pps_curr_pic_ref_enabled_flag.
    pub(crate) curr_pic_ref: bool,
}

/// Quantisation parameters of a slice.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct SliceQp {
    /// SliceQpY.
    pub(crate) luma: i32,
    /// slice_cb_qp_offset, slice_cr_qp_offset.
    pub(crate) offset: [i32; 2],
    pub(crate) cu_chroma_qp_offset_enabled_flag: bool,
    /// slice_act_y_qp_offset, slice_act_cb_qp_offset, slice_act_cr_qp_offset.
    pub(crate) act_offset: [i32; 3],
}

/// ref_pic_list_modification_flag_l0 and list_entry_l0, and those of list 1.
const LISTS_MODIFICATION: [[&str; 2]; 2] =
    [["ref_pic_list_modification_flag_l0", "list_entry_l0"], ["ref_pic_list_modification_flag_l1", "list_entry_l1"]];

/// A candidate long-term reference picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LongTermRef {
    /// PocLsbLt.
    pub(crate) poc_lsb: u32,
    pub(crate) delta_poc_msb_present_flag: bool,
    /// DeltaPocMsbCycleLt.
    pub(crate) delta_poc_msb_cycle: u32,
    pub(crate) used_by_curr_pic: bool,
}

impl SegmentStart {
    pub(crate) fn read(bits: &mut BitReader<'_>, nal: NalHeader) -> Result<Self> {
        let first_slice_segment_in_pic_flag = bits.flag("first_slice_segment_in_pic_flag")?;
        let no_output_of_prior_pics_flag = nal.unit_type.is_irap() && bits.flag("no_output_of_prior_pics_flag")?;
        let pps_id = bits.ue_max(63, "slice_pic_parameter_set_id")? as u8;
        Ok(Self { first_slice_segment_in_pic_flag, no_output_of_prior_pics_flag, pps_id })
    }
}

/// ceil( log2( n ) ).
pub(crate) const fn ceil_log2(n: u32) -> u32 {
    if n <= 1 { 0 } else { 32 - (n - 1).leading_zeros() }
}

impl SliceSegmentHeader {
    /// slice_segment_header( ) from behind slice_pic_parameter_set_id. `slice` is the header of the last independent
    /// segment of the picture, and is replaced where this one is independent too.
    pub(crate) fn read(
        bits: &mut BitReader<'_>,
        nal: NalHeader,
        start: SegmentStart,
        sps: &Sps,
        pps: &Pps,
        slice: &mut Option<SliceHeader>,
    ) -> Result<Self> {
        let mut segment = Self::default();
        if !start.first_slice_segment_in_pic_flag {
            if pps.dependent_slice_segments_enabled_flag {
                segment.dependent_slice_segment_flag = bits.flag("dependent_slice_segment_flag")?;
            }
            let pic_size_in_ctbs = sps.width_in_ctbs() * sps.height_in_ctbs();
            segment.slice_segment_address = bits.u(ceil_log2(pic_size_in_ctbs), "slice_segment_address")?;
            if segment.slice_segment_address >= pic_size_in_ctbs {
                return Err(ParseError::malformed("slice_segment_address", "outside the picture").at_bit(bits.position() as u64));
            }
        }
        if !segment.dependent_slice_segment_flag {
            let header = SliceHeader::read(bits, nal, segment.slice_segment_address, sps, pps)?;
            *slice = Some(SliceHeader { no_output_of_prior_pics_flag: start.no_output_of_prior_pics_flag, ..header });
        }
        segment.read_entry_points(bits, sps, pps)?;
        if pps.slice_segment_header_extension_present_flag {
            let length = bits.ue_max(256, "slice_segment_header_extension_length")?;
            bits.bytes(length as usize, "slice_segment_header_extension_data_byte")?;
        }
        if !bits.flag("alignment_bit_equal_to_one")? {
            return Err(ParseError::malformed("alignment_bit_equal_to_one", "it is zero").at_bit(bits.position() as u64 - 1));
        }
        bits.align();
        segment.data_begin = bits.position() / 8;
        Ok(segment)
    }

    fn read_entry_points(&mut self, bits: &mut BitReader<'_>, sps: &Sps, pps: &Pps) -> Result<()> {
        if pps.tiles.is_none() && !pps.entropy_coding_sync_enabled_flag {
            return Ok(());
        }
        let count = bits.ue_max(sps.width_in_ctbs() * sps.height_in_ctbs(), "num_entry_point_offsets")?;
        if count > 0 {
            let length = bits.ue_max(31, "offset_len_minus1")? + 1;
            for _ in 0..count {
                self.entry_point_offsets.push(bits.u(length, "entry_point_offset_minus1")?.saturating_add(1));
            }
        }
        Ok(())
    }
}

impl SliceHeader {
    fn read(bits: &mut BitReader<'_>, nal: NalHeader, address: u32, sps: &Sps, pps: &Pps) -> Result<Self> {
        let curr_pic_ref = pps.scc.pps_curr_pic_ref_enabled_flag;
        let mut header = Self { slice_addr_rs: address, pic_output_flag: true, curr_pic_ref, ..Self::default() };
        for _ in 0..pps.num_extra_slice_header_bits {
            bits.flag("slice_reserved_flag")?;
        }
        header.slice_type = match bits.ue_max(2, "slice_type")? {
            0 => PictureType::B,
            1 => PictureType::P,
            _ => PictureType::I,
        };
        if pps.output_flag_present_flag {
            header.pic_output_flag = bits.flag("pic_output_flag")?;
        }
        if !nal.unit_type.is_idr() {
            header.read_reference_picture_set(bits, sps)?;
        }
        if sps.sample_adaptive_offset_enabled_flag {
            header.slice_sao_luma_flag = bits.flag("slice_sao_luma_flag")?;
            header.slice_sao_chroma_flag = sps.chroma_array_type != 0 && bits.flag("slice_sao_chroma_flag")?;
        }
        if header.slice_type != PictureType::I {
            header.read_inter(bits, sps, pps)?;
        }
        header.read_qp(bits, sps, pps)?;
        header.read_loop_filter(bits, pps)?;
        Ok(header)
    }

    fn read_reference_picture_set(&mut self, bits: &mut BitReader<'_>, sps: &Sps) -> Result<()> {
        self.slice_pic_order_cnt_lsb = bits.u(sps.log2_max_pic_order_cnt_lsb, "slice_pic_order_cnt_lsb")?;
        let sets = &sps.short_term_ref_pic_sets;
        if bits.flag("short_term_ref_pic_set_sps_flag")? {
            let index = bits.u(ceil_log2(sets.len() as u32), "short_term_ref_pic_set_idx")?;
            let set = sets.get(index as usize);
            let missing = || ParseError::malformed("short_term_ref_pic_set_idx", "the SPS has no such set");
            self.short_term_ref_pic_set = set.ok_or_else(missing)?.clone();
        } else {
            self.short_term_ref_pic_set = ShortTermRefPicSet::read(bits, sets, true)?;
        }
        if let Some(candidates) = &sps.long_term_ref_pics {
            self.read_long_term(bits, sps, candidates)?;
        }
        if sps.sps_temporal_mvp_enabled_flag {
            self.slice_temporal_mvp_enabled_flag = bits.flag("slice_temporal_mvp_enabled_flag")?;
        }
        Ok(())
    }

    fn read_long_term(&mut self, bits: &mut BitReader<'_>, sps: &Sps, candidates: &[(u32, bool)]) -> Result<()> {
        let num_candidates = candidates.len() as u32;
        let num_long_term_sps = if num_candidates > 0 { bits.ue_max(num_candidates, "num_long_term_sps")? } else { 0 };
        let num_long_term_pics = bits.ue_max(33, "num_long_term_pics")?;
        for i in 0..num_long_term_sps + num_long_term_pics {
            let (poc_lsb, used_by_curr_pic) = if i < num_long_term_sps {
                let index = bits.u(ceil_log2(num_candidates), "lt_idx_sps")?;
                *candidates
                    .get(index as usize)
                    .ok_or_else(|| ParseError::malformed("lt_idx_sps", "the SPS has no such picture"))?
            } else {
                (bits.u(sps.log2_max_pic_order_cnt_lsb, "poc_lsb_lt")?, bits.flag("used_by_curr_pic_lt_flag")?)
            };
            // DeltaPocMsbCycleLt (7-52): differences, from the first one of either kind on.
            let before =
                self.long_term_ref_pics.last().filter(|_| i != num_long_term_sps).map_or(0, |last| last.delta_poc_msb_cycle);
            let delta_poc_msb_present_flag = bits.flag("delta_poc_msb_present_flag")?;
            let delta = if delta_poc_msb_present_flag { bits.ue("delta_poc_msb_cycle_lt")? } else { 0 };
            let delta_poc_msb_cycle = before.wrapping_add(delta);
            self.long_term_ref_pics.push(LongTermRef {
                poc_lsb,
                delta_poc_msb_present_flag,
                delta_poc_msb_cycle,
                used_by_curr_pic,
            });
        }
        Ok(())
    }

    /// NoOutputOfPriorPicsFlag (C.5.2.2) of a picture that begins a sequence, where `is_first` as behind an end of sequence. That
    /// sizes change leaves it as it is, as decoders may have it.
    pub(crate) fn no_output_of_prior_pics(&self, nal: NalHeader, is_first: bool) -> bool {
        if nal.unit_type.is_cra() { is_first } else { self.no_output_of_prior_pics_flag }
    }

    /// NumPicTotalCurr.
    pub(crate) fn num_pic_total_curr(&self) -> usize {
        let short = self.short_term_ref_pic_set.s0.iter().chain(&self.short_term_ref_pic_set.s1);
        short.filter(|pic| pic.used_by_curr_pic).count()
            + self.long_term_ref_pics.iter().filter(|pic| pic.used_by_curr_pic).count()
            + usize::from(self.curr_pic_ref)
    }

    /// Which entry of RefPicListTempX becomes entry `i` of list `x` (8.3.4), of `total` that are not repeated. The current
    /// picture, where it may be referred to, is the last of them.
    pub(crate) fn list_entry(&self, x: usize, i: usize, total: usize) -> usize {
        let count = usize::from(self.num_ref_idx_active[x]);
        match &self.list_entries[x] {
            Some(entries) => entries.get(i).map_or(0, |&entry| usize::from(entry)) % total,
            None if self.curr_pic_ref && x == 0 && i + 1 == count && total > count => total - 1,
            // RefPicListTempX is cyclic, so that its length does not matter.
            None => i % total,
        }
    }

    /// For either list, a bit for each entry that is the current picture.
    fn current_picture_entries(&self) -> [u16; 2] {
        let total = self.num_pic_total_curr();
        let is_current = |x: usize, i: usize| self.curr_pic_ref && self.list_entry(x, i, total) + 1 == total;
        let entries = |x: usize| 0..usize::from(self.num_ref_idx_active[x]).min(16);
        [0, 1].map(|x| entries(x).filter(|&i| is_current(x, i)).fold(0, |bits, i| bits | 1 << i))
    }

    fn read_inter(&mut self, bits: &mut BitReader<'_>, sps: &Sps, pps: &Pps) -> Result<()> {
        let b = self.slice_type == PictureType::B;
        self.num_ref_idx_active = pps.references.num_ref_idx_default_active;
        if bits.flag("num_ref_idx_active_override_flag")? {
            self.num_ref_idx_active[0] = bits.ue_max(14, "num_ref_idx_l0_active_minus1")? as u8 + 1;
            if b {
                self.num_ref_idx_active[1] = bits.ue_max(14, "num_ref_idx_l1_active_minus1")? as u8 + 1;
            }
        }
        if !b {
            self.num_ref_idx_active[1] = 0;
        }
        let num_pic_total_curr = self.num_pic_total_curr();
        if num_pic_total_curr == 0 {
            return Err(
                ParseError::malformed("slice_type", "an inter slice without reference pictures").at_bit(bits.position() as u64)
            );
        }
        if pps.references.lists_modification_present_flag && num_pic_total_curr > 1 {
            self.read_lists_modification(bits, num_pic_total_curr as u32)?;
        }
        self.mvd_l1_zero_flag = b && bits.flag("mvd_l1_zero_flag")?;
        self.cabac_init_flag = pps.cabac_init_present_flag && bits.flag("cabac_init_flag")?;
        self.read_collocated(bits)?;
        if (pps.references.weighted_pred_flag && !b) || (pps.references.weighted_bipred_flag && b) {
            let unweighted = self.current_picture_entries();
            self.weighted = read_pred_weight_table(bits, self.num_ref_idx_active, unweighted, sps.chroma_array_type != 0)?;
        }
        self.max_num_merge_cand = 5 - bits.ue_max(4, "five_minus_max_num_merge_cand")? as u8;
        self.use_integer_mv_flag = match sps.scc.motion_vector_resolution_control_idc {
            2 => bits.flag("use_integer_mv_flag")?,
            idc => idc == 1,
        };
        Ok(())
    }

    /// ref_pic_lists_modification( ) (7.3.6.2).
    fn read_lists_modification(&mut self, bits: &mut BitReader<'_>, num_pic_total_curr: u32) -> Result<()> {
        let length = ceil_log2(num_pic_total_curr);
        let lists = self.list_entries.iter_mut().zip(&self.num_ref_idx_active);
        for ((entries, &count), [flag, element]) in lists.zip(LISTS_MODIFICATION) {
            if count > 0 && bits.flag(flag)? {
                let read = (0..count).map(|_| {
                    let entry = bits.u(length, element)?;
                    let fits = entry < num_pic_total_curr;
                    if fits { Ok(entry as u8) } else { Err(ParseError::malformed(element, "there is no such picture")) }
                });
                *entries = Some(read.collect::<Result<_>>()?);
            }
        }
        Ok(())
    }

    fn read_collocated(&mut self, bits: &mut BitReader<'_>) -> Result<()> {
        self.collocated_from_l0_flag = true;
        if !self.slice_temporal_mvp_enabled_flag {
            return Ok(());
        }
        if self.slice_type == PictureType::B {
            self.collocated_from_l0_flag = bits.flag("collocated_from_l0_flag")?;
        }
        let count = self.num_ref_idx_active[usize::from(!self.collocated_from_l0_flag)];
        if count > 1 {
            self.collocated_ref_idx = bits.ue_max(u32::from(count) - 1, "collocated_ref_idx")? as u8;
        }
        Ok(())
    }

    fn read_qp(&mut self, bits: &mut BitReader<'_>, sps: &Sps, pps: &Pps) -> Result<()> {
        let slice_qp_delta = bits.se("slice_qp_delta")?;
        self.qp.luma = pps.qp.init_qp.saturating_add(slice_qp_delta);
        if !(-qp_bd_offset(sps.bit_depth.luma)..=51).contains(&self.qp.luma) {
            let reason = format!("SliceQpY is {}", self.qp.luma);
            return Err(ParseError::malformed("slice_qp_delta", reason).at_bit(bits.position() as u64));
        }
        if pps.qp.pps_slice_chroma_qp_offsets_present_flag {
            self.qp.offset = [bits.se_in(-12, 12, "slice_cb_qp_offset")?, bits.se_in(-12, 12, "slice_cr_qp_offset")?];
        }
        if pps.scc.colour_transform.is_some_and(|act| act.pps_slice_act_qp_offsets_present_flag) {
            self.qp.act_offset = [
                bits.se_in(-12, 12, "slice_act_y_qp_offset")?,
                bits.se_in(-12, 12, "slice_act_cb_qp_offset")?,
                bits.se_in(-12, 12, "slice_act_cr_qp_offset")?,
            ];
        }
        if pps.range.chroma_qp_offset_list_enabled_flag {
            self.qp.cu_chroma_qp_offset_enabled_flag = bits.flag("cu_chroma_qp_offset_enabled_flag")?;
        }
        Ok(())
    }

    fn read_loop_filter(&mut self, bits: &mut BitReader<'_>, pps: &Pps) -> Result<()> {
        let mut disabled = pps.loop_filter.pps_deblocking_filter_disabled_flag;
        if pps.loop_filter.deblocking_filter_override_enabled_flag && bits.flag("deblocking_filter_override_flag")? {
            disabled = bits.flag("slice_deblocking_filter_disabled_flag")?;
            if !disabled {
                bits.se("slice_beta_offset_div2")?;
                bits.se("slice_tc_offset_div2")?;
            }
        }
        let filters = self.slice_sao_luma_flag || self.slice_sao_chroma_flag || !disabled;
        if pps.loop_filter.pps_loop_filter_across_slices_enabled_flag && filters {
            bits.flag("slice_loop_filter_across_slices_enabled_flag")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::ceil_log2;

    #[test]
    fn lengths_of_addresses() {
        assert_eq!([1, 2, 3, 4, 5, 64, 65].map(ceil_log2), [0, 1, 2, 2, 3, 6, 7]);
    }
}
