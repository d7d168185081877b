//! SEI payloads (annex D.2): they are read for who asks for headers.

use codecorpus_bitstream::sei::payloads::{self, Standard};
use codecorpus_bitstream::{BitReader, ParseError, Result};

use super::hrd::Hrd;
use super::vui::Vui;

const BUFFERING_PERIOD: u32 = 0;
const PIC_TIMING: u32 = 1;
const RECOVERY_POINT: u32 = 6;
const ACTIVE_PARAMETER_SETS: u32 = 129;
const DECODED_PICTURE_HASH: u32 = 132;
const TIME_CODE: u32 = 136;

/// The payload of that type, where it is read. `vui_of` gives the VUI of the sequence parameter set of a number, or of the active one.
pub(crate) fn read<'a>(
    payload_type: u32,
    bits: &mut BitReader<'_>,
    vui_of: impl FnOnce(Option<u8>) -> Result<&'a Vui>,
) -> Option<Result<()>> {
    match payload_type {
        BUFFERING_PERIOD => Some(buffering_period(bits, vui_of)),
        PIC_TIMING => Some(vui_of(None).and_then(|vui| pic_timing(bits, vui))),
        RECOVERY_POINT => Some(recovery_point(bits)),
        ACTIVE_PARAMETER_SETS => Some(active_parameter_sets(bits)),
        DECODED_PICTURE_HASH => Some(decoded_picture_hash(bits)),
        TIME_CODE => Some(time_code(bits)),
        _ => payloads::read(payload_type, bits, Standard::Hevc),
    }
}

/// D.2.2.
fn buffering_period<'a>(bits: &mut BitReader<'_>, vui_of: impl FnOnce(Option<u8>) -> Result<&'a Vui>) -> Result<()> {
    let id = bits.ue_max(15, "bp_seq_parameter_set_id")? as u8;
    let hrd = vui_of(Some(id))?.hrd;
    let hrd = hrd.ok_or_else(|| ParseError::malformed("hrd_parameters", "the sequence parameter set has none"))?;
    let alternative = hrd.sub_pic.is_none() && bits.flag("irap_cpb_params_present_flag")?;
    if alternative {
        bits.u(hrd.au_cpb_removal_delay_length, "cpb_delay_offset")?;
        bits.u(hrd.dpb_output_delay_length, "dpb_delay_offset")?;
    }
    bits.flag("concatenation_flag")?;
    bits.u(hrd.au_cpb_removal_delay_length, "au_cpb_removal_delay_delta_minus1")?;
    let alternative = alternative || hrd.sub_pic.is_some();
    if hrd.nal_hrd_parameters_present_flag {
        read_initial_delays(bits, &hrd, alternative, &NAL_DELAYS)?;
    }
    if hrd.vcl_hrd_parameters_present_flag {
        read_initial_delays(bits, &hrd, alternative, &VCL_DELAYS)?;
    }
    // payload_extension_present( ): an element that later editions added.
    if bits.last_one_bit().is_some_and(|end| bits.position() < end) {
        bits.flag("use_alt_cpb_params_flag")?;
    }
    Ok(())
}

const NAL_DELAYS: [&str; 4] = [
    "nal_initial_cpb_removal_delay",
    "nal_initial_cpb_removal_offset",
    "nal_initial_alt_cpb_removal_delay",
    "nal_initial_alt_cpb_removal_offset",
];
const VCL_DELAYS: [&str; 4] = [
    "vcl_initial_cpb_removal_delay",
    "vcl_initial_cpb_removal_offset",
    "vcl_initial_alt_cpb_removal_delay",
    "vcl_initial_alt_cpb_removal_offset",
];

fn read_initial_delays(bits: &mut BitReader<'_>, hrd: &Hrd, alternative: bool, names: &[&'static str; 4]) -> Result<()> {
    for _ in 0..hrd.cpb_count {
        for name in &names[..if alternative { 4 } else { 2 }] {
            bits.u(hrd.initial_cpb_removal_delay_length, name)?;
        }
    }
    Ok(())
}

/// D.2.3.
fn pic_timing(bits: &mut BitReader<'_>, vui: &Vui) -> Result<()> {
    if vui.frame_field_info_present_flag {
        bits.each(&[(4, "pic_struct"), (2, "source_scan_type"), (1, "duplicate_flag")])?;
    }
    let Some(hrd) = vui.hrd.filter(Hrd::has_delays) else { return Ok(()) };
    bits.u(hrd.au_cpb_removal_delay_length, "au_cpb_removal_delay_minus1")?;
    bits.u(hrd.dpb_output_delay_length, "pic_dpb_output_delay")?;
    let Some(sub_pic) = hrd.sub_pic else { return Ok(()) };
    bits.u(sub_pic.dpb_output_delay_du_length, "pic_dpb_output_du_delay")?;
    if !sub_pic.sub_pic_cpb_params_in_pic_timing_sei_flag {
        return Ok(());
    }
    let units = bits.ue("num_decoding_units_minus1")?;
    let length = sub_pic.du_cpb_removal_delay_increment_length;
    let common = bits.flag("du_common_cpb_removal_delay_flag")?;
    if common {
        bits.u(length, "du_common_cpb_removal_delay_increment_minus1")?;
    }
    for i in 0..=units {
        bits.ue("num_nalus_in_du_minus1")?;
        if !common && i < units {
            bits.u(length, "du_cpb_removal_delay_increment_minus1")?;
        }
    }
    Ok(())
}

/// D.2.8.
fn recovery_point(bits: &mut BitReader<'_>) -> Result<()> {
    bits.se("recovery_poc_cnt")?;
    bits.each(&[(1, "exact_match_flag"), (1, "broken_link_flag")])
}

/// D.2.21, of one layer.
fn active_parameter_sets(bits: &mut BitReader<'_>) -> Result<()> {
    bits.each(&[(4, "active_video_parameter_set_id"), (1, "self_contained_cvs_flag"), (1, "no_parameter_set_update_flag")])?;
    for _ in 0..=bits.ue_max(15, "num_sps_ids_minus1")? {
        bits.ue_max(15, "active_seq_parameter_set_id")?;
    }
    Ok(())
}

/// D.2.19: of as many planes as there are.
fn decoded_picture_hash(bits: &mut BitReader<'_>) -> Result<()> {
    match bits.u(8, "hash_type")? {
        0 => bits.bytes(bits.left() / 8, "picture_md5"),
        1 => (0..bits.left() / 16).try_for_each(|_| bits.u(16, "picture_crc").map(|_| ())),
        2 => (0..bits.left() / 32).try_for_each(|_| bits.u(32, "picture_checksum").map(|_| ())),
        other => Err(ParseError::malformed("hash_type", format!("{other} is reserved"))),
    }
}

/// D.2.27.
fn time_code(bits: &mut BitReader<'_>) -> Result<()> {
    for _ in 0..bits.u(2, "num_clock_ts")? {
        if bits.flag("clock_timestamp_flag")? {
            bits.each(&[(1, "units_field_based_flag"), (5, "counting_type")])?;
            payloads::clock_timestamp(bits, 9)?;
            let length = bits.u(5, "time_offset_length")?;
            bits.i(length, "time_offset_value")?;
        }
    }
    Ok(())
}

/// The name of the payload's syntax.
pub(crate) fn name(payload_type: u32) -> &'static str {
    payloads::name(payload_type).unwrap_or(match payload_type {
        15 => "picture_snapshot",
        128 => "structure_of_pictures_info",
        129 => "active_parameter_sets",
        130 => "decoding_unit_info",
        131 => "temporal_sub_layer_zero_idx",
        132 => "decoded_picture_hash",
        133 => "scalable_nesting",
        134 => "region_refresh_info",
        135 => "no_display",
        136 => "time_code",
        138 => "segmented_rect_frame_packing_arrangement",
        139 => "temporal_motion_constrained_tile_sets",
        140 => "chroma_resampling_filter_hint",
        141 => "knee_function_info",
        143 => "deinterlaced_field_identification",
        145 => "dependent_rap_indication",
        146 => "coded_region_completion",
        152 => "fisheye_video_info",
        157 => "regional_nesting",
        158 => "mcts_extraction_info_sets",
        159 => "mcts_extraction_info_nesting",
        160 => "layers_not_present",
        161 => "inter_layer_constrained_tile_sets",
        162 => "bsp_nesting",
        163 => "bsp_initial_arrival_time",
        164 => "sub_bitstream_property",
        165 => "alpha_channel_info",
        166 => "overlay_info",
        167 => "temporal_mv_prediction_constraints",
        168 => "frame_field_info",
        176 => "three_dimensional_reference_displays_info",
        177 => "depth_representation_info",
        178 => "multiview_scene_info",
        179 => "multiview_acquisition_info",
        180 => "multiview_view_position",
        181 => "alternative_depth_info",
        _ => "reserved_sei_message",
    })
}
