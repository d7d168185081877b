//! quantiser_scale by quantiser_scale_code: table 7-6.

/// Where q_scale_type is 1; else it is twice the code.
#[rustfmt::skip]
pub(crate) static NON_LINEAR_SCALES: [u8; 32] = [
     0,  1,  2,  3,  4,  5,  6,  7,  8, 10, 12, 14, 16, 18,  20,  22,
    24, 28, 32, 36, 40, 44, 48, 52, 56, 64, 72, 80, 88, 96, 104, 112,
];
