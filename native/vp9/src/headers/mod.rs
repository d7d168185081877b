//! Frame headers, one file a syntax structure (6.2, 6.3).

pub mod color;
pub mod compressed;
pub mod frame_size;
pub mod loop_filter;
pub mod quantization;
pub mod segmentation;
pub mod tiles;
pub mod uncompressed;

pub use color::ColorConfig;
pub use frame_size::FrameSize;
pub use quantization::{QIndex, QuantizationParams};
pub use segmentation::{Feature, SegmentationParams};
pub use tiles::TileInfo;
pub use uncompressed::{FrameHeader, InterpFilter};

/// The slots that frames are kept in, and how many of them a frame refers to (section 3).
pub const NUM_REF_FRAMES: usize = 8;
pub const REFS_PER_FRAME: usize = 3;
pub const MAX_SEGMENTS: usize = 8;

/// su(n) (4.9.2): a magnitude, then its sign.
fn signed(bits: &mut codecorpus_bitstream::BitReader<'_>, n: u32, element: &'static str) -> codecorpus_bitstream::Result<i16> {
    bits.compound(element, |bits| {
        let value = bits.u(n, element)? as i16;
        Ok(if bits.flag(element)? { -value } else { value })
    })
}
