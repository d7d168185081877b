//! Chroma quantisation parameters: table 8-10.

/// QpC as a function of qPi where ChromaArrayType is 1: table 8-10.
#[inline]
pub(crate) const fn qp_c(qp_i: i32) -> i32 {
    const TABLE: [u8; 14] = [29, 30, 31, 32, 33, 33, 34, 34, 35, 35, 36, 36, 37, 37];
    match qp_i {
        ..30 => qp_i,
        30..44 => TABLE[(qp_i - 30) as usize] as i32,
        _ => qp_i - 6,
    }
}

/// levelScale[ ] of 8.6.3.
pub(crate) const LEVEL_SCALE: [i64; 6] = [40, 45, 51, 57, 64, 72];
