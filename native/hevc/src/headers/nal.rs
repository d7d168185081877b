//! NAL unit header (7.3.1.2) and the NAL unit types of table 7-1.

use codecorpus_bitstream::{BitReader, ParseError, Result};

/// nal_unit_header( ).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NalHeader {
    pub(crate) unit_type: NalType,
    pub(crate) nuh_layer_id: u8,
    pub(crate) temporal_id: u8,
}

impl NalHeader {
    /// Bytes of the header.
    pub(crate) const SIZE: usize = 2;

    /// A reader that notes the header and stands behind it.
    pub(crate) fn note<'a>(nal: &'a [u8], structure: &'static str) -> Result<BitReader<'a>> {
        let mut bits = BitReader::of(nal, structure);
        bits.each(&[(1, "forbidden_zero_bit"), (6, "nal_unit_type"), (6, "nuh_layer_id"), (3, "nuh_temporal_id_plus1")])?;
        Ok(bits)
    }

    pub(crate) fn read(nal: &[u8]) -> Result<Self> {
        let &[first, second, ..] = nal else { return Err(ParseError::end_of_data("nal_unit_header")) };
        let nuh_temporal_id_plus1 = second & 7;
        if first & 0x80 != 0 {
            return Err(ParseError::malformed("forbidden_zero_bit", "it is one"));
        }
        if nuh_temporal_id_plus1 == 0 {
            return Err(ParseError::malformed("nuh_temporal_id_plus1", "it is zero"));
        }
        Ok(Self {
            unit_type: NalType(first >> 1 & 63),
            nuh_layer_id: (first & 1) << 5 | second >> 3,
            temporal_id: nuh_temporal_id_plus1 - 1,
        })
    }
}

/// Whether a NAL unit is a slice segment, as far as its first byte tells; the rest of its header may be anything.
pub(crate) fn is_slice_segment(nal: &[u8]) -> bool {
    nal.first().is_some_and(|first| NalType(first >> 1 & 63).is_slice_segment())
}

/// nal_unit_type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NalType(pub(crate) u8);

impl NalType {
    pub(crate) const VPS: Self = Self(32);
    pub(crate) const SPS: Self = Self(33);
    pub(crate) const PPS: Self = Self(34);
    pub(crate) const AUD: Self = Self(35);
    pub(crate) const EOS: Self = Self(36);
    pub(crate) const PREFIX_SEI: Self = Self(39);
    pub(crate) const SUFFIX_SEI: Self = Self(40);
    pub(crate) const EOB: Self = Self(37);
    pub(crate) const FD: Self = Self(38);
    const RADL_N: u8 = 6;
    const RSV_VCL_R15: u8 = 15;
    const BLA_W_LP: u8 = 16;
    const BLA_N_LP: u8 = 18;
    const IDR_W_RADL: u8 = 19;
    const IDR_N_LP: u8 = 20;
    const CRA: u8 = 21;
    const RSV_IRAP_VCL23: u8 = 23;

    /// A video, sequence or picture parameter set.
    pub(crate) const fn is_parameter_set(self) -> bool {
        self.0 >= Self::VPS.0 && self.0 <= Self::PPS.0
    }

    /// What holds a part of a picture, of reserved types too.
    pub(crate) const fn is_vcl(self) -> bool {
        self.0 < Self::VPS.0
    }

    /// A coded slice segment: VCL, and not of a reserved type.
    pub(crate) const fn is_slice_segment(self) -> bool {
        self.0 <= 9 || (self.0 >= Self::BLA_W_LP && self.0 <= Self::CRA)
    }

    pub(crate) const fn is_irap(self) -> bool {
        self.0 >= Self::BLA_W_LP && self.0 <= Self::RSV_IRAP_VCL23
    }

    pub(crate) const fn is_idr(self) -> bool {
        self.0 == Self::IDR_W_RADL || self.0 == Self::IDR_N_LP
    }

    pub(crate) const fn is_bla(self) -> bool {
        self.0 >= Self::BLA_W_LP && self.0 <= Self::BLA_N_LP
    }

    pub(crate) const fn is_cra(self) -> bool {
        self.0 == Self::CRA
    }

    pub(crate) const fn is_rasl(self) -> bool {
        matches!(self.0, 8 | 9)
    }

    pub(crate) const fn is_radl(self) -> bool {
        self.0 == Self::RADL_N || self.0 == Self::RADL_N + 1
    }

    /// TRAIL, TSA or STSA.
    pub(crate) const fn is_trailing(self) -> bool {
        self.0 < Self::RADL_N
    }

    /// SLNR: the picture is not referred to by others of its sub-layer.
    pub(crate) const fn is_sub_layer_non_reference(self) -> bool {
        self.0 < Self::RSV_VCL_R15 && self.0 & 1 == 0
    }

    /// 7.4.2.4.4: the unit, behind a picture's last slice segment, begins the next access unit.
    pub(crate) const fn begins_access_unit(self) -> bool {
        matches!(self.0, 32..=35 | 39 | 41..=44 | 48..=55)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_two_bytes() {
        let header = NalHeader::read(&[0x42, 0x01, 0]).unwrap();
        assert_eq!((header.unit_type, header.nuh_layer_id, header.temporal_id), (NalType::SPS, 0, 0));
        assert_eq!(NalHeader::read(&[0x43, 0x0b]).unwrap().nuh_layer_id, 33);
        assert!(NalHeader::read(&[0x42, 0x00]).is_err());
        assert!(NalHeader::read(&[0x42]).is_err());
    }

    #[test]
    fn types_have_their_classes() {
        let irap: Vec<u8> = (0..64).filter(|&t| NalType(t).is_irap()).collect();
        assert_eq!(irap, (16..=23).collect::<Vec<_>>());
        assert!(NalType(8).is_rasl() && NalType(9).is_rasl() && NalType(6).is_radl() && NalType(7).is_radl());
        assert!(NalType(0).is_sub_layer_non_reference() && !NalType(1).is_sub_layer_non_reference());
        assert!(!NalType(16).is_sub_layer_non_reference());
    }
}
