//! Quantizer steps and the scale of residual energy (7.12.2, 7.12.3).

use codecorpus_bitstream::quantisers::{AC_QLOOKUP, DC_QLOOKUP};

use crate::headers::{QIndex, QuantizationParams};
use crate::sizes::TxSize;

/// get_dc_quant( ) and get_ac_quant( ) of the three planes at one qindex.
#[derive(Debug, Default)]
pub(crate) struct Quantizer {
    qindex: Option<QIndex>,
    /// DC, then AC, by plane.
    pub(crate) steps: [[u32; 2]; 3],
    /// The AC step of luma on the common scale.
    pub(crate) qstep: f32,
}

impl Quantizer {
    /// Forgets the last qindex: a frame has its own deltas.
    pub(crate) fn reset(&mut self) {
        self.qindex = None;
    }

    /// Looks the steps up, where `qindex` is not that of the last block.
    #[inline]
    pub(crate) fn set(&mut self, qindex: QIndex, params: &QuantizationParams, bit_depth: u8) {
        if self.qindex != Some(qindex) {
            self.look_up(qindex, params, bit_depth);
        }
    }

    /// get_dc_quant( ) and get_ac_quant( ) (7.12.2).
    #[cold]
    fn look_up(&mut self, qindex: QIndex, params: &QuantizationParams, bit_depth: u8) {
        let depth = usize::from(bit_depth.saturating_sub(8) >> 1).min(2);
        let index = |delta: i8| usize::from(qindex.offset(delta).0);
        let step = |dc: i8, ac: i8| [u32::from(DC_QLOOKUP[depth][index(dc)]), u32::from(AC_QLOOKUP[depth][index(ac)])];
        self.steps = [
            step(params.delta_q_y_dc, 0),
            step(params.delta_q_u_dc, params.delta_q_u_ac),
            step(params.delta_q_v_dc, params.delta_q_v_ac),
        ];
        self.qstep = self.steps[0][1] as f32 / (8 << bit_depth.saturating_sub(8)) as f32;
        self.qindex = Some(qindex);
    }
}

/// log2 of dqDenom (7.12.3).
#[inline]
#[must_use]
pub(crate) fn dq_shift(tx_size: TxSize) -> u32 {
    const SHIFT: [u8; 19] = [0, 0, 0, 1, 2, 0, 0, 0, 0, 1, 1, 2, 2, 0, 0, 0, 0, 1, 1];
    u32::from(SHIFT[tx_size as usize])
}

/// What the sum of squared dequantised coefficients is to be multiplied by for the energy of the residual, in (8-bit sample)^2.
///
/// The inverse transform of n points multiplies lengths by sqrt(n / 2), a 1:2 rectangle by 1 / sqrt(2); then it shifts by rowShift + 4 (7.13.3).
/// In all sizes that comes to dqDenom / 8.
#[inline]
#[must_use]
pub(crate) fn energy_scale(tx_size: TxSize, bit_depth: u8) -> f32 {
    let shift = dq_shift(tx_size);
    (1 << (2 * shift)) as f32 / 64.0 * depth_scale(bit_depth)
}

/// What energy at a bit depth is to be multiplied by for that at 8 bits.
#[inline]
#[must_use]
pub(crate) fn depth_scale(bit_depth: u8) -> f32 {
    1.0 / (1u32 << (2 * u32::from(bit_depth.clamp(8, 12) - 8))) as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::transforms::TRANSFORM_ROW_SHIFT;

    /// The inverse DCT process (7.13.2.3) of a DC coefficient: every butterfly passes it on, the first one with cos( pi / 4 ).
    fn inverse_dct_of_dc(t: &mut [f64]) {
        let dc = t[0] * std::f64::consts::FRAC_1_SQRT_2;
        t.fill(dc);
    }

    #[test]
    fn scale_is_the_inverse_transforms() {
        for tx_size in TxSize::ALL {
            let (log2w, log2h) = (tx_size.width_log2(), tx_size.height_log2());
            let (w, h) = (1usize << log2w, 1usize << log2h);
            let mut row = vec![0.0; w];
            row[0] = 1024.0;
            if log2w.abs_diff(log2h) == 1 {
                row[0] *= 2896.0 / 4096.0;
            }
            inverse_dct_of_dc(&mut row);
            let row_shift = f64::from(1u32 << TRANSFORM_ROW_SHIFT[tx_size as usize]);
            let mut energy = 0.0;
            for value in row {
                let mut column = vec![0.0; h];
                column[0] = value / row_shift;
                inverse_dct_of_dc(&mut column);
                energy += column.iter().map(|v| (v / 16.0).powi(2)).sum::<f64>();
            }
            let scaled = 1024.0f64.powi(2) * f64::from(energy_scale(tx_size, 8));
            assert!((energy / scaled - 1.0).abs() < 1e-3, "{tx_size:?}: {energy} {scaled}");
        }
    }
}
