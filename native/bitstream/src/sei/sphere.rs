//! SEI payloads of pictures that surround the viewer, in H.264 (annex D.1) and HEVC (D.2.41).

use crate::{BitReader, Result};

/// cubemap_projection( ).
pub(super) fn cubemap_projection(bits: &mut BitReader<'_>) -> Result<()> {
    if !bits.flag("cmp_cancel_flag")? {
        bits.flag("cmp_persistence_flag")?;
    }
    Ok(())
}

/// sphere_rotation( ).
pub(super) fn sphere_rotation(bits: &mut BitReader<'_>) -> Result<()> {
    if bits.flag("sphere_rotation_cancel_flag")? {
        return Ok(());
    }
    bits.each(&[(1, "sphere_rotation_persistence_flag"), (6, "sphere_rotation_reserved_zero_6bits")])?;
    ["yaw_rotation", "pitch_rotation", "roll_rotation"].into_iter().try_for_each(|name| bits.i(32, name).map(|_| ()))
}

/// regionwise_packing( ).
pub(super) fn regionwise_packing(bits: &mut BitReader<'_>) -> Result<()> {
    if bits.flag("rwp_cancel_flag")? {
        return Ok(());
    }
    bits.each(&[(1, "rwp_persistence_flag"), (1, "constituent_picture_matching_flag"), (5, "rwp_reserved_zero_5bits")])?;
    let regions = bits.u(8, "num_packed_regions")?;
    bits.each(&[
        (32, "proj_picture_width"),
        (32, "proj_picture_height"),
        (16, "packed_picture_width"),
        (16, "packed_picture_height"),
    ])?;
    (0..regions).try_for_each(|_| packed_region(bits))
}

fn packed_region(bits: &mut BitReader<'_>) -> Result<()> {
    bits.each(&[(4, "rwp_reserved_zero_4bits"), (3, "rwp_transform_type")])?;
    let guarded = bits.flag("rwp_guard_band_flag")?;
    bits.each(&[
        (32, "proj_region_width"),
        (32, "proj_region_height"),
        (32, "proj_region_top"),
        (32, "proj_region_left"),
        (16, "packed_region_width"),
        (16, "packed_region_height"),
        (16, "packed_region_top"),
        (16, "packed_region_left"),
    ])?;
    if !guarded {
        return Ok(());
    }
    bits.each(&[
        (8, "rwp_left_guard_band_width"),
        (8, "rwp_right_guard_band_width"),
        (8, "rwp_top_guard_band_height"),
        (8, "rwp_bottom_guard_band_height"),
        (1, "rwp_guard_band_not_used_for_pred_flag"),
    ])?;
    (0..4).try_for_each(|_| bits.u(3, "rwp_guard_band_type").map(|_| ()))?;
    bits.u(3, "rwp_guard_band_reserved_zero_3bits").map(|_| ())
}

/// omni_viewport( ).
pub(super) fn omni_viewport(bits: &mut BitReader<'_>) -> Result<()> {
    bits.u(10, "omni_viewport_id")?;
    if bits.flag("omni_viewport_cancel_flag")? {
        return Ok(());
    }
    bits.flag("omni_viewport_persistence_flag")?;
    for _ in 0..=bits.u(4, "omni_viewport_cnt_minus1")? {
        for name in ["omni_viewport_azimuth_centre", "omni_viewport_elevation_centre", "omni_viewport_tilt_centre"] {
            bits.i(32, name)?;
        }
        bits.each(&[(32, "omni_viewport_hor_range"), (32, "omni_viewport_ver_range")])?;
    }
    Ok(())
}
