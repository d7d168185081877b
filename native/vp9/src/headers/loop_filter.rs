//! loop_filter_params( ) (6.2.8): read past, as no sample is filtered.

use codecorpus_bitstream::{BitReader, Result};

use super::signed;

/// # Errors
/// The data ends.
pub fn read_loop_filter_params(bits: &mut BitReader<'_>) -> Result<()> {
    bits.u(6, "loop_filter_level")?;
    bits.u(3, "loop_filter_sharpness")?;
    if bits.flag("loop_filter_delta_enabled")? && bits.flag("loop_filter_delta_update")? {
        for element in ["loop_filter_ref_deltas"; 4].into_iter().chain(["loop_filter_mode_deltas"; 2]) {
            if bits.flag("update_ref_delta")? {
                signed(bits, 6, element)?;
            }
        }
    }
    Ok(())
}
