//! sequence_header( ) and sequence_extension( ): 6.2.2.1 and 6.2.2.3.

use codecorpus_bitstream::{BitReader, ParseError, Result};

use super::Matrices;

/// chroma_format: table 6-5.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum ChromaFormat {
    #[default]
    Yuv420,
    Yuv422,
    Yuv444,
}

impl ChromaFormat {
    /// block_count: table 6-20.
    #[must_use]
    pub(crate) const fn block_count(self) -> usize {
        match self {
            Self::Yuv420 => 6,
            Self::Yuv422 => 8,
            Self::Yuv444 => 12,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sequence {
    pub(crate) horizontal_size: u32,
    pub(crate) vertical_size: u32,
    pub(crate) matrices: Matrices,
    /// There is no sequence extension: MPEG-1.
    pub(crate) mpeg1: bool,
    pub(crate) progressive_sequence: bool,
    pub(crate) chroma_format: ChromaFormat,
}

impl Sequence {
    /// sequence_header( ), behind its start code.
    ///
    /// # Errors
    /// A size of zero, or the data end.
    pub(crate) fn read(r: &mut BitReader<'_>) -> Result<Self> {
        let at = r.position() as u64;
        let horizontal_size = r.u(12, "horizontal_size_value")?;
        let vertical_size = r.u(12, "vertical_size_value")?;
        if horizontal_size == 0 || vertical_size == 0 {
            return Err(ParseError::malformed("horizontal_size_value", "a size of 0 is forbidden").at_bit(at));
        }
        r.u(4, "aspect_ratio_information")?;
        r.u(4, "frame_rate_code")?;
        r.u(18, "bit_rate_value")?;
        r.u(1, "marker_bit")?;
        r.u(10, "vbv_buffer_size_value")?;
        r.u(1, "constrained_parameters_flag")?;
        let mut matrices = Matrices::default();
        matrices.read_luma(r)?;
        Ok(Self {
            horizontal_size,
            vertical_size,
            matrices,
            mpeg1: true,
            progressive_sequence: true,
            chroma_format: ChromaFormat::Yuv420,
        })
    }

    /// sequence_extension( ), behind its identifier.
    ///
    /// # Errors
    /// A reserved chroma_format, or the data end.
    pub(crate) fn read_extension(&mut self, r: &mut BitReader<'_>) -> Result<()> {
        r.u(8, "profile_and_level_indication")?;
        let progressive_sequence = r.flag("progressive_sequence")?;
        let at = r.position() as u64;
        let chroma_format = match r.u(2, "chroma_format")? {
            1 => ChromaFormat::Yuv420,
            2 => ChromaFormat::Yuv422,
            3 => ChromaFormat::Yuv444,
            _ => return Err(ParseError::malformed("chroma_format", "0 is reserved").at_bit(at)),
        };
        let horizontal = r.u(2, "horizontal_size_extension")?;
        let vertical = r.u(2, "vertical_size_extension")?;
        r.u(12, "bit_rate_extension")?;
        r.u(1, "marker_bit")?;
        r.u(8, "vbv_buffer_size_extension")?;
        r.u(1, "low_delay")?;
        r.each(&[(2, "frame_rate_extension_n"), (5, "frame_rate_extension_d")])?;
        self.mpeg1 = false;
        self.progressive_sequence = progressive_sequence;
        self.chroma_format = chroma_format;
        self.horizontal_size = self.horizontal_size & 0xfff | horizontal << 12;
        self.vertical_size = self.vertical_size & 0xfff | vertical << 12;
        Ok(())
    }

    /// mb_width and the height of a frame in macroblocks: 6.3.3.
    #[must_use]
    pub(crate) const fn size_in_macroblocks(&self) -> [u32; 2] {
        let height =
            if self.progressive_sequence { self.vertical_size.div_ceil(16) } else { 2 * self.vertical_size.div_ceil(32) };
        [self.horizontal_size.div_ceil(16), height]
    }
}
