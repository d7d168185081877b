//! Where this codec's own structs become the shared records.

use std::sync::LazyLock;

use codecorpus_bitstream::records::{
    BlockRecord, Compound, FrameRecord, MotionRecord, NO_QP, NO_REF, NONE, Names, PictureType, Prediction, TransformRecord, Warp,
    Window,
};
use codecorpus_bitstream::{Information, Poc, Times};

use crate::block::MotionMode;
use crate::block::coding_unit::{CodedResidual, PartMode, TransformBlock};
use crate::headers::nal::NalHeader;
use crate::headers::sps::Sps;
use crate::motion::{Mv, PredictionBlock, PuMotion};
use crate::refs::{RefPicLists, RefPicture};
use crate::residual::Residual;
use crate::state::SliceSegmentReader;
use crate::tables::intra;

/// The names behind this codec's codes.
pub(crate) static NAMES: Names = Names {
    partition: PartMode::NAMES,
    intra_mode: intra::NAMES,
    mode: MotionMode::NAMES,
    filter: &[],
    transform_type: &["DCT_II", "DST_VII", "TRANSFORM_SKIP", "TRANSQUANT_BYPASS"],
};

const DCT_II: u8 = 0;
const DST_VII: u8 = 1;
const TRANSFORM_SKIP: u8 = 2;
const TRANSQUANT_BYPASS: u8 = 3;

/// Quarter luma samples as luma samples.
fn luma_samples(mv: Mv) -> [f32; 2] {
    [f32::from(mv.x) / 4.0, f32::from(mv.y) / 4.0]
}

/// Lowest QpY: -QpBdOffsetY of 16 bits.
const MIN_QP: i32 = -48;

/// The quantiser step of every QpY on the common scale, 2^((QpY - 4) / 6).
static QSTEP: LazyLock<[f32; 128]> = LazyLock::new(|| std::array::from_fn(|i| ((i as f32 + MIN_QP as f32 - 4.0) / 6.0).exp2()));

fn qstep(qp: i32) -> f32 {
    QSTEP[(qp - MIN_QP) as usize & 127]
}

/// What a picture's row says from its first slice segment on.
pub(crate) fn begun_frame(sps: &Sps, nal: NalHeader, coded_order: u32, poc: Poc, times: Times) -> FrameRecord {
    FrameRecord {
        coded_order,
        key: nal.unit_type.is_irap(),
        temporal_layer: nal.temporal_id as i8,
        width: sps.width,
        height: sps.height,
        crop: sps.conformance_window,
        poc: Some(poc.0),
        dts: times.dts,
        complete: true,
        ..FrameRecord::default()
    }
}

/// The row of a picture of which no slice segment header could be read: its size is that of the one before, where there is one.
pub(crate) fn lost_frame(sps: Option<&Sps>, coded_order: u32, times: Times) -> FrameRecord {
    let (width, height, crop) = sps.map_or((0, 0, Window::whole(0, 0)), |sps| (sps.width, sps.height, sps.conformance_window));
    FrameRecord { coded_order, kind: PictureType::I, width, height, crop, dts: times.dts, ..FrameRecord::default() }
}

/// What a slice says of its picture as a whole; `is_first`: it is the picture's first one.
pub(crate) fn note_slice(frame: &mut FrameRecord, slice_type: PictureType, lists: &RefPicLists, is_first: bool) {
    frame.complete &= lists.all().all(RefPicture::is_whole);
    if is_first {
        let coded_orders = |list| lists.list(list).iter().map(|picture| picture.coded_order).collect();
        (frame.refs0, frame.refs1) = (coded_orders(0), coded_orders(1));
    }
    frame.kind = match (frame.kind, slice_type) {
        (PictureType::B, _) | (_, PictureType::B) => PictureType::B,
        (PictureType::P, _) | (_, PictureType::P) => PictureType::P,
        _ => PictureType::I,
    };
}

impl SliceSegmentReader<'_> {
    /// The row of the coding unit that was read.
    pub(crate) fn emit_block(&mut self) {
        let [bits_mode, bits_motion, bits_residual] = self.tally.take_block().map(Information::bits_f32);
        let cu = &self.cu;
        let size = 1 << cu.log2_cb_size;
        let CodedResidual { coefs: [coefs, coefs_chroma], energy: [energy, energy_chroma], largest_log2 } = cu.residual;
        let row = BlockRecord {
            x: cu.x as u16,
            y: cu.y as u16,
            w: size,
            h: size,
            prediction: cu.prediction,
            skip: cu.cu_skip_flag,
            partition: cu.part_mode as u8,
            intra_mode: if cu.prediction == Prediction::Intra { cu.intra_pred_mode[0] } else { NONE },
            field: 0,
            transform: if largest_log2 == 0 { NONE } else { largest_log2 },
            qp: if cu.prediction == Prediction::Pcm { NO_QP } else { self.qp.qp_y as i16 },
            coefs,
            coefs_chroma,
            qstep: qstep(self.qp.qp_y),
            energy,
            energy_chroma,
            bits_mode,
            bits_motion,
            bits_residual,
        };
        self.picture.push_block(&row, self.inputs.wanted.blocks);
    }

    /// The row of a prediction block of the coding unit whose row comes next.
    pub(crate) fn emit_motion(&mut self, block: &PredictionBlock, motion: PuMotion, mode: MotionMode) {
        if !self.inputs.wanted.motion {
            return;
        }
        let refs = std::array::from_fn(|list| {
            self.inputs.lists.get(list, motion.ref_idx[list]).map_or(NO_REF, |picture| picture.coded_order)
        });
        self.picture.motion.push(MotionRecord {
            block: self.picture.sums.blocks,
            part: block.part,
            mode: mode as u8,
            filter: NONE,
            warp: Warp::None,
            compound: self.compound(&motion),
            field: 0,
            x: block.x as u16,
            y: block.y as u16,
            w: block.w as u16,
            h: block.h as u16,
            refs,
            mv: motion.mv.map(luma_samples),
            used: motion.ref_idx.map(|ref_idx| ref_idx >= 0),
        });
    }

    /// Weighted where the slice codes weights of its own for any reference that is used; else the average of two.
    fn compound(&self, motion: &PuMotion) -> Compound {
        let weighted = self.inputs.slice.weighted;
        let explicit = (0..2).any(|list| motion.ref_idx[list] >= 0 && weighted[list] >> (motion.ref_idx[list] & 15) & 1 == 1);
        match (explicit, motion.is_bi()) {
            (true, _) => Compound::Weighted,
            (false, true) => Compound::Average,
            (false, false) => Compound::None,
        }
    }

    /// Adds a transform block to the coding unit whose row comes next, and its own row where that is wanted.
    pub(crate) fn emit_transform(&mut self, block: &TransformBlock, residual: Residual, bits: Information) {
        let chroma = block.c_idx > 0;
        let sum = &mut self.cu.residual;
        sum.coefs[usize::from(chroma)] += residual.coefs as u16;
        sum.energy[usize::from(chroma)] += residual.energy as f32;
        if !chroma {
            sum.largest_log2 = sum.largest_log2.max(block.log2_size as u8);
        }
        if !self.inputs.wanted.transforms {
            return;
        }
        let size = 1u16 << block.log2_size;
        let chroma_array_type = self.inputs.sps.chroma_array_type;
        let kind = match (self.cu.cu_transquant_bypass_flag, residual.transform_skip) {
            (true, _) => TRANSQUANT_BYPASS,
            (false, true) => TRANSFORM_SKIP,
            _ if self.cu.intra && !chroma && block.log2_size == 2 => DST_VII,
            _ => DCT_II,
        };
        self.picture.transforms.push(TransformRecord {
            block: self.picture.sums.blocks,
            plane: block.c_idx,
            kind,
            coefs: residual.coefs as u16,
            x: block.x as u16,
            y: block.y as u16,
            w: size << u16::from(chroma && matches!(chroma_array_type, 1 | 2)),
            h: size << u16::from(chroma && chroma_array_type == 1),
            energy: residual.energy as f32,
            dc: if kind == DCT_II { residual.dc as f32 } else { f32::NAN },
            bits: bits.bits_f32(),
        });
    }
}
