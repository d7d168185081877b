//! profile_tier_level( ) (7.3.3).

use codecorpus_bitstream::{BitReader, ParseError, Result};

/// Names of a profile's elements: of the whole sequence, and of a sub-layer.
struct Names {
    space_tier_idc: [(u32, &'static str); 3],
    compatibility: &'static str,
    source: [(u32, &'static str); 4],
    range: [(u32, &'static str); 9],
    max_14bit: &'static str,
    one_picture_only: &'static str,
    /// Reserved bits: 7, 33, 34, 35 and 43 of them.
    reserved: [&'static str; 5],
    inbld: [&'static str; 2],
}

macro_rules! names {
    ($of:literal) => {
        Names {
            space_tier_idc: [
                (2, concat!($of, "_profile_space")),
                (1, concat!($of, "_tier_flag")),
                (5, concat!($of, "_profile_idc")),
            ],
            compatibility: concat!($of, "_profile_compatibility_flag"),
            source: [
                (1, concat!($of, "_progressive_source_flag")),
                (1, concat!($of, "_interlaced_source_flag")),
                (1, concat!($of, "_non_packed_constraint_flag")),
                (1, concat!($of, "_frame_only_constraint_flag")),
            ],
            range: [
                (1, concat!($of, "_max_12bit_constraint_flag")),
                (1, concat!($of, "_max_10bit_constraint_flag")),
                (1, concat!($of, "_max_8bit_constraint_flag")),
                (1, concat!($of, "_max_422chroma_constraint_flag")),
                (1, concat!($of, "_max_420chroma_constraint_flag")),
                (1, concat!($of, "_max_monochrome_constraint_flag")),
                (1, concat!($of, "_intra_constraint_flag")),
                (1, concat!($of, "_one_picture_only_constraint_flag")),
                (1, concat!($of, "_lower_bit_rate_constraint_flag")),
            ],
            max_14bit: concat!($of, "_max_14bit_constraint_flag"),
            one_picture_only: concat!($of, "_one_picture_only_constraint_flag"),
            reserved: [
                concat!($of, "_reserved_zero_7bits"),
                concat!($of, "_reserved_zero_33bits"),
                concat!($of, "_reserved_zero_34bits"),
                concat!($of, "_reserved_zero_35bits"),
                concat!($of, "_reserved_zero_43bits"),
            ],
            inbld: [concat!($of, "_inbld_flag"), concat!($of, "_reserved_zero_bit")],
        }
    };
}

const GENERAL: Names = names!("general");
const SUB_LAYER: Names = names!("sub_layer");

/// Profiles whose streams have no extension of a parameter set: general_profile_idc of Main, Main 10 and Main Still Picture.
pub(crate) const MAIN_PROFILES: std::ops::RangeInclusive<u32> = 1..=3;

/// Reads profile_tier_level( 1, maxNumSubLayersMinus1 ); gives general_profile_idc.
pub(crate) fn read_profile_tier_level(bits: &mut BitReader<'_>, max_sub_layers_minus1: u32) -> Result<u32> {
    let general_profile_idc = read_profile(bits, &GENERAL)?;
    read_levels(bits, max_sub_layers_minus1, true)?;
    Ok(general_profile_idc)
}

/// What follows general_profile_idc and its constraints: all of profile_tier_level( 0, … ), where sub-layers have no profile
/// either.
pub(crate) fn read_levels(bits: &mut BitReader<'_>, max_sub_layers_minus1: u32, profile_present_flag: bool) -> Result<()> {
    bits.u(8, "general_level_idc")?;
    let mut present = [(false, false); 8];
    for slot in present.iter_mut().take(max_sub_layers_minus1 as usize) {
        *slot = (bits.flag("sub_layer_profile_present_flag")?, bits.flag("sub_layer_level_present_flag")?);
    }
    if max_sub_layers_minus1 > 0 {
        for _ in max_sub_layers_minus1..8 {
            bits.u(2, "reserved_zero_2bits")?;
        }
    }
    for (profile, level) in present {
        if profile && !profile_present_flag {
            return Err(ParseError::malformed("sub_layer_profile_present_flag", "a sub-layer alone has a profile"));
        }
        if profile {
            read_profile(bits, &SUB_LAYER)?;
        }
        if level {
            bits.u(8, "sub_layer_level_idc")?;
        }
    }
    Ok(())
}

/// The 88 bits of a profile; gives profile_idc.
fn read_profile(bits: &mut BitReader<'_>, names: &Names) -> Result<u32> {
    bits.each(&names.space_tier_idc[..2])?;
    let profile_idc = bits.u(5, names.space_tier_idc[2].1)?;
    let mut compatible = 1u64 << profile_idc;
    for j in 0..32 {
        compatible |= u64::from(bits.u(1, names.compatibility)?) << j;
    }
    bits.each(&names.source)?;
    let is_any = |profiles: &[u32]| profiles.iter().any(|j| compatible >> j & 1 == 1);
    let [zero_7, zero_33, zero_34, zero_35, zero_43] = names.reserved;
    if is_any(&[4, 5, 6, 7, 8, 9, 10, 11]) {
        bits.each(&names.range)?;
        if is_any(&[5, 9, 10, 11]) {
            bits.u(1, names.max_14bit)?;
            bits.long(33, zero_33)?;
        } else {
            bits.long(34, zero_34)?;
        }
    } else if is_any(&[2]) {
        bits.each(&[(7, zero_7), (1, names.one_picture_only)])?;
        bits.long(35, zero_35)?;
    } else {
        bits.long(43, zero_43)?;
    }
    let has_inbld = is_any(&[1, 2, 3, 4, 5, 9, 11]);
    bits.u(1, names.inbld[usize::from(!has_inbld)])?;
    Ok(profile_idc)
}

#[cfg(test)]
mod tests {
    use super::*;
    use codecorpus_bitstream::syntax;

    #[test]
    fn every_profile_takes_88_bits() {
        for profile_idc in 0..32 {
            let data = [profile_idc, 0, 0, 0, 0, 0x90, 0, 0, 0, 0, 0, 93, 0xFF];
            let mut bits = BitReader::new(&data);
            assert_eq!(read_profile_tier_level(&mut bits, 0).unwrap(), u32::from(profile_idc));
            assert_eq!(bits.position(), 96);
        }
    }

    #[test]
    fn elements_are_those_of_the_profile() {
        let noted = |data: &[u8]| {
            syntax::record(true);
            read_profile_tier_level(&mut BitReader::of(data, "profile_tier_level"), 0).unwrap();
            let noted = syntax::take().remove(0).elements;
            syntax::record(false);
            noted
        };
        let main_10 = noted(&[2, 0x20, 0, 0, 0, 0x90, 0x10, 0, 0, 0, 0, 93]);
        assert!(main_10.contains(&("general_one_picture_only_constraint_flag", 1)));
        assert_eq!(main_10.last(), Some(&("general_level_idc", 93)));
        let range = noted(&[4, 8, 0, 0, 0, 0x98, 0, 0, 0, 0, 0, 93]);
        assert!(range.contains(&("general_max_12bit_constraint_flag", 1)));
    }
}
