//! Where this crate's own structs become the shared records.

use codecorpus_bitstream::records::{
    BlockRecord, Compound, FrameRecord, MotionRecord, NO_REF, NONE, Names, Picture, TransformRecord, Warp, Window,
};
use codecorpus_bitstream::records::{PictureStructure, PictureType as Kind, Prediction as Predicted};
use codecorpus_bitstream::{Information, Times, Wanted};
use codecorpus_mpeg::motion::Mv;
use codecorpus_mpeg::totals::Totals;

use crate::headers::{PictureHeader, PictureType, Sequence, Structure};
use crate::motion::MotionType;
use crate::residual::coded::{BlockPlace, PlaneSum, Residual};

/// Names behind the codes of MPEG-2 rows.
pub(crate) static NAMES: Names = Names {
    partition: &["INTRA", "FRAME", "FIELD", "16X8", "DUAL_PRIME"],
    intra_mode: &[],
    mode: &["skip", "zero", "explicit"],
    filter: &[],
    transform_type: &["DCT", "DCT_FIELD"],
};

/// How a vector was coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Mode {
    Skip,
    Zero,
    Explicit,
}

/// A prediction block, in the macroblock.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Prediction {
    pub(crate) mode: Mode,
    pub(crate) field: u8,
    pub(crate) rectangle: [u32; 4],
    pub(crate) used: [bool; 2],
    /// Half samples.
    pub(crate) mv: [Mv; 2],
    pub(crate) references: [i32; 2],
}

/// What a macroblock's row says of its modes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row {
    partition: u8,
    intra: bool,
    skip: bool,
}

impl Row {
    #[must_use]
    pub(crate) const fn intra() -> Self {
        Self { partition: 0, intra: true, skip: false }
    }

    #[must_use]
    pub(crate) const fn inter(motion_type: MotionType) -> Self {
        Self { partition: 1 + motion_type as u8, intra: false, skip: false }
    }

    #[must_use]
    pub(crate) const fn skipped(motion_type: MotionType) -> Self {
        Self { skip: true, ..Self::inter(motion_type) }
    }
}

/// A transform block.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TransformBlock {
    pub(crate) place: BlockPlace,
    pub(crate) dct_field: bool,
    pub(crate) plane: PlaneSum,
    pub(crate) bits: u32,
}

/// What a slice came to, beside its rows.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Outcome {
    pub(crate) totals: Totals,
    /// A block refers to what is missing.
    pub(crate) missing_reference: bool,
}

/// Collects the rows of a picture.
#[derive(Debug)]
pub(crate) struct Emitter<'a> {
    pub(crate) picture: &'a mut Picture,
    pub(crate) wanted: Wanted,
    /// Index of the picture's first block in this slice.
    pub(crate) first_block: u32,
    /// Quantiser step of a unit of quantiser_scale.
    pub(crate) step: f32,
    pub(crate) outcome: Outcome,
}

impl Emitter<'_> {
    /// Adds a macroblock.
    #[inline(always)]
    pub(crate) fn block(
        &mut self,
        ([column, row], field): ([u32; 2], u8),
        qp: u32,
        bits: [Information; 3],
        modes: Row,
        residual: &Residual,
    ) {
        self.outcome.totals.add(bits, qp);
        if !self.wanted.blocks {
            return;
        }
        let [luma, chroma] = residual.planes;
        let [bits_mode, bits_motion, bits_residual] = bits.map(Information::bits_f32);
        self.picture.blocks.push(BlockRecord {
            x: (column * 16) as u16,
            y: (row * 16) as u16,
            w: 16,
            h: 16,
            prediction: if modes.intra { Predicted::Intra } else { Predicted::Inter },
            skip: modes.skip,
            partition: modes.partition,
            intra_mode: NONE,
            field,
            transform: if modes.intra || luma.coefs > 0 { 3 } else { NONE },
            qp: qp as i16,
            coefs: luma.coefs as u16,
            coefs_chroma: chroma.coefs as u16,
            qstep: qp as f32 * self.step,
            energy: luma.energy as f32,
            energy_chroma: chroma.energy as f32,
            bits_mode,
            bits_motion,
            bits_residual,
        });
    }

    /// Adds a prediction block of the macroblock that [`Emitter::block`] will add next.
    #[inline(always)]
    pub(crate) fn motion(&mut self, part: u8, [column, row]: [u32; 2], field_picture: bool, prediction: &Prediction) {
        let &Prediction { mode, field, rectangle: [x, y, w, h], used, mv, references } = prediction;
        let refs = [0, 1].map(|list| if used[list] { references[list] } else { NO_REF });
        self.outcome.missing_reference |= (0..2).any(|list| used[list] && refs[list] == NO_REF);
        if !self.wanted.motion {
            return;
        }
        // Fields of a frame's macroblock stand at half its height.
        let top = if field != 0 && !field_picture { row * 8 } else { row * 16 };
        self.picture.motion.push(MotionRecord {
            block: self.first_block + self.outcome.totals.blocks,
            part,
            mode: mode as u8,
            filter: NONE,
            warp: Warp::None,
            compound: if used == [true; 2] { Compound::Average } else { Compound::None },
            field,
            x: (column * 16 + x) as u16,
            y: (top + y) as u16,
            w: w as u16,
            h: h as u16,
            refs,
            mv: mv.map(luma_samples),
            used,
        });
    }

    /// Adds a transform block of that macroblock.
    pub(crate) fn transform(&mut self, [column, row]: [u32; 2], transform: &TransformBlock) {
        let &TransformBlock { place: BlockPlace { plane, at, blocks }, dct_field, plane: coded, bits } = transform;
        self.picture.transforms.push(TransformRecord {
            block: self.first_block + self.outcome.totals.blocks,
            plane,
            // Chroma of 4:2:0 is always transformed as a frame (6.1.3).
            kind: u8::from(dct_field && blocks[1] > 1),
            coefs: coded.coefs as u16,
            x: ((column * blocks[0] + at[0]) * 8) as u16,
            y: ((row * blocks[1] + at[1]) * 8) as u16,
            w: 8,
            h: 8,
            energy: coded.energy as f32,
            dc: f32::NAN,
            bits: bits as f32,
        });
    }
}

/// Half samples to luma samples.
#[inline]
fn luma_samples(mv: Mv) -> [f32; 2] {
    mv.map(|component| component as f32 * 0.5)
}

/// What the row of a frame, or of a pair of fields, says from its first slice on; `coded_order` is its own and `references`
/// those of its references. Where `past_is_due` is not, what a B picture refers to forwards is not expected to be there.
#[must_use]
pub(crate) fn begun_frame(
    coded_order: u32,
    sequence: &Sequence,
    header: &PictureHeader,
    references: [i32; 2],
    past_is_due: bool,
    times: Times,
) -> FrameRecord {
    let [width, height] = sequence.size_in_macroblocks();
    let kind = kind(header.picture_type);
    FrameRecord {
        coded_order,
        kind,
        key: kind == Kind::I,
        refs0: if kind != Kind::I && past_is_due { vec![references[0]] } else { Vec::new() },
        refs1: if kind == Kind::B { vec![references[1]] } else { Vec::new() },
        width: width * 16,
        height: height * 16,
        crop: Window::whole(sequence.horizontal_size, sequence.vertical_size),
        structure: structure(header),
        dts: times.dts,
        ..FrameRecord::default()
    }
}

/// The row of a picture of which nothing is known but that it is there.
#[must_use]
pub(crate) fn damaged_frame(coded_order: u32, times: Times) -> FrameRecord {
    FrameRecord { coded_order, dts: times.dts, ..FrameRecord::default() }
}

/// Adds what the second field of a frame says: behind an I field, what it refers to beside that field.
pub(crate) fn note_second_field(record: &mut FrameRecord, picture_type: PictureType, reference: i32) {
    if kind(picture_type) as u8 > record.kind as u8 {
        record.kind = kind(picture_type);
        record.refs0.extend(Some(reference).filter(|&reference| reference != NO_REF));
    }
}

/// The shared name of a picture_coding_type.
const fn kind(picture_type: PictureType) -> Kind {
    match picture_type {
        PictureType::I | PictureType::D => Kind::I,
        PictureType::P => Kind::P,
        PictureType::B => Kind::B,
    }
}

/// The shared name of how a picture's lines are coded.
fn structure(header: &PictureHeader) -> PictureStructure {
    match header.structure {
        Structure::Frame if header.mixes_fields() => PictureStructure::Mbaff,
        Structure::Frame => PictureStructure::Frame,
        Structure::Top | Structure::Bottom => PictureStructure::Field,
    }
}

/// Quantiser step of a unit of quantiser_scale under a matrix of 16: a level is worth W * quantiser_scale / 16 (7.4.2.3,
/// where 32 divides twice the level), in MPEG-1 twice that (ISO/IEC 11172-2 clause 2.4.4.1, where 16 does).
#[must_use]
pub(crate) const fn step(sequence: &Sequence) -> f32 {
    if sequence.mpeg1 { 2.0 } else { 1.0 }
}
