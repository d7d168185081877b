//! video_parameter_set_rbsp( ) (7.3.2.1): no picture of the base layer needs it; it is read for who asks for headers.

use codecorpus_bitstream::{BitReader, Result};

use super::hrd::Hrd;
use super::profile::read_profile_tier_level;

/// Reads it behind the NAL unit header.
pub(crate) fn read(bits: &mut BitReader<'_>) -> Result<()> {
    bits.each(&[
        (4, "vps_video_parameter_set_id"),
        (1, "vps_base_layer_internal_flag"),
        (1, "vps_base_layer_available_flag"),
        (6, "vps_max_layers_minus1"),
    ])?;
    let max_sub_layers_minus1 = bits.u(3, "vps_max_sub_layers_minus1")?;
    bits.each(&[(1, "vps_temporal_id_nesting_flag"), (16, "vps_reserved_0xffff_16bits")])?;
    read_profile_tier_level(bits, max_sub_layers_minus1)?;
    let all = bits.flag("vps_sub_layer_ordering_info_present_flag")?;
    for _ in if all { 0 } else { max_sub_layers_minus1 }..=max_sub_layers_minus1 {
        bits.ue("vps_max_dec_pic_buffering_minus1")?;
        bits.ue("vps_max_num_reorder_pics")?;
        bits.ue("vps_max_latency_increase_plus1")?;
    }
    let vps_max_layer_id = bits.u(6, "vps_max_layer_id")?;
    for _ in 0..bits.ue_max(1023, "vps_num_layer_sets_minus1")? {
        for _ in 0..=vps_max_layer_id {
            bits.flag("layer_id_included_flag")?;
        }
    }
    if bits.flag("vps_timing_info_present_flag")? {
        read_timing(bits, max_sub_layers_minus1)?;
    }
    if bits.flag("vps_extension_flag")? {
        read_extension(bits)?;
    }
    Ok(())
}

/// What describes other layers than the base layer (annex F), as the bytes that it has.
fn read_extension(bits: &mut BitReader<'_>) -> Result<()> {
    while bits.position() % 8 != 0 {
        bits.flag("vps_extension_alignment_bit_equal_to_one")?;
    }
    let end = bits.last_one_bit().ok_or_else(|| bits.end("vps_extension"))?;
    bits.bytes(end.saturating_sub(bits.position()).div_ceil(8), "vps_extension")
}

fn read_timing(bits: &mut BitReader<'_>, max_sub_layers_minus1: u32) -> Result<()> {
    bits.each(&[(32, "vps_num_units_in_tick"), (32, "vps_time_scale")])?;
    if bits.flag("vps_poc_proportional_to_timing_flag")? {
        bits.ue("vps_num_ticks_poc_diff_one_minus1")?;
    }
    let mut last = None;
    for i in 0..bits.ue_max(1024, "vps_num_hrd_parameters")? {
        bits.ue("hrd_layer_set_idx")?;
        let has_common = i == 0 || bits.flag("cprms_present_flag")?;
        last = Some(Hrd::read(bits, last.filter(|_| !has_common), max_sub_layers_minus1)?);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use codecorpus_bitstream::syntax;

    #[test]
    fn what_describes_other_layers_is_given_as_it_is() {
        let data = [0b1010_1111, 0x12, 0x34, 0x80, 0];
        syntax::record(true);
        let mut bits = BitReader::of(&data, "video_parameter_set_rbsp");
        bits.u(4, "before").unwrap();
        read_extension(&mut bits).unwrap();
        let noted = syntax::take().remove(0).elements;
        syntax::record(false);
        let aligned = [("vps_extension_alignment_bit_equal_to_one", 1); 4];
        let bytes = [0x12, 0x34].map(|byte| ("vps_extension", byte));
        assert_eq!(noted[1..], [aligned.as_slice(), &bytes].concat());
    }
}
