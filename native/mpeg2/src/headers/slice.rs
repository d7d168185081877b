//! slice( ) down to its first macroblock: 6.2.4.

use codecorpus_bitstream::{BitReader, ParseError, Result};

use super::Sequence;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SliceHeader {
    /// mb_row: 6.3.16.
    pub(crate) row: u32,
    pub(crate) quantiser_scale_code: u32,
}

impl SliceHeader {
    /// Reads it behind its start code, whose value is `slice_vertical_position`.
    ///
    /// # Errors
    /// quantiser_scale_code 0, or the data end.
    pub(crate) fn read(r: &mut BitReader<'_>, slice_vertical_position: u8, sequence: &Sequence) -> Result<Self> {
        let mut row = u32::from(slice_vertical_position) - 1;
        if !sequence.mpeg1 && sequence.vertical_size > 2800 {
            row += r.u(3, "slice_vertical_position_extension")? << 7;
        }
        let quantiser_scale_code = read_quantiser_scale_code(r)?;
        if !sequence.mpeg1 && r.peek57() >> 63 == 1 {
            r.each(&[(1, "intra_slice_flag"), (1, "intra_slice"), (1, "slice_picture_id_enable"), (6, "slice_picture_id")])?;
        }
        while r.flag("extra_bit_slice")? {
            r.u(8, "extra_information_slice")?;
        }
        Ok(Self { row, quantiser_scale_code })
    }
}

/// # Errors
/// It is 0, or the data end.
pub(crate) fn read_quantiser_scale_code(r: &mut BitReader<'_>) -> Result<u32> {
    let at = r.position() as u64;
    let code = r.u(5, "quantiser_scale_code")?;
    if code == 0 {
        return Err(ParseError::malformed("quantiser_scale_code", "0 is forbidden").at_bit(at));
    }
    Ok(code)
}
