//! Where the payloads of H.264 and of HEVC differ.

use crate::{BitReader, Result};

/// Whose syntax it is, where H.264 and HEVC differ a little.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standard {
    H264,
    Hevc,
}

/// For how long it holds: in H.264 `period`, in HEVC `flag`.
pub(super) fn persistence(bits: &mut BitReader<'_>, standard: Standard, period: &'static str, flag: &'static str) -> Result<()> {
    match standard {
        Standard::H264 => bits.ue(period).map(|_| ()),
        Standard::Hevc => bits.flag(flag).map(|_| ()),
    }
}
