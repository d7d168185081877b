//! Where this codec's own structs become the shared records.

use std::sync::LazyLock;

use codecorpus_bitstream::Information;
use codecorpus_bitstream::records::{
    BlockRecord, Compound, MotionRecord, NO_QP, NO_REF, NONE, Names, Prediction, TransformRecord, Warp,
};

use crate::block::MotionMode;
use crate::coding_unit::{PartMode, TransformBlock};
use crate::motion::{Mv, PredictionBlock, PuMotion};
use crate::residual::Residual;
use crate::state::SliceDecoder;
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

impl SliceDecoder<'_> {
    pub(crate) fn emit_block(&mut self) {
        let row: &mut BlockRecord = &mut self.cu.row;
        [row.bits_mode, row.bits_motion, row.bits_residual] = self.tally.take_block().map(Information::bits_f32);
        row.partition = self.cu.part_mode as u8;
        let qp = self.qp.qp_y as i16;
        row.qstep = qstep(self.qp.qp_y);
        row.qp = if row.prediction == Prediction::Pcm { NO_QP } else { qp };
        self.picture.push_block(&self.cu.row, self.inputs.wanted.blocks);
    }

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

    pub(crate) fn emit_transform(&mut self, block: &TransformBlock, residual: Residual, bits: Information) {
        let row = &mut self.cu.row;
        if block.c_idx == 0 {
            row.coefs += residual.coefs as u16;
            row.energy += residual.energy as f32;
            let log2 = block.log2_size as u8;
            row.transform = if row.transform == NONE { log2 } else { row.transform.max(log2) };
        } else {
            row.coefs_chroma += residual.coefs as u16;
            row.energy_chroma += residual.energy as f32;
        }
        if !self.inputs.wanted.transforms {
            return;
        }
        let chroma = block.c_idx > 0;
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
