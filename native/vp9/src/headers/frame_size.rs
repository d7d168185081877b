//! frame_size( ), render_size( ) and frame_size_with_refs( ) (6.2.3 to 6.2.5).

use codecorpus_bitstream::{BitReader, ParseError, Result};

use super::{ColorConfig, REFS_PER_FRAME};

/// The size of a frame, and of the window that is displayed of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct FrameSize {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) render_width: u32,
    pub(crate) render_height: u32,
}

/// What a reference frame's size and format are (RefFrameWidth, RefSubsamplingX and their like).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RefFormat {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) color: ColorConfig,
}

impl RefFormat {
    /// Whether a frame of `size` may be predicted from it: at most twice as large and a sixteenth as small (8.5.2.3).
    #[must_use]
    pub(crate) fn scales_to(&self, size: &FrameSize) -> bool {
        2 * size.width >= self.width
            && 2 * size.height >= self.height
            && size.width <= 16 * self.width
            && size.height <= 16 * self.height
    }
}

impl FrameSize {
    /// compute_image_size( ) (6.2.6): in units of 8x8 luma samples.
    #[must_use]
    pub(crate) fn mi_cols(&self) -> usize {
        (self.width as usize + 7) >> 3
    }

    #[must_use]
    pub(crate) fn mi_rows(&self) -> usize {
        (self.height as usize + 7) >> 3
    }

    /// frame_size( ) and render_size( ).
    ///
    /// # Errors
    /// The data ends.
    pub(crate) fn read(bits: &mut BitReader<'_>) -> Result<Self> {
        let (width, height) = read_pair(bits, "frame_width_minus_1", "frame_height_minus_1")?;
        Self::read_render_size(bits, width, height)
    }

    fn read_render_size(bits: &mut BitReader<'_>, width: u32, height: u32) -> Result<Self> {
        let (render_width, render_height) = match bits.flag("render_and_frame_size_different")? {
            true => read_pair(bits, "render_width_minus_1", "render_height_minus_1")?,
            false => (width, height),
        };
        Ok(Self { width, height, render_width, render_height })
    }

    /// frame_size_with_refs( ).
    ///
    /// # Errors
    /// The size is that of a frame that is missing, or no reference has a size and format to predict from.
    pub(crate) fn read_with_refs(
        bits: &mut BitReader<'_>,
        refs: &[Option<RefFormat>; REFS_PER_FRAME],
        color: ColorConfig,
    ) -> Result<Self> {
        let mut found = None;
        for reference in refs {
            if bits.flag("found_ref")? {
                let format =
                    reference.ok_or_else(|| ParseError::malformed("found_ref", "the frame that has the size is missing"))?;
                found = Some((format.width, format.height));
                break;
            }
        }
        let (width, height) = match found {
            Some(size) => size,
            None => read_pair(bits, "frame_width_minus_1", "frame_height_minus_1")?,
        };
        let size = Self::read_render_size(bits, width, height)?;
        let known = || refs.iter().flatten();
        if known().any(|format| format.color != color) {
            return Err(ParseError::malformed("ref_frame_idx", "a reference has another bit depth or chroma format"));
        }
        if known().count() == REFS_PER_FRAME && !known().any(|format| format.scales_to(&size)) {
            return Err(ParseError::malformed("frame_size_with_refs", "no reference can be scaled to the size"));
        }
        Ok(size)
    }
}

fn read_pair(bits: &mut BitReader<'_>, width: &'static str, height: &'static str) -> Result<(u32, u32)> {
    Ok((bits.u(16, width)? + 1, bits.u(16, height)? + 1))
}
