//! quantization_params( ) (6.2.9).

use codecorpus_bitstream::{BitReader, Result};

use super::signed;

/// qindex (8.6.1): the place of a quantiser step in its tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct QIndex(u8);

impl QIndex {
    #[must_use]
    pub(crate) const fn value(self) -> u8 {
        self.0
    }

    /// So much farther on, as far as the tables go: Clip3( 0, 255, .. ) of 8.6.1.
    #[must_use]
    pub(crate) fn moved(self, delta: i16) -> Self {
        Self((i16::from(self.0) + delta).clamp(0, 255) as u8)
    }

    #[must_use]
    pub(crate) fn step(self, table: &[u16; 256]) -> u32 {
        u32::from(table[usize::from(self.0)])
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct QuantizationParams {
    pub(crate) base_q_idx: QIndex,
    pub(crate) delta_q_y_dc: i8,
    pub(crate) delta_q_uv_dc: i8,
    pub(crate) delta_q_uv_ac: i8,
}

impl QuantizationParams {
    /// # Errors
    /// The data ends.
    pub(crate) fn read(bits: &mut BitReader<'_>) -> Result<Self> {
        Ok(Self {
            base_q_idx: QIndex(bits.u(8, "base_q_idx")? as u8),
            delta_q_y_dc: read_delta_q(bits, "delta_q_y_dc")?,
            delta_q_uv_dc: read_delta_q(bits, "delta_q_uv_dc")?,
            delta_q_uv_ac: read_delta_q(bits, "delta_q_uv_ac")?,
        })
    }

    /// Lossless.
    #[must_use]
    pub(crate) fn lossless(&self) -> bool {
        *self == Self::default()
    }
}

/// read_delta_q( ) (6.2.10).
fn read_delta_q(bits: &mut BitReader<'_>, element: &'static str) -> Result<i8> {
    if bits.flag("delta_coded")? { Ok(signed(bits, 4, element)? as i8) } else { Ok(0) }
}
