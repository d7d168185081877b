//! vui_parameters( ) (E.2.1): the extensions of the SPS stand behind it, and SEI messages are read with it.

use codecorpus_bitstream::{BitReader, Result};

use super::hrd::Hrd;

const EXTENDED_SAR: u32 = 255;

/// What pic_timing( ) and buffering_period( ) are read with.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Vui {
    pub(crate) frame_field_info_present_flag: bool,
    pub(crate) hrd: Option<Hrd>,
}

impl Vui {
    /// # Errors
    /// A schedule more than there may be, or the data end.
    pub(crate) fn read(bits: &mut BitReader<'_>, max_sub_layers_minus1: u32) -> Result<Self> {
        let mut vui = Self::default();
        read_colour_and_shape(bits)?;
        bits.each(&[(1, "neutral_chroma_indication_flag"), (1, "field_seq_flag")])?;
        vui.frame_field_info_present_flag = bits.flag("frame_field_info_present_flag")?;
        if bits.flag("default_display_window_flag")? {
            bits.ue("def_disp_win_left_offset")?;
            bits.ue("def_disp_win_right_offset")?;
            bits.ue("def_disp_win_top_offset")?;
            bits.ue("def_disp_win_bottom_offset")?;
        }
        if bits.flag("vui_timing_info_present_flag")? {
            bits.each(&[(32, "vui_num_units_in_tick"), (32, "vui_time_scale")])?;
            if bits.flag("vui_poc_proportional_to_timing_flag")? {
                bits.ue("vui_num_ticks_poc_diff_one_minus1")?;
            }
            if bits.flag("vui_hrd_parameters_present_flag")? {
                vui.hrd = Some(Hrd::read(bits, None, max_sub_layers_minus1)?);
            }
        }
        if bits.flag("bitstream_restriction_flag")? {
            bits.each(&[
                (1, "tiles_fixed_structure_flag"),
                (1, "motion_vectors_over_pic_boundaries_flag"),
                (1, "restricted_ref_pic_lists_flag"),
            ])?;
            bits.ue("min_spatial_segmentation_idc")?;
            bits.ue("max_bytes_per_pic_denom")?;
            bits.ue("max_bits_per_min_cu_denom")?;
            bits.ue("log2_max_mv_length_horizontal")?;
            bits.ue("log2_max_mv_length_vertical")?;
        }
        Ok(vui)
    }
}

/// From aspect_ratio_info_present_flag to chroma_sample_loc_type_bottom_field.
fn read_colour_and_shape(bits: &mut BitReader<'_>) -> Result<()> {
    if bits.flag("aspect_ratio_info_present_flag")? && bits.u(8, "aspect_ratio_idc")? == EXTENDED_SAR {
        bits.each(&[(16, "sar_width"), (16, "sar_height")])?;
    }
    if bits.flag("overscan_info_present_flag")? {
        bits.flag("overscan_appropriate_flag")?;
    }
    if bits.flag("video_signal_type_present_flag")? {
        bits.each(&[(3, "video_format"), (1, "video_full_range_flag")])?;
        if bits.flag("colour_description_present_flag")? {
            bits.each(&[(8, "colour_primaries"), (8, "transfer_characteristics"), (8, "matrix_coeffs")])?;
        }
    }
    if bits.flag("chroma_loc_info_present_flag")? {
        bits.ue("chroma_sample_loc_type_top_field")?;
        bits.ue("chroma_sample_loc_type_bottom_field")?;
    }
    Ok(())
}
