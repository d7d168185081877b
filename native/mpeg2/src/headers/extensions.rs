//! Extensions that no macroblock depends on: they are read for who asks for headers.

use codecorpus_bitstream::{BitReader, Result};

use super::extension;

/// Reads what stands behind extension_start_code_identifier, where it is one of these.
///
/// # Errors
/// The data end.
pub(crate) fn read(r: &mut BitReader<'_>, identifier: u32) -> Result<()> {
    match identifier {
        extension::SEQUENCE_DISPLAY => read_sequence_display(r),
        extension::COPYRIGHT => r.each(&[
            (1, "copyright_flag"),
            (8, "copyright_identifier"),
            (1, "original_or_copy"),
            (7, "reserved"),
            (1, "marker_bit"),
            (20, "copyright_number_1"),
            (1, "marker_bit"),
            (22, "copyright_number_2"),
            (1, "marker_bit"),
            (22, "copyright_number_3"),
        ]),
        extension::PICTURE_DISPLAY => read_picture_display(r),
        _ => Ok(()),
    }
}

/// sequence_display_extension( ): 6.2.2.4.
fn read_sequence_display(r: &mut BitReader<'_>) -> Result<()> {
    r.u(3, "video_format")?;
    if r.flag("colour_description")? {
        r.each(&[(8, "colour_primaries"), (8, "transfer_characteristics"), (8, "matrix_coefficients")])?;
    }
    r.each(&[(14, "display_horizontal_size"), (1, "marker_bit"), (14, "display_vertical_size")])
}

/// picture_display_extension( ): 6.2.3.3. As many offsets as there are: zeros that may follow have no marker_bit.
fn read_picture_display(r: &mut BitReader<'_>) -> Result<()> {
    const MARKERS: u64 = 1 << (63 - 16) | 1 << (63 - 33);
    while r.left() >= 34 && r.peek57() & MARKERS == MARKERS {
        r.i(16, "frame_centre_horizontal_offset")?;
        r.u(1, "marker_bit")?;
        r.i(16, "frame_centre_vertical_offset")?;
        r.u(1, "marker_bit")?;
    }
    Ok(())
}

/// The name of the extension's syntax.
#[must_use]
pub(crate) const fn name(identifier: u8) -> &'static str {
    match identifier {
        1 => "sequence_extension",
        2 => "sequence_display_extension",
        3 => "quant_matrix_extension",
        4 => "copyright_extension",
        5 => "sequence_scalable_extension",
        7 => "picture_display_extension",
        8 => "picture_coding_extension",
        9 => "picture_spatial_scalable_extension",
        10 => "picture_temporal_scalable_extension",
        11 => "camera_parameters_extension",
        12 => "ITU-T_extension",
        _ => "extension_data",
    }
}
