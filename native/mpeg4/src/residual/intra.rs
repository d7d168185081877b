//! Intra blocks: their DC words (6.2.7), and the prediction of DC and AC coefficients (7.4.3).

use codecorpus_bitstream::{BitReader, ParseError, Result};
use codecorpus_mpeg::vlc::Table;

use super::coded::Residual;
use super::coefficients::Levels;
use super::dequantise::{Dequantise, H263, Mpeg, Scan};
use super::words::{Intra, ReversibleIntra, Short};
use super::{Texture, is_coded, plain_scan};
use crate::neighbours::{DC_OUTSIDE, Edge, FACING};
use crate::state::VopReader;
use crate::tables::{DC_SIZES_CHROMA, DC_SIZES_LUMA};

static DC_SIZE_LUMA: Table<2048, 0> = Table::of_words(&DC_SIZES_LUMA);
static DC_SIZE_CHROMA: Table<4096, 0> = Table::of_words(&DC_SIZES_CHROMA);

/// Where the DC coefficients of an intra macroblock are.
#[derive(Debug, Clone, Copy)]
pub(crate) enum DcSource {
    /// Before the other coefficients of each block, in words of their own.
    Words,
    /// Among the other coefficients.
    Coefficients,
    /// In an earlier partition: dct_dc_differential of each block.
    Before([i16; 6]),
}

/// The macroblock as far as it is read, for the blocks that are predicted from others of it.
struct Macroblock {
    /// F\[0\]\[0\] of each block.
    dc: [i16; 6],
    /// QF of the first column and the first row of each.
    column: [[i16; 7]; 6],
    row: [[i16; 7]; 6],
}

/// By block: which of those that face a neighbour it is.
const FACES: [usize; 6] = [0, 1, 0, 1, 2, 3];

/// dct_dc_size and dct_dc_differential of a block.
pub(crate) fn read_dc(r: &mut BitReader<'_>, block: usize) -> Result<i16> {
    let size = if block < 4 {
        DC_SIZE_LUMA.read(r, "dct_dc_size_luminance")?
    } else {
        DC_SIZE_CHROMA.read(r, "dct_dc_size_chrominance")?
    };
    let bits = r.u(size, "dct_dc_differential")? as i32;
    if size > 8 {
        r.skip(1, "marker_bit")?;
    }
    let is_negative = size > 0 && bits >> (size - 1) == 0;
    Ok(if is_negative { bits - (1 << size) + 1 } else { bits } as i16)
}

/// dc_scaler: table 7-1.
const fn dc_scaler(block: usize, quantiser_scale: u32) -> i32 {
    let scale = quantiser_scale as i32;
    match (block < 4, scale) {
        (_, ..5) => 8,
        (true, 5..9) => 2 * scale,
        (true, 9..25) => scale + 8,
        (true, _) => 2 * scale - 16,
        (false, 5..25) => (scale + 13) / 2,
        (false, _) => scale - 6,
    }
}

/// `//` of 4.1: to the nearest, halves away from zero.
const fn rounded_div(numerator: i32, denominator: i32) -> i32 {
    let half = denominator / 2;
    (if numerator >= 0 { numerator + half } else { numerator - half }) / denominator
}

impl VopReader<'_> {
    /// The blocks of an intra macroblock.
    pub(crate) fn read_intra_blocks(
        &mut self,
        pattern: u32,
        ac_pred: bool,
        dct_field: bool,
        dc: DcSource,
        texture: Texture,
    ) -> Result<Residual> {
        let mut residual = Residual::default();
        let mut mb = Macroblock { dc: [0; 6], column: [[0; 7]; 6], row: [[0; 7]; 6] };
        for block in 0..6 {
            let begin = self.bits.position();
            let (from_above, dc_prediction) = self.predict_dc(block, &mb);
            let scan = match (self.vop.alternate_vertical_scan, ac_pred) {
                (true, _) => Scan::Vertical,
                (false, false) => Scan::Zigzag,
                (false, true) if from_above => Scan::Horizontal,
                (false, true) => Scan::Vertical,
            };
            let differential = match dc {
                DcSource::Words => read_dc(&mut self.bits, block)?,
                DcSource::Coefficients => 0,
                DcSource::Before(differentials) => differentials[block],
            };
            let first = usize::from(!matches!(dc, DcSource::Coefficients));
            let coded = is_coded(pattern, block);
            let prediction = ac_pred.then(|| self.ac_candidate(block, from_above, &mb));
            let scale = self.quantiser_scale;
            let levels = match self.weights {
                None => self.read_intra_block(coded, H263::new(scale), scan, first, texture, prediction, from_above)?,
                Some(weights) => {
                    let mpeg = Mpeg::intra(weights, scan, scale);
                    self.read_intra_block(coded, mpeg, scan, first, texture, prediction, from_above)?
                }
            };
            let scaler = dc_scaler(block, scale);
            let level = rounded_div(i32::from(dc_prediction), scaler) + i32::from(differential) + i32::from(levels.row[0]);
            mb.dc[block] = (level * scaler).clamp(0, 2047) as i16;
            mb.column[block].copy_from_slice(&levels.column[1..]);
            mb.row[block].copy_from_slice(&levels.row[1..]);
            residual.add(block, levels.plane);
            self.emit_transform(block, dct_field, levels.plane, begin);
        }
        self.leave_edges(&mb);
        Ok(residual)
    }

    /// The levels of a block with what is predicted of them.
    #[expect(clippy::too_many_arguments, reason = "what a block is read with, once for each quantisation")]
    #[inline(always)]
    fn read_intra_block<D: Dequantise>(
        &mut self,
        coded: bool,
        dequantise: D,
        scan: Scan,
        first: usize,
        texture: Texture,
        prediction: Option<[i32; 7]>,
        from_above: bool,
    ) -> Result<Levels> {
        let mut levels = if !coded {
            Levels::default()
        } else if texture == Texture::Reversible {
            Levels::read::<ReversibleIntra, D>(&mut self.bits, dequantise, scan.table(), first)?
        } else {
            Levels::read::<Intra, D>(&mut self.bits, dequantise, scan.table(), first)?
        };
        let Some(prediction) = prediction else { return Ok(levels) };
        let (line, step) = if from_above { (&mut levels.row, 1) } else { (&mut levels.column, 8) };
        for (i, (level, add)) in line[1..].iter_mut().zip(prediction).enumerate().filter(|(_, (_, add))| *add != 0) {
            let raster = (i + 1) * step;
            levels.plane.energy -= dequantise.square_at(i32::from(*level), raster);
            *level = (i32::from(*level) + add).clamp(-2048, 2047) as i16;
            levels.plane.energy += dequantise.square_at(i32::from(*level), raster);
        }
        Ok(levels)
    }

    /// The blocks of an intra macroblock of H.263: nothing is predicted.
    pub(crate) fn read_short_intra_blocks(&mut self, pattern: u32) -> Result<Residual> {
        let mut residual = Residual::default();
        for block in 0..6 {
            let begin = self.bits.position();
            let at = self.position();
            if matches!(self.bits.u(8, "intra_dc_coefficient")?, 0 | 128) {
                return Err(ParseError::malformed("intra_dc_coefficient", "0 and 128 are forbidden").at_bit(at));
            }
            let levels = if is_coded(pattern, block) {
                let dequantise = H263::new(self.quantiser_scale);
                Levels::read::<Short, _>(&mut self.bits, dequantise, plain_scan(false), 1)?
            } else {
                Levels::default()
            };
            residual.add(block, levels.plane);
            self.emit_transform(block, false, levels.plane, begin);
        }
        Ok(residual)
    }

    fn left_edge(&self) -> Option<&Edge> {
        (self.has_left() && self.edges.left.intra).then_some(&self.edges.left)
    }

    fn above_edge(&self) -> Option<&Edge> {
        let above = &self.edges.above[self.column as usize];
        (self.has_above() && above.intra).then_some(above)
    }

    /// The direction of the smaller gradient, and the DC coefficient there (7.4.3.1): whether it is from above.
    fn predict_dc(&self, block: usize, mb: &Macroblock) -> (bool, i16) {
        let face = FACES[block];
        let outside = |edge: Option<&Edge>, face: usize| edge.map_or(DC_OUTSIDE, |edge| edge.dc[face]);
        let (left, above) = (self.left_edge(), self.above_edge());
        let corner = |index: usize| if self.has_above_left() { self.edges.corner[index] } else { DC_OUTSIDE };
        let [a, b, c] = match block {
            0 => [outside(left, 0), corner(0), outside(above, 0)],
            1 => [mb.dc[0], outside(above, 0), outside(above, 1)],
            2 => [outside(left, 1), outside(left, 0), mb.dc[0]],
            3 => [mb.dc[2], mb.dc[0], mb.dc[1]],
            _ => [outside(left, face), corner(face - 1), outside(above, face)],
        };
        let from_above = (i32::from(a) - i32::from(b)).abs() < (i32::from(b) - i32::from(c)).abs();
        (from_above, if from_above { c } else { a })
    }

    /// The coefficients that a block's first column or row is predicted from (7.4.3.3), zero where there are none.
    fn ac_candidate(&self, block: usize, from_above: bool, mb: &Macroblock) -> [i32; 7] {
        let inner = match (block, from_above) {
            (1, false) => mb.column[0],
            (3, false) => mb.column[2],
            (2, true) => mb.row[0],
            (3, true) => mb.row[1],
            _ => return self.outer_ac_candidate(block, from_above),
        };
        inner.map(i32::from)
    }

    /// From another macroblock: scaled from its quantiser to the current one (7.4.3.3).
    fn outer_ac_candidate(&self, block: usize, from_above: bool) -> [i32; 7] {
        let face = match block {
            // From the left, the upper and the lower block face; from above, the left and the right one.
            2 => 1,
            _ => FACES[block],
        };
        let Some(edge) = (if from_above { self.above_edge() } else { self.left_edge() }) else { return [0; 7] };
        let (theirs, current) = (i32::from(edge.quantiser_scale), self.quantiser_scale as i32);
        let levels = edge.ac[face].map(i32::from);
        if theirs == current { levels } else { levels.map(|level| rounded_div(level * theirs, current)) }
    }

    fn leave_edges(&mut self, mb: &Macroblock) {
        let edge = |blocks: [usize; FACING], lines: &[[i16; 7]; 6]| Edge {
            dc: blocks.map(|block| mb.dc[block]),
            ac: blocks.map(|block| lines[block]),
            quantiser_scale: self.quantiser_scale as u8,
            intra: true,
        };
        let (right, below) = (edge([1, 3, 4, 5], &mb.column), edge([2, 3, 4, 5], &mb.row));
        self.edges.leave(self.column as usize, right, below);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use codecorpus_mpeg::vlc;

    #[test]
    fn every_dc_size_is_found() {
        let words = |words: &[vlc::Word]| words.iter().map(|&(bits, n, value)| (bits, n, u32::from(value))).collect::<Vec<_>>();
        vlc::check(&DC_SIZE_LUMA, &words(&DC_SIZES_LUMA));
        vlc::check(&DC_SIZE_CHROMA, &words(&DC_SIZES_CHROMA));
    }

    #[test]
    fn dc_scalers_are_those_of_the_table() {
        assert_eq!([1, 4, 5, 8, 9, 24, 25, 31].map(|scale| dc_scaler(0, scale)), [8, 8, 10, 16, 17, 32, 34, 46]);
        assert_eq!([1, 4, 5, 8, 9, 24, 25, 31].map(|scale| dc_scaler(4, scale)), [8, 8, 9, 10, 11, 18, 19, 25]);
    }

    #[test]
    fn a_dc_differential_that_begins_with_zero_is_negative() {
        // Sizes 3 (010 in luma): 101 is 5, 010 is -5.
        assert_eq!(read_dc(&mut BitReader::new(&[0b0101_0100]), 0).unwrap(), 5);
        assert_eq!(read_dc(&mut BitReader::new(&[0b0100_1000]), 0).unwrap(), -5);
    }
}
