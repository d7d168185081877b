//! open_bitstream_unit( ) (5.3): headers and sizes of OBUs.

use codecorpus_bitstream::{BitReader, ParseError, Result};

use super::descriptors::leb128;

/// obu_type (6.2.2). Reserved types are ignored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ObuType {
    SequenceHeader,
    TemporalDelimiter,
    FrameHeader,
    TileGroup,
    Metadata,
    Frame,
    RedundantFrameHeader,
    TileList,
    Padding,
    Reserved,
}

impl ObuType {
    const fn new(obu_type: u32) -> Self {
        match obu_type {
            1 => Self::SequenceHeader,
            2 => Self::TemporalDelimiter,
            3 => Self::FrameHeader,
            4 => Self::TileGroup,
            5 => Self::Metadata,
            6 => Self::Frame,
            7 => Self::RedundantFrameHeader,
            8 => Self::TileList,
            15 => Self::Padding,
            _ => Self::Reserved,
        }
    }
}

/// obu_header( ) (5.3.2) and where the payload lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ObuHeader {
    pub(crate) obu_type: ObuType,
    /// Absent without an extension.
    pub(crate) extension: Option<Extension>,
    /// Bytes before the payload.
    pub(crate) header_bytes: usize,
    /// Bytes of the whole OBU.
    pub(crate) bytes: usize,
}

/// obu_extension_header( ) (5.3.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Extension {
    pub(crate) temporal_id: u8,
    pub(crate) spatial_id: u8,
}

impl ObuHeader {
    /// Reads the header of an OBU at the start of `data`. `length` is the OBU's length where the framing tells it (Annex B's obu_length);
    /// without it the OBU must have its size field, and `None` says that `data` ends inside the header.
    ///
    /// # Errors
    /// The forbidden bit is set, or there is no size, or two that differ.
    pub(crate) fn read(data: &[u8], length: Option<usize>) -> Result<Option<Self>> {
        match Self::read_whole(&mut BitReader::new(data), length) {
            Ok(header) => Ok(Some(header)),
            Err(error) if length.is_none() && error.kind == codecorpus_bitstream::ErrorKind::EndOfData => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// A reader of an OBU's syntax structure: it stands behind the OBU's header, which is noted.
    #[must_use]
    pub(crate) fn behind<'a>(&self, data: &'a [u8], structure: &'static str) -> BitReader<'a> {
        let mut bits = BitReader::of(data, structure);
        if bits.is_noted() {
            // It was read before.
            let _ = Self::read_whole(&mut bits, Some(data.len()));
        }
        bits.seek(8 * self.header_bytes);
        bits
    }

    fn read_whole(bits: &mut BitReader<'_>, length: Option<usize>) -> Result<Self> {
        if bits.flag("obu_forbidden_bit")? {
            return Err(ParseError::malformed("obu_forbidden_bit", "it is 1").at_bit(0));
        }
        let obu_type = ObuType::new(bits.u(4, "obu_type")?);
        let obu_extension_flag = bits.flag("obu_extension_flag")?;
        let obu_has_size_field = bits.flag("obu_has_size_field")?;
        bits.u(1, "obu_reserved_1bit")?;
        let mut extension = None;
        if obu_extension_flag {
            let temporal_id = bits.u(3, "temporal_id")? as u8;
            let spatial_id = bits.u(2, "spatial_id")? as u8;
            bits.u(3, "extension_header_reserved_3bits")?;
            extension = Some(Extension { temporal_id, spatial_id });
        }
        let obu_size = if obu_has_size_field { Some(leb128(bits, "obu_size")? as usize) } else { None };
        let header_bytes = bits.position() / 8;
        let bytes = match (obu_size, length) {
            (Some(size), None) => header_bytes + size,
            (None, Some(length)) => length,
            (Some(size), Some(length)) if header_bytes + size == length => length,
            (Some(_), Some(_)) => return Err(ParseError::malformed("obu_size", "it differs from obu_length").at_bit(8)),
            (None, None) => return Err(ParseError::malformed("obu_has_size_field", "an OBU without a size").at_bit(6)),
        };
        Ok(Self { obu_type, extension, header_bytes, bytes })
    }
}

/// trailing_bits( ) (5.3.4): a one bit, then zeros to the end of the OBU.
///
/// # Errors
/// Anything else stands there.
pub(crate) fn trailing_bits(bits: &BitReader<'_>) -> Result<()> {
    if bits.last_one_bit() == Some(bits.position()) {
        return Ok(());
    }
    Err(ParseError::malformed("trailing_one_bit", "the OBU does not end where its syntax does").at_bit(bits.position() as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_temporal_delimiter() {
        let header = ObuHeader::read(&[0x12, 0x00], None).unwrap().unwrap();
        assert_eq!((header.obu_type, header.header_bytes, header.bytes), (ObuType::TemporalDelimiter, 2, 2));
        assert_eq!(ObuHeader::read(&[0x12], None), Ok(None));
        assert_eq!(ObuHeader::read(&[0x10], Some(1)).unwrap().unwrap().bytes, 1);
    }

    #[test]
    fn refuses_what_has_no_size() {
        assert!(ObuHeader::read(&[0x10], None).is_err());
        assert!(ObuHeader::read(&[0x92, 0], None).is_err());
        assert!(ObuHeader::read(&[0x12, 3, 0], Some(3)).is_err());
    }
}
