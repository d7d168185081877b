//! loop_filter_params( ) (6.2.8): read past, as no sample is filtered.

use codecorpus_bitstream::{BitReader, Result};

use super::signed;

/// # Errors
/// The data ends.
pub(crate) fn read_loop_filter_params(bits: &mut BitReader<'_>) -> Result<()> {
    bits.u(6, "loop_filter_level")?;
    bits.u(3, "loop_filter_sharpness")?;
    if bits.flag("loop_filter_delta_enabled")? && bits.flag("loop_filter_delta_update")? {
        let references = [("update_ref_delta", "loop_filter_ref_deltas"); 4];
        let modes = [("update_mode_delta", "loop_filter_mode_deltas"); 2];
        for (update, element) in references.into_iter().chain(modes) {
            if bits.flag(update)? {
                signed(bits, 6, element)?;
            }
        }
    }
    Ok(())
}
