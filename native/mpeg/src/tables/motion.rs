//! Words of motion_code, which MPEG-1, MPEG-2, H.263 and MPEG-4 have in common; written by scripts/mpeg_tables.

use crate::vlc::Word;

/// By absolute motion_code: ISO/IEC 13818-2 table B.10 (up to 16), 14496-2 table B-12; the sign follows but for 0.
#[rustfmt::skip]
pub const MOTION_CODES: [Word; 33] = [
    (0x1, 1, 0), (0x1, 2, 1), (0x1, 3, 2), (0x1, 4, 3), (0x3, 6, 4), (0x5, 7, 5), (0x4, 7, 6), (0x3, 7, 7),
    (0xb, 9, 8), (0xa, 9, 9), (0x9, 9, 10), (0x11, 10, 11), (0x10, 10, 12), (0xf, 10, 13), (0xe, 10, 14), (0xd, 10, 15),
    (0xc, 10, 16), (0xb, 10, 17), (0xa, 10, 18), (0x9, 10, 19), (0x8, 10, 20), (0x7, 10, 21), (0x6, 10, 22), (0x5, 10, 23),
    (0x4, 10, 24), (0x7, 11, 25), (0x6, 11, 26), (0x5, 11, 27), (0x4, 11, 28), (0x3, 11, 29), (0x2, 11, 30), (0x3, 12, 31),
    (0x2, 12, 32),
];
