//! Where this crate's own structs become the shared records.

use codecorpus_bitstream::records::{
    BlockRecord, Compound, FrameRecord, MotionRecord, NO_QP, NONE, Names, Picture, PictureStructure, PictureType, Prediction,
    TransformRecord, Warp,
};
use codecorpus_bitstream::{Information, Times, Wanted};

use crate::headers::slice::{SliceHeader, SliceType, Structure};
use crate::headers::sps::Sps;
use crate::motion::{DirectLack, Mv};
use crate::neighbours::macroblocks::{Macroblock, flag};
use crate::refs::resolved::{REFERENCES, References};
use crate::residual::transform::{Residual, TransformBlock, TransformKind};
use crate::tables::macroblock_types::{INTRA_MODES, NAMES as PARTITIONS};

/// Names behind the codes of H.264 rows.
pub(crate) static NAMES: Names = Names {
    partition: PARTITIONS,
    intra_mode: INTRA_MODES,
    mode: &["skip", "direct", "explicit"],
    filter: &[],
    transform_type: TransformKind::NAMES,
};

/// How a vector was coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Mode {
    Skip,
    Direct,
    Explicit,
}

/// What stands in a macroblock's row beside what its neighbours read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row {
    /// In macroblocks.
    pub(crate) position: [u32; 2],
    pub(crate) partition: u8,
    pub(crate) intra_mode: u8,
    pub(crate) field: u8,
    pub(crate) qp: i32,
    /// Of mode, motion and residual.
    pub(crate) bits: [Information; 3],
}

/// What stands in the row of a partition of a macroblock.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MotionRow {
    /// Of the macroblock, in macroblocks.
    pub(crate) position: [u32; 2],
    pub(crate) part: u8,
    /// Column, row, width and height in 4x4 blocks of the macroblock.
    pub(crate) rectangle: [u8; 4],
    pub(crate) mode: Mode,
    pub(crate) compound: Compound,
    pub(crate) field: u8,
    /// By list: coded_order of what is referred to, the vector, and whether the list is used.
    pub(crate) coded_orders: [i32; 2],
    pub(crate) mv: [Mv; 2],
    pub(crate) used: [bool; 2],
}

/// What the colour planes Cb and Cr add to a macroblock where they are coded as pictures of their own.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct PlaneSums {
    pub(crate) coefs: u32,
    pub(crate) energy: f32,
    pub(crate) bits: [f32; 3],
}

/// The colour plane Cb or Cr that a slice is of.
#[derive(Debug)]
pub(crate) struct ColourPlane<'a> {
    pub(crate) plane: u8,
    /// The row of macroblock 0.
    pub(crate) first_block: u32,
    /// By macroblock address.
    pub(crate) sums: &'a mut [PlaneSums],
}

/// What a slice came to, beside its rows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Outcome {
    /// By list, a bit for refIdx + 1 of each reference that a block uses.
    references: [u64; 2],
    /// Macroblocks that were read.
    pub(crate) blocks: usize,
    /// Bits of the slice that are of no macroblock.
    pub(crate) header: Information,
    /// What direct prediction would have needed, and is not there.
    pub(crate) lack: Option<DirectLack>,
    /// Of the rows: their bits of mode, motion and residual, and how many there are of each QP from -48.
    pub(crate) sums: [Information; 3],
    pub(crate) with_qp: [u32; 100],
}

impl Default for Outcome {
    fn default() -> Self {
        Self {
            references: [0; 2],
            blocks: 0,
            header: Information::default(),
            lack: None,
            sums: Default::default(),
            with_qp: [0; 100],
        }
    }
}

impl Outcome {
    /// Whether a block uses a reference, by list and refIdx + 1, that passes a test.
    pub(crate) fn uses(&self, test: impl Fn(usize, usize) -> bool) -> bool {
        (0..2).any(|list| (1..REFERENCES).any(|index| self.references[list] >> index & 1 != 0 && test(list, index)))
    }

    /// Adds the rows' sums to their picture's.
    pub(crate) fn add_to(&self, picture: &mut Picture) {
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
pub(crate) struct Emitter<'a> {
    pub(crate) picture: &'a mut Picture,
    pub(crate) wanted: Wanted,
    pub(crate) outcome: Outcome,
    /// Its macroblocks have no rows of their own: they add to those of luma.
    pub(crate) colour_plane: Option<ColourPlane<'a>>,
}

impl Emitter<'_> {
    /// Adds a macroblock.
    #[inline(always)]
    pub(crate) fn block(&mut self, address: u32, mb: &Macroblock, residual: &Residual, row: &Row) {
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
    pub(crate) fn note_references(&mut self, [index0, index1]: [usize; 2]) {
        self.outcome.references[0] |= 1 << index0;
        self.outcome.references[1] |= 1 << index1;
    }

    /// Adds a partition of the macroblock that [`Emitter::block`] will add next.
    #[inline(always)]
    pub(crate) fn motion(&mut self, row: &MotionRow) {
        if self.colour_plane.is_some() {
            return;
        }
        let [x, y, w, h] = row.rectangle.map(|length| u16::from(length) * 4);
        self.picture.motion.push(MotionRecord {
            block: self.picture.sums.blocks,
            part: row.part,
            mode: row.mode as u8,
            filter: NONE,
            warp: Warp::None,
            compound: row.compound,
            field: row.field,
            x: row.position[0] as u16 * 16 + x,
            y: row.position[1] as u16 * 16 + y,
            w,
            h,
            refs: row.coded_orders,
            mv: row.mv.map(luma_samples),
            used: row.used,
        });
    }

    /// Adds a transform block of that macroblock: position and size in samples of its plane, in the macroblock.
    pub(crate) fn transform(&mut self, address: u32, [column, row]: [u32; 2], transform: &TransformBlock) {
        let TransformBlock { kind, plane, rectangle: [x, y, w, h], macroblock: [mb_w, mb_h], coefs, energy, dc, bits } =
            *transform;
        let (block, plane) = match &self.colour_plane {
            None => (self.picture.sums.blocks, plane),
            Some(colour_plane) => (colour_plane.first_block + address, colour_plane.plane),
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

    /// Adds energy to transform blocks from `first` on, where they are asked for.
    pub(crate) fn add_energies(&mut self, first: usize, energies: &[f32]) {
        let rows = self.picture.transforms.iter_mut().skip(first);
        rows.zip(energies).for_each(|(row, energy)| row.energy += energy);
    }
}

/// What the row of a frame, or of a pair of fields, says from its first slice on; `key`: decoding can start there.
#[must_use]
pub(crate) fn begun_frame(
    sps: &Sps,
    header: &SliceHeader,
    coded_order: u32,
    key: bool,
    temporal_layer: u8,
    times: Times,
) -> FrameRecord {
    FrameRecord {
        coded_order,
        kind: PictureType::I,
        key,
        temporal_layer: temporal_layer as i8,
        width: sps.pic_width_in_mbs * 16,
        height: sps.frame_height_in_mbs * 16,
        crop: sps.crop,
        structure: match header.structure {
            Structure::Frame if header.is_mbaff(sps) => PictureStructure::Mbaff,
            Structure::Frame => PictureStructure::Frame,
            Structure::Top | Structure::Bottom => PictureStructure::Field,
        },
        dts: times.dts,
        complete: true,
        ..FrameRecord::default()
    }
}

/// The row of a picture of which no slice header could be read.
#[must_use]
pub(crate) fn lost_frame(coded_order: u32, times: Times) -> FrameRecord {
    FrameRecord { coded_order, dts: times.dts, ..FrameRecord::default() }
}

/// What a slice says of its picture as a whole.
pub(crate) fn note_slice(picture: &mut Picture, header: &SliceHeader, references: &References) {
    let kind = match header.slice_type {
        SliceType::I => PictureType::I,
        SliceType::P => PictureType::P,
        SliceType::B => PictureType::B,
    };
    let record = &mut picture.frame;
    if kind as u8 > record.kind as u8 {
        record.kind = kind;
    }
    if picture.sums.blocks == 0 {
        let orders =
            |list: usize| references[list][..header.num_ref_idx_active[list] as usize].iter().map(|r| r.coded_order).collect();
        (record.refs0, record.refs1) = (orders(0), orders(1));
    }
}

/// Adds what the planes Cb and Cr came to, where they were coded by themselves, to the rows of a frame or field from
/// `first_row` on. `sums` are by macroblock address.
pub(crate) fn merge_planes(picture: &mut Picture, first_row: usize, sums: &[PlaneSums], width_in_mbs: usize, mbaff: bool) {
    for row in &mut picture.blocks[first_row..] {
        let (column, line) = (usize::from(row.x) / 16, usize::from(row.y) / 16);
        let address = if mbaff { 2 * (line / 2 * width_in_mbs + column) + line % 2 } else { line * width_in_mbs + column };
        if let Some(sums) = sums.get(address) {
            row.coefs_chroma = sums.coefs as u16;
            row.energy_chroma = sums.energy;
            row.bits_mode += sums.bits[0];
            row.bits_motion += sums.bits[1];
            row.bits_residual += sums.bits[2];
        }
    }
    // Those of a macroblock's planes come slices apart.
    picture.transforms.sort_by_key(|row| (row.block, row.plane));
    for sums in sums {
        picture.sums.bits_mode += f64::from(sums.bits[0]);
        picture.sums.bits_motion += f64::from(sums.bits[1]);
        picture.sums.bits_residual += f64::from(sums.bits[2]);
    }
}

/// Quarter samples to luma samples.
#[inline]
fn luma_samples(mv: Mv) -> [f32; 2] {
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
        emitter.note_references([REFERENCES - 1, 0]);
        emitter.note_references([3, 2]);
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
