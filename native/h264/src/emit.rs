//! Where this crate's own structs become the shared records.

use codecorpus_bitstream::records::{BlockRecord, MotionRecord, NO_QP, Names, Picture, Prediction, TransformRecord};
use codecorpus_bitstream::{Information, Wanted};

use crate::context::REFERENCES;
use crate::picture::{Macroblock, Mv, flag};
use crate::tables::macroblock_types::{INTRA_MODES, NAMES as PARTITIONS};
use crate::transform::{Kind, Residual, TransformBlock};

/// Names behind the codes of H.264 rows.
pub(crate) static NAMES: Names = Names {
    partition: PARTITIONS,
    intra_mode: INTRA_MODES,
    mode: &["skip", "direct", "explicit"],
    filter: &[],
    transform_type: Kind::NAMES,
};

/// How a vector was coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Mode {
    Skip,
    Direct,
    Explicit,
}

/// What stands in a macroblock's row beside what its neighbours read.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// In macroblocks.
    pub position: [u32; 2],
    pub partition: u8,
    pub intra_mode: u8,
    pub field: u8,
    pub qp: i32,
    /// Of mode, motion and residual.
    pub bits: [Information; 3],
}

/// What the colour planes Cb and Cr add to a macroblock where they are coded as pictures of their own.
#[derive(Debug, Clone, Copy, Default)]
pub struct PlaneSums {
    pub coefs: u32,
    pub energy: f32,
    pub bits: [f32; 3],
}

/// The colour plane Cb or Cr that a slice is of.
#[derive(Debug)]
pub struct ColourPlane<'a> {
    pub plane: u8,
    /// The row of macroblock 0.
    pub first_block: u32,
    /// By macroblock address.
    pub sums: &'a mut [PlaneSums],
}

/// What a slice came to, beside its rows.
#[derive(Debug, Clone, Copy)]
pub struct Outcome {
    /// By list, a bit for refIdx + 1 of each reference that a block uses.
    references: [u64; 2],
    /// Macroblocks that were read.
    pub blocks: usize,
    /// Bits of the slice that are of no macroblock.
    pub header: Information,
    /// Direct prediction would have needed a co-located picture that there is not, or what it refers to.
    pub lacks_colocated: bool,
    /// Of the rows: their bits of mode, motion and residual, and how many there are of each QP from -48.
    pub sums: [Information; 3],
    pub with_qp: [u32; 100],
}

impl Default for Outcome {
    fn default() -> Self {
        Self {
            references: [0; 2],
            blocks: 0,
            header: Information::default(),
            lacks_colocated: false,
            sums: Default::default(),
            with_qp: [0; 100],
        }
    }
}

impl Outcome {
    /// Whether a block uses a reference, by list and refIdx + 1, that passes a test.
    pub fn uses(&self, test: impl Fn(usize, usize) -> bool) -> bool {
        (0..2).any(|list| (1..REFERENCES).any(|index| self.references[list] >> index & 1 != 0 && test(list, index)))
    }

    /// Adds the rows' sums to their picture's.
    pub fn add_to(&self, picture: &mut Picture) {
        picture.charge_header(self.header);
        picture.charge_blocks(self.sums);
        let sums = &mut picture.sums;
        for (step, &count) in self.with_qp.iter().enumerate().filter(|(_, count)| **count > 0) {
            let area = 256.0 * f64::from(count);
            sums.qp_area += area;
            sums.qp += area * (step as f64 - 48.0);
            sums.qstep += area * f64::from(QSTEP[step]);
        }
    }
}

/// Collects the rows of a picture.
#[derive(Debug)]
pub struct Emitter<'a> {
    pub picture: &'a mut Picture,
    pub wanted: Wanted,
    pub outcome: Outcome,
    /// Its macroblocks have no rows of their own: they add to those of luma.
    pub colour_plane: Option<ColourPlane<'a>>,
}

impl Emitter<'_> {
    /// Adds a macroblock.
    #[inline(always)]
    pub fn block(&mut self, address: u32, mb: &Macroblock, residual: &Residual, row: &Row) {
        self.outcome.blocks += 1;
        if let Some(plane) = &mut self.colour_plane {
            if let Some(sums) = plane.sums.get_mut(address as usize) {
                sums.coefs += residual.planes[0].coefs;
                sums.energy += residual.planes[0].energy;
                sums.bits.iter_mut().zip(row.bits).for_each(|(sum, bits)| *sum += bits.bits_f32());
            }
            return;
        }
        self.outcome.sums.iter_mut().zip(row.bits).for_each(|(sum, bits)| *sum += bits);
        self.picture.sums.blocks += 1;
        let step = (row.qp + 48).clamp(0, 99) as usize;
        let pcm = mb.is(flag::PCM);
        self.outcome.with_qp[step] += u32::from(!pcm);
        if !self.wanted.blocks {
            return;
        }
        let [bits_mode, bits_motion, bits_residual] = row.bits.map(Information::bits_f32);
        self.picture.blocks.push(BlockRecord {
            x: (row.position[0] * 16) as u16,
            y: (row.position[1] * 16) as u16,
            w: 16,
            h: 16,
            prediction: match mb.flags & (flag::INTRA | flag::PCM) {
                0 => Prediction::Inter,
                flag::INTRA => Prediction::Intra,
                _ => Prediction::Pcm,
            },
            skip: mb.is(flag::SKIP),
            partition: row.partition,
            intra_mode: row.intra_mode,
            field: row.field,
            transform: residual.transform,
            qp: if pcm { NO_QP } else { row.qp as i16 },
            coefs: residual.planes[0].coefs as u16,
            coefs_chroma: residual.planes[1].coefs as u16,
            qstep: QSTEP[step],
            energy: residual.planes[0].energy,
            energy_chroma: residual.planes[1].energy,
            bits_mode,
            bits_motion,
            bits_residual,
        });
    }

    /// Notes what a partition refers to: refIdx + 1 by list.
    #[inline(always)]
    pub fn note_references(&mut self, zero: usize, one: usize) {
        self.outcome.references[0] |= 1 << zero;
        self.outcome.references[1] |= 1 << one;
    }

    /// Adds a partition of the macroblock that [`Emitter::block`] will add next.
    #[inline(always)]
    pub fn motion(&mut self, row: &MotionRecord) {
        if self.colour_plane.is_none() {
            self.picture.motion.push(*row);
        }
    }

    /// Adds a transform block of that macroblock: position and size in samples of its plane, in the macroblock.
    pub fn transform(&mut self, address: u32, [column, row]: [u32; 2], transform: &TransformBlock) {
        let TransformBlock { kind, plane, rectangle: [x, y, w, h], macroblock: [mb_w, mb_h], coefs, energy, dc, bits } =
            *transform;
        let (block, plane) = match &self.colour_plane {
            None => (self.picture.sums.blocks, plane),
            Some(own) => (own.first_block + address, own.plane),
        };
        self.picture.transforms.push(TransformRecord {
            block,
            plane,
            kind: kind as u8,
            coefs: coefs as u16,
            x: (column * mb_w + x) as u16,
            y: (row * mb_h + y) as u16,
            w: w as u16,
            h: h as u16,
            energy,
            dc,
            bits,
        });
    }
}

/// Quarter samples to luma samples.
#[inline]
#[must_use]
pub fn luma_samples(mv: Mv) -> [f32; 2] {
    [f32::from(mv[0]) * 0.25, f32::from(mv[1]) * 0.25]
}

/// 2^((QP - 4) / 6) of QP from -48.
static QSTEP: [f32; 100] = {
    const SIXTHS: [f64; 6] = [
        1.0,
        1.122_462_048_309_373,
        1.259_921_049_894_873_2,
        std::f64::consts::SQRT_2,
        1.587_401_051_968_199_5,
        1.781_797_436_280_678_5,
    ];
    let mut table = [0.0; 100];
    let mut i = 0;
    while i < 100 {
        let exponent = i as i32 - 48 - 4;
        let mut step = SIXTHS[exponent.rem_euclid(6) as usize];
        let mut octaves = exponent.div_euclid(6);
        while octaves > 0 {
            step *= 2.0;
            octaves -= 1;
        }
        while octaves < 0 {
            step /= 2.0;
            octaves += 1;
        }
        table[i] = step as f32;
        i += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_used_where_they_were_noted() {
        let mut picture = Picture::default();
        let mut emitter =
            Emitter { picture: &mut picture, wanted: Wanted::default(), outcome: Outcome::default(), colour_plane: None };
        emitter.note_references(REFERENCES - 1, 0);
        emitter.note_references(3, 2);
        let uses = |list, index| emitter.outcome.uses(|l, i| (l, i) == (list, index));
        assert!(uses(0, REFERENCES - 1) && uses(0, 3) && uses(1, 2));
        assert!(!uses(1, 0) && !uses(1, 3) && !uses(0, 2), "0 is that of an unused list");
    }

    #[test]
    fn qstep_doubles_every_six() {
        for qp in -42i32..=51 {
            let exact = 2f64.powf(f64::from(qp - 4) / 6.0);
            assert!((f64::from(QSTEP[(qp + 48) as usize]) / exact - 1.0).abs() < 1e-6);
        }
    }
}
