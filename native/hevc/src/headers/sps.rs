//! Sequence parameter sets (7.3.2.2, 7.4.3.2).

use codecorpus_bitstream::records::Window;
use codecorpus_bitstream::{BitReader, ParseError, Result, syntax};

use super::profile::{MAIN_PROFILES, read_profile_tier_level};
use super::rps::ShortTermRefPicSet;
use super::scaling_list::ScalingFactors;
use super::vui::Vui;

/// Longest side and most luma samples that are read: beyond the highest level (A.4.1, level 6.2: 35 651 584 samples).
const MAX_SIDE: u32 = 16888;
const MAX_LUMA_SAMPLES: u32 = 8 * 35_651_584 / 2;

/// seq_parameter_set_rbsp( ), as far as parsing and derivation need it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Sps {
    pub(crate) id: u8,
    /// ChromaArrayType; separate_colour_plane_flag is not read.
    pub(crate) chroma_array_type: u8,
    pub(crate) width: u32,
    pub(crate) height: u32,
    /// The conformance cropping window, in luma samples.
    pub(crate) conformance_window: Window,
    pub(crate) bit_depth: BitDepth,
    pub(crate) log2_max_pic_order_cnt_lsb: u32,
    /// sps_max_dec_pic_buffering_minus1 + 1 and sps_max_num_reorder_pics of the highest sub-layer; decoders let the latter be kept,
    /// whatever the former.
    pub(crate) max_dec_pic_buffering: usize,
    pub(crate) max_num_reorder_pics: usize,
    pub(crate) sizes: BlockSizes,
    /// Where scaling_list_enabled_flag is 1 (the default lists where the SPS holds none).
    pub(crate) scaling: Option<ScalingFactors>,
    pub(crate) amp_enabled_flag: bool,
    pub(crate) sample_adaptive_offset_enabled_flag: bool,
    /// Where pcm_enabled_flag is 1.
    pub(crate) pcm: Option<Pcm>,
    pub(crate) short_term_ref_pic_sets: Vec<ShortTermRefPicSet>,
    /// Where long_term_ref_pics_present_flag is 1: lt_ref_pic_poc_lsb_sps, used_by_curr_pic_lt_sps_flag.
    pub(crate) long_term_ref_pics: Option<Vec<(u32, bool)>>,
    pub(crate) sps_temporal_mvp_enabled_flag: bool,
    /// Where there is one that can be read.
    pub(crate) vui: Option<Vui>,
    pub(crate) range: SpsRangeExtension,
    pub(crate) scc: SpsSccExtension,
}

/// Sizes of coding and of transform blocks, and how often those are split.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct BlockSizes {
    /// MinCbLog2SizeY, CtbLog2SizeY.
    pub(crate) min_cb_log2: u32,
    pub(crate) ctb_log2: u32,
    /// MinTbLog2SizeY, MaxTbLog2SizeY.
    pub(crate) min_tb_log2: u32,
    pub(crate) max_tb_log2: u32,
    pub(crate) max_transform_hierarchy_depth_inter: u32,
    pub(crate) max_transform_hierarchy_depth_intra: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct BitDepth {
    pub(crate) luma: u8,
    pub(crate) chroma: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Pcm {
    pub(crate) bit_depth: BitDepth,
    pub(crate) log2_min_size: u32,
    pub(crate) log2_max_size: u32,
}

/// sps_range_extension( ) (7.3.2.2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct SpsRangeExtension {
    pub(crate) transform_skip_rotation_enabled_flag: bool,
    pub(crate) transform_skip_context_enabled_flag: bool,
    pub(crate) implicit_rdpcm_enabled_flag: bool,
    pub(crate) explicit_rdpcm_enabled_flag: bool,
    pub(crate) extended_precision_processing_flag: bool,
    pub(crate) high_precision_offsets_enabled_flag: bool,
    pub(crate) persistent_rice_adaptation_enabled_flag: bool,
    pub(crate) cabac_bypass_alignment_enabled_flag: bool,
}

/// sps_scc_extension( ) (7.3.2.2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct SpsSccExtension {
    /// Where palette_mode_enabled_flag is 1.
    pub(crate) palette: Option<PaletteLimits>,
    pub(crate) motion_vector_resolution_control_idc: u8,
}

/// What palette mode may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct PaletteLimits {
    pub(crate) palette_max_size: u32,
    /// PaletteMaxPredictorSize.
    pub(crate) max_predictor_size: u32,
    /// sps_num_palette_predictor_initializers_minus1 + 1; 0 where there are none.
    pub(crate) num_predictor_initializers: u32,
}

/// Most entries of a palette and of its predictor in any profile (A.3.7).
const MAX_PALETTE_SIZE: u32 = 64;
pub(crate) const MAX_PREDICTOR_PALETTE_SIZE: u32 = 128;

impl Sps {
    /// seq_parameter_set_rbsp( ), behind the NAL unit header; of another layer than the base layer, as F.7.3.2.2.1 has it.
    pub(crate) fn read(bits: &mut BitReader<'_>, nuh_layer_id: u8) -> Result<Self> {
        let mut sps = Self::default();
        bits.u(4, "sps_video_parameter_set_id")?;
        let name = if nuh_layer_id == 0 { "sps_max_sub_layers_minus1" } else { "sps_ext_or_max_sub_layers_minus1" };
        let max_sub_layers_minus1 = bits.u(3, name)?;
        if nuh_layer_id > 0 && max_sub_layers_minus1 == 7 {
            sps.read_multi_layer_ext(bits)?;
            return Ok(sps);
        }
        bits.flag("sps_temporal_id_nesting_flag")?;
        let general_profile_idc = read_profile_tier_level(bits, max_sub_layers_minus1)?;
        sps.id = bits.ue_max(15, "sps_seq_parameter_set_id")? as u8;
        sps.read_format(bits)?;
        sps.log2_max_pic_order_cnt_lsb = bits.ue_max(12, "log2_max_pic_order_cnt_lsb_minus4")? + 4;
        let all = bits.flag("sps_sub_layer_ordering_info_present_flag")?;
        for _ in if all { 0 } else { max_sub_layers_minus1 }..=max_sub_layers_minus1 {
            let max_dec_pic_buffering_minus1 = bits.ue("sps_max_dec_pic_buffering_minus1")? as usize;
            sps.max_num_reorder_pics = bits.ue("sps_max_num_reorder_pics")? as usize;
            sps.max_dec_pic_buffering = max_dec_pic_buffering_minus1.max(sps.max_num_reorder_pics) + 1;
            bits.ue("sps_max_latency_increase_plus1")?;
        }
        sps.read_block_sizes(bits)?;
        if bits.flag("scaling_list_enabled_flag")? {
            sps.read_scaling(bits)?;
        }
        sps.read_tools(bits)?;
        if bits.flag("vui_parameters_present_flag")? {
            match Vui::read(bits, Some(max_sub_layers_minus1)) {
                Ok(vui) => sps.vui = Some(vui),
                // No picture depends on it, but for what stands behind it, which these profiles have none of.
                Err(error) if MAIN_PROFILES.contains(&general_profile_idc) => {
                    syntax::fail(&error);
                    return Ok(sps);
                }
                Err(error) => return Err(error),
            }
        }
        sps.read_extensions(bits)?;
        Ok(sps)
    }

    /// What follows where MultiLayerExtSpsFlag is 1: the VPS tells profile, sizes and buffers.
    fn read_multi_layer_ext(&mut self, bits: &mut BitReader<'_>) -> Result<()> {
        self.id = bits.ue_max(15, "sps_seq_parameter_set_id")? as u8;
        if bits.flag("update_rep_format_flag")? {
            bits.u(8, "sps_rep_format_idx")?;
        }
        // Not known here, and more than samples of PCM have.
        self.bit_depth = BitDepth { luma: 16, chroma: 16 };
        self.log2_max_pic_order_cnt_lsb = bits.ue_max(12, "log2_max_pic_order_cnt_lsb_minus4")? + 4;
        self.read_block_sizes(bits)?;
        if bits.flag("scaling_list_enabled_flag")? {
            if bits.flag("sps_infer_scaling_list_flag")? {
                bits.u(6, "sps_scaling_list_ref_layer_id")?;
            } else {
                self.read_scaling(bits)?;
            }
        }
        self.read_tools(bits)?;
        if bits.flag("vui_parameters_present_flag")? {
            self.vui = Some(Vui::read(bits, None)?);
        }
        self.read_extensions(bits)
    }

    fn read_scaling(&mut self, bits: &mut BitReader<'_>) -> Result<()> {
        let present = bits.flag("sps_scaling_list_data_present_flag")?;
        self.scaling = Some(if present { ScalingFactors::read(bits)? } else { ScalingFactors::default_lists() });
        Ok(())
    }

    /// amp_enabled_flag to strong_intra_smoothing_enabled_flag.
    fn read_tools(&mut self, bits: &mut BitReader<'_>) -> Result<()> {
        self.amp_enabled_flag = bits.flag("amp_enabled_flag")?;
        self.sample_adaptive_offset_enabled_flag = bits.flag("sample_adaptive_offset_enabled_flag")?;
        self.read_pcm(bits)?;
        self.read_references(bits)?;
        bits.flag("strong_intra_smoothing_enabled_flag")?;
        Ok(())
    }

    fn read_format(&mut self, bits: &mut BitReader<'_>) -> Result<()> {
        self.chroma_array_type = bits.ue_max(3, "chroma_format_idc")? as u8;
        if self.chroma_array_type == 3 && bits.flag("separate_colour_plane_flag")? {
            return Err(ParseError::unsupported("separate_colour_plane_flag", "three colour planes that are coded apart"));
        }
        self.width = bits.ue("pic_width_in_luma_samples")?;
        self.height = bits.ue("pic_height_in_luma_samples")?;
        if self.width == 0 || self.height == 0 {
            return Err(ParseError::malformed("pic_width_in_luma_samples", "a picture without samples"));
        }
        let samples = self.width.saturating_mul(self.height);
        if self.width.max(self.height) > MAX_SIDE || samples > MAX_LUMA_SAMPLES {
            let reason = format!("{} x {} luma samples", self.width, self.height);
            return Err(ParseError::limit("pic_width_in_luma_samples", reason));
        }
        self.read_conformance_window(bits)?;
        self.bit_depth.luma = bits.ue_max(8, "bit_depth_luma_minus8")? as u8 + 8;
        self.bit_depth.chroma = bits.ue_max(8, "bit_depth_chroma_minus8")? as u8 + 8;
        Ok(())
    }

    /// conformance_window_flag and the offsets, in units of SubWidthC and SubHeightC (7.4.3.2.1).
    fn read_conformance_window(&mut self, bits: &mut BitReader<'_>) -> Result<()> {
        self.conformance_window = Window::whole(self.width, self.height);
        if !bits.flag("conformance_window_flag")? {
            return Ok(());
        }
        let sub_width_c = if matches!(self.chroma_array_type, 1 | 2) { 2 } else { 1 };
        let sub_height_c = if self.chroma_array_type == 1 { 2 } else { 1 };
        let mut margin = |unit: u32, element| Ok(bits.ue(element)?.saturating_mul(unit));
        let left = margin(sub_width_c, "conf_win_left_offset")?;
        let right = margin(sub_width_c, "conf_win_right_offset")?;
        let top = margin(sub_height_c, "conf_win_top_offset")?;
        let bottom = margin(sub_height_c, "conf_win_bottom_offset")?;
        let nothing = || ParseError::malformed("conf_win_right_offset", "nothing of the picture is left");
        self.conformance_window = Window::inside([self.width, self.height], left, right, top, bottom).ok_or_else(nothing)?;
        Ok(())
    }

    fn read_block_sizes(&mut self, bits: &mut BitReader<'_>) -> Result<()> {
        let sizes = &mut self.sizes;
        sizes.min_cb_log2 = bits.ue_max(3, "log2_min_luma_coding_block_size_minus3")? + 3;
        sizes.ctb_log2 = sizes.min_cb_log2 + bits.ue_max(3, "log2_diff_max_min_luma_coding_block_size")?;
        if !(4..=6).contains(&sizes.ctb_log2) {
            return Err(ParseError::malformed("log2_diff_max_min_luma_coding_block_size", "CtbLog2SizeY is not in 4 to 6"));
        }
        sizes.min_tb_log2 = bits.ue_max(3, "log2_min_luma_transform_block_size_minus2")? + 2;
        sizes.max_tb_log2 = sizes.min_tb_log2 + bits.ue_max(3, "log2_diff_max_min_luma_transform_block_size")?;
        if sizes.min_tb_log2 >= sizes.min_cb_log2 || sizes.max_tb_log2 > sizes.ctb_log2.min(5) {
            return Err(ParseError::malformed(
                "log2_min_luma_transform_block_size_minus2",
                "sizes that do not fit the coding blocks",
            ));
        }
        let mask = (1 << sizes.min_cb_log2) - 1;
        if (self.width | self.height) & mask != 0 {
            return Err(ParseError::malformed("pic_width_in_luma_samples", "not a multiple of MinCbSizeY"));
        }
        let max_depth = sizes.ctb_log2 - sizes.min_tb_log2;
        sizes.max_transform_hierarchy_depth_inter = bits.ue_max(max_depth, "max_transform_hierarchy_depth_inter")?;
        sizes.max_transform_hierarchy_depth_intra = bits.ue_max(max_depth, "max_transform_hierarchy_depth_intra")?;
        Ok(())
    }

    fn read_pcm(&mut self, bits: &mut BitReader<'_>) -> Result<()> {
        if !bits.flag("pcm_enabled_flag")? {
            return Ok(());
        }
        let luma = bits.u(4, "pcm_sample_bit_depth_luma_minus1")? as u8 + 1;
        let chroma = bits.u(4, "pcm_sample_bit_depth_chroma_minus1")? as u8 + 1;
        let log2_min_size = bits.ue_max(2, "log2_min_pcm_luma_coding_block_size_minus3")? + 3;
        let log2_max_size = log2_min_size + bits.ue_max(2, "log2_diff_max_min_pcm_luma_coding_block_size")?;
        bits.flag("pcm_loop_filter_disabled_flag")?;
        if luma > self.bit_depth.luma || chroma > self.bit_depth.chroma {
            return Err(ParseError::malformed("pcm_sample_bit_depth_luma_minus1", "more than the bit depth"));
        }
        self.pcm = Some(Pcm { bit_depth: BitDepth { luma, chroma }, log2_min_size, log2_max_size });
        Ok(())
    }

    fn read_references(&mut self, bits: &mut BitReader<'_>) -> Result<()> {
        for _ in 0..bits.ue_max(64, "num_short_term_ref_pic_sets")? {
            let set = ShortTermRefPicSet::read(bits, &self.short_term_ref_pic_sets, false)?;
            self.short_term_ref_pic_sets.push(set);
        }
        if bits.flag("long_term_ref_pics_present_flag")? {
            let count = bits.ue_max(32, "num_long_term_ref_pics_sps")?;
            let pics = (0..count).map(|_| {
                let lsb = bits.u(self.log2_max_pic_order_cnt_lsb, "lt_ref_pic_poc_lsb_sps")?;
                Ok((lsb, bits.flag("used_by_curr_pic_lt_sps_flag")?))
            });
            self.long_term_ref_pics = Some(pics.collect::<Result<_>>()?);
        }
        self.sps_temporal_mvp_enabled_flag = bits.flag("sps_temporal_mvp_enabled_flag")?;
        Ok(())
    }

    fn read_extensions(&mut self, bits: &mut BitReader<'_>) -> Result<()> {
        if !bits.flag("sps_extension_present_flag")? {
            return Ok(());
        }
        let range = bits.flag("sps_range_extension_flag")?;
        let multilayer = bits.flag("sps_multilayer_extension_flag")?;
        let three_d = bits.flag("sps_3d_extension_flag")?;
        let scc = bits.flag("sps_scc_extension_flag")?;
        bits.u(4, "sps_extension_4bits")?;
        if range {
            self.range = SpsRangeExtension::read(bits)?;
        }
        if multilayer {
            bits.flag("inter_view_mv_vert_constraint_flag")?;
        }
        if three_d && scc {
            return Err(ParseError::unsupported("sps_3d_extension_flag", "3D video and screen content in one layer"));
        }
        if scc && !three_d {
            self.scc = SpsSccExtension::read(bits, self.chroma_array_type, self.bit_depth)?;
        }
        Ok(())
    }

    pub(crate) const fn ctb_size(&self) -> u32 {
        1 << self.sizes.ctb_log2
    }

    /// PicWidthInCtbsY.
    pub(crate) const fn width_in_ctbs(&self) -> u32 {
        self.width.div_ceil(self.ctb_size())
    }

    /// PicHeightInCtbsY.
    pub(crate) const fn height_in_ctbs(&self) -> u32 {
        self.height.div_ceil(self.ctb_size())
    }
}

impl SpsRangeExtension {
    fn read(bits: &mut BitReader<'_>) -> Result<Self> {
        Ok(Self {
            transform_skip_rotation_enabled_flag: bits.flag("transform_skip_rotation_enabled_flag")?,
            transform_skip_context_enabled_flag: bits.flag("transform_skip_context_enabled_flag")?,
            implicit_rdpcm_enabled_flag: bits.flag("implicit_rdpcm_enabled_flag")?,
            explicit_rdpcm_enabled_flag: bits.flag("explicit_rdpcm_enabled_flag")?,
            extended_precision_processing_flag: bits.flag("extended_precision_processing_flag")?,
            high_precision_offsets_enabled_flag: {
                bits.flag("intra_smoothing_disabled_flag")?;
                bits.flag("high_precision_offsets_enabled_flag")?
            },
            persistent_rice_adaptation_enabled_flag: bits.flag("persistent_rice_adaptation_enabled_flag")?,
            cabac_bypass_alignment_enabled_flag: bits.flag("cabac_bypass_alignment_enabled_flag")?,
        })
    }
}

impl SpsSccExtension {
    fn read(bits: &mut BitReader<'_>, chroma_array_type: u8, bit_depth: BitDepth) -> Result<Self> {
        let mut scc = Self::default();
        bits.flag("sps_curr_pic_ref_enabled_flag")?;
        if bits.flag("palette_mode_enabled_flag")? {
            scc.palette = Some(PaletteLimits::read(bits, chroma_array_type, bit_depth)?);
        }
        scc.motion_vector_resolution_control_idc = bits.u(2, "motion_vector_resolution_control_idc")? as u8;
        if scc.motion_vector_resolution_control_idc > 2 {
            return Err(ParseError::malformed("motion_vector_resolution_control_idc", "3 is reserved"));
        }
        bits.flag("intra_boundary_filtering_disabled_flag")?;
        Ok(scc)
    }
}

impl PaletteLimits {
    fn read(bits: &mut BitReader<'_>, chroma_array_type: u8, bit_depth: BitDepth) -> Result<Self> {
        let palette_max_size = bits.ue_max(MAX_PALETTE_SIZE, "palette_max_size")?;
        let more = bits.ue_max(MAX_PREDICTOR_PALETTE_SIZE - palette_max_size, "delta_palette_max_predictor_size")?;
        let mut limits = Self { palette_max_size, max_predictor_size: palette_max_size + more, num_predictor_initializers: 0 };
        if bits.flag("sps_palette_predictor_initializers_present_flag")? {
            let most = limits.max_predictor_size.saturating_sub(1);
            limits.num_predictor_initializers = bits.ue_max(most, "sps_num_palette_predictor_initializers_minus1")? + 1;
            let depths = entry_depths(chroma_array_type == 0, bit_depth);
            read_initializers(bits, limits.num_predictor_initializers, &depths, "sps_palette_predictor_initializer")?;
        }
        Ok(limits)
    }
}

/// Bits of a palette entry's components.
pub(crate) fn entry_depths(monochrome: bool, bit_depth: BitDepth) -> [u32; 3] {
    let chroma = if monochrome { 0 } else { u32::from(bit_depth.chroma) };
    [u32::from(bit_depth.luma), chroma, chroma]
}

/// Palette predictor initialisers, component by component.
pub(crate) fn read_initializers(bits: &mut BitReader<'_>, count: u32, depths: &[u32; 3], element: &'static str) -> Result<()> {
    for &depth in depths {
        for _ in 0..count {
            bits.u(depth, element)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::written::{Coded::U, Coded::Ue, Element, noted, told, written};
    use super::*;

    #[test]
    fn a_layer_whose_sizes_the_vps_tells() {
        let elements: [Element; 26] = [
            ("sps_video_parameter_set_id", U(4), 0),
            ("sps_ext_or_max_sub_layers_minus1", U(3), 7),
            ("sps_seq_parameter_set_id", Ue, 1),
            ("update_rep_format_flag", U(1), 1),
            ("sps_rep_format_idx", U(8), 1),
            ("log2_max_pic_order_cnt_lsb_minus4", Ue, 4),
            ("log2_min_luma_coding_block_size_minus3", Ue, 0),
            ("log2_diff_max_min_luma_coding_block_size", Ue, 2),
            ("log2_min_luma_transform_block_size_minus2", Ue, 0),
            ("log2_diff_max_min_luma_transform_block_size", Ue, 3),
            ("max_transform_hierarchy_depth_inter", Ue, 0),
            ("max_transform_hierarchy_depth_intra", Ue, 0),
            ("scaling_list_enabled_flag", U(1), 1),
            ("sps_infer_scaling_list_flag", U(1), 1),
            ("sps_scaling_list_ref_layer_id", U(6), 0),
            ("amp_enabled_flag", U(1), 0),
            ("sample_adaptive_offset_enabled_flag", U(1), 1),
            ("pcm_enabled_flag", U(1), 1),
            ("pcm_sample_bit_depth_luma_minus1", U(4), 7),
            ("pcm_sample_bit_depth_chroma_minus1", U(4), 7),
            ("log2_min_pcm_luma_coding_block_size_minus3", Ue, 0),
            ("log2_diff_max_min_pcm_luma_coding_block_size", Ue, 1),
            ("pcm_loop_filter_disabled_flag", U(1), 0),
            ("num_short_term_ref_pic_sets", Ue, 0),
            ("long_term_ref_pics_present_flag", U(1), 0),
            ("sps_temporal_mvp_enabled_flag", U(1), 1),
        ];
        let end: [Element; 3] = [
            ("strong_intra_smoothing_enabled_flag", U(1), 0),
            ("vui_parameters_present_flag", U(1), 0),
            ("sps_extension_present_flag", U(1), 0),
        ];
        let elements = [&elements[..], &end].concat();
        let noted = noted(|| {
            assert_eq!(Sps::read(&mut BitReader::of(&written(&elements), "seq_parameter_set_rbsp"), 1).unwrap().id, 1);
        });
        assert_eq!(noted[0].elements, told(&elements));
    }
}
