//! nal_unit( ): 7.3.1.

use codecorpus_bitstream::{BitReader, Result};

/// nal_unit_type: table 7-1.
pub(crate) mod unit_type {
    pub(crate) const NON_IDR: u8 = 1;
    pub(crate) const PARTITION_A: u8 = 2;
    pub(crate) const PARTITION_C: u8 = 4;
    pub(crate) const IDR: u8 = 5;
    pub(crate) const SEI: u8 = 6;
    pub(crate) const SPS: u8 = 7;
    pub(crate) const PPS: u8 = 8;
    pub(crate) const ACCESS_UNIT_DELIMITER: u8 = 9;
    pub(crate) const END_OF_SEQUENCE: u8 = 10;
    pub(crate) const END_OF_STREAM: u8 = 11;
    pub(crate) const FILLER: u8 = 12;
    pub(crate) const SPS_EXTENSION: u8 = 13;
    pub(crate) const PREFIX: u8 = 14;
    pub(crate) const SUBSET_SPS: u8 = 15;
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NalHeader {
    pub(crate) nal_ref_idc: u8,
    pub(crate) nal_unit_type: u8,
    /// temporal_id of nal_unit_header_svc_extension( ), in a prefix NAL unit (G.7.3.1.1).
    pub(crate) temporal_id: Option<u8>,
}

impl NalHeader {
    /// Reads the header; the RBSP begins behind it.
    ///
    /// # Errors
    /// An empty unit, or one whose forbidden_zero_bit is not zero.
    pub(crate) fn read(reader: &mut BitReader<'_>) -> Result<Self> {
        if reader.flag("forbidden_zero_bit")? {
            return Err(codecorpus_bitstream::ParseError::malformed("forbidden_zero_bit", "is 1").at_bit(0));
        }
        let nal_ref_idc = reader.u(2, "nal_ref_idc")? as u8;
        let nal_unit_type = reader.u(5, "nal_unit_type")? as u8;
        let mut temporal_id = None;
        if nal_unit_type == unit_type::PREFIX && reader.flag("svc_extension_flag")? {
            reader.u(15, "dependency_id")?;
            temporal_id = Some(reader.u(3, "temporal_id")? as u8);
        }
        Ok(Self { nal_ref_idc, nal_unit_type, temporal_id })
    }
}
