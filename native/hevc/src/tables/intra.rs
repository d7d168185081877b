//! Intra prediction modes: names of table 8-1, and table 8-3.

pub(crate) const INTRA_PLANAR: u8 = 0;
pub(crate) const INTRA_DC: u8 = 1;
pub(crate) const INTRA_ANGULAR10: u8 = 10;
pub(crate) const INTRA_ANGULAR26: u8 = 26;

/// Names by IntraPredModeY.
#[rustfmt::skip]
pub(crate) const NAMES: &[&str] = &[
    "INTRA_PLANAR", "INTRA_DC",
    "INTRA_ANGULAR2", "INTRA_ANGULAR3", "INTRA_ANGULAR4", "INTRA_ANGULAR5", "INTRA_ANGULAR6", "INTRA_ANGULAR7",
    "INTRA_ANGULAR8", "INTRA_ANGULAR9", "INTRA_ANGULAR10", "INTRA_ANGULAR11", "INTRA_ANGULAR12", "INTRA_ANGULAR13",
    "INTRA_ANGULAR14", "INTRA_ANGULAR15", "INTRA_ANGULAR16", "INTRA_ANGULAR17", "INTRA_ANGULAR18", "INTRA_ANGULAR19",
    "INTRA_ANGULAR20", "INTRA_ANGULAR21", "INTRA_ANGULAR22", "INTRA_ANGULAR23", "INTRA_ANGULAR24", "INTRA_ANGULAR25",
    "INTRA_ANGULAR26", "INTRA_ANGULAR27", "INTRA_ANGULAR28", "INTRA_ANGULAR29", "INTRA_ANGULAR30", "INTRA_ANGULAR31",
    "INTRA_ANGULAR32", "INTRA_ANGULAR33", "INTRA_ANGULAR34",
];

/// Table 8-3: IntraPredModeC of 4:2:2 as a function of modeIdc.
#[rustfmt::skip]
pub(crate) static MODE_422: [u8; 35] = [
    0, 1, 2, 2, 2, 2, 3, 5, 7, 8, 10, 11, 13, 15, 16, 18, 19, 20,
    21, 22, 23, 23, 24, 24, 25, 25, 26, 27, 27, 28, 28, 29, 29, 30, 31,
];
