//! SEI payloads (annex D.2): they are read for who asks for headers.

use codecorpus_bitstream::sei::payloads::{self, Standard};
use codecorpus_bitstream::{BitReader, ParseError, Result};

use super::hrd::Hrd;
use super::nal::NalType;
use super::sei_layers;
use super::vui::Vui;

const BUFFERING_PERIOD: u32 = 0;
const PIC_TIMING: u32 = 1;
const RECOVERY_POINT: u32 = 6;
const STRUCTURE_OF_PICTURES_INFO: u32 = 128;
const ACTIVE_PARAMETER_SETS: u32 = 129;
const DECODING_UNIT_INFO: u32 = 130;
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
        STRUCTURE_OF_PICTURES_INFO => Some(structure_of_pictures_info(bits)),
        ACTIVE_PARAMETER_SETS => Some(active_parameter_sets(bits)),
        DECODING_UNIT_INFO => Some(vui_of(None).and_then(|vui| decoding_unit_info(bits, vui))),
        DECODED_PICTURE_HASH => Some(decoded_picture_hash(bits)),
        TIME_CODE => Some(time_code(bits)),
        _ => flat(payload_type, bits)
            .or_else(|| sei_layers::read(payload_type, bits))
            .or_else(|| payloads::read(payload_type, bits, Standard::Hevc)),
    }
}

/// Payloads that hold for a picture or a sequence and are a few elements.
fn flat(payload_type: u32, bits: &mut BitReader<'_>) -> Option<Result<()>> {
    Some(match payload_type {
        131 => bits.each(&[(8, "temporal_sub_layer_zero_idx"), (8, "irap_pic_id")]),
        134 => bits.each(&[(1, "refreshed_region_flag")]),
        135 | 145 => Ok(()), // no_display and dependent_rap_indication: that they are there says it
        138 => segmented_rect_frame_packing_arrangement(bits),
        141 => knee_function_info(bits),
        143 => bits.each(&[(1, "deinterlaced_picture_source_parity_flag")]),
        146 => coded_region_completion(bits),
        150 => equirectangular_projection(bits),
        205 => shutter_interval_info(bits),
        _ => return None,
    })
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

/// D.2.18: the pictures that follow, as far as their structure is one.
fn structure_of_pictures_info(bits: &mut BitReader<'_>) -> Result<()> {
    bits.ue_max(15, "sop_seq_parameter_set_id")?;
    for i in 0..=bits.ue_max(1023, "num_entries_in_sop_minus1")? {
        let kind = bits.u(6, "sop_vcl_nut")?;
        bits.u(3, "sop_temporal_id")?;
        if !NalType(kind as u8).is_idr() {
            bits.ue_max(64, "sop_short_term_rps_idx")?;
        }
        if i > 0 {
            bits.se("sop_poc_delta")?;
        }
    }
    Ok(())
}

/// D.2.22.
fn decoding_unit_info(bits: &mut BitReader<'_>, vui: &Vui) -> Result<()> {
    let sub_pic = vui.hrd.and_then(|hrd| hrd.sub_pic);
    let sub_pic = sub_pic.ok_or_else(|| ParseError::malformed("hrd_parameters", "there are no decoding units"))?;
    bits.ue("decoding_unit_idx")?;
    if !sub_pic.sub_pic_cpb_params_in_pic_timing_sei_flag {
        bits.u(sub_pic.du_cpb_removal_delay_increment_length, "du_spt_cpb_removal_delay_increment")?;
    }
    if bits.flag("dpb_output_du_delay_present_flag")? {
        bits.u(sub_pic.dpb_output_delay_du_length, "pic_spt_dpb_output_du_delay")?;
    }
    Ok(())
}

/// D.2.29.
fn segmented_rect_frame_packing_arrangement(bits: &mut BitReader<'_>) -> Result<()> {
    if bits.flag("segmented_rect_frame_packing_arrangement_cancel_flag")? {
        return Ok(());
    }
    bits.each(&[
        (2, "segmented_rect_content_interpretation_type"),
        (1, "segmented_rect_frame_packing_arrangement_persistence_flag"),
    ])
}

/// D.2.32.
fn knee_function_info(bits: &mut BitReader<'_>) -> Result<()> {
    bits.ue("knee_function_id")?;
    if bits.flag("knee_function_cancel_flag")? {
        return Ok(());
    }
    bits.each(&[
        (1, "knee_function_persistence_flag"),
        (32, "input_d_range"),
        (32, "input_disp_luminance"),
        (32, "output_d_range"),
        (32, "output_disp_luminance"),
    ])?;
    (0..=bits.ue_max(998, "num_knee_points_minus1")?)
        .try_for_each(|_| bits.each(&[(10, "input_knee_point"), (10, "output_knee_point")]))
}

/// D.2.37.
fn coded_region_completion(bits: &mut BitReader<'_>) -> Result<()> {
    if bits.ue("next_segment_address")? > 0 {
        bits.flag("independent_slice_segment_flag")?;
    }
    Ok(())
}

/// D.2.41.1.
fn equirectangular_projection(bits: &mut BitReader<'_>) -> Result<()> {
    if bits.flag("erp_cancel_flag")? {
        return Ok(());
    }
    bits.flag("erp_persistence_flag")?;
    let guarded = bits.flag("erp_guard_band_flag")?;
    bits.u(2, "erp_reserved_zero_2bits")?;
    if guarded {
        bits.each(&[(3, "erp_guard_band_type"), (8, "erp_left_guard_band_width"), (8, "erp_right_guard_band_width")])?;
    }
    Ok(())
}

/// Payload type 205.
fn shutter_interval_info(bits: &mut BitReader<'_>) -> Result<()> {
    if bits.ue("sii_sub_layer_idx")? > 0 || !bits.flag("shutter_interval_info_present_flag")? {
        return Ok(());
    }
    bits.u(32, "sii_time_scale")?;
    if bits.flag("fixed_shutter_interval_within_cvs_flag")? {
        return bits.u(32, "sii_num_units_in_shutter_interval").map(|_| ());
    }
    (0..=bits.u(3, "sii_max_sub_layers_minus1")?)
        .try_for_each(|_| bits.u(32, "sub_layer_num_units_in_shutter_interval").map(|_| ()))
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

#[cfg(test)]
mod tests {
    use super::super::written::{Coded::Se, Coded::U, Coded::Ue, Element, noted, told, written};
    use super::*;

    /// That a payload of these elements is read as them, to its last bit.
    fn check(payload_type: u32, elements: &[Element]) {
        let data = written(elements);
        let noted = noted(|| {
            let mut bits = BitReader::of(&data, name(payload_type));
            read(payload_type, &mut bits, |_| Err(ParseError::malformed("vui_parameters", "there are none"))).unwrap().unwrap();
            assert!(bits.left() < 8, "{} bits are left of {}", bits.left(), name(payload_type));
        });
        assert_eq!(noted[0].elements, told(elements));
    }

    #[test]
    fn structures_of_pictures_name_a_set_of_references_unless_they_begin_anew() {
        check(
            128,
            &[
                ("sop_seq_parameter_set_id", Ue, 0),
                ("num_entries_in_sop_minus1", Ue, 1),
                ("sop_vcl_nut", U(6), 20),
                ("sop_temporal_id", U(3), 0),
                ("sop_vcl_nut", U(6), 1),
                ("sop_temporal_id", U(3), 2),
                ("sop_short_term_rps_idx", Ue, 3),
                ("sop_poc_delta", Se, -4),
            ],
        );
    }

    #[test]
    fn colours_are_mapped_by_points_and_tables() {
        check(
            141,
            &[
                ("knee_function_id", Ue, 1),
                ("knee_function_cancel_flag", U(1), 0),
                ("knee_function_persistence_flag", U(1), 1),
                ("input_d_range", U(32), 4000),
                ("input_disp_luminance", U(32), 2_000_000_000),
                ("output_d_range", U(32), 1000),
                ("output_disp_luminance", U(32), 800),
                ("num_knee_points_minus1", Ue, 0),
                ("input_knee_point", U(10), 600),
                ("output_knee_point", U(10), 1000),
            ],
        );
        check(
            23,
            &[
                ("tone_map_id", Ue, 0),
                ("tone_map_cancel_flag", U(1), 0),
                ("tone_map_persistence_flag", U(1), 1),
                ("coded_data_bit_depth", U(8), 10),
                ("target_bit_depth", U(8), 8),
                ("tone_map_model_id", Ue, 3),
                ("num_pivots", U(16), 2),
                ("coded_pivot_value", U(16), 64),
                ("target_pivot_value", U(8), 16),
                ("coded_pivot_value", U(16), 940),
                ("target_pivot_value", U(8), 235),
            ],
        );
        let mut remapped: Vec<Element> = vec![
            ("colour_remap_id", Ue, 2),
            ("colour_remap_cancel_flag", U(1), 0),
            ("colour_remap_persistence_flag", U(1), 0),
            ("colour_remap_video_signal_info_present_flag", U(1), 0),
            ("colour_remap_input_bit_depth", U(8), 10),
            ("colour_remap_output_bit_depth", U(8), 8),
            ("pre_lut_num_val_minus1", U(8), 1),
        ];
        remapped.extend([("pre_lut_coded_value", U(16), 1000), ("pre_lut_target_value", U(8), 200)].repeat(2));
        remapped.extend([("pre_lut_num_val_minus1", U(8), 0)].repeat(2));
        remapped.push(("colour_remap_matrix_present_flag", U(1), 1));
        remapped.push(("log2_matrix_denom", U(4), 10));
        remapped.extend((0..9).map(|at| ("colour_remap_coeffs", Se, at - 4)));
        remapped.extend([("post_lut_num_val_minus1", U(8), 0)].repeat(3));
        check(142, &remapped);
        check(
            149,
            &[
                ("ccv_cancel_flag", U(1), 0),
                ("ccv_persistence_flag", U(1), 1),
                ("ccv_primaries_present_flag", U(1), 0),
                ("ccv_min_luminance_value_present_flag", U(1), 1),
                ("ccv_max_luminance_value_present_flag", U(1), 1),
                ("ccv_avg_luminance_value_present_flag", U(1), 0),
                ("ccv_reserved_zero_2bits", U(2), 0),
                ("ccv_min_luminance_value", U(32), 50),
                ("ccv_max_luminance_value", U(32), 10_000_000),
            ],
        );
    }

    #[test]
    fn pictures_around_the_viewer() {
        check(
            150,
            &[
                ("erp_cancel_flag", U(1), 0),
                ("erp_persistence_flag", U(1), 1),
                ("erp_guard_band_flag", U(1), 1),
                ("erp_reserved_zero_2bits", U(2), 0),
                ("erp_guard_band_type", U(3), 1),
                ("erp_left_guard_band_width", U(8), 16),
                ("erp_right_guard_band_width", U(8), 32),
            ],
        );
        check(
            154,
            &[
                ("sphere_rotation_cancel_flag", U(1), 0),
                ("sphere_rotation_persistence_flag", U(1), 1),
                ("sphere_rotation_reserved_zero_6bits", U(6), 0),
                ("yaw_rotation", U(32), -90 << 16),
                ("pitch_rotation", U(32), 0),
                ("roll_rotation", U(32), 45 << 16),
            ],
        );
        let sizes = [8192, 4096, 0, 1024].into_iter();
        let mut packed: Vec<Element> = vec![
            ("rwp_cancel_flag", U(1), 0),
            ("rwp_persistence_flag", U(1), 1),
            ("constituent_picture_matching_flag", U(1), 0),
            ("rwp_reserved_zero_5bits", U(5), 0),
            ("num_packed_regions", U(8), 1),
            ("proj_picture_width", U(32), 8192),
            ("proj_picture_height", U(32), 4096),
            ("packed_picture_width", U(16), 4096),
            ("packed_picture_height", U(16), 2048),
            ("rwp_reserved_zero_4bits", U(4), 0),
            ("rwp_transform_type", U(3), 2),
            ("rwp_guard_band_flag", U(1), 1),
        ];
        let of_projection = ["proj_region_width", "proj_region_height", "proj_region_top", "proj_region_left"];
        packed.extend(of_projection.into_iter().zip(sizes.clone()).map(|(name, size)| (name, U(32), size)));
        let of_packing = ["packed_region_width", "packed_region_height", "packed_region_top", "packed_region_left"];
        packed.extend(of_packing.into_iter().zip(sizes).map(|(name, size)| (name, U(16), size)));
        let guards = [
            "rwp_left_guard_band_width",
            "rwp_right_guard_band_width",
            "rwp_top_guard_band_height",
            "rwp_bottom_guard_band_height",
        ];
        packed.extend(guards.map(|name| (name, U(8), 4)));
        packed.push(("rwp_guard_band_not_used_for_pred_flag", U(1), 1));
        packed.extend([("rwp_guard_band_type", U(3), 1)].repeat(4));
        packed.push(("rwp_guard_band_reserved_zero_3bits", U(3), 0));
        check(155, &packed);
    }

    #[test]
    fn few_elements() {
        check(131, &[("temporal_sub_layer_zero_idx", U(8), 7), ("irap_pic_id", U(8), 200)]);
        check(146, &[("next_segment_address", Ue, 12), ("independent_slice_segment_flag", U(1), 1)]);
        check(
            205,
            &[
                ("sii_sub_layer_idx", Ue, 0),
                ("shutter_interval_info_present_flag", U(1), 1),
                ("sii_time_scale", U(32), 27_000_000),
                ("fixed_shutter_interval_within_cvs_flag", U(1), 1),
                ("sii_num_units_in_shutter_interval", U(32), 540_000),
            ],
        );
        check(
            200,
            &[
                ("manifest_num_sei_msg_types", U(16), 1),
                ("manifest_sei_payload_type", U(16), 137),
                ("manifest_sei_description", U(8), 1),
            ],
        );
    }

    #[test]
    fn decoding_units_need_a_buffer_model_that_has_them() {
        let read_with = |vui: &Vui| {
            let data = written(&[("decoding_unit_idx", Ue, 3), ("du_spt_cpb_removal_delay_increment", U(5), 9), ("", U(1), 0)]);
            decoding_unit_info(&mut BitReader::new(&data), vui)
        };
        assert!(read_with(&Vui::default()).is_err());
        let sub_pic = super::super::hrd::SubPic { du_cpb_removal_delay_increment_length: 5, ..Default::default() };
        let hrd = Hrd { sub_pic: Some(sub_pic), ..Hrd::default() };
        assert!(read_with(&Vui { hrd: Some(hrd), ..Vui::default() }).is_ok());
    }
}
