//! Rows: the only place where this crate's own structures become records.

use codecorpus_bitstream::information::Information;
use codecorpus_bitstream::records::{
    BlockRecord, Compound, FrameRecord, MotionRecord, NO_REF, NONE, Names, PictureType, Prediction, TransformRecord, Warp, Window,
};

use crate::block::Block;
use crate::headers::FrameHeader;
use crate::headers::compressed::ReferenceMode;
use crate::modes::{Mode, RefFrame};
use crate::motion::Mv;
use crate::neighbours::blocks4;
use crate::refs::HeldFrame;
use crate::residual::transform::TransformBlock;
use crate::state::Tile;
use crate::tables::sizes::BlockSize;

/// Names by the specification's own numbers; modes of vectors from NEARESTMV on.
#[rustfmt::skip]
pub(crate) static NAMES: Names = Names {
    partition: &["BLOCK_4X4", "BLOCK_4X8", "BLOCK_8X4", "BLOCK_8X8", "BLOCK_8X16", "BLOCK_16X8", "BLOCK_16X16", "BLOCK_16X32", "BLOCK_32X16", "BLOCK_32X32", "BLOCK_32X64", "BLOCK_64X32", "BLOCK_64X64"],
    intra_mode: &["DC_PRED", "V_PRED", "H_PRED", "D45_PRED", "D135_PRED", "D117_PRED", "D153_PRED", "D207_PRED", "D63_PRED", "TM_PRED"],
    mode: &["NEARESTMV", "NEARMV", "ZEROMV", "NEWMV"],
    filter: &["EIGHTTAP", "EIGHTTAP_SMOOTH", "EIGHTTAP_SHARP", "BILINEAR"],
    transform_type: &["DCT_DCT", "ADST_DCT", "DCT_ADST", "ADST_ADST", "WHT_WHT"],
};

/// The row of a frame, as far as its uncompressed header and its references tell.
pub(crate) fn frame_record(
    coded_order: u32,
    dts: Option<i64>,
    header: &FrameHeader,
    refs: &[Option<HeldFrame>; 3],
) -> FrameRecord {
    let is_intra = header.frame_is_intra();
    FrameRecord {
        kind: if is_intra { PictureType::I } else { PictureType::P },
        key: header.is_key,
        width: header.size.width,
        height: header.size.height,
        // Decoders show all of it, whatever the render size.
        crop: Window::whole(header.size.width, header.size.height),
        refs0: if is_intra { Vec::new() } else { refs.map(|frame| coded_order_of(frame.as_ref())).to_vec() },
        complete: is_intra || refs.iter().all(|frame| frame.is_some_and(|frame| !frame.is_damaged)),
        ..unknown_record(coded_order, dts)
    }
}

/// The row of a frame of which nothing else can be said.
pub(crate) fn unknown_record(coded_order: u32, dts: Option<i64>) -> FrameRecord {
    FrameRecord { coded_order, dts, ..FrameRecord::default() }
}

/// What the compressed header tells beyond it: B where blocks may have two references.
pub(crate) fn set_reference_mode(record: &mut FrameRecord, mode: ReferenceMode) {
    if record.kind == PictureType::P && mode != ReferenceMode::Single {
        record.kind = PictureType::B;
    }
}

pub(crate) fn coded_order_of(frame: Option<&HeldFrame>) -> i32 {
    frame.map_or(NO_REF, |frame| frame.coded_order as i32)
}

/// The prediction blocks of a block: the 4x4 block that each begins with, and its size in 4x4 blocks.
fn parts(size: BlockSize) -> (&'static [usize], u16, u16) {
    match size {
        BlockSize::B4x4 => (&[0, 1, 2, 3], 1, 1),
        BlockSize::B4x8 => (&[0, 1], 1, 2),
        BlockSize::B8x4 => (&[0, 2], 2, 1),
        _ => (&[0], 1 << size.width_log2(), 1 << size.height_log2()),
    }
}

impl Tile<'_> {
    /// The rows of a block, and its part of the picture's sums.
    pub(crate) fn emit_block(&mut self, block: &Block) {
        let modes = &block.info.modes;
        if self.frame.wanted.motion && modes.is_inter() {
            self.emit_motion(block);
        }
        let [mode, motion, residual] = self.tally.take_block().map(Information::bits_f32);
        let sums = &block.residual;
        let quantizer = &self.frame.quantizers[usize::from(block.segment_id & 7)];
        let record = BlockRecord {
            x: (block.place.col * 8) as u16,
            y: (block.place.row * 8) as u16,
            w: (modes.size.width8() * 8) as u16,
            h: (modes.size.height8() * 8) as u16,
            prediction: if modes.is_inter() { Prediction::Inter } else { Prediction::Intra },
            skip: block.skip,
            partition: modes.size as u8,
            intra_mode: if modes.is_inter() { NONE } else { modes.sub_modes[0] as u8 },
            field: 0,
            transform: if sums.has_luma { modes.tx_size as u8 + 2 } else { NONE },
            qp: i16::from(quantizer.qindex.value()),
            coefs: sums.coefs as u16,
            coefs_chroma: sums.coefs_chroma as u16,
            qstep: quantizer.qstep,
            energy: sums.energy,
            energy_chroma: sums.energy_chroma,
            bits_mode: mode,
            bits_motion: motion,
            bits_residual: residual,
        };
        self.picture.push_block(&record, self.frame.wanted.blocks);
    }

    /// The motion rows of an inter block: one, or one for each of its blocks smaller than 8x8.
    fn emit_motion(&mut self, block: &Block) {
        let modes = &block.info.modes;
        let samples = |mv: Mv| [f32::from(mv.col) / 8.0, f32::from(mv.row) / 8.0];
        let is_compound = modes.ref_frame[1].is_inter();
        let coded_order = |frame: RefFrame| self.frame.refs[frame.index()].coded_order;
        let refs = modes.ref_frame.map(|frame| if frame.is_inter() { coded_order(frame) } else { NO_REF });
        let (starts, width, height) = parts(modes.size);
        for (part, &at) in starts.iter().enumerate() {
            self.picture.motion.push(MotionRecord {
                block: self.picture.sums.blocks,
                part: part as u8,
                mode: (modes.sub_modes[at] as u8).saturating_sub(Mode::Nearest as u8),
                filter: modes.interp_filter.map_or(NONE, |filter| filter as u8),
                warp: Warp::None,
                compound: if is_compound { Compound::Average } else { Compound::None },
                field: 0,
                x: (block.place.col * 8 + (at & 1) * 4) as u16,
                y: (block.place.row * 8 + (at >> 1) * 4) as u16,
                w: width * 4,
                h: height * 4,
                refs,
                mv: [samples(block.info.mvs[at][0]), samples(block.info.mvs[at][1])],
                used: [true, is_compound],
            });
        }
    }

    /// The row of a transform block that has coefficients.
    pub(crate) fn emit_transform(
        &mut self,
        block: &Block,
        at: TransformBlock,
        coefs: u32,
        [energy, dc]: [f32; 2],
        bits: Information,
    ) {
        let (sub_x, sub_y) = self.frame.subsampling[at.plane.min(1)];
        // Left contexts count from the superblock's top.
        let y4 = blocks4(block.place.row & !7, sub_y) + at.y4;
        let side = 4u16 << at.tx_size as u8;
        self.picture.transforms.push(TransformRecord {
            block: self.picture.sums.blocks,
            plane: at.plane as u8,
            kind: at.tx_type as u8,
            coefs: coefs as u16,
            x: ((at.x4 * 4) << sub_x) as u16,
            y: ((y4 * 4) << sub_y) as u16,
            w: side << sub_x,
            h: side << sub_y,
            energy,
            dc,
            bits: bits.bits_f32(),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::modes::INTRA_MODES;
    use crate::residual::transform::TxType;

    #[test]
    fn every_code_has_a_name() {
        assert_eq!(NAMES.partition[BlockSize::B64x64 as usize], "BLOCK_64X64");
        assert_eq!(NAMES.partition.len(), 13);
        assert_eq!(NAMES.intra_mode.len(), INTRA_MODES.len());
        assert_eq!(NAMES.intra_mode[Mode::D207 as usize], "D207_PRED");
        assert_eq!(NAMES.mode.len(), Mode::New as usize + 1 - Mode::Nearest as usize);
        assert_eq!(NAMES.transform_type[TxType::WhtWht as usize], "WHT_WHT");
    }
}
