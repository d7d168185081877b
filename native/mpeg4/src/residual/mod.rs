//! The blocks of a macroblock: 6.2.6 and 6.2.7, 7.4.

pub(crate) mod coded;
mod coefficients;
pub(crate) mod dequantise;
mod intra;
mod words;

use codecorpus_bitstream::{BitReader, Result};
use codecorpus_mpeg::tables::{ALTERNATE_VERTICAL, ZIGZAG};

use crate::emit::TransformBlock;
use crate::state::VopReader;
use coded::{PlaneSum, Residual};
use dequantise::{Dequantise, H263, Mpeg};
use words::{Inter, ReversibleInter, Short, Words};

pub(crate) use intra::{DcSource, read_dc};

/// Whether a block is coded: pattern_code\[i\] is bit 5 - i.
#[inline(always)]
const fn is_coded(pattern: u32, block: usize) -> bool {
    pattern >> (5 - block) & 1 != 0
}

/// Where the blocks of a macroblock that is not intra are read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Texture {
    Plain,
    Reversible,
    Short,
}

impl VopReader<'_> {
    /// The coded blocks of a macroblock that is not intra.
    #[inline(always)]
    pub(crate) fn read_inter_blocks(&mut self, pattern: u32, dct_field: bool, texture: Texture) -> Result<Residual> {
        if pattern == 0 {
            return Ok(Residual::default());
        }
        let scale = self.quantiser_scale;
        match (self.weights, texture) {
            (None, Texture::Plain) => self.read_inter_blocks_as::<Inter, _>(pattern, dct_field, H263::new(scale)),
            (None, Texture::Reversible) => self.read_inter_blocks_as::<ReversibleInter, _>(pattern, dct_field, H263::new(scale)),
            (_, Texture::Short) => self.read_inter_blocks_as::<Short, _>(pattern, dct_field, H263::new(scale)),
            (Some(weights), texture) => {
                let vertical = self.vop.alternate_vertical_scan;
                let mpeg = Mpeg::inter(weights, vertical, scale);
                if texture == Texture::Reversible {
                    self.read_inter_blocks_as::<ReversibleInter, _>(pattern, dct_field, mpeg)
                } else {
                    self.read_inter_blocks_as::<Inter, _>(pattern, dct_field, mpeg)
                }
            }
        }
    }

    #[inline(always)]
    fn read_inter_blocks_as<W: Words, D: Dequantise>(
        &mut self,
        pattern: u32,
        dct_field: bool,
        dequantise: D,
    ) -> Result<Residual> {
        let mut residual = Residual::default();
        for block in (0..6).filter(|&block| is_coded(pattern, block)) {
            let begin = self.bits.position();
            let plane = read_inter_block::<W, D>(&mut self.bits, dequantise)?;
            residual.add(block, plane);
            self.emit_transform(block, dct_field, plane, begin);
        }
        Ok(residual)
    }

    /// The row of **transforms** of a block whose bits begin at `begin`.
    #[inline(always)]
    fn emit_transform(&mut self, block: usize, dct_field: bool, plane: PlaneSum, begin: usize) {
        if self.out.wanted.transforms {
            let bits = (self.bits.position() - begin) as u32;
            self.out.transform([self.column, self.row], &TransformBlock { block, dct_field, plane, bits });
        }
    }
}

#[inline(always)]
fn read_inter_block<W: Words, D: Dequantise>(r: &mut BitReader<'_>, dequantise: D) -> Result<PlaneSum> {
    let mut plane = PlaneSum::default();
    let mut index = 0;
    loop {
        let event = W::read(r)?;
        index += event.run as usize;
        if index > 63 {
            return Err(coefficients::too_far(r));
        }
        plane.coefs += 1;
        plane.energy += dequantise.square_of_coded(event.level, index);
        index += 1;
        if event.last {
            return Ok(plane);
        }
    }
}

/// The scan of blocks that no coefficients are predicted of.
const fn plain_scan(alternate_vertical_scan: bool) -> &'static [u8; 64] {
    if alternate_vertical_scan { &ALTERNATE_VERTICAL } else { &ZIGZAG }
}
