//! vui_parameters( ) (E.2.1): the extensions of the SPS stand behind it, and SEI messages are read with it.

use codecorpus_bitstream::sei::payloads::Standard;
use codecorpus_bitstream::vui::read_colour_and_shape;
use codecorpus_bitstream::{BitReader, ParseError, Result};

use super::hrd::Hrd;

/// What pic_timing( ) and buffering_period( ) are read with.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Vui {
    pub(crate) frame_field_info_present_flag: bool,
    pub(crate) hrd: Option<Hrd>,
}

impl Vui {
    /// Without the number of sub-layers, which the VPS alone may tell, an HRD cannot be read.
    ///
    /// # Errors
    /// A schedule more than there may be, or the data end.
    pub(crate) fn read(bits: &mut BitReader<'_>, max_sub_layers_minus1: Option<u32>) -> Result<Self> {
        let mut vui = Self::default();
        read_colour_and_shape(bits, Standard::Hevc)?;
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
                let unknown = || ParseError::unsupported("hrd_parameters", "the VPS tells how many sub-layers there are");
                vui.hrd = Some(Hrd::read(bits, None, max_sub_layers_minus1.ok_or_else(unknown)?)?);
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
