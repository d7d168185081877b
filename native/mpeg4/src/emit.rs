//! Where this crate's own structs become the shared records.

use codecorpus_bitstream::records::{
    BlockRecord, Compound, FrameRecord, MotionRecord, NO_REF, NONE, Names, Picture, PictureStructure, PictureType, Prediction,
    TransformRecord, Warp, Window,
};
use codecorpus_bitstream::{Information, Times, Wanted};
use codecorpus_mpeg::motion::Mv;
use codecorpus_mpeg::totals::Totals;

use crate::headers::{Vol, VopType};
use crate::residual::coded::{PlaneSum, Residual};

/// Names behind the codes of MPEG-4 rows.
pub(crate) static NAMES: Names = Names {
    partition: &["INTRA", "INTRA+Q", "INTER", "INTER+Q", "INTER4V", "DIRECT", "FORWARD", "BACKWARD", "INTERPOLATE"],
    intra_mode: &[],
    mode: &["skip", "direct", "explicit", "GMC"],
    filter: &[],
    transform_type: &["DCT", "DCT_FIELD"],
};

/// How a macroblock is divided and predicted: its type in the standard's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Partition {
    Intra,
    IntraQ,
    Inter,
    InterQ,
    Inter4v,
    Direct,
    Forward,
    Backward,
    Interpolate,
}

/// How a vector was coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Mode {
    Skip,
    Direct,
    Explicit,
    Gmc,
}

/// What a macroblock's row says of its modes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row {
    partition: Partition,
    skip: bool,
}

impl Row {
    #[must_use]
    pub(crate) const fn intra(quant: bool) -> Self {
        Self { partition: if quant { Partition::IntraQ } else { Partition::Intra }, skip: false }
    }

    /// `quant` counts in types that tell of it.
    #[must_use]
    pub(crate) const fn inter(partition: Partition, quant: bool) -> Self {
        match (partition, quant) {
            (Partition::Inter, true) => Self { partition: Partition::InterQ, skip: false },
            _ => Self { partition, skip: false },
        }
    }

    #[must_use]
    pub(crate) const fn not_coded() -> Self {
        Self::skipped(Partition::Inter)
    }

    #[must_use]
    pub(crate) const fn skipped(partition: Partition) -> Self {
        Self { partition, skip: true }
    }
}

/// A prediction block, in the macroblock; a field of one stands at half its height.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Part {
    field: u8,
    rectangle: [u16; 4],
}

impl Part {
    pub(crate) const WHOLE: Self = Self { field: 0, rectangle: [0, 0, 16, 16] };

    #[must_use]
    pub(crate) const fn quarter(block: usize) -> Self {
        Self { field: 0, rectangle: [(block % 2 * 8) as u16, (block / 2 * 8) as u16, 8, 8] }
    }

    #[must_use]
    pub(crate) const fn field(field: usize) -> Self {
        Self { field: 1 + field as u8, rectangle: [0, 0, 16, 8] }
    }
}

/// A transform block, by its number in the macroblock (figure 6-5).
#[derive(Debug, Clone, Copy)]
pub(crate) struct TransformBlock {
    pub(crate) block: usize,
    pub(crate) dct_field: bool,
    pub(crate) plane: PlaneSum,
    pub(crate) bits: u32,
}

/// What a VOP came to, beside its rows.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Outcome {
    pub(crate) totals: Totals,
    /// A block refers to what is missing.
    pub(crate) missing_reference: bool,
    /// A vector is scaled by distances in time that are not known.
    pub(crate) lacks_distances: bool,
}

/// Collects the rows of a picture.
#[derive(Debug)]
pub(crate) struct Emitter<'a> {
    pub(crate) picture: &'a mut Picture,
    pub(crate) wanted: Wanted,
    /// coded_order of the past and the future reference.
    pub(crate) references: [i32; 2],
    /// The unit of vectors, in luma samples.
    pub(crate) unit: f32,
    pub(crate) outcome: Outcome,
}

/// Quantiser step of a unit of quantiser_scale: a level is worth 2 * quantiser_scale (7.4.4.2), also under matrices of 16
/// (7.4.4.1).
pub(crate) const STEP: f32 = 2.0;

impl Emitter<'_> {
    /// Adds a macroblock.
    #[inline(always)]
    pub(crate) fn block(&mut self, [column, row]: [u32; 2], qp: u32, bits: [Information; 3], modes: Row, residual: &Residual) {
        self.outcome.totals.add(bits, qp);
        if !self.wanted.blocks {
            return;
        }
        let [luma, chroma] = residual.planes;
        let intra = matches!(modes.partition, Partition::Intra | Partition::IntraQ);
        let [bits_mode, bits_motion, bits_residual] = bits.map(Information::bits_f32);
        self.picture.blocks.push(BlockRecord {
            x: (column * 16) as u16,
            y: (row * 16) as u16,
            w: 16,
            h: 16,
            prediction: if intra { Prediction::Intra } else { Prediction::Inter },
            skip: modes.skip,
            partition: modes.partition as u8,
            intra_mode: NONE,
            field: 0,
            transform: if intra || luma.coefs > 0 { 3 } else { NONE },
            qp: qp as i16,
            coefs: luma.coefs as u16,
            coefs_chroma: chroma.coefs as u16,
            qstep: qp as f32 * STEP,
            energy: luma.energy as f32,
            energy_chroma: chroma.energy as f32,
            bits_mode,
            bits_motion,
            bits_residual,
        });
    }

    /// Adds a prediction block of the macroblock that [`Emitter::block`] will add next.
    #[inline(always)]
    pub(crate) fn motion(&mut self, mode: Mode, part: usize, [column, row]: [u32; 2], place: Part, vectors: [Option<Mv>; 2]) {
        let used = vectors.map(|mv| mv.is_some());
        let refs = [0, 1].map(|list| if used[list] { self.references[list] } else { NO_REF });
        self.outcome.missing_reference |= (0..2).any(|list| used[list] && refs[list] == NO_REF);
        if !self.wanted.motion {
            return;
        }
        let Part { field, rectangle: [x, y, w, h] } = place;
        let top = if field == 0 { row * 16 } else { row * 8 };
        let unit = self.unit;
        self.picture.motion.push(MotionRecord {
            block: self.outcome.totals.blocks,
            part: part as u8,
            mode: mode as u8,
            filter: NONE,
            warp: if mode == Mode::Gmc { Warp::Global } else { Warp::None },
            compound: if used == [true; 2] { Compound::Average } else { Compound::None },
            field,
            x: (column * 16) as u16 + x,
            y: top as u16 + y,
            w,
            h,
            refs,
            mv: vectors.map(|mv| mv.unwrap_or_default().map(|component| component as f32 * unit)),
            used,
        });
    }

    /// Adds a transform block of that macroblock.
    pub(crate) fn transform(&mut self, [column, row]: [u32; 2], transform: &TransformBlock) {
        let &TransformBlock { block, dct_field, plane: coded, bits } = transform;
        let (plane, [x, y]) = match block as u32 {
            block @ 0..4 => (0, [column * 16 + block % 2 * 8, row * 16 + block / 2 * 8]),
            block => (block as u8 - 3, [column * 8, row * 8]),
        };
        self.picture.transforms.push(TransformRecord {
            block: self.outcome.totals.blocks,
            plane,
            kind: u8::from(dct_field && plane == 0),
            coefs: coded.coefs as u16,
            x: x as u16,
            y: y as u16,
            w: 8,
            h: 8,
            energy: coded.energy as f32,
            dc: f32::NAN,
            bits: bits as f32,
        });
    }
}

/// What a VOP's row says from its header on; `references` are the coded_order of its past and future references.
#[must_use]
pub(crate) fn begun_frame(coded_order: u32, vol: &Vol, vop_type: VopType, references: [i32; 2], times: Times) -> FrameRecord {
    let [columns, rows] = vol.size();
    let kind = kind(vop_type);
    FrameRecord {
        coded_order,
        kind,
        key: kind == PictureType::I,
        refs0: if kind == PictureType::I { Vec::new() } else { vec![references[0]] },
        refs1: if kind == PictureType::B { vec![references[1]] } else { Vec::new() },
        width: columns * 16,
        height: rows * 16,
        crop: Window::whole(vol.width, vol.height),
        structure: if vol.interlaced { PictureStructure::Mbaff } else { PictureStructure::Frame },
        dts: times.dts,
        ..FrameRecord::default()
    }
}

/// The row of a VOP whose header could not be read.
#[must_use]
pub(crate) fn damaged_frame(coded_order: u32, times: Times) -> FrameRecord {
    FrameRecord { coded_order, dts: times.dts, ..FrameRecord::default() }
}

/// The shared name of a vop_coding_type.
const fn kind(vop_type: VopType) -> PictureType {
    match vop_type {
        VopType::I => PictureType::I,
        VopType::P | VopType::S => PictureType::P,
        VopType::B => PictureType::B,
    }
}
