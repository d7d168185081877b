//! Levels of an intra block.

use codecorpus_bitstream::{BitReader, ParseError, Result};

use super::coded::PlaneSum;
use super::dequantise::Dequantise;
use super::words::Words;

/// What is kept of an intra block's levels.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Levels {
    /// The first column and the first row, DC included.
    pub(crate) column: [i16; 8],
    pub(crate) row: [i16; 8],
    pub(crate) plane: PlaneSum,
}

#[cold]
pub(crate) fn too_far(r: &BitReader<'_>) -> ParseError {
    ParseError::malformed("dct_coefficient", "more than 64 coefficients in a block").at_bit(r.position() as u64)
}

impl Levels {
    /// Reads the levels from index `index` of the scan on; one at 0 is DC, which is neither counted nor summed.
    #[inline(always)]
    pub(crate) fn read<W: Words, D: Dequantise>(
        r: &mut BitReader<'_>,
        dequantise: D,
        scan: &[u8; 64],
        index: usize,
    ) -> Result<Self> {
        let mut levels = Self::default();
        let mut index = index;
        loop {
            let event = W::read(r)?;
            index += event.run as usize;
            if index > 63 {
                return Err(too_far(r));
            }
            let raster = usize::from(scan[index]);
            if raster < 8 {
                levels.row[raster] = event.level as i16;
            }
            if raster & 7 == 0 {
                levels.column[raster >> 3] = event.level as i16;
            }
            if index > 0 {
                levels.plane.coefs += 1;
                levels.plane.energy += dequantise.square_of_coded(event.level, index);
            }
            index += 1;
            if event.last {
                return Ok(levels);
            }
        }
    }
}
