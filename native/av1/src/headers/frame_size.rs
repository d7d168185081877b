//! frame_size( ), render_size( ), frame_size_with_refs( ), superres_params( ), compute_image_size( ) (5.9.5 to 5.9.9).

use codecorpus_bitstream::{BitReader, ParseError, Result};

use super::SequenceHeader;
use super::frame::Stop;

const SUPERRES_NUM: u32 = 8;
const SUPERRES_LEAST_WIDTH: u32 = 16;
const SUPERRES_DENOM_MIN: u8 = 9;
const SUPERRES_DENOM_BITS: u32 = 3;
/// Frames beyond this are no conforming stream's: level 6.3, the highest, has at most 35651584 samples.
const MAX_AREA: u64 = 1 << 26;

/// Sizes of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct FrameSize {
    /// FrameWidth: the coded, downscaled width.
    pub(crate) frame_width: u32,
    pub(crate) frame_height: u32,
    /// UpscaledWidth.
    pub(crate) upscaled_width: u32,
    pub(crate) render_width: u32,
    pub(crate) render_height: u32,
    pub(crate) use_superres: bool,
    /// SuperresDenom.
    pub(crate) superres_denom: u8,
    /// MiCols, in 4x4 units.
    pub(crate) mi_cols: u32,
    pub(crate) mi_rows: u32,
}

impl FrameSize {
    /// frame_size( ) (5.9.5), without render_size( ).
    pub(super) fn read(bits: &mut BitReader<'_>, sequence: &SequenceHeader, frame_size_override_flag: bool) -> Result<Self> {
        let (mut width, mut height) = (sequence.max_frame_width_minus_1 + 1, sequence.max_frame_height_minus_1 + 1);
        if frame_size_override_flag {
            // Encoders that resize go beyond the sequence's size by up to a block, and decoders follow.
            width = bits.u(u32::from(sequence.frame_width_bits_minus_1) + 1, "frame_width_minus_1")? + 1;
            height = bits.u(u32::from(sequence.frame_height_bits_minus_1) + 1, "frame_height_minus_1")? + 1;
        }
        if u64::from(width) * u64::from(height) > MAX_AREA {
            let reason = format!("frames of {width}x{height} are beyond every level");
            return Err(ParseError::limit("frame_width_minus_1", reason).at_bit(bits.position() as u64));
        }
        let mut size = Self { frame_height: height, ..Self::default() };
        size.read_superres(bits, sequence, width)?;
        Ok(size)
    }

    /// superres_params( ) and compute_image_size( ) (5.9.8, 5.9.9).
    fn read_superres(&mut self, bits: &mut BitReader<'_>, sequence: &SequenceHeader, upscaled_width: u32) -> Result<()> {
        self.use_superres = sequence.enable_superres && bits.flag("use_superres")?;
        self.superres_denom = SUPERRES_NUM as u8;
        if self.use_superres {
            self.superres_denom = bits.u(SUPERRES_DENOM_BITS, "coded_denom")? as u8 + SUPERRES_DENOM_MIN;
        }
        let denom = u32::from(self.superres_denom);
        self.upscaled_width = upscaled_width;
        self.frame_width = (upscaled_width * SUPERRES_NUM + denom / 2) / denom;
        if self.use_superres {
            // Decoders hold to it, where 5.9.8 gives less.
            self.frame_width = self.frame_width.max(upscaled_width.min(SUPERRES_LEAST_WIDTH));
        }
        self.mi_cols = 2 * ((self.frame_width + 7) >> 3);
        self.mi_rows = 2 * ((self.frame_height + 7) >> 3);
        Ok(())
    }

    /// render_size( ) (5.9.6).
    pub(super) fn read_render_size(&mut self, bits: &mut BitReader<'_>) -> Result<()> {
        (self.render_width, self.render_height) = (self.upscaled_width, self.frame_height);
        if bits.flag("render_and_frame_size_different")? {
            self.render_width = bits.u(16, "render_width_minus_1")? + 1;
            self.render_height = bits.u(16, "render_height_minus_1")? + 1;
        }
        Ok(())
    }

    /// frame_size_with_refs( ) (5.9.7), with the sizes of the references in order, None where one is lost.
    pub(super) fn read_with_refs<'a>(
        bits: &mut BitReader<'_>,
        sequence: &SequenceHeader,
        references: impl Iterator<Item = Option<&'a Self>>,
    ) -> Result<Self, Stop> {
        for reference in references {
            if bits.flag("found_ref")? {
                let Some(found) = reference else { return Err(Stop::Missing) };
                let mut size = *found;
                size.read_superres(bits, sequence, found.upscaled_width)?;
                return Ok(size);
            }
        }
        let mut size = Self::read(bits, sequence, true)?;
        size.read_render_size(bits)?;
        Ok(size)
    }
}
