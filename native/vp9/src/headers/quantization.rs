//! quantization_params( ) (6.2.9).

use codecorpus_bitstream::{BitReader, Result};

use super::signed;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct QuantizationParams {
    pub base_q_idx: u8,
    pub delta_q_y_dc: i8,
    pub delta_q_uv_dc: i8,
    pub delta_q_uv_ac: i8,
}

impl QuantizationParams {
    /// # Errors
    /// The data ends.
    pub fn read(bits: &mut BitReader<'_>) -> Result<Self> {
        Ok(Self {
            base_q_idx: bits.u(8, "base_q_idx")? as u8,
            delta_q_y_dc: read_delta_q(bits, "delta_q_y_dc")?,
            delta_q_uv_dc: read_delta_q(bits, "delta_q_uv_dc")?,
            delta_q_uv_ac: read_delta_q(bits, "delta_q_uv_ac")?,
        })
    }

    /// Lossless.
    #[must_use]
    pub fn lossless(&self) -> bool {
        *self == Self::default()
    }
}

/// read_delta_q( ) (6.2.10).
fn read_delta_q(bits: &mut BitReader<'_>, element: &'static str) -> Result<i8> {
    if bits.flag("delta_coded")? { Ok(signed(bits, 4, element)? as i8) } else { Ok(0) }
}
