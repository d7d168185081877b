//! profile_tier_level( ) (7.3.3): passed over, for nothing that is read depends on it.

use codecorpus_bitstream::{BitReader, Result};

/// Passes over profile_tier_level( 1, maxNumSubLayersMinus1 ).
pub(crate) fn skip_profile_tier_level(bits: &mut BitReader<'_>, max_sub_layers_minus1: u32) -> Result<()> {
    bits.skip(88, "general_profile_space")?;
    bits.skip(8, "general_level_idc")?;
    let mut present = [(false, false); 8];
    for slot in present.iter_mut().take(max_sub_layers_minus1 as usize) {
        *slot = (bits.flag("sub_layer_profile_present_flag")?, bits.flag("sub_layer_level_present_flag")?);
    }
    if max_sub_layers_minus1 > 0 {
        bits.skip(2 * (8 - max_sub_layers_minus1 as usize), "reserved_zero_2bits")?;
    }
    for (profile, level) in present {
        bits.skip(if profile { 88 } else { 0 }, "sub_layer_profile_space")?;
        bits.skip(if level { 8 } else { 0 }, "sub_layer_level_idc")?;
    }
    Ok(())
}
