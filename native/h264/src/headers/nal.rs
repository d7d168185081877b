//! nal_unit( ): 7.3.1.

use codecorpus_bitstream::{BitReader, Result};

/// nal_unit_type: table 7-1.
pub mod unit_type {
    pub const NON_IDR: u8 = 1;
    pub const PARTITION_A: u8 = 2;
    pub const PARTITION_C: u8 = 4;
    pub const IDR: u8 = 5;
    pub const SEI: u8 = 6;
    pub const SPS: u8 = 7;
    pub const PPS: u8 = 8;
    pub const ACCESS_UNIT_DELIMITER: u8 = 9;
    pub const END_OF_SEQUENCE: u8 = 10;
    pub const END_OF_STREAM: u8 = 11;
    pub const FILLER: u8 = 12;
    pub const SPS_EXTENSION: u8 = 13;
    pub const PREFIX: u8 = 14;
    pub const SUBSET_SPS: u8 = 15;
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NalHeader {
    pub nal_ref_idc: u8,
    pub nal_unit_type: u8,
    /// temporal_id of nal_unit_header_svc_extension( ), in a prefix NAL unit (G.7.3.1.1).
    pub temporal_id: Option<u8>,
}

impl NalHeader {
    /// Reads the header; the RBSP begins behind it.
    ///
    /// # Errors
    /// An empty unit, or one whose forbidden_zero_bit is not zero.
    pub fn read(reader: &mut BitReader<'_>) -> Result<Self> {
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
