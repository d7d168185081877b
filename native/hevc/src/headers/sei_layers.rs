//! SEI payloads of streams in layers and views (F.14.2, G.14.2): they are read for who asks for headers.

use codecorpus_bitstream::{BitReader, ParseError, Result};

/// The payload of that type, where it is read.
pub(crate) fn read(payload_type: u32, bits: &mut BitReader<'_>) -> Option<Result<()>> {
    Some(match payload_type {
        164 => sub_bitstream_property(bits),
        165 => alpha_channel_info(bits),
        167 => bits.each(&[(1, "prev_pics_not_used_flag"), (1, "no_intra_layer_col_pic_flag")]),
        168 => bits.each(&[(4, "ffinfo_pic_struct"), (2, "ffinfo_source_scan_type"), (1, "ffinfo_duplicate_flag")]),
        176 => three_dimensional_reference_displays_info(bits),
        178 => bits.se("min_disparity").and_then(|_| bits.ue("max_disparity_range")).map(|_| ()),
        179 => multiview_acquisition_info(bits),
        180 => multiview_view_position(bits),
        _ => return None,
    })
}

/// F.14.2.7.
fn sub_bitstream_property(bits: &mut BitReader<'_>) -> Result<()> {
    bits.u(4, "sb_property_active_vps_id")?;
    for _ in 0..=bits.ue_max(1023, "num_additional_sub_streams_minus1")? {
        bits.u(2, "sub_bitstream_mode")?;
        bits.ue("ols_idx_to_vps")?;
        bits.each(&[(3, "highest_sublayer_id"), (16, "avg_sb_property_bit_rate"), (16, "max_sb_property_bit_rate")])?;
    }
    Ok(())
}

/// F.14.2.8: what transparency an auxiliary picture holds.
fn alpha_channel_info(bits: &mut BitReader<'_>) -> Result<()> {
    if bits.flag("alpha_channel_cancel_flag")? {
        return Ok(());
    }
    bits.u(3, "alpha_channel_use_idc")?;
    let length = bits.u(3, "alpha_channel_bit_depth_minus8")? + 9;
    bits.each(&[(length, "alpha_transparent_value"), (length, "alpha_opaque_value"), (1, "alpha_channel_incr_flag")])?;
    if bits.flag("alpha_channel_clip_flag")? {
        bits.flag("alpha_channel_clip_type_flag")?;
    }
    Ok(())
}

/// G.14.2.3.
fn three_dimensional_reference_displays_info(bits: &mut BitReader<'_>) -> Result<()> {
    let width_precision = bits.ue_max(31, "prec_ref_display_width")?;
    let has_distance = bits.flag("ref_viewing_distance_flag")?;
    let distance_precision = if has_distance { bits.ue_max(31, "prec_ref_viewing_dist")? } else { 0 };
    for _ in 0..=bits.ue_max(31, "num_ref_displays_minus1")? {
        bits.ue("left_view_id")?;
        bits.ue("right_view_id")?;
        read_float(bits, width_precision, ["exponent_ref_display_width", "mantissa_ref_display_width"])?;
        if has_distance {
            read_float(bits, distance_precision, ["exponent_ref_viewing_distance", "mantissa_ref_viewing_distance"])?;
        }
        if bits.flag("additional_shift_present_flag")? {
            bits.u(10, "num_sample_shift_plus512")?;
        }
    }
    bits.flag("three_dimensional_reference_displays_extension_flag")?;
    Ok(())
}

/// G.14.2.6, of one view: other messages are nested in another one, scalable_nesting( ).
fn multiview_acquisition_info(bits: &mut BitReader<'_>) -> Result<()> {
    let intrinsic = bits.flag("intrinsic_param_flag")?;
    let extrinsic = bits.flag("extrinsic_param_flag")?;
    if intrinsic {
        bits.flag("intrinsic_params_equal_flag")?;
        let focal_length = bits.ue_max(31, "prec_focal_length")?;
        let principal_point = bits.ue_max(31, "prec_principal_point")?;
        let skew_factor = bits.ue_max(31, "prec_skew_factor")?;
        for (precision, sign, float) in [
            (focal_length, "sign_focal_length_x", ["exponent_focal_length_x", "mantissa_focal_length_x"]),
            (focal_length, "sign_focal_length_y", ["exponent_focal_length_y", "mantissa_focal_length_y"]),
            (principal_point, "sign_principal_point_x", ["exponent_principal_point_x", "mantissa_principal_point_x"]),
            (principal_point, "sign_principal_point_y", ["exponent_principal_point_y", "mantissa_principal_point_y"]),
            (skew_factor, "sign_skew_factor", ["exponent_skew_factor", "mantissa_skew_factor"]),
        ] {
            bits.flag(sign)?;
            read_float(bits, precision, float)?;
        }
    }
    if extrinsic {
        let rotation = bits.ue_max(31, "prec_rotation_param")?;
        let translation = bits.ue_max(31, "prec_translation_param")?;
        for _row in 0..3 {
            for _column in 0..3 {
                bits.flag("sign_r")?;
                read_float(bits, rotation, ["exponent_r", "mantissa_r"])?;
            }
            bits.flag("sign_t")?;
            read_float(bits, translation, ["exponent_t", "mantissa_t"])?;
        }
    }
    Ok(())
}

/// G.14.2.7.
fn multiview_view_position(bits: &mut BitReader<'_>) -> Result<()> {
    (0..=bits.ue_max(62, "num_views_minus1")?).try_for_each(|_| bits.ue_max(62, "view_position").map(|_| ()))
}

/// An exponent, and a mantissa that is as long as `precision` asks for (G.14.3.3, G.14.3.6).
fn read_float(bits: &mut BitReader<'_>, precision: u32, [exponent, mantissa]: [&'static str; 2]) -> Result<()> {
    let length = match bits.u_max(6, 62, exponent)? {
        0 => precision.saturating_sub(30),
        exponent => (exponent + precision).saturating_sub(31),
    };
    match length {
        0 => Ok(()),
        1..=57 => bits.long(length, mantissa).map(|_| ()),
        _ => Err(ParseError::unsupported(mantissa, format!("{length} bits"))),
    }
}

#[cfg(test)]
mod tests {
    use super::super::written::{Coded::Se, Coded::U, Coded::Ue, Element, noted, told, written};
    use super::*;

    /// That a payload of these elements is read as them, to its last bit.
    fn check(payload_type: u32, elements: &[Element]) {
        let data = written(elements);
        let noted = noted(|| {
            let mut bits = BitReader::of(&data, "payload");
            read(payload_type, &mut bits).unwrap().unwrap();
            assert!(bits.left() < 8, "{} bits are left", bits.left());
        });
        assert_eq!(noted[0].elements, told(elements));
    }

    #[test]
    fn what_layers_are_and_need() {
        check(
            165,
            &[
                ("alpha_channel_cancel_flag", U(1), 0),
                ("alpha_channel_use_idc", U(3), 1),
                ("alpha_channel_bit_depth_minus8", U(3), 2),
                ("alpha_transparent_value", U(11), 0),
                ("alpha_opaque_value", U(11), 1023),
                ("alpha_channel_incr_flag", U(1), 0),
                ("alpha_channel_clip_flag", U(1), 0),
            ],
        );
        check(
            164,
            &[
                ("sb_property_active_vps_id", U(4), 2),
                ("num_additional_sub_streams_minus1", Ue, 0),
                ("sub_bitstream_mode", U(2), 1),
                ("ols_idx_to_vps", Ue, 3),
                ("highest_sublayer_id", U(3), 2),
                ("avg_sb_property_bit_rate", U(16), 1000),
                ("max_sb_property_bit_rate", U(16), 2000),
            ],
        );
        check(167, &[("prev_pics_not_used_flag", U(1), 1), ("no_intra_layer_col_pic_flag", U(1), 0)]);
    }

    #[test]
    fn what_views_are_shown_on() {
        check(
            176,
            &[
                ("prec_ref_display_width", Ue, 31),
                ("ref_viewing_distance_flag", U(1), 1),
                ("prec_ref_viewing_dist", Ue, 3),
                ("num_ref_displays_minus1", Ue, 1),
                ("left_view_id", Ue, 0),
                ("right_view_id", Ue, 1),
                ("exponent_ref_display_width", U(6), 0),
                ("mantissa_ref_display_width", U(1), 1),
                ("exponent_ref_viewing_distance", U(6), 27),
                ("additional_shift_present_flag", U(1), 0),
                ("left_view_id", Ue, 1),
                ("right_view_id", Ue, 2),
                ("exponent_ref_display_width", U(6), 34),
                ("mantissa_ref_display_width", U(34), 0x2_0000_0001),
                ("exponent_ref_viewing_distance", U(6), 33),
                ("mantissa_ref_viewing_distance", U(5), 17),
                ("additional_shift_present_flag", U(1), 1),
                ("num_sample_shift_plus512", U(10), 513),
                ("three_dimensional_reference_displays_extension_flag", U(1), 0),
            ],
        );
        check(178, &[("min_disparity", Se, -333), ("max_disparity_range", Ue, 2047)]);
        check(180, &[("num_views_minus1", Ue, 1), ("view_position", Ue, 1), ("view_position", Ue, 0)]);
    }

    #[test]
    fn where_a_camera_stands() {
        let mut elements: Vec<Element> = vec![
            ("intrinsic_param_flag", U(1), 1),
            ("extrinsic_param_flag", U(1), 1),
            ("intrinsic_params_equal_flag", U(1), 0),
            ("prec_focal_length", Ue, 31),
            ("prec_principal_point", Ue, 30),
            ("prec_skew_factor", Ue, 0),
            ("sign_focal_length_x", U(1), 0),
            ("exponent_focal_length_x", U(6), 9),
            ("mantissa_focal_length_x", U(9), 300),
            ("sign_focal_length_y", U(1), 1),
            ("exponent_focal_length_y", U(6), 0),
            ("mantissa_focal_length_y", U(1), 1),
            ("sign_principal_point_x", U(1), 0),
            ("exponent_principal_point_x", U(6), 2),
            ("mantissa_principal_point_x", U(1), 0),
            ("sign_principal_point_y", U(1), 0),
            ("exponent_principal_point_y", U(6), 0),
            ("sign_skew_factor", U(1), 0),
            ("exponent_skew_factor", U(6), 31),
            ("prec_rotation_param", Ue, 31),
            ("prec_translation_param", Ue, 1),
        ];
        for row in 0..3 {
            for column in 0..3 {
                elements.extend([("sign_r", U(1), column % 2), ("exponent_r", U(6), 3), ("mantissa_r", U(3), row + column)]);
            }
            elements.extend([("sign_t", U(1), 1), ("exponent_t", U(6), 32), ("mantissa_t", U(2), row)]);
        }
        check(179, &elements);
        let reserved =
            written(&[("prec_ref_display_width", Ue, 0), ("", U(1), 0), ("", Ue, 0), ("", Ue, 0), ("", Ue, 1), ("", U(6), 63)]);
        assert!(read(176, &mut BitReader::new(&reserved)).unwrap().is_err());
    }
}
