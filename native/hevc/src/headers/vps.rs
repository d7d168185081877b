//! video_parameter_set_rbsp( ) (7.3.2.1): no picture of the base layer needs it; it is read for who asks for headers.

use codecorpus_bitstream::{BitReader, ParseError, Result};

use super::hrd::Hrd;
use super::profile::read_profile_tier_level;
use super::vps_extension::{self, read_alignment};
use super::vps_layers::VpsBase;

/// Reads it behind the NAL unit header.
pub(crate) fn read(bits: &mut BitReader<'_>) -> Result<()> {
    bits.u(4, "vps_video_parameter_set_id")?;
    let mut vps = VpsBase { vps_base_layer_internal_flag: bits.flag("vps_base_layer_internal_flag")?, ..VpsBase::default() };
    bits.flag("vps_base_layer_available_flag")?;
    vps.vps_max_layers_minus1 = bits.u(6, "vps_max_layers_minus1")?;
    let max_sub_layers_minus1 = bits.u(3, "vps_max_sub_layers_minus1")?;
    vps.vps_max_sub_layers_minus1 = max_sub_layers_minus1;
    bits.each(&[(1, "vps_temporal_id_nesting_flag"), (16, "vps_reserved_0xffff_16bits")])?;
    read_profile_tier_level(bits, max_sub_layers_minus1)?;
    let all = bits.flag("vps_sub_layer_ordering_info_present_flag")?;
    for _ in if all { 0 } else { max_sub_layers_minus1 }..=max_sub_layers_minus1 {
        bits.ue("vps_max_dec_pic_buffering_minus1")?;
        bits.ue("vps_max_num_reorder_pics")?;
        bits.ue("vps_max_latency_increase_plus1")?;
    }
    let vps_max_layer_id = bits.u(6, "vps_max_layer_id")?;
    vps.layer_ids_included.push(1);
    for _ in 0..bits.ue_max(1023, "vps_num_layer_sets_minus1")? {
        let mut included = 0;
        for id in 0..=vps_max_layer_id {
            included |= u64::from(bits.flag("layer_id_included_flag")?) << id;
        }
        vps.layer_ids_included.push(included);
    }
    if bits.flag("vps_timing_info_present_flag")? {
        read_timing(bits, &mut vps)?;
    }
    if bits.flag("vps_extension_flag")? {
        read_extension(bits, &vps)?;
    }
    Ok(())
}

/// What describes other layers than the base layer (F.7.3.2.1): vps_extension( ) as a structure of its own, since it repeats
/// elements that stand before it. Where not all of it is as annex F has it to the trailing bits, none of it may be what it
/// looks like: it is told as the bytes that it has.
fn read_extension(bits: &mut BitReader<'_>, vps: &VpsBase) -> Result<()> {
    let aligned = read_alignment(bits, "vps_extension_alignment_bit_equal_to_one");
    let begin = bits.position();
    let end = bits.last_one_bit().ok_or_else(|| bits.end("vps_extension"))?;
    let mut ahead = BitReader::silent(bits);
    let read = aligned.and_then(|()| vps_extension::read(&mut ahead, vps));
    bits.seek(ahead.position());
    if read.and_then(|()| read_behind_extension(&mut ahead, end)).is_err() {
        bits.seek(begin);
        return bits.bytes(end.saturating_sub(begin).div_ceil(8), "vps_extension");
    }
    read_behind_extension(bits, end)?;
    let mut extension = BitReader::of(bits.data(), "vps_extension");
    extension.seek(begin);
    vps_extension::read(&mut extension, vps)
}

/// vps_extension2_flag, and what later editions may add; `end` is where rbsp_trailing_bits( ) begin.
fn read_behind_extension(bits: &mut BitReader<'_>, end: usize) -> Result<()> {
    if bits.flag("vps_extension2_flag")? {
        while bits.position() < end {
            bits.flag("vps_extension_data_flag")?;
        }
    }
    let is_end = bits.position() == end;
    if is_end { Ok(()) } else { Err(ParseError::malformed("rbsp_trailing_bits", "the parameter set does not end there")) }
}

fn read_timing(bits: &mut BitReader<'_>, vps: &mut VpsBase) -> Result<()> {
    bits.each(&[(32, "vps_num_units_in_tick"), (32, "vps_time_scale")])?;
    if bits.flag("vps_poc_proportional_to_timing_flag")? {
        bits.ue("vps_num_ticks_poc_diff_one_minus1")?;
    }
    vps.vps_num_hrd_parameters = bits.ue_max(1024, "vps_num_hrd_parameters")?;
    for i in 0..vps.vps_num_hrd_parameters {
        bits.ue("hrd_layer_set_idx")?;
        let has_common = i == 0 || bits.flag("cprms_present_flag")?;
        vps.last_hrd = Some(Hrd::read(bits, vps.last_hrd.filter(|_| !has_common), vps.vps_max_sub_layers_minus1)?);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::written::{Coded::U, Coded::Ue, Element, align, noted, told, written};
    use super::*;
    use proptest::prelude::*;

    const TRAILING: [Element; 1] = [("rbsp_stop_one_bit", U(1), 1)];

    /// video_parameter_set_rbsp( ) to vps_sub_layer_ordering_info_present_flag and what follows it, of as many sub-layers.
    fn vps_of(base_layer_internal: i64, max_layers_minus1: i64, max_sub_layers_minus1: usize) -> Vec<Element> {
        let mut vps: Vec<Element> = vec![
            ("vps_video_parameter_set_id", U(4), 0),
            ("vps_base_layer_internal_flag", U(1), base_layer_internal),
            ("vps_base_layer_available_flag", U(1), 1),
            ("vps_max_layers_minus1", U(6), max_layers_minus1),
            ("vps_max_sub_layers_minus1", U(3), max_sub_layers_minus1 as i64),
            ("vps_temporal_id_nesting_flag", U(1), 1),
            ("vps_reserved_0xffff_16bits", U(16), 0xFFFF),
        ];
        vps.extend(profile(1));
        vps.extend(level(120, max_sub_layers_minus1));
        vps.extend([
            ("vps_sub_layer_ordering_info_present_flag", U(1), 0),
            ("vps_max_dec_pic_buffering_minus1", Ue, 4),
            ("vps_max_num_reorder_pics", Ue, 2),
            ("vps_max_latency_increase_plus1", Ue, 0),
        ]);
        vps
    }

    /// The 88 bits of a profile.
    fn profile(idc: i64) -> Vec<Element> {
        let mut elements: Vec<Element> =
            vec![("general_profile_space", U(2), 0), ("general_tier_flag", U(1), 0), ("general_profile_idc", U(5), idc)];
        elements.extend((0..32).map(|j| ("general_profile_compatibility_flag", U(1), i64::from(j == idc))));
        elements.extend(
            [
                "general_progressive_source_flag",
                "general_interlaced_source_flag",
                "general_non_packed_constraint_flag",
                "general_frame_only_constraint_flag",
            ]
            .map(|name| (name, U(1), 1)),
        );
        if idc == 1 {
            elements.extend([("general_reserved_zero_43bits", U(43), 0), ("general_inbld_flag", U(1), 0)]);
            return elements;
        }
        elements.extend(
            [
                "general_max_12bit_constraint_flag",
                "general_max_10bit_constraint_flag",
                "general_max_8bit_constraint_flag",
                "general_max_422chroma_constraint_flag",
                "general_max_420chroma_constraint_flag",
                "general_max_monochrome_constraint_flag",
                "general_intra_constraint_flag",
                "general_one_picture_only_constraint_flag",
                "general_lower_bit_rate_constraint_flag",
            ]
            .map(|name| (name, U(1), 0)),
        );
        elements.extend([("general_reserved_zero_34bits", U(34), 0), ("general_reserved_zero_bit", U(1), 0)]);
        elements
    }

    /// profile_tier_level( 0, maxNumSubLayersMinus1 ), whose sub-layers have levels.
    fn level(idc: i64, max_sub_layers_minus1: usize) -> Vec<Element> {
        let mut elements: Vec<Element> = vec![("general_level_idc", U(8), idc)];
        for _ in 0..max_sub_layers_minus1 {
            elements.extend([("sub_layer_profile_present_flag", U(1), 0), ("sub_layer_level_present_flag", U(1), 1)]);
        }
        if max_sub_layers_minus1 > 0 {
            elements.extend(vec![("reserved_zero_2bits", U(2), 0); 8 - max_sub_layers_minus1]);
        }
        elements.extend(vec![("sub_layer_level_idc", U(8), idc - 3); max_sub_layers_minus1]);
        elements
    }

    fn each(name: &'static str, length: u32, values: &[i64]) -> Vec<Element> {
        values.iter().map(|&value| (name, U(length), value)).collect()
    }

    fn scalability_mask(dimensions: &[i64]) -> Vec<Element> {
        (0..16).map(|i| ("scalability_mask_flag", U(1), i64::from(dimensions.contains(&i)))).collect()
    }

    /// What hrd_parameters( 1, … ) begin with, of a NAL HRD.
    const HRD_COMMON: [Element; 8] = [
        ("nal_hrd_parameters_present_flag", U(1), 1),
        ("vcl_hrd_parameters_present_flag", U(1), 0),
        ("sub_pic_hrd_params_present_flag", U(1), 0),
        ("bit_rate_scale", U(4), 2),
        ("cpb_size_scale", U(4), 3),
        ("initial_cpb_removal_delay_length_minus1", U(5), 23),
        ("au_cpb_removal_delay_length_minus1", U(5), 15),
        ("dpb_output_delay_length_minus1", U(5), 5),
    ];

    const HRD_SUB_LAYER: [Element; 6] = [
        ("fixed_pic_rate_general_flag", U(1), 1),
        ("elemental_duration_in_tc_minus1", Ue, 0),
        ("cpb_cnt_minus1", Ue, 0),
        ("bit_rate_value_minus1", Ue, 999),
        ("cpb_size_value_minus1", Ue, 4999),
        ("cbr_flag", U(1), 0),
    ];

    fn video_signal_info(colours: i64) -> [Element; 5] {
        [
            ("video_vps_format", U(3), 5),
            ("video_full_range_vps_flag", U(1), 0),
            ("colour_primaries_vps", U(8), colours),
            ("transfer_characteristics_vps", U(8), colours),
            ("matrix_coeffs_vps", U(8), colours),
        ]
    }

    /// A schedule of a bitstream partition: one of two hrd_parameters( ).
    fn schedule(hrd_idx: i64, sched_idx: i64) -> [Element; 2] {
        [("bsp_hrd_idx", U(1), hrd_idx), ("bsp_sched_idx", Ue, sched_idx)]
    }

    /// A VPS up to vps_extension( ), and vps_extension( ): layers 0 and 2 are two views, 5 and 7 their depth, 7 predicted from 5.
    fn views_and_depths() -> (Vec<Element>, Vec<Element>) {
        let mut vps = vps_of(1, 3, 1);
        vps.extend([("vps_max_layer_id", U(6), 7), ("vps_num_layer_sets_minus1", Ue, 1)]);
        vps.extend(each("layer_id_included_flag", 1, &[1, 0, 1, 0, 0, 0, 0, 0]));
        vps.extend([("vps_timing_info_present_flag", U(1), 0), ("vps_extension_flag", U(1), 1)]);

        let mut extension = level(93, 1);
        extension.push(("splitting_flag", U(1), 0));
        extension.extend(scalability_mask(&[1, 3]));
        extension.extend(each("dimension_id_len_minus1", 3, &[0, 1]));
        extension.push(("vps_nuh_layer_id_present_flag", U(1), 1));
        for (id, view, auxiliary) in [(2, 1, 0), (5, 0, 2), (7, 1, 2)] {
            extension.extend([("layer_id_in_nuh", U(6), id), ("dimension_id", U(1), view), ("dimension_id", U(2), auxiliary)]);
        }
        extension.push(("view_id_len", U(4), 3));
        extension.extend(each("view_id_val", 3, &[4, 6]));
        extension.extend(each("direct_dependency_flag", 1, &[1, 0, 0, 0, 0, 1]));
        // Layer set 2 is the depths.
        extension.extend([("num_add_layer_sets", Ue, 1), ("highest_layer_idx_plus1", U(2), 2)]);
        extension.push(("vps_sub_layers_max_minus1_present_flag", U(1), 1));
        extension.extend(each("sub_layers_vps_max_minus1", 3, &[1, 0, 0, 0]));
        extension.push(("max_tid_ref_present_flag", U(1), 1));
        extension.extend(each("max_tid_il_ref_pics_plus1", 3, &[1, 7]));
        extension.extend([
            ("default_ref_layers_active_flag", U(1), 1),
            ("vps_num_profile_tier_level_minus1", Ue, 2),
            ("vps_profile_present_flag", U(1), 1),
        ]);
        extension.extend(profile(6));
        extension.extend(level(90, 1));
        extension.extend([("num_add_olss", Ue, 1), ("default_output_layer_idc", U(2), 1)]);
        // Of views, the second one is shown, and both are needed.
        extension.extend(each("profile_tier_level_idx", 2, &[1, 2]));
        extension.push(("alt_output_layer_flag", U(1), 1));
        // Of depths, the first one.
        extension.extend(each("output_layer_flag", 1, &[1, 0]));
        extension.push(("profile_tier_level_idx", U(2), 2));
        // Both views.
        extension.push(("layer_set_idx_for_ols_minus1", U(1), 0));
        extension.extend(each("output_layer_flag", 1, &[1, 1]));
        extension.extend(each("profile_tier_level_idx", 2, &[1, 2]));
        extension.extend([
            ("vps_num_rep_formats_minus1", Ue, 1),
            ("pic_width_vps_in_luma_samples", U(16), 64),
            ("pic_height_vps_in_luma_samples", U(16), 48),
            ("chroma_and_bit_depth_vps_present_flag", U(1), 1),
            ("chroma_format_vps_idc", U(2), 1),
            ("bit_depth_vps_luma_minus8", U(4), 0),
            ("bit_depth_vps_chroma_minus8", U(4), 0),
            ("conformance_window_vps_flag", U(1), 1),
            ("conf_win_vps_left_offset", Ue, 0),
            ("conf_win_vps_right_offset", Ue, 1),
            ("conf_win_vps_top_offset", Ue, 21),
            ("conf_win_vps_bottom_offset", Ue, 2),
            ("pic_width_vps_in_luma_samples", U(16), 128),
            ("pic_height_vps_in_luma_samples", U(16), 96),
            ("chroma_and_bit_depth_vps_present_flag", U(1), 0),
            ("conformance_window_vps_flag", U(1), 0),
            ("rep_format_idx_present_flag", U(1), 1),
        ]);
        extension.extend(each("vps_rep_format_idx", 1, &[0, 1, 1]));
        extension.extend([
            ("max_one_active_ref_layer_flag", U(1), 0),
            ("vps_poc_lsb_aligned_flag", U(1), 1),
            ("poc_lsb_not_present_flag", U(1), 1),
        ]);
        let buffers = |values: &[i64], reorder: i64| {
            let mut elements: Vec<Element> =
                values.iter().map(|&value| ("max_vps_dec_pic_buffering_minus1", Ue, value)).collect();
            elements.extend([("max_vps_num_reorder_pics", Ue, reorder), ("max_vps_latency_increase_plus1", Ue, 0)]);
            elements
        };
        extension.push(("sub_layer_flag_info_present_flag", U(1), 1));
        extension.extend(buffers(&[4, 2], 1));
        extension.push(("sub_layer_dpb_info_present_flag", U(1), 1));
        extension.extend(buffers(&[5, 3], 2));
        extension.push(("sub_layer_flag_info_present_flag", U(1), 0));
        extension.extend(buffers(&[3], 0));
        extension.push(("sub_layer_flag_info_present_flag", U(1), 0));
        extension.extend(buffers(&[4, 2], 1));
        extension.extend([("direct_dep_type_len_minus2", Ue, 1), ("direct_dependency_all_layers_flag", U(1), 0)]);
        extension.extend(each("direct_dependency_type", 3, &[2, 5]));
        extension.push(("vps_non_vui_extension_length", Ue, 2));
        extension.extend(each("vps_non_vui_extension_data_byte", 8, &[17, 34]));
        extension.push(("vps_vui_present_flag", U(1), 1));
        align(&mut extension, "vps_vui_alignment_bit_equal_to_one");
        extension.extend(vui_of_views_and_depths());
        (vps, extension)
    }

    fn vui_of_views_and_depths() -> Vec<Element> {
        let mut vui: Vec<Element> = vec![
            ("cross_layer_pic_type_aligned_flag", U(1), 0),
            ("cross_layer_irap_aligned_flag", U(1), 1),
            ("all_layers_idr_aligned_flag", U(1), 0),
            ("bit_rate_present_vps_flag", U(1), 1),
            ("pic_rate_present_vps_flag", U(1), 1),
        ];
        let rates = |bit_rate: Option<i64>, pic_rate: Option<i64>| {
            let mut elements: Vec<Element> = vec![
                ("bit_rate_present_flag", U(1), i64::from(bit_rate.is_some())),
                ("pic_rate_present_flag", U(1), i64::from(pic_rate.is_some())),
            ];
            elements.extend(bit_rate.iter().flat_map(|&rate| [("avg_bit_rate", U(16), rate), ("max_bit_rate", U(16), 2 * rate)]));
            elements
                .extend(pic_rate.iter().flat_map(|&rate| [("constant_pic_rate_idc", U(2), 1), ("avg_pic_rate", U(16), rate)]));
            elements
        };
        // Layer sets 0 and 1 have two sub-layers, 2 has one.
        vui.extend(rates(Some(100), Some(25600)));
        vui.extend(rates(None, None));
        vui.extend(rates(Some(300), None));
        vui.extend(rates(None, Some(12800)));
        vui.extend(rates(None, None));
        vui.extend([("video_signal_info_idx_present_flag", U(1), 1), ("vps_num_video_signal_info_minus1", U(4), 1)]);
        vui.extend(video_signal_info(1));
        vui.extend(video_signal_info(2));
        vui.extend(each("vps_video_signal_info_idx", 4, &[0, 0, 1, 1]));
        vui.push(("tiles_not_in_use_flag", U(1), 0));
        for loop_filter in [Some(0), Some(1), None, Some(0)] {
            vui.push(("tiles_in_use_flag", U(1), i64::from(loop_filter.is_some())));
            vui.extend(loop_filter.map(|flag| ("loop_filter_not_across_tiles_flag", U(1), flag)));
        }
        vui.push(("tile_boundaries_aligned_flag", U(1), 1));
        vui.push(("wpp_not_in_use_flag", U(1), 0));
        vui.extend(each("wpp_in_use_flag", 1, &[1, 0, 1, 0]));
        vui.extend([
            ("single_layer_for_non_irap_flag", U(1), 1),
            ("higher_layer_irap_skip_flag", U(1), 0),
            ("ilp_restricted_ref_layers_flag", U(1), 1),
            ("min_spatial_segment_offset_plus1", Ue, 3),
            ("ctu_based_offset_enabled_flag", U(1), 1),
            ("min_horizontal_ctu_offset_plus1", Ue, 5),
            ("min_spatial_segment_offset_plus1", Ue, 0),
            ("vps_vui_bsp_hrd_present_flag", U(1), 1),
            ("vps_num_add_hrd_params", Ue, 2),
            ("num_sub_layer_hrd_minus1", Ue, 0),
        ]);
        vui.extend(HRD_COMMON);
        vui.extend(HRD_SUB_LAYER);
        vui.extend([("cprms_add_present_flag", U(1), 0), ("num_sub_layer_hrd_minus1", Ue, 1)]);
        vui.extend(HRD_SUB_LAYER);
        vui.extend(HRD_SUB_LAYER);
        // Both views, in one partition or one each; of either, two sub-layers.
        vui.extend([("num_signalled_partitioning_schemes", Ue, 1), ("num_partitions_in_scheme_minus1", Ue, 1)]);
        vui.extend(each("layer_included_in_partition_flag", 1, &[1, 0, 0, 1]));
        for schedules in [1, 1, 4, 2] {
            vui.push(("num_bsp_schedules_minus1", Ue, i64::from(schedules == 4)));
            (0..schedules).for_each(|i| vui.extend(schedule(i % 2, i)));
        }
        // The depths, of one sub-layer; then the views again.
        vui.push(("num_signalled_partitioning_schemes", Ue, 0));
        vui.push(("num_bsp_schedules_minus1", Ue, 0));
        vui.extend(schedule(1, 0));
        vui.push(("num_signalled_partitioning_schemes", Ue, 0));
        for _ in 0..2 {
            vui.push(("num_bsp_schedules_minus1", Ue, 0));
            vui.extend(schedule(0, 31));
        }
        vui.push(("base_layer_parameter_set_compatibility_flag", U(1), 1));
        vui
    }

    /// The base layer is another bitstream's; dimensions are pieces of nuh_layer_id, and layer 2 is predicted from 1, 1 from 0.
    fn external_base_layer() -> (Vec<Element>, Vec<Element>) {
        let mut vps = vps_of(0, 2, 0);
        vps.extend([("vps_max_layer_id", U(6), 2), ("vps_num_layer_sets_minus1", Ue, 1)]);
        vps.extend(each("layer_id_included_flag", 1, &[1, 1, 1]));
        vps.extend([
            ("vps_timing_info_present_flag", U(1), 1),
            ("vps_num_units_in_tick", U(32), 1),
            ("vps_time_scale", U(32), 25),
            ("vps_poc_proportional_to_timing_flag", U(1), 0),
            ("vps_num_hrd_parameters", Ue, 1),
            ("hrd_layer_set_idx", Ue, 0),
        ]);
        vps.extend(HRD_COMMON);
        vps.extend(HRD_SUB_LAYER);
        vps.push(("vps_extension_flag", U(1), 1));

        let mut extension: Vec<Element> = vec![("splitting_flag", U(1), 1)];
        extension.extend(scalability_mask(&[1, 2]));
        extension.extend([
            ("dimension_id_len_minus1", U(3), 0),
            ("vps_nuh_layer_id_present_flag", U(1), 0),
            ("view_id_len", U(4), 1),
        ]);
        extension.extend(each("view_id_val", 1, &[0, 1]));
        extension.extend(each("direct_dependency_flag", 1, &[1, 0, 1]));
        extension.extend([
            ("vps_sub_layers_max_minus1_present_flag", U(1), 0),
            ("max_tid_ref_present_flag", U(1), 0),
            ("default_ref_layers_active_flag", U(1), 0),
            ("vps_num_profile_tier_level_minus1", Ue, 1),
            ("vps_profile_present_flag", U(1), 0),
        ]);
        extension.extend(level(60, 0));
        extension.extend([("num_add_olss", Ue, 1), ("default_output_layer_idc", U(2), 3)]);
        extension.extend(each("output_layer_flag", 1, &[0, 0, 1]));
        extension.extend(each("profile_tier_level_idx", 1, &[0, 1, 1]));
        extension.push(("alt_output_layer_flag", U(1), 0));
        extension.extend(each("output_layer_flag", 1, &[0, 1, 0]));
        extension.extend(each("profile_tier_level_idx", 1, &[0, 1]));
        extension.extend([
            ("alt_output_layer_flag", U(1), 1),
            ("vps_num_rep_formats_minus1", Ue, 0),
            ("pic_width_vps_in_luma_samples", U(16), 64),
            ("pic_height_vps_in_luma_samples", U(16), 64),
            ("chroma_and_bit_depth_vps_present_flag", U(1), 1),
            ("chroma_format_vps_idc", U(2), 3),
            ("separate_colour_plane_vps_flag", U(1), 0),
            ("bit_depth_vps_luma_minus8", U(4), 2),
            ("bit_depth_vps_chroma_minus8", U(4), 8),
            ("conformance_window_vps_flag", U(1), 0),
            ("max_one_active_ref_layer_flag", U(1), 1),
            ("vps_poc_lsb_aligned_flag", U(1), 0),
            ("sub_layer_flag_info_present_flag", U(1), 0),
            ("max_vps_dec_pic_buffering_minus1", Ue, 1),
            ("max_vps_dec_pic_buffering_minus1", Ue, 2),
            ("max_vps_num_reorder_pics", Ue, 0),
            ("max_vps_latency_increase_plus1", Ue, 1),
            ("sub_layer_flag_info_present_flag", U(1), 0),
            ("max_vps_dec_pic_buffering_minus1", Ue, 15),
            ("max_vps_num_reorder_pics", Ue, 0),
            ("max_vps_latency_increase_plus1", Ue, 1),
            ("direct_dep_type_len_minus2", Ue, 0),
            ("direct_dependency_all_layers_flag", U(1), 0),
            ("direct_dependency_type", U(2), 2),
            ("vps_non_vui_extension_length", Ue, 0),
            ("vps_vui_present_flag", U(1), 1),
        ]);
        align(&mut extension, "vps_vui_alignment_bit_equal_to_one");
        extension.extend([
            ("cross_layer_pic_type_aligned_flag", U(1), 1),
            ("all_layers_idr_aligned_flag", U(1), 1),
            ("bit_rate_present_vps_flag", U(1), 1),
            ("pic_rate_present_vps_flag", U(1), 0),
            ("bit_rate_present_flag", U(1), 1),
            ("avg_bit_rate", U(16), 7),
            ("max_bit_rate", U(16), 9),
            ("video_signal_info_idx_present_flag", U(1), 0),
        ]);
        extension.extend(video_signal_info(9));
        extension.extend(video_signal_info(1));
        extension.push(("tiles_not_in_use_flag", U(1), 0));
        extension.extend([("tiles_in_use_flag", U(1), 1), ("loop_filter_not_across_tiles_flag", U(1), 0)]);
        extension.extend([("tiles_in_use_flag", U(1), 1), ("loop_filter_not_across_tiles_flag", U(1), 1)]);
        extension.push(("tile_boundaries_aligned_flag", U(1), 0));
        extension.push(("wpp_not_in_use_flag", U(1), 0));
        extension.extend(each("wpp_in_use_flag", 1, &[1, 1]));
        extension.extend([
            ("single_layer_for_non_irap_flag", U(1), 0),
            ("higher_layer_irap_skip_flag", U(1), 0),
            ("ilp_restricted_ref_layers_flag", U(1), 1),
            ("min_spatial_segment_offset_plus1", Ue, 1),
            ("ctu_based_offset_enabled_flag", U(1), 0),
            ("vps_vui_bsp_hrd_present_flag", U(1), 1),
            ("vps_num_add_hrd_params", Ue, 1),
            ("cprms_add_present_flag", U(1), 0),
            ("num_sub_layer_hrd_minus1", Ue, 0),
        ]);
        extension.extend(HRD_SUB_LAYER);
        for hrd_idx in 0..2 {
            extension.extend([("num_signalled_partitioning_schemes", Ue, 0), ("num_bsp_schedules_minus1", Ue, 0)]);
            extension.extend(schedule(hrd_idx, 0));
        }
        (vps, extension)
    }

    fn read_whole(data: &[u8]) -> Vec<codecorpus_bitstream::syntax::Structure> {
        noted(|| {
            let _ = read(&mut BitReader::of(data, "video_parameter_set_rbsp"));
        })
    }

    /// That vps_extension( ) and what stands before and behind it are told as they are written.
    fn check((mut vps, extension): (Vec<Element>, Vec<Element>), behind: &[Element]) -> Vec<u8> {
        align(&mut vps, "vps_extension_alignment_bit_equal_to_one");
        let data = written(&[&vps[..], &extension, behind, &TRAILING].concat());
        let [set, told_extension] = read_whole(&data).try_into().unwrap();
        assert_eq!(set.elements, told(&[&vps, behind].concat()));
        assert_eq!((told_extension.name, told_extension.elements), ("vps_extension", told(&extension)));
        data
    }

    #[test]
    fn layers_and_what_is_said_of_their_use_are_told() {
        let nothing = [("vps_extension2_flag", U(1), 0)];
        check(views_and_depths(), &nothing);
        check(external_base_layer(), &nothing);
    }

    #[test]
    fn what_later_editions_add_is_told_bit_by_bit() {
        let behind =
            [("vps_extension2_flag", U(1), 1), ("vps_extension_data_flag", U(1), 1), ("vps_extension_data_flag", U(1), 0)];
        check(external_base_layer(), &behind);
    }

    /// Of an extension that does not end where it should, or breaks a range, no value is told: only its bytes.
    #[test]
    fn an_extension_that_is_not_annex_f_s_stays_bytes() {
        let data = check(views_and_depths(), &[("vps_extension2_flag", U(1), 0)]);
        let (mut vps, _) = views_and_depths();
        align(&mut vps, "vps_extension_alignment_bit_equal_to_one");
        let begin = written(&vps).len();
        let stays_bytes = |data: &[u8]| {
            let [set] = read_whole(data).try_into().unwrap();
            let bytes = &data[begin..];
            let bytes: Vec<(&str, i64)> = bytes.iter().map(|&byte| ("vps_extension", i64::from(byte))).collect();
            assert_eq!(set.elements, [told(&vps), bytes].concat());
        };
        for end in begin + 1..data.len() {
            if data[end - 1] & 1 == 1 {
                stays_bytes(&data[..end]);
            }
        }
        stays_bytes(&[&data[..], &[1]].concat());
        for (element, value) in [
            ("layer_id_in_nuh", 63),
            ("layer_id_in_nuh", 0),
            ("sub_layer_profile_present_flag", 1),
            ("highest_layer_idx_plus1", 3),
            ("highest_layer_idx_plus1", 0),
            ("sub_layers_vps_max_minus1", 2),
            ("profile_tier_level_idx", 3),
            ("bit_depth_vps_luma_minus8", 9),
            ("vps_video_signal_info_idx", 2),
            ("vps_vui_alignment_bit_equal_to_one", 0),
        ] {
            let (mut vps, mut extension) = views_and_depths();
            align(&mut vps, "vps_extension_alignment_bit_equal_to_one");
            extension.iter_mut().filter(|(name, ..)| *name == element).for_each(|(.., old)| *old = value);
            vps.extend(extension);
            vps.extend([("vps_extension2_flag", U(1), 0), TRAILING[0]]);
            let structures = read_whole(&written(&vps));
            assert_eq!(structures.len(), 1, "{element} of {value}");
        }
    }

    #[test]
    fn anything_may_stand_in_an_extension() {
        for (mut vps, extension) in [views_and_depths(), external_base_layer()] {
            align(&mut vps, "vps_extension_alignment_bit_equal_to_one");
            vps.extend(extension);
            vps.extend(TRAILING);
            let data = written(&vps);
            for at in 0..8 * data.len() {
                let mut flipped = data.clone();
                flipped[at / 8] ^= 1 << (at % 8);
                let _ = read_whole(&flipped);
            }
        }
    }

    proptest! {
        /// Of as many layers and layer sets as there may be, and any extension.
        #[test]
        fn many_layers_may_be_anything(base in 0i64..2, sets in 0i64..40, mut extension in prop::collection::vec(any::<u8>(), 1..400)) {
            let mut vps = vps_of(base, 62, 6);
            vps.extend([("vps_max_layer_id", U(6), 62), ("vps_num_layer_sets_minus1", Ue, sets)]);
            vps.extend(each("layer_id_included_flag", 1, &vec![1; 63 * sets as usize]));
            vps.extend([("vps_timing_info_present_flag", U(1), 0), ("vps_extension_flag", U(1), 1)]);
            align(&mut vps, "vps_extension_alignment_bit_equal_to_one");
            if base == 0 {
                extension[0] = 0; // few dimensions: more of what follows is read
            }
            let told = read_whole(&[written(&vps), extension].concat());
            prop_assert!(!told.is_empty());
        }
    }
}
