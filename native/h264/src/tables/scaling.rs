//! Scaling: default lists (H.264 table 7-2), flat lists, normAdjust (8.5.9), and QPc as a function of qPI (table 8-15).

/// Default_4x4_Intra and Default_4x4_Inter, in zig-zag order.
#[rustfmt::skip]
pub(crate) static DEFAULT_4X4: [[u8; 16]; 2] = [
    [6, 13, 13, 20, 20, 20, 28, 28, 28, 28, 32, 32, 32, 37, 37, 42],
    [10, 14, 14, 20, 20, 20, 24, 24, 24, 24, 27, 27, 27, 30, 30, 34],
];

/// Default_8x8_Intra and Default_8x8_Inter, in zig-zag order.
#[rustfmt::skip]
pub(crate) static DEFAULT_8X8: [[u8; 64]; 2] = [
    [
        6, 10, 10, 13, 11, 13, 16, 16, 16, 16, 18, 18, 18, 18, 18, 23, 23, 23, 23, 23, 23, 25, 25, 25, 25, 25, 25, 25, 27, 27, 27, 27,
        27, 27, 27, 27, 29, 29, 29, 29, 29, 29, 29, 31, 31, 31, 31, 31, 31, 33, 33, 33, 33, 33, 36, 36, 36, 36, 38, 38, 38, 40, 40, 42,
    ],
    [
        9, 13, 13, 15, 13, 15, 17, 17, 17, 17, 19, 19, 19, 19, 19, 21, 21, 21, 21, 21, 21, 22, 22, 22, 22, 22, 22, 22, 24, 24, 24, 24,
        24, 24, 24, 24, 25, 25, 25, 25, 25, 25, 25, 27, 27, 27, 27, 27, 27, 28, 28, 28, 28, 28, 30, 30, 30, 30, 32, 32, 32, 33, 33, 35,
    ],
];

/// v of normAdjust4x4: rows by qP % 6; columns: both coordinates even, both odd, one of each.
pub(crate) const NORM_ADJUST_4X4: [[u8; 3]; 6] =
    [[10, 16, 13], [11, 18, 14], [13, 20, 16], [14, 23, 18], [16, 25, 20], [18, 29, 23]];

/// v of normAdjust8x8: rows by qP % 6, columns as the standard has them.
#[rustfmt::skip]
pub(crate) const NORM_ADJUST_8X8: [[u8; 6]; 6] = [
    [20, 18, 32, 19, 25, 24],
    [22, 19, 35, 21, 28, 26],
    [26, 23, 42, 24, 33, 31],
    [28, 25, 45, 26, 35, 33],
    [32, 28, 51, 30, 40, 38],
    [36, 32, 58, 34, 46, 43],
];

/// QPc for qPI from 30 to 51.
const QPC: [i8; 22] = [29, 30, 31, 32, 32, 33, 34, 34, 35, 35, 36, 36, 37, 37, 37, 38, 38, 38, 39, 39, 39, 39];

/// QPc of qPI.
#[must_use]
pub(crate) fn chroma_qp(qp_i: i32) -> i32 {
    match qp_i {
        ..30 => qp_i,
        30..=51 => i32::from(QPC[(qp_i - 30) as usize]),
        _ => 39,
    }
}
