//! VideoObjectPlane( ) down to its first macroblock: 6.2.5, with semantics in 6.3.5.

use codecorpus_bitstream::{BitReader, ParseError, Result};

use super::Vol;
use super::sprite::Warp;

/// vop_coding_type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum VopType {
    I,
    P,
    B,
    S,
}

/// What says when a VOP is: it stands before vop_coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct VopTime {
    pub(crate) vop_type: VopType,
    /// modulo_time_base: whole seconds since the last synchronisation point.
    pub(crate) seconds: u32,
    pub(crate) vop_time_increment: u32,
    pub(crate) vop_coded: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct VopHeader {
    pub(crate) vop_type: VopType,
    /// Below which running quantiser the DC coefficients of intra blocks have words of their own: table 6-21.
    pub(crate) intra_dc_limit: u32,
    pub(crate) top_field_first: bool,
    pub(crate) alternate_vertical_scan: bool,
    pub(crate) warp: Warp,
    pub(crate) vop_quant: u32,
    /// By direction.
    pub(crate) f_code: [u32; 2],
}

const INTRA_DC_LIMITS: [u32; 8] = [u32::MAX, 13, 15, 17, 19, 21, 23, 0];

impl VopTime {
    /// Reads it behind the start code.
    ///
    /// # Errors
    /// The data end.
    pub(crate) fn read(r: &mut BitReader<'_>, vol: &Vol) -> Result<Self> {
        let vop_type = read_type(r)?;
        let seconds = read_modulo_time_base(r)?;
        r.skip(1, "marker_bit")?;
        let vop_time_increment = r.u(vol.time_increment_bits(), "vop_time_increment")?;
        r.skip(1, "marker_bit")?;
        let vop_coded = r.flag("vop_coded")?;
        Ok(Self { vop_type, seconds, vop_time_increment, vop_coded })
    }
}

impl VopHeader {
    /// Reads what follows vop_coded.
    ///
    /// # Errors
    /// Something forbidden or that is not read, or the data end.
    pub(crate) fn read(r: &mut BitReader<'_>, vol: &Vol, vop_type: VopType) -> Result<Self> {
        if vop_type == VopType::P || (vop_type == VopType::S && vol.gmc) {
            r.flag("vop_rounding_type")?;
        }
        let complexity = vol.complexity;
        let estimation = complexity.all
            + if vop_type == VopType::I { 0 } else { complexity.not_intra }
            + if vop_type == VopType::B { complexity.bidirectional } else { 0 };
        r.skip(estimation as usize, "vop_complexity_estimation_header")?;
        let intra_dc_limit = INTRA_DC_LIMITS[r.u(3, "intra_dc_vlc_thr")? as usize];
        let (mut top_field_first, mut alternate_vertical_scan) = (true, false);
        if vol.interlaced {
            top_field_first = r.flag("top_field_first")?;
            alternate_vertical_scan = r.flag("alternate_vertical_scan_flag")?;
        }
        let warp = if vop_type == VopType::S {
            if !vol.gmc {
                return Err(ParseError::malformed("vop_coding_type", "a sprite where there is none").at_bit(0));
            }
            Warp::read(r, vol)?
        } else {
            Warp::default()
        };
        let vop_quant = read_quant(r, vol, "vop_quant")?;
        let mut f_code = [1; 2];
        let directions = match vop_type {
            VopType::I => 0,
            VopType::P | VopType::S => 1,
            VopType::B => 2,
        };
        for (code, element) in f_code.iter_mut().zip(["vop_fcode_forward", "vop_fcode_backward"]).take(directions) {
            let at = r.position() as u64;
            *code = r.u(3, element)?;
            if *code == 0 {
                return Err(ParseError::malformed(element, "0 is forbidden").at_bit(at));
            }
        }
        Ok(Self { vop_type, intra_dc_limit, top_field_first, alternate_vertical_scan, warp, vop_quant, f_code })
    }

    /// Zeros in resync_marker: 6.3.5.2.
    #[must_use]
    pub(crate) fn resync_zeros(&self) -> u32 {
        match self.vop_type {
            VopType::I => 16,
            VopType::P | VopType::S => 15 + self.f_code[0],
            VopType::B => 15 + self.f_code[0].max(self.f_code[1]).max(2),
        }
    }
}

/// # Errors
/// The data end.
pub(crate) fn read_type(r: &mut BitReader<'_>) -> Result<VopType> {
    Ok(match r.u(2, "vop_coding_type")? {
        0 => VopType::I,
        1 => VopType::P,
        2 => VopType::B,
        _ => VopType::S,
    })
}

/// modulo_time_base: ones up to a zero.
///
/// # Errors
/// The data end.
pub(crate) fn read_modulo_time_base(r: &mut BitReader<'_>) -> Result<u32> {
    let mut seconds = 0;
    while r.flag("modulo_time_base")? {
        seconds += 1;
    }
    Ok(seconds)
}

/// # Errors
/// It is 0, or the data end.
pub(crate) fn read_quant(r: &mut BitReader<'_>, vol: &Vol, element: &'static str) -> Result<u32> {
    let at = r.position() as u64;
    let quant = r.u(vol.quant_precision, element)?;
    if quant == 0 {
        return Err(ParseError::malformed(element, "0 is forbidden").at_bit(at));
    }
    Ok(quant)
}
