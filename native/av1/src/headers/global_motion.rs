//! global_motion_params( ) (5.9.24 to 5.9.29).

use codecorpus_bitstream::{BitReader, Result};

use super::descriptors::ns;
use super::{RefFrame, TOTAL_REFS_PER_FRAME};

/// The type of a warp model (section 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
#[repr(u8)]
pub(crate) enum GmType {
    #[default]
    Identity,
    Translation,
    Rotzoom,
    Affine,
}

pub(crate) const WARPEDMODEL_PREC_BITS: u32 = 16;

/// gm_params[ ref ].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct WarpParams(pub(crate) [i32; 6]);

impl Default for WarpParams {
    fn default() -> Self {
        Self([0, 0, 1 << WARPEDMODEL_PREC_BITS, 0, 0, 1 << WARPEDMODEL_PREC_BITS])
    }
}

const GM_ABS_TRANS_BITS: u32 = 12;
const GM_ABS_TRANS_ONLY_BITS: u32 = 9;
const GM_ABS_ALPHA_BITS: u32 = 12;
const GM_ALPHA_PREC_BITS: u32 = 15;
const GM_TRANS_PREC_BITS: u32 = 6;
const GM_TRANS_ONLY_PREC_BITS: u32 = 3;

/// GmType and gm_params of every reference.
pub(super) type GlobalMotion = ([GmType; TOTAL_REFS_PER_FRAME], [WarpParams; TOTAL_REFS_PER_FRAME]);

/// global_motion_params( ) (5.9.24) of an inter frame. `previous` is PrevGmParams.
pub(super) fn read_global_motion_params(
    bits: &mut BitReader<'_>,
    allow_high_precision_mv: bool,
    previous: &[WarpParams; TOTAL_REFS_PER_FRAME],
) -> Result<GlobalMotion> {
    let (mut types, mut models) = GlobalMotion::default();
    let references = types.iter_mut().zip(&mut models).zip(previous).skip(RefFrame::Last.index());
    for ((gm_type, WarpParams(params)), WarpParams(previous)) in references {
        let kind = read_type(bits)?;
        let mut read = |index: usize| params_of(kind, index, allow_high_precision_mv).read(bits, previous[index]);
        if kind >= GmType::Rotzoom {
            params[2] = read(2)?;
            params[3] = read(3)?;
            if kind == GmType::Affine {
                params[4] = read(4)?;
                params[5] = read(5)?;
            } else {
                (params[4], params[5]) = (-params[3], params[2]);
            }
        }
        if kind >= GmType::Translation {
            params[0] = read(0)?;
            params[1] = read(1)?;
        }
        *gm_type = kind;
    }
    Ok((types, models))
}

/// is_global, is_rot_zoom, is_translation (5.9.24).
fn read_type(bits: &mut BitReader<'_>) -> Result<GmType> {
    if !bits.flag("is_global")? {
        return Ok(GmType::Identity);
    }
    if bits.flag("is_rot_zoom")? {
        return Ok(GmType::Rotzoom);
    }
    Ok(if bits.flag("is_translation")? { GmType::Translation } else { GmType::Affine })
}

/// How one parameter is coded (5.9.25).
struct Coding {
    abs_bits: u32,
    prec_bits: u32,
    /// Parameters 2 and 5 are coded as differences from one.
    from_one: bool,
}

/// absBits and precBits of a parameter (5.9.25).
fn params_of(kind: GmType, index: usize, allow_high_precision_mv: bool) -> Coding {
    let from_one = index % 3 == 2;
    let coarser = u32::from(!allow_high_precision_mv);
    let (abs_bits, prec_bits) = match (index, kind) {
        (0 | 1, GmType::Translation) => (GM_ABS_TRANS_ONLY_BITS - coarser, GM_TRANS_ONLY_PREC_BITS - coarser),
        (0 | 1, _) => (GM_ABS_TRANS_BITS, GM_TRANS_PREC_BITS),
        _ => (GM_ABS_ALPHA_BITS, GM_ALPHA_PREC_BITS),
    };
    Coding { abs_bits, prec_bits, from_one }
}

impl Coding {
    /// read_global_param( ) (5.9.25).
    fn read(&self, bits: &mut BitReader<'_>, previous: i32) -> Result<i32> {
        let prec_diff = WARPEDMODEL_PREC_BITS - self.prec_bits;
        let (round, sub) = if self.from_one { (1 << WARPEDMODEL_PREC_BITS, 1 << self.prec_bits) } else { (0, 0) };
        let mx = 1 << self.abs_bits;
        let r = (previous >> prec_diff) - sub;
        Ok((decode_signed_subexp_with_ref(bits, -mx, mx + 1, r)? << prec_diff) + round)
    }
}

/// decode_signed_subexp_with_ref( ) (5.9.26).
fn decode_signed_subexp_with_ref(bits: &mut BitReader<'_>, low: i32, high: i32, r: i32) -> Result<i32> {
    Ok(decode_unsigned_subexp_with_ref(bits, high - low, r - low)? + low)
}

/// decode_unsigned_subexp_with_ref( ) (5.9.27).
fn decode_unsigned_subexp_with_ref(bits: &mut BitReader<'_>, mx: i32, r: i32) -> Result<i32> {
    let v = decode_subexp(bits, mx)?;
    Ok(if r << 1 <= mx { inverse_recenter(r, v) } else { mx - 1 - inverse_recenter(mx - 1 - r, v) })
}

/// decode_subexp( ) (5.9.28).
fn decode_subexp(bits: &mut BitReader<'_>, num_syms: i32) -> Result<i32> {
    let (mut mk, mut b2) = (0, 3);
    for i in 0.. {
        if i > 1 {
            b2 += 1;
        }
        let a = 1 << b2;
        if num_syms <= mk + 3 * a {
            return Ok(ns(bits, (num_syms - mk) as u32, "subexp_final_bits")? as i32 + mk);
        }
        if !bits.flag("subexp_more_bits")? {
            break;
        }
        mk += a;
    }
    Ok(bits.u(b2, "subexp_bits")? as i32 + mk)
}

/// inverse_recenter( ) (5.9.29).
fn inverse_recenter(r: i32, v: i32) -> i32 {
    if v > 2 * r {
        v
    } else if v & 1 == 1 {
        r - ((v + 1) >> 1)
    } else {
        r + (v >> 1)
    }
}
