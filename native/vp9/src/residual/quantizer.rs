//! Dequantization functions (8.6.1), and the scale of energies.

use codecorpus_bitstream::quantisers::{AC_QLOOKUP, DC_QLOOKUP};

use super::transform::{TransformBlock, TxType};
use crate::headers::{Feature, FrameHeader, QIndex};
use crate::tables::sizes::TxSize;

/// The steps of one segment.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Quantizer {
    /// get_qindex( ).
    pub(crate) qindex: QIndex,
    /// The AC step on the scale common to all codecs.
    pub(crate) qstep: f32,
    /// Of DC and AC, by luma and chroma.
    steps: [[u32; 2]; 2],
    cat6_bits: usize,
    /// What an 8-bit sample's energy is of one squared coefficient of one square unit.
    scale: f32,
}

/// How a transform block's coefficients are scaled.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Dequantizer {
    /// Of DC and AC.
    pub(crate) steps: [u32; 2],
    /// Of category 6, those bits that are read (high_bits in 6.4.26 counted in).
    pub(crate) cat6_bits: usize,
}

impl Quantizer {
    #[must_use]
    pub(crate) fn new(header: &FrameHeader, segment_id: u8) -> Self {
        let params = &header.quantization;
        let qindex = get_qindex(header, segment_id);
        let depth = usize::from(header.color.bit_depth.saturating_sub(8) >> 1).min(2);
        let (dc, ac) = (&DC_QLOOKUP[depth], &AC_QLOOKUP[depth]);
        let step = |table: &[u16; 256], delta: i8| qindex.moved(i16::from(delta)).step(table);
        let more_bits = i32::from(header.color.bit_depth) - 8;
        Self {
            qindex,
            qstep: step(ac, 0) as f32 / 8.0 / 2f32.powi(more_bits),
            steps: [
                [step(dc, params.delta_q_y_dc), step(ac, 0)],
                [step(dc, params.delta_q_uv_dc), step(ac, params.delta_q_uv_ac)],
            ],
            cat6_bits: 14 + 2 * depth,
            scale: 4f32.powi(-more_bits),
        }
    }

    #[inline(always)]
    #[must_use]
    pub(crate) fn dequantizer(&self, at: TransformBlock) -> Dequantizer {
        Dequantizer { steps: self.steps[at.plane.min(1)], cat6_bits: self.cat6_bits }
    }

    /// The energy of a transform block, in squared 8-bit samples: the transforms of 4x4 to 16x16 have eight times the gain of
    /// orthonormal ones, those of 32x32 and Walsh-Hadamard four times.
    #[inline(always)]
    #[must_use]
    pub(crate) fn energy(&self, at: TransformBlock, squares: u64) -> f32 {
        let of_gain = if at.tx_size == TxSize::T32x32 || at.tx_type == TxType::WhtWht { 1.0 / 16.0 } else { 1.0 / 64.0 };
        // Signed numbers take one instruction.
        squares as i64 as f32 * (of_gain * self.scale)
    }

    /// Of a cosine transform, Dequant of the first place on the scale of an orthonormal one.
    #[must_use]
    pub(crate) fn dc(&self, at: TransformBlock, dequant: i64) -> f32 {
        let gain = if at.tx_size == TxSize::T32x32 { 4.0 } else { 8.0 };
        if at.tx_type == TxType::DctDct { dequant as f32 / gain * self.scale.sqrt() } else { f32::NAN }
    }
}

/// get_qindex( ) (8.6.1).
fn get_qindex(header: &FrameHeader, segment_id: u8) -> QIndex {
    let base = header.quantization.base_q_idx;
    match header.segmentation.feature(segment_id, Feature::AltQ) {
        Some(data) if header.segmentation.abs_update => QIndex::default().moved(data),
        Some(data) => base.moved(data),
        None => base,
    }
}
