//! metadata_obu( ) (5.8): no frame depends on it; it is read for who asks for headers.

use codecorpus_bitstream::sei::payloads;
use codecorpus_bitstream::{BitReader, Result, syntax};

use super::descriptors::leb128;
use crate::framing::Obu;

const METADATA_TYPE_HDR_CLL: u32 = 1;
const METADATA_TYPE_HDR_MDCV: u32 = 2;
const METADATA_TYPE_SCALABILITY: u32 = 3;
const METADATA_TYPE_ITUT_T35: u32 = 4;
const METADATA_TYPE_TIMECODE: u32 = 5;
const SCALABILITY_SS: u32 = 14;

/// Notes what it says, while this thread records.
pub(crate) fn note(data: &[u8], obu: &Obu) {
    if syntax::is_recording() {
        let mut bits = obu.header.behind(data, "metadata_obu");
        read(&mut bits).unwrap_or_else(|error| syntax::fail(&error));
    }
}

/// Reads it behind the OBU's header.
///
/// # Errors
/// The data end.
fn read(bits: &mut BitReader<'_>) -> Result<()> {
    match leb128(bits, "metadata_type")? {
        METADATA_TYPE_HDR_CLL => bits.each(&[(16, "max_cll"), (16, "max_fall")]),
        METADATA_TYPE_HDR_MDCV => read_hdr_mdcv(bits),
        METADATA_TYPE_SCALABILITY => match bits.u(8, "scalability_mode_idc")? {
            SCALABILITY_SS => read_scalability_structure(bits),
            _ => Ok(()),
        },
        METADATA_TYPE_ITUT_T35 => read_itut_t35(bits),
        METADATA_TYPE_TIMECODE => read_timecode(bits),
        _ => Ok(()),
    }
}

/// metadata_hdr_mdcv( ) (5.8.4).
fn read_hdr_mdcv(bits: &mut BitReader<'_>) -> Result<()> {
    for _ in 0..3 {
        bits.each(&[(16, "primary_chromaticity_x"), (16, "primary_chromaticity_y")])?;
    }
    bits.each(&[
        (16, "white_point_chromaticity_x"),
        (16, "white_point_chromaticity_y"),
        (32, "luminance_max"),
        (32, "luminance_min"),
    ])
}

/// metadata_itut_t35( ) (5.8.2): its payload goes to the trailing one bit.
fn read_itut_t35(bits: &mut BitReader<'_>) -> Result<()> {
    payloads::itu_t_t35_country_code(bits)?;
    let end = bits.last_one_bit().unwrap_or_else(|| bits.position());
    bits.bytes(end.saturating_sub(bits.position()) / 8, "itu_t_t35_payload_bytes")
}

/// scalability_structure( ) (5.8.6).
fn read_scalability_structure(bits: &mut BitReader<'_>) -> Result<()> {
    let layers = bits.u(2, "spatial_layers_cnt_minus_1")? + 1;
    let has_dimensions = bits.flag("spatial_layer_dimensions_present_flag")?;
    let has_description = bits.flag("spatial_layer_description_present_flag")?;
    let has_group = bits.flag("temporal_group_description_present_flag")?;
    bits.u(3, "scalability_structure_reserved_3bits")?;
    for _ in 0..if has_dimensions { layers } else { 0 } {
        bits.each(&[(16, "spatial_layer_max_width"), (16, "spatial_layer_max_height")])?;
    }
    for _ in 0..if has_description { layers } else { 0 } {
        bits.u(8, "spatial_layer_ref_id")?;
    }
    for _ in 0..if has_group { bits.u(8, "temporal_group_size")? } else { 0 } {
        bits.each(&[
            (3, "temporal_group_temporal_id"),
            (1, "temporal_group_temporal_switching_up_point_flag"),
            (1, "temporal_group_spatial_switching_up_point_flag"),
        ])?;
        for _ in 0..bits.u(3, "temporal_group_ref_cnt")? {
            bits.u(8, "temporal_group_ref_pic_diff")?;
        }
    }
    Ok(())
}

/// metadata_timecode( ) (5.8.7).
fn read_timecode(bits: &mut BitReader<'_>) -> Result<()> {
    bits.u(5, "counting_type")?;
    payloads::clock_timestamp(bits, 9)?;
    let length = bits.u(5, "time_offset_length")?;
    bits.u(length, "time_offset_value")?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use codecorpus_bitstream::syntax;

    #[test]
    fn light_levels_and_registered_data() {
        let noted = |data: &[u8]| {
            syntax::record(true);
            read(&mut BitReader::of(data, "metadata_obu")).unwrap();
            let noted = syntax::take().remove(0).elements;
            syntax::record(false);
            noted
        };
        assert_eq!(noted(&[1, 3, 232, 1, 144, 0x80])[1..], [("max_cll", 1000), ("max_fall", 400)]);
        let t35 = noted(&[4, 0xB5, 0, 60, 0x80]);
        assert_eq!(t35[1..], [("itu_t_t35_country_code", 0xB5), ("itu_t_t35_payload_bytes", 0), ("itu_t_t35_payload_bytes", 60)]);
    }
}
