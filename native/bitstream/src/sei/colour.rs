//! SEI payloads of how colours are to be shown, in H.264 (annex D.1) and HEVC (annex D.2).

use super::standard::{Standard, persistence};
use crate::{BitReader, ParseError, Result};

/// Of camera_iso_speed_idc and exposure_index_idc: a value of its own follows.
const EXTENDED_ISO: u32 = 255;

/// Bits of a sample's value, where `depth` bits are taken up to whole bytes.
fn whole_bytes(depth: u32, element: &'static str) -> Result<u32> {
    match depth.div_ceil(8) * 8 {
        bits @ 1..=32 => Ok(bits),
        _ => Err(ParseError::malformed(element, format!("there are no samples of {depth} bits"))),
    }
}

/// D.1.25, D.2.15.
pub(super) fn tone_mapping_info(bits: &mut BitReader<'_>, standard: Standard) -> Result<()> {
    bits.ue("tone_map_id")?;
    if bits.flag("tone_map_cancel_flag")? {
        return Ok(());
    }
    persistence(bits, standard, "tone_map_repetition_period", "tone_map_persistence_flag")?;
    let coded = bits.u(8, "coded_data_bit_depth")?;
    let target = bits.u(8, "target_bit_depth")?;
    match bits.ue("tone_map_model_id")? {
        0 => bits.each(&[(32, "min_value"), (32, "max_value")]),
        1 => bits.each(&[(32, "sigmoid_midpoint"), (32, "sigmoid_width")]),
        2 => {
            let length = whole_bytes(coded, "coded_data_bit_depth")?;
            whole_bytes(target, "target_bit_depth")?;
            (0..1u64 << target).try_for_each(|_| bits.u(length, "start_of_coded_interval").map(|_| ()))
        }
        3 => {
            let lengths = (whole_bytes(coded, "coded_data_bit_depth")?, whole_bytes(target, "target_bit_depth")?);
            (0..bits.u(16, "num_pivots")?)
                .try_for_each(|_| bits.each(&[(lengths.0, "coded_pivot_value"), (lengths.1, "target_pivot_value")]))
        }
        4 => camera(bits),
        _ => Ok(()), // reserved: nothing is said of what follows
    }
}

/// tone_map_model_id 4.
fn camera(bits: &mut BitReader<'_>) -> Result<()> {
    if bits.u(8, "camera_iso_speed_idc")? == EXTENDED_ISO {
        bits.u(32, "camera_iso_speed_value")?;
    }
    if bits.u(8, "exposure_index_idc")? == EXTENDED_ISO {
        bits.u(32, "exposure_index_value")?;
    }
    bits.each(&[
        (1, "exposure_compensation_value_sign_flag"),
        (16, "exposure_compensation_value_numerator"),
        (16, "exposure_compensation_value_denom_idc"),
        (32, "ref_screen_luminance_white"),
        (32, "extended_range_white_level"),
        (16, "nominal_black_level_code_value"),
        (16, "nominal_white_level_code_value"),
        (16, "extended_white_level_code_value"),
    ])
}

/// D.1.30, D.2.33.
pub(super) fn colour_remapping_info(bits: &mut BitReader<'_>, standard: Standard) -> Result<()> {
    bits.ue("colour_remap_id")?;
    if bits.flag("colour_remap_cancel_flag")? {
        return Ok(());
    }
    persistence(bits, standard, "colour_remap_repetition_period", "colour_remap_persistence_flag")?;
    if bits.flag("colour_remap_video_signal_info_present_flag")? {
        bits.each(&[
            (1, "colour_remap_full_range_flag"),
            (8, "colour_remap_primaries"),
            (8, "colour_remap_transfer_function"),
            (8, "colour_remap_matrix_coefficients"),
        ])?;
    }
    let input = bits.u(8, "colour_remap_input_bit_depth")?;
    let output = bits.u(8, "colour_remap_output_bit_depth")?;
    let input = whole_bytes(input, "colour_remap_input_bit_depth")?;
    let output = whole_bytes(output, "colour_remap_output_bit_depth")?;
    for _ in 0..3 {
        table(bits, "pre_lut_num_val_minus1", (input, "pre_lut_coded_value"), (output, "pre_lut_target_value"))?;
    }
    if bits.flag("colour_remap_matrix_present_flag")? {
        bits.u(4, "log2_matrix_denom")?;
        (0..9).try_for_each(|_| bits.se("colour_remap_coeffs").map(|_| ()))?;
    }
    for _ in 0..3 {
        table(bits, "post_lut_num_val_minus1", (output, "post_lut_coded_value"), (output, "post_lut_target_value"))?;
    }
    Ok(())
}

/// A component's values and what becomes of them.
fn table(bits: &mut BitReader<'_>, count: &'static str, coded: (u32, &'static str), target: (u32, &'static str)) -> Result<()> {
    match bits.u(8, count)? {
        0 => Ok(()),
        more => (0..=more).try_for_each(|_| bits.each(&[coded, target])),
    }
}

/// D.2.40 of HEVC.
pub(super) fn content_colour_volume(bits: &mut BitReader<'_>) -> Result<()> {
    if bits.flag("ccv_cancel_flag")? {
        return Ok(());
    }
    bits.flag("ccv_persistence_flag")?;
    let primaries = bits.flag("ccv_primaries_present_flag")?;
    let luminances = [
        (bits.flag("ccv_min_luminance_value_present_flag")?, "ccv_min_luminance_value"),
        (bits.flag("ccv_max_luminance_value_present_flag")?, "ccv_max_luminance_value"),
        (bits.flag("ccv_avg_luminance_value_present_flag")?, "ccv_avg_luminance_value"),
    ];
    bits.u(2, "ccv_reserved_zero_2bits")?;
    if primaries {
        for _ in 0..3 {
            bits.i(32, "ccv_primaries_x")?;
            bits.i(32, "ccv_primaries_y")?;
        }
    }
    luminances.into_iter().filter(|(present, _)| *present).try_for_each(|(_, name)| bits.u(32, name).map(|_| ()))
}
