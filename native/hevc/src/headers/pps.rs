//! Picture parameter sets (7.3.2.3, 7.4.3.3).

use codecorpus_bitstream::{BitReader, ParseError, Result, syntax};

use super::scaling_list::ScalingFactors;
use super::sps::{BitDepth, MAX_PREDICTOR_PALETTE_SIZE, entry_depths, read_initializers};

/// pic_parameter_set_rbsp( ), as far as parsing and derivation need it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Pps {
    pub(crate) id: u8,
    pub(crate) sps_id: u8,
    pub(crate) dependent_slice_segments_enabled_flag: bool,
    pub(crate) output_flag_present_flag: bool,
    pub(crate) num_extra_slice_header_bits: u32,
    pub(crate) sign_data_hiding_enabled_flag: bool,
    pub(crate) cabac_init_present_flag: bool,
    pub(crate) references: ReferenceParameters,
    pub(crate) qp: QpParameters,
    pub(crate) transform_skip_enabled_flag: bool,
    pub(crate) transquant_bypass_enabled_flag: bool,
    /// Where tiles_enabled_flag is 1.
    pub(crate) tiles: Option<TileStructure>,
    pub(crate) entropy_coding_sync_enabled_flag: bool,
    pub(crate) pps_deblocking_filter_disabled_flag: bool,
    pub(crate) loop_filter: LoopFilterParameters,
    pub(crate) scaling: Option<ScalingFactors>,
    pub(crate) log2_par_mrg_level: u32,
    pub(crate) slice_segment_header_extension_present_flag: bool,
    pub(crate) range: PpsRangeExtension,
    pub(crate) scc: PpsSccExtension,
}

/// What slices say of their references.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct ReferenceParameters {
    /// num_ref_idx_l0_default_active_minus1 + 1, and of list 1.
    pub(crate) num_ref_idx_default_active: [u8; 2],
    pub(crate) weighted_pred_flag: bool,
    pub(crate) weighted_bipred_flag: bool,
    pub(crate) lists_modification_present_flag: bool,
}

/// What quantisation parameters begin with, and where they change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct QpParameters {
    /// 26 + init_qp_minus26.
    pub(crate) init_qp: i32,
    pub(crate) cu_qp_delta_enabled_flag: bool,
    pub(crate) diff_cu_qp_delta_depth: u32,
    /// pps_cb_qp_offset, pps_cr_qp_offset.
    pub(crate) offset: [i32; 2],
    pub(crate) pps_slice_chroma_qp_offsets_present_flag: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct LoopFilterParameters {
    pub(crate) pps_loop_filter_across_slices_enabled_flag: bool,
    pub(crate) deblocking_filter_override_enabled_flag: bool,
    pub(crate) pps_deblocking_filter_disabled_flag: bool,
}

/// Tile columns and rows as the PPS codes them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TileStructure {
    Uniform {
        columns: u32,
        rows: u32,
    },
    /// Sizes in CTBs of all but the last column and row.
    Explicit {
        columns: Vec<u32>,
        rows: Vec<u32>,
    },
}

/// pps_range_extension( ) (7.3.2.3.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PpsRangeExtension {
    pub(crate) log2_max_transform_skip_size: u32,
    pub(crate) cross_component_prediction_enabled_flag: bool,
    pub(crate) chroma_qp_offset_list_enabled_flag: bool,
    pub(crate) diff_cu_chroma_qp_offset_depth: u32,
    /// cb_qp_offset_list, cr_qp_offset_list.
    pub(crate) qp_offset_list: Vec<[i32; 2]>,
}

/// pps_scc_extension( ) (7.3.2.3.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct PpsSccExtension {
    pub(crate) pps_curr_pic_ref_enabled_flag: bool,
    /// Where residual_adaptive_colour_transform_enabled_flag is 1.
    pub(crate) colour_transform: Option<ColourTransform>,
    /// pps_num_palette_predictor_initializers, where pps_palette_predictor_initializers_present_flag is 1.
    pub(crate) num_palette_predictor_initializers: Option<u32>,
}

/// The adaptive colour transform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct ColourTransform {
    pub(crate) pps_slice_act_qp_offsets_present_flag: bool,
    /// PpsActQpOffsetY, PpsActQpOffsetCb, PpsActQpOffsetCr.
    pub(crate) qp_offset: [i32; 3],
}

impl Default for PpsRangeExtension {
    fn default() -> Self {
        Self {
            log2_max_transform_skip_size: 2,
            cross_component_prediction_enabled_flag: false,
            chroma_qp_offset_list_enabled_flag: false,
            diff_cu_chroma_qp_offset_depth: 0,
            qp_offset_list: Vec::new(),
        }
    }
}

/// Most tile columns and rows of any level (table A.8).
const MAX_TILE_COLUMNS: u32 = 40;
const MAX_TILE_ROWS: u32 = 44;

impl Pps {
    /// pic_parameter_set_rbsp( ), behind the NAL unit header.
    pub(crate) fn read(bits: &mut BitReader<'_>) -> Result<Self> {
        let mut pps = Self {
            id: bits.ue_max(63, "pps_pic_parameter_set_id")? as u8,
            sps_id: bits.ue_max(15, "pps_seq_parameter_set_id")? as u8,
            dependent_slice_segments_enabled_flag: bits.flag("dependent_slice_segments_enabled_flag")?,
            output_flag_present_flag: bits.flag("output_flag_present_flag")?,
            num_extra_slice_header_bits: bits.u(3, "num_extra_slice_header_bits")?,
            sign_data_hiding_enabled_flag: bits.flag("sign_data_hiding_enabled_flag")?,
            cabac_init_present_flag: bits.flag("cabac_init_present_flag")?,
            ..Self::default()
        };
        pps.references.num_ref_idx_default_active[0] = bits.ue_max(14, "num_ref_idx_l0_default_active_minus1")? as u8 + 1;
        pps.references.num_ref_idx_default_active[1] = bits.ue_max(14, "num_ref_idx_l1_default_active_minus1")? as u8 + 1;
        pps.qp.init_qp = 26 + bits.se_in(-(26 + 48), 25, "init_qp_minus26")?;
        bits.flag("constrained_intra_pred_flag")?;
        pps.transform_skip_enabled_flag = bits.flag("transform_skip_enabled_flag")?;
        pps.read_qp(bits)?;
        pps.references.weighted_pred_flag = bits.flag("weighted_pred_flag")?;
        pps.references.weighted_bipred_flag = bits.flag("weighted_bipred_flag")?;
        pps.transquant_bypass_enabled_flag = bits.flag("transquant_bypass_enabled_flag")?;
        let tiles_enabled_flag = bits.flag("tiles_enabled_flag")?;
        pps.entropy_coding_sync_enabled_flag = bits.flag("entropy_coding_sync_enabled_flag")?;
        if tiles_enabled_flag {
            pps.tiles = Some(TileStructure::read(bits)?);
        }
        pps.read_loop_filter(bits)?;
        if bits.flag("pps_scaling_list_data_present_flag")? {
            pps.scaling = Some(ScalingFactors::read(bits)?);
        }
        pps.references.lists_modification_present_flag = bits.flag("lists_modification_present_flag")?;
        pps.log2_par_mrg_level = bits.ue_max(4, "log2_parallel_merge_level_minus2")? + 2;
        pps.slice_segment_header_extension_present_flag = bits.flag("slice_segment_header_extension_present_flag")?;
        pps.read_extensions(bits)?;
        Ok(pps)
    }

    fn read_qp(&mut self, bits: &mut BitReader<'_>) -> Result<()> {
        self.qp.cu_qp_delta_enabled_flag = bits.flag("cu_qp_delta_enabled_flag")?;
        if self.qp.cu_qp_delta_enabled_flag {
            self.qp.diff_cu_qp_delta_depth = bits.ue_max(3, "diff_cu_qp_delta_depth")?;
        }
        self.qp.offset = [bits.se_in(-12, 12, "pps_cb_qp_offset")?, bits.se_in(-12, 12, "pps_cr_qp_offset")?];
        self.qp.pps_slice_chroma_qp_offsets_present_flag = bits.flag("pps_slice_chroma_qp_offsets_present_flag")?;
        Ok(())
    }

    fn read_loop_filter(&mut self, bits: &mut BitReader<'_>) -> Result<()> {
        self.loop_filter.pps_loop_filter_across_slices_enabled_flag = bits.flag("pps_loop_filter_across_slices_enabled_flag")?;
        if bits.flag("deblocking_filter_control_present_flag")? {
            self.loop_filter.deblocking_filter_override_enabled_flag = bits.flag("deblocking_filter_override_enabled_flag")?;
            self.loop_filter.pps_deblocking_filter_disabled_flag = bits.flag("pps_deblocking_filter_disabled_flag")?;
            if !self.loop_filter.pps_deblocking_filter_disabled_flag {
                bits.se("pps_beta_offset_div2")?;
                bits.se("pps_tc_offset_div2")?;
            }
        }
        Ok(())
    }

    fn read_extensions(&mut self, bits: &mut BitReader<'_>) -> Result<()> {
        if !bits.flag("pps_extension_present_flag")? {
            return Ok(());
        }
        let range = bits.flag("pps_range_extension_flag")?;
        let multilayer = bits.flag("pps_multilayer_extension_flag")?;
        let three_d = bits.flag("pps_3d_extension_flag")?;
        let scc = bits.flag("pps_scc_extension_flag")?;
        bits.u(4, "pps_extension_4bits")?;
        if range {
            self.range = PpsRangeExtension::read(bits, self.transform_skip_enabled_flag)?;
        }
        if multilayer && let Err(error) = read_multilayer_extension(bits) {
            // Pictures of the base layer do not depend on it, nor on what may stand behind it.
            syntax::fail(&error);
            return Ok(());
        }
        if three_d {
            // It is for other layers than the base layer, and behind all that is read of this one.
            return Ok(());
        }
        if scc {
            self.scc = PpsSccExtension::read(bits)?;
        }
        Ok(())
    }
}

/// pps_multilayer_extension( ) (F.7.3.2.3.4): how pictures of other layers lie in those of this one.
fn read_multilayer_extension(bits: &mut BitReader<'_>) -> Result<()> {
    bits.flag("poc_reset_info_present_flag")?;
    if bits.flag("pps_infer_scaling_list_flag")? {
        bits.u(6, "pps_scaling_list_ref_layer_id")?;
    }
    for _ in 0..bits.ue_max(62, "num_ref_loc_offsets")? {
        bits.u(6, "ref_loc_offset_layer_id")?;
        if bits.flag("scaled_ref_layer_offset_present_flag")? {
            bits.se("scaled_ref_layer_left_offset")?;
            bits.se("scaled_ref_layer_top_offset")?;
            bits.se("scaled_ref_layer_right_offset")?;
            bits.se("scaled_ref_layer_bottom_offset")?;
        }
        if bits.flag("ref_region_offset_present_flag")? {
            bits.se("ref_region_left_offset")?;
            bits.se("ref_region_top_offset")?;
            bits.se("ref_region_right_offset")?;
            bits.se("ref_region_bottom_offset")?;
        }
        if bits.flag("resample_phase_set_present_flag")? {
            bits.ue_max(31, "phase_hor_luma")?;
            bits.ue_max(31, "phase_ver_luma")?;
            bits.ue_max(63, "phase_hor_chroma_plus8")?;
            bits.ue_max(63, "phase_ver_chroma_plus8")?;
        }
    }
    if bits.flag("colour_mapping_enabled_flag")? {
        return Err(ParseError::unsupported("colour_mapping_table", "a map of colours from one layer to another"));
    }
    Ok(())
}

impl TileStructure {
    fn read(bits: &mut BitReader<'_>) -> Result<Self> {
        let columns = bits.ue_max(MAX_TILE_COLUMNS - 1, "num_tile_columns_minus1")? + 1;
        let rows = bits.ue_max(MAX_TILE_ROWS - 1, "num_tile_rows_minus1")? + 1;
        let structure = if bits.flag("uniform_spacing_flag")? {
            Self::Uniform { columns, rows }
        } else {
            let mut sizes =
                |count: u32, element| (1..count).map(|_| Ok(bits.ue_max(1 << 16, element)? + 1)).collect::<Result<_>>();
            Self::Explicit { columns: sizes(columns, "column_width_minus1")?, rows: sizes(rows, "row_height_minus1")? }
        };
        bits.flag("loop_filter_across_tiles_enabled_flag")?;
        Ok(structure)
    }
}

impl PpsRangeExtension {
    fn read(bits: &mut BitReader<'_>, transform_skip_enabled_flag: bool) -> Result<Self> {
        let mut range = Self::default();
        if transform_skip_enabled_flag {
            range.log2_max_transform_skip_size = bits.ue_max(3, "log2_max_transform_skip_block_size_minus2")? + 2;
        }
        range.cross_component_prediction_enabled_flag = bits.flag("cross_component_prediction_enabled_flag")?;
        range.chroma_qp_offset_list_enabled_flag = bits.flag("chroma_qp_offset_list_enabled_flag")?;
        if range.chroma_qp_offset_list_enabled_flag {
            range.diff_cu_chroma_qp_offset_depth = bits.ue_max(3, "diff_cu_chroma_qp_offset_depth")?;
            for _ in 0..=bits.ue_max(5, "chroma_qp_offset_list_len_minus1")? {
                let cb = bits.se_in(-12, 12, "cb_qp_offset_list")?;
                range.qp_offset_list.push([cb, bits.se_in(-12, 12, "cr_qp_offset_list")?]);
            }
        }
        bits.ue("log2_sao_offset_scale_luma")?;
        bits.ue("log2_sao_offset_scale_chroma")?;
        Ok(range)
    }
}

impl PpsSccExtension {
    fn read(bits: &mut BitReader<'_>) -> Result<Self> {
        let mut scc = Self { pps_curr_pic_ref_enabled_flag: bits.flag("pps_curr_pic_ref_enabled_flag")?, ..Self::default() };
        if bits.flag("residual_adaptive_colour_transform_enabled_flag")? {
            let pps_slice_act_qp_offsets_present_flag = bits.flag("pps_slice_act_qp_offsets_present_flag")?;
            let qp_offset = [
                bits.se_in(-7, 17, "pps_act_y_qp_offset_plus5")? - 5,
                bits.se_in(-7, 17, "pps_act_cb_qp_offset_plus5")? - 5,
                bits.se_in(-9, 15, "pps_act_cr_qp_offset_plus3")? - 3,
            ];
            scc.colour_transform = Some(ColourTransform { pps_slice_act_qp_offsets_present_flag, qp_offset });
        }
        if bits.flag("pps_palette_predictor_initializers_present_flag")? {
            let count = bits.ue_max(MAX_PREDICTOR_PALETTE_SIZE, "pps_num_palette_predictor_initializers")?;
            if count > 0 {
                read_palette_predictor_initializers(bits, count)?;
            }
            scc.num_palette_predictor_initializers = Some(count);
        }
        Ok(scc)
    }
}

fn read_palette_predictor_initializers(bits: &mut BitReader<'_>, count: u32) -> Result<()> {
    let monochrome = bits.flag("monochrome_palette_flag")?;
    let luma = bits.ue_max(8, "luma_bit_depth_entry_minus8")? as u8 + 8;
    let chroma = if monochrome { 0 } else { bits.ue_max(8, "chroma_bit_depth_entry_minus8")? as u8 + 8 };
    let depths = entry_depths(monochrome, BitDepth { luma, chroma });
    read_initializers(bits, count, &depths, "pps_palette_predictor_initializer")
}

#[cfg(test)]
mod tests {
    use super::super::written::{Coded::Se, Coded::U, Coded::Ue, Element, noted, told, written};
    use super::*;

    /// pic_parameter_set_rbsp( ) without tools, to pps_extension_4bits.
    fn pps_of(multilayer: i64, scc: i64) -> Vec<Element> {
        vec![
            ("pps_pic_parameter_set_id", Ue, 1),
            ("pps_seq_parameter_set_id", Ue, 1),
            ("dependent_slice_segments_enabled_flag", U(1), 0),
            ("output_flag_present_flag", U(1), 0),
            ("num_extra_slice_header_bits", U(3), 2),
            ("sign_data_hiding_enabled_flag", U(1), 0),
            ("cabac_init_present_flag", U(1), 0),
            ("num_ref_idx_l0_default_active_minus1", Ue, 0),
            ("num_ref_idx_l1_default_active_minus1", Ue, 0),
            ("init_qp_minus26", Se, 0),
            ("constrained_intra_pred_flag", U(1), 0),
            ("transform_skip_enabled_flag", U(1), 0),
            ("cu_qp_delta_enabled_flag", U(1), 0),
            ("pps_cb_qp_offset", Se, 0),
            ("pps_cr_qp_offset", Se, 0),
            ("pps_slice_chroma_qp_offsets_present_flag", U(1), 0),
            ("weighted_pred_flag", U(1), 0),
            ("weighted_bipred_flag", U(1), 0),
            ("transquant_bypass_enabled_flag", U(1), 0),
            ("tiles_enabled_flag", U(1), 0),
            ("entropy_coding_sync_enabled_flag", U(1), 0),
            ("pps_loop_filter_across_slices_enabled_flag", U(1), 0),
            ("deblocking_filter_control_present_flag", U(1), 0),
            ("pps_scaling_list_data_present_flag", U(1), 0),
            ("lists_modification_present_flag", U(1), 0),
            ("log2_parallel_merge_level_minus2", Ue, 0),
            ("slice_segment_header_extension_present_flag", U(1), 0),
            ("pps_extension_present_flag", U(1), 1),
            ("pps_range_extension_flag", U(1), 0),
            ("pps_multilayer_extension_flag", U(1), multilayer),
            ("pps_3d_extension_flag", U(1), 0),
            ("pps_scc_extension_flag", U(1), scc),
            ("pps_extension_4bits", U(4), 0),
        ]
    }

    fn multilayer_extension(colour_mapping_enabled_flag: i64) -> Vec<Element> {
        vec![
            ("poc_reset_info_present_flag", U(1), 0),
            ("pps_infer_scaling_list_flag", U(1), 1),
            ("pps_scaling_list_ref_layer_id", U(6), 5),
            ("num_ref_loc_offsets", Ue, 2),
            ("ref_loc_offset_layer_id", U(6), 0),
            ("scaled_ref_layer_offset_present_flag", U(1), 1),
            ("scaled_ref_layer_left_offset", Se, -4),
            ("scaled_ref_layer_top_offset", Se, 3),
            ("scaled_ref_layer_right_offset", Se, 2),
            ("scaled_ref_layer_bottom_offset", Se, 0),
            ("ref_region_offset_present_flag", U(1), 0),
            ("resample_phase_set_present_flag", U(1), 1),
            ("phase_hor_luma", Ue, 31),
            ("phase_ver_luma", Ue, 0),
            ("phase_hor_chroma_plus8", Ue, 63),
            ("phase_ver_chroma_plus8", Ue, 8),
            ("ref_loc_offset_layer_id", U(6), 1),
            ("scaled_ref_layer_offset_present_flag", U(1), 0),
            ("ref_region_offset_present_flag", U(1), 1),
            ("ref_region_left_offset", Se, 1),
            ("ref_region_top_offset", Se, -1),
            ("ref_region_right_offset", Se, 0),
            ("ref_region_bottom_offset", Se, 7),
            ("resample_phase_set_present_flag", U(1), 0),
            ("colour_mapping_enabled_flag", U(1), colour_mapping_enabled_flag),
        ]
    }

    #[test]
    fn what_is_said_of_other_layers_is_told_and_what_follows_is_read() {
        let scc: [Element; 3] = [
            ("pps_curr_pic_ref_enabled_flag", U(1), 1),
            ("residual_adaptive_colour_transform_enabled_flag", U(1), 0),
            ("pps_palette_predictor_initializers_present_flag", U(1), 0),
        ];
        let elements = [&pps_of(1, 1)[..], &multilayer_extension(0), &scc].concat();
        let noted = noted(|| {
            let pps = Pps::read(&mut BitReader::of(&written(&elements), "pic_parameter_set_rbsp")).unwrap();
            assert!(pps.scc.pps_curr_pic_ref_enabled_flag);
        });
        assert_eq!((&noted[0].elements, &noted[0].error), (&told(&elements), &None));
    }

    #[test]
    fn a_map_of_colours_is_named_and_costs_no_picture() {
        let elements = [pps_of(1, 0), multilayer_extension(1)].concat();
        let noted = noted(|| {
            Pps::read(&mut BitReader::of(&written(&elements), "pic_parameter_set_rbsp")).unwrap();
        });
        assert_eq!(noted[0].elements, told(&elements));
        assert!(noted[0].error.as_ref().unwrap().starts_with("colour_mapping_table"));
    }
}
