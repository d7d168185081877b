//! group_of_pictures_header( ): 6.2.2.6.

use codecorpus_bitstream::{BitReader, Result};

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Group {
    /// Its first B pictures do not refer to what comes before it.
    pub(crate) closed_gop: bool,
}

impl Group {
    /// # Errors
    /// The data end.
    pub(crate) fn read(r: &mut BitReader<'_>) -> Result<Self> {
        r.u(25, "time_code")?;
        let closed_gop = r.flag("closed_gop")?;
        r.flag("broken_link")?;
        Ok(Self { closed_gop })
    }
}
