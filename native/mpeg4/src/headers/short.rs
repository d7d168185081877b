//! video_plane_with_short_header( ): 6.2.5.2; H.263 clauses 5.1 and 5.2.

use codecorpus_bitstream::{BitReader, ParseError, Result};

use super::sprite::Warp;
use super::vol::Complexity;
use super::{Quantisation, Vol, VopHeader, VopType};

/// The picture layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ShortHeader {
    pub(crate) vol: Vol,
    pub(crate) vop: VopHeader,
}

/// gob_header( ), or the end of the sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gob {
    Header { gob_number: u32, quant_scale: u32 },
    EndOfSequence,
}

/// Whether it is a short_video_start_marker: 22 bits.
pub(crate) fn begins_short(data: &[u8]) -> bool {
    matches!(data, [0, 0, 0x80..=0x83, ..])
}

/// Width and height by source_format: table 6-25.
const SIZES: [[u32; 2]; 6] = [[0, 0], [128, 96], [176, 144], [352, 288], [704, 576], [1408, 1152]];

impl ShortHeader {
    /// Reads it from short_video_start_marker on.
    ///
    /// # Errors
    /// Something forbidden or that is not baseline, or the data end.
    pub(crate) fn read(r: &mut BitReader<'_>) -> Result<Self> {
        r.skip(22, "short_video_start_marker")?;
        r.u(8, "temporal_reference")?;
        let at = r.position() as u64;
        let (marker_bit, zero_bit) = (r.flag("marker_bit")?, r.flag("zero_bit")?);
        if !marker_bit || zero_bit {
            return Err(ParseError::malformed("marker_bit", "it is not 1, or zero_bit is not 0").at_bit(at));
        }
        r.each(&[(1, "split_screen_indicator"), (1, "document_camera_indicator"), (1, "full_picture_freeze_release")])?;
        let at = r.position() as u64;
        let source_format = r.u(3, "source_format")? as usize;
        let [width, height] = match SIZES.get(source_format) {
            Some([0, _]) => return Err(ParseError::malformed("source_format", "0 is forbidden").at_bit(at)),
            Some(&size) => size,
            None => return Err(ParseError::unsupported("source_format", "only baseline H.263 is read").at_bit(at)),
        };
        let vop_type = if r.flag("picture_coding_type")? { VopType::P } else { VopType::I };
        let at = r.position() as u64;
        if r.u(4, "four_reserved_zero_bits")? != 0 {
            return Err(ParseError::unsupported("four_reserved_zero_bits", "only baseline H.263 is read").at_bit(at));
        }
        let vol = Self::vol(width, height);
        let vop_quant = super::vop::read_quant(r, &vol, "vop_quant")?;
        let at = r.position() as u64;
        if r.flag("zero_bit")? {
            return Err(ParseError::unsupported("zero_bit", "only baseline H.263 is read").at_bit(at));
        }
        while r.flag("pei")? {
            r.u(8, "psupp")?;
        }
        let vop = VopHeader {
            vop_type,
            intra_dc_limit: u32::MAX,
            top_field_first: true,
            alternate_vertical_scan: false,
            warp: Warp::default(),
            vop_quant,
            f_code: [1; 2],
        };
        Ok(Self { vol, vop })
    }

    /// What is implied of the layer: 6.3.5.2.
    const fn vol(width: u32, height: u32) -> Vol {
        Vol {
            width,
            height,
            vop_time_increment_resolution: 30000,
            interlaced: false,
            gmc: false,
            no_of_sprite_warping_points: 0,
            sprite_warping_accuracy: 0,
            quant_precision: 5,
            quantisation: Quantisation::H263,
            quarter_sample: false,
            complexity: Complexity { all: 0, not_intra: 0, bidirectional: 0 },
            resync_marker_disable: true,
            data_partitioned: false,
            reversible_vlc: false,
            short_video_header: true,
        }
    }
}

impl Gob {
    /// Reads it from gob_resync_marker on, zeros before it included.
    ///
    /// # Errors
    /// quant_scale 0, or the data end.
    pub(crate) fn read(r: &mut BitReader<'_>, vol: &Vol) -> Result<Self> {
        while !r.flag("gob_resync_marker")? {}
        let gob_number = r.u(5, "gob_number")?;
        if gob_number == 31 {
            return Ok(Self::EndOfSequence);
        }
        r.skip(2, "gob_frame_id")?;
        let quant_scale = super::vop::read_quant(r, vol, "quant_scale")?;
        Ok(Self::Header { gob_number, quant_scale })
    }
}

/// Rows of macroblocks in a group of blocks: 6.3.5.2.
#[must_use]
pub(crate) const fn rows_in_gob(vol: &Vol) -> u32 {
    match vol.height {
        0..=400 => 1,
        401..=800 => 2,
        _ => 4,
    }
}
