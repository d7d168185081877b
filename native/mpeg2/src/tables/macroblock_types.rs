//! Words of macroblock_type: tables B.2 to B.4; ISO/IEC 11172-2 table 2-B.2d.

use codecorpus_mpeg::vlc::Word;

/// What a macroblock_type says.
pub(crate) mod flag {
    pub(crate) const QUANT: u16 = 1;
    pub(crate) const FORWARD: u16 = 2;
    pub(crate) const BACKWARD: u16 = 4;
    pub(crate) const PATTERN: u16 = 8;
    pub(crate) const INTRA: u16 = 16;
}

use flag::{BACKWARD, FORWARD, INTRA, PATTERN, QUANT};

pub(crate) const TYPES_I: [Word; 2] = [(0b1, 1, INTRA), (0b01, 2, INTRA | QUANT)];

#[rustfmt::skip]
pub(crate) const TYPES_P: [Word; 7] = [
    (0b1, 1, FORWARD | PATTERN),
    (0b01, 2, PATTERN),
    (0b001, 3, FORWARD),
    (0b00011, 5, INTRA),
    (0b00010, 5, QUANT | FORWARD | PATTERN),
    (0b00001, 5, QUANT | PATTERN),
    (0b000001, 6, QUANT | INTRA),
];

#[rustfmt::skip]
pub(crate) const TYPES_B: [Word; 11] = [
    (0b10, 2, FORWARD | BACKWARD),
    (0b11, 2, FORWARD | BACKWARD | PATTERN),
    (0b010, 3, BACKWARD),
    (0b011, 3, BACKWARD | PATTERN),
    (0b0010, 4, FORWARD),
    (0b0011, 4, FORWARD | PATTERN),
    (0b00011, 5, INTRA),
    (0b00010, 5, QUANT | FORWARD | BACKWARD | PATTERN),
    (0b000011, 6, QUANT | FORWARD | PATTERN),
    (0b000010, 6, QUANT | BACKWARD | PATTERN),
    (0b000001, 6, QUANT | INTRA),
];

pub(crate) const TYPES_D: [Word; 1] = [(0b1, 1, INTRA)];
