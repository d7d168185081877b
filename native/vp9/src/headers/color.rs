//! color_config( ) (6.2.2).

use codecorpus_bitstream::{BitReader, ParseError, Result};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ColorConfig {
    pub(crate) bit_depth: u8,
    pub(crate) subsampling_x: bool,
    pub(crate) subsampling_y: bool,
}

/// CS_RGB (7.2.2).
const CS_RGB: u32 = 7;

impl ColorConfig {
    /// What intra-only frames of profile 0 have without saying so (7.2).
    pub(crate) const PROFILE_0: Self = Self { bit_depth: 8, subsampling_x: true, subsampling_y: true };

    /// # Errors
    /// What the profile does not allow.
    pub(crate) fn read(bits: &mut BitReader<'_>, profile: u32) -> Result<Self> {
        let bit_depth = match profile {
            0 | 1 => 8,
            _ if bits.flag("ten_or_twelve_bit")? => 12,
            _ => 10,
        };
        let chooses_subsampling = profile & 1 == 1;
        let (mut subsampling_x, mut subsampling_y) = (true, true);
        if bits.u(3, "color_space")? != CS_RGB {
            bits.flag("color_range")?;
            if chooses_subsampling {
                subsampling_x = bits.flag("subsampling_x")?;
                subsampling_y = bits.flag("subsampling_y")?;
                if subsampling_x && subsampling_y {
                    return Err(ParseError::malformed("subsampling_y", "4:2:0 is not of profiles 1 and 3"));
                }
                reserved_zero(bits)?;
            }
        } else if chooses_subsampling {
            (subsampling_x, subsampling_y) = (false, false);
            reserved_zero(bits)?;
        } else {
            return Err(ParseError::malformed("color_space", "RGB is not of profiles 0 and 2"));
        }
        Ok(Self { bit_depth, subsampling_x, subsampling_y })
    }
}

fn reserved_zero(bits: &mut BitReader<'_>) -> Result<()> {
    match bits.flag("reserved_zero")? {
        true => Err(ParseError::malformed("reserved_zero", "it is 1")),
        false => Ok(()),
    }
}
