//! Frame headers, one file a syntax structure (6.2, 6.3).

pub(crate) mod color;
pub(crate) mod compressed;
pub(crate) mod frame_size;
pub(crate) mod loop_filter;
pub(crate) mod quantization;
pub(crate) mod segmentation;
pub(crate) mod tiles;
pub(crate) mod uncompressed;

pub(crate) use color::ColorConfig;
pub(crate) use frame_size::FrameSize;
pub(crate) use quantization::{QIndex, QuantizationParams};
pub(crate) use segmentation::{Feature, SegmentationParams};
pub(crate) use tiles::TileInfo;
pub(crate) use uncompressed::{FrameHeader, InterpFilter};

/// The slots that frames are kept in, and how many of them a frame refers to (section 3).
pub(crate) const NUM_REF_FRAMES: usize = 8;
pub(crate) const REFS_PER_FRAME: usize = 3;
pub(crate) const MAX_SEGMENTS: usize = 8;

/// su(n) (4.9.2): a magnitude, then its sign.
fn signed(bits: &mut codecorpus_bitstream::BitReader<'_>, n: u32, element: &'static str) -> codecorpus_bitstream::Result<i16> {
    bits.compound(element, |bits| {
        let value = bits.u(n, element)? as i16;
        Ok(if bits.flag(element)? { -value } else { value })
    })
}
