//! vui_parameters( ), as far as H.264 (E.1.1) and HEVC (E.2.1) have it in common.

use crate::sei::payloads::Standard;
use crate::{BitReader, Result};

const EXTENDED_SAR: u32 = 255;

/// From aspect_ratio_info_present_flag to chroma_sample_loc_type_bottom_field.
///
/// # Errors
/// The data end.
pub fn read_colour_and_shape(bits: &mut BitReader<'_>, standard: Standard) -> Result<()> {
    if bits.flag("aspect_ratio_info_present_flag")? && bits.u(8, "aspect_ratio_idc")? == EXTENDED_SAR {
        bits.each(&[(16, "sar_width"), (16, "sar_height")])?;
    }
    if bits.flag("overscan_info_present_flag")? {
        bits.flag("overscan_appropriate_flag")?;
    }
    if bits.flag("video_signal_type_present_flag")? {
        bits.each(&[(3, "video_format"), (1, "video_full_range_flag")])?;
        if bits.flag("colour_description_present_flag")? {
            let matrix = match standard {
                Standard::H264 => "matrix_coefficients",
                Standard::Hevc => "matrix_coeffs",
            };
            bits.each(&[(8, "colour_primaries"), (8, "transfer_characteristics"), (8, matrix)])?;
        }
    }
    if bits.flag("chroma_loc_info_present_flag")? {
        bits.ue("chroma_sample_loc_type_top_field")?;
        bits.ue("chroma_sample_loc_type_bottom_field")?;
    }
    Ok(())
}
