//! vui_parameters( ) (E.2.1) and hrd_parameters( ) (E.2.2): passed over, for the extensions of the SPS stand behind them.

use codecorpus_bitstream::{BitReader, Result};

/// Passes over vui_parameters( ).
pub(crate) fn skip_vui_parameters(bits: &mut BitReader<'_>, max_sub_layers_minus1: u32) -> Result<()> {
    const EXTENDED_SAR: u32 = 255;
    if bits.flag("aspect_ratio_info_present_flag")? && bits.u(8, "aspect_ratio_idc")? == EXTENDED_SAR {
        bits.skip(32, "sar_width")?;
    }
    if bits.flag("overscan_info_present_flag")? {
        bits.skip(1, "overscan_appropriate_flag")?;
    }
    if bits.flag("video_signal_type_present_flag")? {
        bits.skip(4, "video_format")?;
        if bits.flag("colour_description_present_flag")? {
            bits.skip(24, "colour_primaries")?;
        }
    }
    if bits.flag("chroma_loc_info_present_flag")? {
        bits.ue("chroma_sample_loc_type_top_field")?;
        bits.ue("chroma_sample_loc_type_bottom_field")?;
    }
    bits.skip(3, "neutral_chroma_indication_flag")?;
    if bits.flag("default_display_window_flag")? {
        for _ in 0..4 {
            bits.ue("def_disp_win_left_offset")?;
        }
    }
    if bits.flag("vui_timing_info_present_flag")? {
        skip_timing(bits, max_sub_layers_minus1)?;
    }
    if bits.flag("bitstream_restriction_flag")? {
        bits.skip(3, "tiles_fixed_structure_flag")?;
        for _ in 0..5 {
            bits.ue("min_spatial_segmentation_idc")?;
        }
    }
    Ok(())
}

fn skip_timing(bits: &mut BitReader<'_>, max_sub_layers_minus1: u32) -> Result<()> {
    bits.skip(64, "vui_num_units_in_tick")?;
    if bits.flag("vui_poc_proportional_to_timing_flag")? {
        bits.ue("vui_num_ticks_poc_diff_one_minus1")?;
    }
    if bits.flag("vui_hrd_parameters_present_flag")? {
        skip_hrd_parameters(bits, max_sub_layers_minus1)?;
    }
    Ok(())
}

/// Passes over hrd_parameters( 1, maxNumSubLayersMinus1 ).
fn skip_hrd_parameters(bits: &mut BitReader<'_>, max_sub_layers_minus1: u32) -> Result<()> {
    let nal = bits.flag("nal_hrd_parameters_present_flag")?;
    let vcl = bits.flag("vcl_hrd_parameters_present_flag")?;
    let mut sub_pic = false;
    if nal || vcl {
        sub_pic = bits.flag("sub_pic_hrd_params_present_flag")?;
        bits.skip(if sub_pic { 19 } else { 0 }, "tick_divisor_minus2")?;
        bits.skip(8, "bit_rate_scale")?;
        bits.skip(if sub_pic { 4 } else { 0 }, "cpb_size_du_scale")?;
        bits.skip(15, "initial_cpb_removal_delay_length_minus1")?;
    }
    for _ in 0..=max_sub_layers_minus1 {
        let cpb_count = skip_sub_layer(bits)?;
        for _ in 0..u32::from(nal) + u32::from(vcl) {
            skip_sub_layer_hrd_parameters(bits, cpb_count, sub_pic)?;
        }
    }
    Ok(())
}

/// What stands before sub_layer_hrd_parameters( ); gives CpbCnt.
fn skip_sub_layer(bits: &mut BitReader<'_>) -> Result<u32> {
    let general = bits.flag("fixed_pic_rate_general_flag")?;
    let within_cvs = general || bits.flag("fixed_pic_rate_within_cvs_flag")?;
    let mut low_delay = false;
    if within_cvs {
        bits.ue("elemental_duration_in_tc_minus1")?;
    } else {
        low_delay = bits.flag("low_delay_hrd_flag")?;
    }
    Ok(if low_delay { 1 } else { bits.ue_max(31, "cpb_cnt_minus1")? + 1 })
}

fn skip_sub_layer_hrd_parameters(bits: &mut BitReader<'_>, cpb_count: u32, sub_pic: bool) -> Result<()> {
    for _ in 0..cpb_count {
        bits.ue("bit_rate_value_minus1")?;
        bits.ue("cpb_size_value_minus1")?;
        if sub_pic {
            bits.ue("cpb_size_du_value_minus1")?;
            bits.ue("bit_rate_du_value_minus1")?;
        }
        bits.skip(1, "cbr_flag")?;
    }
    Ok(())
}
