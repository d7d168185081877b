//! Rows: the only place where this crate's own structures become records.

use codecorpus_bitstream::information::Information;
use codecorpus_bitstream::records::{
    BlockRecord, Compound, FrameRecord, MotionRecord, NO_REF, NONE, Names, PictureType, Prediction, TransformRecord, Warp, Window,
};

use crate::block::Block;
use crate::headers::{FrameHeader, FrameType, GmType, RefFrame, SequenceHeader};
use crate::modes::{CompoundType, MotionMode};
use crate::motion::Mv;
use crate::refs::Slots;
use crate::residual::transform::{Coded, TransformBlock, TxType};
use crate::state::Tile;

/// The code of intra block copy's mode: after those of inter blocks.
const INTRABC: u8 = 12;
/// The code of the Walsh-Hadamard transform of lossless blocks, a name of our own: after those of TxType.
const WHT_WHT: u8 = 16;

/// Names by the standard's own numbers; filters by interp_filter[ 0 ] (vertical) * 4 + interp_filter[ 1 ] (horizontal).
#[rustfmt::skip]
pub(crate) static NAMES: Names = Names {
    partition: &["BLOCK_4X4", "BLOCK_4X8", "BLOCK_8X4", "BLOCK_8X8", "BLOCK_8X16", "BLOCK_16X8", "BLOCK_16X16", "BLOCK_16X32", "BLOCK_32X16", "BLOCK_32X32", "BLOCK_32X64", "BLOCK_64X32", "BLOCK_64X64", "BLOCK_64X128", "BLOCK_128X64", "BLOCK_128X128", "BLOCK_4X16", "BLOCK_16X4", "BLOCK_8X32", "BLOCK_32X8", "BLOCK_16X64", "BLOCK_64X16"],
    intra_mode: &["DC_PRED", "V_PRED", "H_PRED", "D45_PRED", "D135_PRED", "D113_PRED", "D157_PRED", "D203_PRED", "D67_PRED", "SMOOTH_PRED", "SMOOTH_V_PRED", "SMOOTH_H_PRED", "PAETH_PRED"],
    mode: &["NEARESTMV", "NEARMV", "GLOBALMV", "NEWMV", "NEAREST_NEARESTMV", "NEAR_NEARMV", "NEAREST_NEWMV", "NEW_NEARESTMV", "NEAR_NEWMV", "NEW_NEARMV", "GLOBAL_GLOBALMV", "NEW_NEWMV", "INTRABC"],
    filter: &["EIGHTTAP", "EIGHTTAP/EIGHTTAP_SMOOTH", "EIGHTTAP/EIGHTTAP_SHARP", "EIGHTTAP/BILINEAR", "EIGHTTAP_SMOOTH/EIGHTTAP", "EIGHTTAP_SMOOTH", "EIGHTTAP_SMOOTH/EIGHTTAP_SHARP", "EIGHTTAP_SMOOTH/BILINEAR", "EIGHTTAP_SHARP/EIGHTTAP", "EIGHTTAP_SHARP/EIGHTTAP_SMOOTH", "EIGHTTAP_SHARP", "EIGHTTAP_SHARP/BILINEAR", "BILINEAR/EIGHTTAP", "BILINEAR/EIGHTTAP_SMOOTH", "BILINEAR/EIGHTTAP_SHARP", "BILINEAR"],
    transform_type: &["DCT_DCT", "ADST_DCT", "DCT_ADST", "ADST_ADST", "FLIPADST_DCT", "DCT_FLIPADST", "FLIPADST_FLIPADST", "ADST_FLIPADST", "FLIPADST_ADST", "IDTX", "V_DCT", "H_DCT", "V_ADST", "H_ADST", "V_FLIPADST", "H_FLIPADST", "WHT_WHT"],
};

/// The row of a frame, as far as its header is known: of one that is not read, its size may be missing, and with it the references
/// before it.
pub(crate) fn frame_record(
    coded_order: u32,
    dts: Option<i64>,
    header: &FrameHeader,
    sequence: Option<&SequenceHeader>,
    slots: &Slots,
) -> FrameRecord {
    let is_sized = header.size.mi_cols > 0;
    let (width, height) = match sequence {
        Some(sequence) if !is_sized => (sequence.max_frame_width_minus_1 + 1, sequence.max_frame_height_minus_1 + 1),
        _ => (header.size.frame_width, header.size.frame_height),
    };
    let reference = |slot: u8| slots.coded_order(slot).filter(|_| is_sized).map_or(NO_REF, |coded_order| coded_order as i32);
    FrameRecord {
        kind: match (header.frame_is_intra, header.reference_select) {
            (true, _) => PictureType::I,
            (false, true) => PictureType::B,
            (false, false) => PictureType::P,
        },
        key: header.frame_type == FrameType::Key,
        temporal_layer: header.temporal_id as i8,
        width,
        height,
        crop: Window::whole(width, height),
        stretched_width: Some(header.size.upscaled_width).filter(|&upscaled| is_sized && upscaled != width),
        poc: sequence.filter(|sequence| sequence.enable_order_hint).map(|_| header.order_hint.0 as i32),
        film_grain: header.film_grain_params.apply_grain,
        complete: header.frame_is_intra || header.ref_frame_idx.iter().all(|&slot| slots.get(slot).is_some()),
        refs0: if header.frame_is_intra { Vec::new() } else { header.ref_frame_idx.map(reference).to_vec() },
        ..unknown_record(coded_order, dts)
    }
}

/// The row of a frame of which nothing else can be said.
pub(crate) fn unknown_record(coded_order: u32, dts: Option<i64>) -> FrameRecord {
    FrameRecord { coded_order, dts, ..FrameRecord::default() }
}

impl Tile<'_> {
    /// The rows of a block, and its part of the picture's sums.
    pub(crate) fn emit_block(&mut self, block: &Block) {
        let frame = self.frame;
        self.transform_state.quantizer.set(block.qindex, &frame.header.quantization_params, frame.bit_depth);
        if frame.wanted.motion && block.info.is_inter {
            self.emit_motion(block);
        }
        let info = &block.info;
        let prediction = if block.use_intrabc {
            Prediction::IntraBc
        } else if info.is_inter {
            Prediction::Inter
        } else if info.palette_size[0] > 0 {
            Prediction::Palette
        } else {
            Prediction::Intra
        };
        let [mode, motion, residual] = self.tally.take_block().map(Information::bits_f32);
        let sums = &block.residual;
        let record = BlockRecord {
            x: (block.mi_col * 4) as u16,
            y: (block.mi_row * 4) as u16,
            w: (block.bw4 * 4) as u16,
            h: (block.bh4 * 4) as u16,
            prediction,
            skip: info.skip,
            partition: info.mi_size as u8,
            intra_mode: if info.is_inter { NONE } else { info.intra_mode as u8 },
            field: 0,
            transform: if sums.largest_transform == 0 { NONE } else { sums.largest_transform },
            qp: i16::from(block.qindex.0),
            qstep: self.transform_state.quantizer.qstep,
            coefs: sums.coefs as u16,
            coefs_chroma: sums.coefs_chroma as u16,
            energy: sums.energy,
            energy_chroma: sums.energy_chroma,
            bits_mode: mode,
            bits_motion: motion,
            bits_residual: residual,
        };
        self.picture.push_block(&record, frame.wanted.blocks);
    }

    /// The motion row of an inter block, or of intra block copy.
    fn emit_motion(&mut self, block: &Block) {
        let info = &block.info;
        let samples = |mv: Mv| [f32::from(mv.col) / 8.0, f32::from(mv.row) / 8.0];
        let reference =
            |ref_frame: RefFrame| if ref_frame.is_inter() { self.frame.refs[ref_frame.index()].coded_order } else { NO_REF };
        let record = MotionRecord {
            block: self.picture.sums.blocks,
            part: 0,
            mode: info.inter_mode.map_or(INTRABC, |mode| mode as u8),
            filter: info.interp_filter[0] as u8 * 4 + info.interp_filter[1] as u8,
            warp: self.warp(block),
            compound: compound(block),
            field: 0,
            x: (block.mi_col * 4) as u16,
            y: (block.mi_row * 4) as u16,
            w: (block.bw4 * 4) as u16,
            h: (block.bh4 * 4) as u16,
            refs: if block.use_intrabc { [self.frame.coded_order as i32, NO_REF] } else { info.ref_frame.map(reference) },
            mv: info.mv.map(samples),
            used: [true, info.ref_frame[1].is_inter()],
        };
        self.picture.motion.push(record);
    }

    /// How the prediction departs from one translated block: motion_mode, or globalValid (7.11.3.1).
    fn warp(&self, block: &Block) -> Warp {
        match block.inter.motion_mode {
            MotionMode::Obmc => return Warp::Obmc,
            MotionMode::LocalWarp => return Warp::Local,
            MotionMode::Simple => {}
        }
        if !block.info.is_global() || block.bw4.min(block.bh4) < 2 {
            return Warp::None;
        }
        let warps = |ref_frame: &RefFrame| {
            let reference = &self.frame.refs[ref_frame.index()];
            ref_frame.is_inter()
                && self.frame.header.gm_type[ref_frame.index()] > GmType::Translation
                && reference.is_warp_valid
                && !reference.is_scaled
        };
        if block.info.ref_frame.iter().any(warps) { Warp::Global } else { Warp::None }
    }

    /// The row of a transform block that has coefficients; without a type, of a lossless block.
    pub(crate) fn emit_transform(
        &mut self,
        transform: TransformBlock,
        tx_type: Option<TxType>,
        coded: &Coded,
        bits: Information,
    ) {
        let (sub_x, sub_y) = if transform.plane > 0 { (self.frame.subsampling_x, self.frame.subsampling_y) } else { (0, 0) };
        self.picture.transforms.push(TransformRecord {
            block: self.picture.sums.blocks,
            plane: transform.plane as u8,
            kind: tx_type.map_or(WHT_WHT, |tx_type| tx_type as u8),
            coefs: coded.coefs as u16,
            x: ((transform.x4 * 4) << sub_x) as u16,
            y: ((transform.y4 * 4) << sub_y) as u16,
            w: u16::from(transform.tx_size.width()) << sub_x,
            h: u16::from(transform.tx_size.height()) << sub_y,
            energy: coded.energy,
            dc: coded.dc,
            bits: bits.bits_f32(),
        });
    }
}

/// How a block's predictions are blended: compound_type (6.10.28), interintra (6.10.27).
fn compound(block: &Block) -> Compound {
    let is_compound = block.info.ref_frame[1].is_inter();
    match block.inter.compound_type {
        _ if block.inter.interintra => Compound::InterIntra,
        CompoundType::Average if is_compound => Compound::Average,
        CompoundType::Wedge => Compound::Wedge,
        CompoundType::DiffWtd => Compound::DiffWtd,
        CompoundType::Distance => Compound::Distance,
        CompoundType::Average | CompoundType::Intra => Compound::None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::modes::{InterMode, IntraMode};
    use crate::sizes::BlockSize;

    #[test]
    fn every_code_has_a_name() {
        let is_named = |name: &str, variant: String, suffix: &str| {
            let bare = name.replace('_', "");
            assert_eq!(bare.strip_suffix(suffix).map(str::to_lowercase), Some(variant.to_lowercase()));
        };
        assert_eq!(NAMES.partition.len(), BlockSize::ALL.len());
        for size in BlockSize::ALL {
            is_named(&NAMES.partition[size as usize].replace("BLOCK_", "B"), format!("{size:?}"), "");
        }
        assert_eq!(NAMES.intra_mode.len(), IntraMode::ALL.len());
        for mode in IntraMode::ALL {
            is_named(NAMES.intra_mode[mode as usize], format!("{mode:?}"), "PRED");
        }
        for mode in InterMode::COMPOUND {
            is_named(NAMES.mode[mode as usize], format!("{mode:?}"), "MV");
        }
        assert_eq!(NAMES.mode[usize::from(INTRABC)], "INTRABC");
        assert_eq!(NAMES.filter.len(), 16);
        assert_eq!(NAMES.filter[4 * 2 + 1], "EIGHTTAP_SHARP/EIGHTTAP_SMOOTH");
        for tx_type in TxType::ALL {
            is_named(NAMES.transform_type[tx_type as usize], format!("{tx_type:?}"), "");
        }
        assert_eq!(NAMES.transform_type[usize::from(WHT_WHT)], "WHT_WHT");
    }
}
