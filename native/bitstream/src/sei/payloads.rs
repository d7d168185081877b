//! SEI payloads that H.264 (annex D.1) and HEVC (annex D.2) have in common: read for who asks for headers.

use super::standard::persistence;
use super::{colour, sphere};
use crate::{BitReader, Result};

pub use super::standard::Standard;

/// The payload of that type, where both standards have it and it is read.
pub fn read(payload_type: u32, bits: &mut BitReader<'_>, standard: Standard) -> Option<Result<()>> {
    Some(match payload_type {
        2 => pan_scan_rect(bits, standard),
        3 => bits.bytes(bits.left() / 8, "ff_byte"),
        4 => user_data_registered_itu_t_t35(bits),
        5 => user_data_unregistered(bits),
        19 => film_grain_characteristics(bits, standard),
        23 => colour::tone_mapping_info(bits, standard),
        45 => frame_packing_arrangement(bits, standard),
        47 => display_orientation(bits, standard),
        137 => mastering_display_colour_volume(bits),
        142 => colour::colour_remapping_info(bits, standard),
        144 => content_light_level_info(bits),
        147 => bits.each(&[(8, "preferred_transfer_characteristics")]),
        148 => bits.each(&[(32, "ambient_illuminance"), (16, "ambient_light_x"), (16, "ambient_light_y")]),
        149 => colour::content_colour_volume(bits),
        151 => sphere::cubemap_projection(bits),
        154 => sphere::sphere_rotation(bits),
        155 => sphere::regionwise_packing(bits),
        156 => sphere::omni_viewport(bits),
        200 => sei_manifest(bits),
        _ => return None,
    })
}

/// The name of the payload's syntax, where both standards have it.
#[must_use]
pub const fn name(payload_type: u32) -> Option<&'static str> {
    Some(match payload_type {
        0 => "buffering_period",
        1 => "pic_timing",
        2 => "pan_scan_rect",
        3 => "filler_payload",
        4 => "user_data_registered_itu_t_t35",
        5 => "user_data_unregistered",
        6 => "recovery_point",
        9 => "scene_info",
        16 => "progressive_refinement_segment_start",
        17 => "progressive_refinement_segment_end",
        19 => "film_grain_characteristics",
        22 => "post_filter_hint",
        23 => "tone_mapping_info",
        45 => "frame_packing_arrangement",
        47 => "display_orientation",
        56 => "green_metadata",
        137 => "mastering_display_colour_volume",
        142 => "colour_remapping_info",
        144 => "content_light_level_info",
        147 => "alternative_transfer_characteristics",
        148 => "ambient_viewing_environment",
        149 => "content_colour_volume",
        150 => "equirectangular_projection",
        151 => "cubemap_projection",
        154 => "sphere_rotation",
        155 => "regionwise_packing",
        156 => "omni_viewport",
        200 => "sei_manifest",
        201 => "sei_prefix_indication",
        202 => "annotated_regions",
        205 => "shutter_interval_info",
        _ => return None,
    })
}

/// D.1.4, D.2.4.
fn pan_scan_rect(bits: &mut BitReader<'_>, standard: Standard) -> Result<()> {
    const OFFSETS: [&str; 4] =
        ["pan_scan_rect_left_offset", "pan_scan_rect_right_offset", "pan_scan_rect_top_offset", "pan_scan_rect_bottom_offset"];
    bits.ue("pan_scan_rect_id")?;
    if bits.flag("pan_scan_rect_cancel_flag")? {
        return Ok(());
    }
    for _ in 0..=bits.ue_max(2, "pan_scan_cnt_minus1")? {
        OFFSETS.into_iter().try_for_each(|offset| bits.se(offset).map(|_| ()))?;
    }
    persistence(bits, standard, "pan_scan_rect_repetition_period", "pan_scan_rect_persistence_flag")
}

/// D.1.6, D.2.6.
fn user_data_registered_itu_t_t35(bits: &mut BitReader<'_>) -> Result<()> {
    itu_t_t35_country_code(bits)?;
    bits.bytes(bits.left() / 8, "itu_t_t35_payload_byte")
}

/// What data that are registered by ITU-T T.35 begin with, in AV1's metadata (5.8.2) too.
///
/// # Errors
/// The payload ends.
pub fn itu_t_t35_country_code(bits: &mut BitReader<'_>) -> Result<()> {
    if bits.u(8, "itu_t_t35_country_code")? == 0xFF {
        bits.u(8, "itu_t_t35_country_code_extension_byte")?;
    }
    Ok(())
}

/// D.1.7, D.2.7.
fn user_data_unregistered(bits: &mut BitReader<'_>) -> Result<()> {
    bits.bytes(16, "uuid_iso_iec_11578")?;
    bits.bytes(bits.left() / 8, "user_data_payload_byte")
}

/// D.1.21, D.2.20.
fn film_grain_characteristics(bits: &mut BitReader<'_>, standard: Standard) -> Result<()> {
    if bits.flag("film_grain_characteristics_cancel_flag")? {
        return Ok(());
    }
    bits.u(2, "film_grain_model_id")?;
    if bits.flag("separate_colour_description_present_flag")? {
        let matrix = match standard {
            Standard::H264 => "film_grain_matrix_coefficients",
            Standard::Hevc => "film_grain_matrix_coeffs",
        };
        bits.each(&[
            (3, "film_grain_bit_depth_luma_minus8"),
            (3, "film_grain_bit_depth_chroma_minus8"),
            (1, "film_grain_full_range_flag"),
            (8, "film_grain_colour_primaries"),
            (8, "film_grain_transfer_characteristics"),
            (8, matrix),
        ])?;
    }
    bits.each(&[(2, "blending_mode_id"), (4, "log2_scale_factor")])?;
    let mut present = [false; 3];
    for flag in &mut present {
        *flag = bits.flag("comp_model_present_flag")?;
    }
    for _ in present.into_iter().filter(|&flag| flag) {
        let intervals = bits.u(8, "num_intensity_intervals_minus1")? + 1;
        let values = bits.u(3, "num_model_values_minus1")? + 1;
        for _ in 0..intervals {
            bits.each(&[(8, "intensity_interval_lower_bound"), (8, "intensity_interval_upper_bound")])?;
            for _ in 0..values {
                bits.se("comp_model_value")?;
            }
        }
    }
    persistence(bits, standard, "film_grain_characteristics_repetition_period", "film_grain_characteristics_persistence_flag")
}

/// D.1.26, D.2.16.
fn frame_packing_arrangement(bits: &mut BitReader<'_>, standard: Standard) -> Result<()> {
    const TEMPORAL_INTERLEAVING: u32 = 5;
    bits.ue("frame_packing_arrangement_id")?;
    if !bits.flag("frame_packing_arrangement_cancel_flag")? {
        let arrangement = bits.u(7, "frame_packing_arrangement_type")?;
        let quincunx = bits.flag("quincunx_sampling_flag")?;
        bits.each(&[
            (6, "content_interpretation_type"),
            (1, "spatial_flipping_flag"),
            (1, "frame0_flipped_flag"),
            (1, "field_views_flag"),
            (1, "current_frame_is_frame0_flag"),
            (1, "frame0_self_contained_flag"),
            (1, "frame1_self_contained_flag"),
        ])?;
        if !quincunx && arrangement != TEMPORAL_INTERLEAVING {
            bits.each(&[
                (4, "frame0_grid_position_x"),
                (4, "frame0_grid_position_y"),
                (4, "frame1_grid_position_x"),
                (4, "frame1_grid_position_y"),
            ])?;
        }
        bits.u(8, "frame_packing_arrangement_reserved_byte")?;
        persistence(bits, standard, "frame_packing_arrangement_repetition_period", "frame_packing_arrangement_persistence_flag")?;
    }
    let extension = match standard {
        Standard::H264 => "frame_packing_arrangement_extension_flag",
        Standard::Hevc => "upsampled_aspect_ratio_flag",
    };
    bits.flag(extension).map(|_| ())
}

/// D.1.27, D.2.17.
fn display_orientation(bits: &mut BitReader<'_>, standard: Standard) -> Result<()> {
    if bits.flag("display_orientation_cancel_flag")? {
        return Ok(());
    }
    bits.each(&[(1, "hor_flip"), (1, "ver_flip"), (16, "anticlockwise_rotation")])?;
    persistence(bits, standard, "display_orientation_repetition_period", "display_orientation_persistence_flag")?;
    match standard {
        Standard::H264 => bits.flag("display_orientation_extension_flag").map(|_| ()),
        Standard::Hevc => Ok(()),
    }
}

/// D.1.29, D.2.28.
fn mastering_display_colour_volume(bits: &mut BitReader<'_>) -> Result<()> {
    for _ in 0..3 {
        bits.each(&[(16, "display_primaries_x"), (16, "display_primaries_y")])?;
    }
    bits.each(&[
        (16, "white_point_x"),
        (16, "white_point_y"),
        (32, "max_display_mastering_luminance"),
        (32, "min_display_mastering_luminance"),
    ])
}

/// D.1.31, D.2.35.
///
/// # Errors
/// The payload ends.
pub fn content_light_level_info(bits: &mut BitReader<'_>) -> Result<()> {
    bits.each(&[(16, "max_content_light_level"), (16, "max_pic_average_light_level")])
}

/// D.2.45 of HEVC: which messages are to be expected.
fn sei_manifest(bits: &mut BitReader<'_>) -> Result<()> {
    (0..bits.u(16, "manifest_num_sei_msg_types")?)
        .try_for_each(|_| bits.each(&[(16, "manifest_sei_payload_type"), (8, "manifest_sei_description")]))
}

/// What stands behind clock_timestamp_flag in pic_timing( ) of H.264 (D.1.3) and in time_code( ) of HEVC (D.2.27), and in
/// metadata_timecode( ) of AV1 (5.8.7), from full_timestamp_flag on; `n_frames` bits of n_frames.
///
/// # Errors
/// The payload ends.
pub fn clock_timestamp(bits: &mut BitReader<'_>, n_frames: u32) -> Result<()> {
    let full = bits.flag("full_timestamp_flag")?;
    bits.each(&[(1, "discontinuity_flag"), (1, "cnt_dropped_flag"), (n_frames, "n_frames")])?;
    if full || bits.flag("seconds_flag")? {
        bits.u(6, "seconds_value")?;
        if full || bits.flag("minutes_flag")? {
            bits.u(6, "minutes_value")?;
            if full || bits.flag("hours_flag")? {
                bits.u(5, "hours_value")?;
            }
        }
    }
    Ok(())
}
