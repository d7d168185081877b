//! CAVLC codes: H.264 tables 9-4 (coded_block_pattern), 9-5 (coeff_token), 9-7 to 9-9 (total_zeros), 9-10 (run_before).
//!
//! A code is stated as its length and its value; from these, tables are laid out that one look at the next bits indexes.

/// What a prefix of the next bits says: the symbol, and the length of its code (0: there is no such code).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Code {
    pub(crate) symbol: u8,
    pub(crate) length: u8,
}

const NO_CODE: Code = Code { symbol: 0, length: 0 };

/// Codes whose value has at most four significant bits and is not zero: indexed by leading zeros * 8 + the three bits
/// behind the first one.
pub(crate) type ByZeros = [Code; 128];

const fn put_by_zeros(mut table: ByZeros, length: u8, value: u8, symbol: u8) -> ByZeros {
    let significant = 8 - value.leading_zeros();
    let zeros = length as u32 - significant;
    let spare = 4 - significant;
    let first = zeros as usize * 8 + (((value as usize) << spare) & 7);
    let mut i = 0;
    while i < 1 << spare {
        table[first + i] = Code { symbol, length };
        i += 1;
    }
    table
}

const fn put<const SIZE: usize>(mut table: [Code; SIZE], length: u8, value: u8, symbol: u8) -> [Code; SIZE] {
    let spare = SIZE.trailing_zeros() - length as u32;
    let first = (value as usize) << spare;
    let mut i = 0;
    while i < 1 << spare {
        table[first + i] = Code { symbol, length };
        i += 1;
    }
    table
}

const fn tokens<const TOTALS: usize>(lengths: &[[u8; 4]; TOTALS], values: &[[u8; 4]; TOTALS]) -> ByZeros {
    let mut table = [NO_CODE; 128];
    let mut total = 0;
    while total < TOTALS {
        let mut ones = 0;
        while ones < 4 {
            if lengths[total][ones] > 0 {
                table = put_by_zeros(table, lengths[total][ones], values[total][ones], (total << 2 | ones) as u8);
            }
            ones += 1;
        }
        total += 1;
    }
    table
}

const fn tokens_flat(lengths: &[[u8; 4]; 5], values: &[[u8; 4]; 5]) -> [Code; 256] {
    let mut table = [NO_CODE; 256];
    let mut total = 0;
    while total < 5 {
        let mut ones = 0;
        while ones < 4 {
            if lengths[total][ones] > 0 {
                table = put(table, lengths[total][ones], values[total][ones], (total << 2 | ones) as u8);
            }
            ones += 1;
        }
        total += 1;
    }
    table
}

const fn zeros<const SIZE: usize, const N: usize>(lengths: &[u8; N], values: &[u8; N]) -> [Code; SIZE] {
    let mut table = [NO_CODE; SIZE];
    let mut symbol = 0;
    while symbol < N {
        if lengths[symbol] > 0 {
            table = put(table, lengths[symbol], values[symbol], symbol as u8);
        }
        symbol += 1;
    }
    table
}

const fn zeros_all<const SIZE: usize, const N: usize, const ROWS: usize>(
    lengths: &[[u8; N]; ROWS],
    values: &[[u8; N]; ROWS],
) -> [[Code; SIZE]; ROWS] {
    let mut tables = [[NO_CODE; SIZE]; ROWS];
    let mut row = 0;
    while row < ROWS {
        tables[row] = zeros(&lengths[row], &values[row]);
        row += 1;
    }
    tables
}

/// coeff_token for nC 0 to 1, 2 to 3, 4 to 7. A symbol is TotalCoeff << 2 | TrailingOnes.
pub(crate) static COEFF_TOKEN: [ByZeros; 3] = [
    tokens(&TOKEN_LENGTH[0], &TOKEN_VALUE[0]),
    tokens(&TOKEN_LENGTH[1], &TOKEN_VALUE[1]),
    tokens(&TOKEN_LENGTH[2], &TOKEN_VALUE[2]),
];

/// coeff_token for nC -1 (chroma DC of 4:2:0), by the next 8 bits.
pub(crate) static COEFF_TOKEN_DC_420: [Code; 256] = tokens_flat(&DC_420_LENGTH, &DC_420_VALUE);

/// coeff_token for nC -2 (chroma DC of 4:2:2).
pub(crate) static COEFF_TOKEN_DC_422: ByZeros = tokens(&DC_422_LENGTH, &DC_422_VALUE);

/// total_zeros by TotalCoeff - 1 and the next 9 bits.
pub(crate) static TOTAL_ZEROS: [[Code; 512]; 15] = zeros_all(&ZEROS_LENGTH, &ZEROS_VALUE);

/// total_zeros of chroma DC of 4:2:0, by the next 3 bits.
pub(crate) static TOTAL_ZEROS_DC_420: [[Code; 8]; 3] = zeros_all(&ZEROS_420_LENGTH, &ZEROS_420_VALUE);

/// total_zeros of chroma DC of 4:2:2, by the next 5 bits.
pub(crate) static TOTAL_ZEROS_DC_422: [[Code; 32]; 7] = zeros_all(&ZEROS_422_LENGTH, &ZEROS_422_VALUE);

/// run_before by min(zerosLeft, 7) - 1 and the next 3 bits; for the last row, three zeros lead to longer codes.
pub(crate) static RUN_BEFORE: [[Code; 8]; 7] = zeros_all(&RUN_LENGTH, &RUN_VALUE);

#[rustfmt::skip]
const TOKEN_LENGTH: [[[u8; 4]; 17]; 3] = [
    [
        [1, 0, 0, 0], [6, 2, 0, 0], [8, 6, 3, 0], [9, 8, 7, 5], [10, 9, 8, 6], [11, 10, 9, 7],
        [13, 11, 10, 8], [13, 13, 11, 9], [13, 13, 13, 10], [14, 14, 13, 11], [14, 14, 14, 13], [15, 15, 14, 14],
        [15, 15, 15, 14], [16, 15, 15, 15], [16, 16, 16, 15], [16, 16, 16, 16], [16, 16, 16, 16],
    ],
    [
        [2, 0, 0, 0], [6, 2, 0, 0], [6, 5, 3, 0], [7, 6, 6, 4], [8, 6, 6, 4], [8, 7, 7, 5],
        [9, 8, 8, 6], [11, 9, 9, 6], [11, 11, 11, 7], [12, 11, 11, 9], [12, 12, 12, 11], [12, 12, 12, 11],
        [13, 13, 13, 12], [13, 13, 13, 13], [13, 14, 13, 13], [14, 14, 14, 13], [14, 14, 14, 14],
    ],
    [
        [4, 0, 0, 0], [6, 4, 0, 0], [6, 5, 4, 0], [6, 5, 5, 4], [7, 5, 5, 4], [7, 5, 5, 4],
        [7, 6, 6, 4], [7, 6, 6, 4], [8, 7, 7, 5], [8, 8, 7, 6], [9, 8, 8, 7], [9, 9, 8, 8],
        [9, 9, 9, 8], [10, 9, 9, 9], [10, 10, 10, 10], [10, 10, 10, 10], [10, 10, 10, 10],
    ],
];

#[rustfmt::skip]
const TOKEN_VALUE: [[[u8; 4]; 17]; 3] = [
    [
        [1, 0, 0, 0], [5, 1, 0, 0], [7, 4, 1, 0], [7, 6, 5, 3], [7, 6, 5, 3], [7, 6, 5, 4],
        [15, 6, 5, 4], [11, 14, 5, 4], [8, 10, 13, 4], [15, 14, 9, 4], [11, 10, 13, 12], [15, 14, 9, 12],
        [11, 10, 13, 8], [15, 1, 9, 12], [11, 14, 13, 8], [7, 10, 9, 12], [4, 6, 5, 8],
    ],
    [
        [3, 0, 0, 0], [11, 2, 0, 0], [7, 7, 3, 0], [7, 10, 9, 5], [7, 6, 5, 4], [4, 6, 5, 6],
        [7, 6, 5, 8], [15, 6, 5, 4], [11, 14, 13, 4], [15, 10, 9, 4], [11, 14, 13, 12], [8, 10, 9, 8],
        [15, 14, 13, 12], [11, 10, 9, 12], [7, 11, 6, 8], [9, 8, 10, 1], [7, 6, 5, 4],
    ],
    [
        [15, 0, 0, 0], [15, 14, 0, 0], [11, 15, 13, 0], [8, 12, 14, 12], [15, 10, 11, 11], [11, 8, 9, 10],
        [9, 14, 13, 9], [8, 10, 9, 8], [15, 14, 13, 13], [11, 14, 10, 12], [15, 10, 13, 12], [11, 14, 9, 12],
        [8, 10, 13, 8], [13, 7, 9, 12], [9, 12, 11, 10], [5, 8, 7, 6], [1, 4, 3, 2],
    ],
];

#[rustfmt::skip]
const DC_420_LENGTH: [[u8; 4]; 5] = [[2, 0, 0, 0], [6, 1, 0, 0], [6, 6, 3, 0], [6, 7, 7, 6], [6, 8, 8, 7]];

#[rustfmt::skip]
const DC_420_VALUE: [[u8; 4]; 5] = [[1, 0, 0, 0], [7, 1, 0, 0], [4, 6, 1, 0], [3, 3, 2, 5], [2, 3, 2, 0]];

#[rustfmt::skip]
const DC_422_LENGTH: [[u8; 4]; 9] = [[1, 0, 0, 0], [7, 2, 0, 0], [7, 7, 3, 0], [9, 7, 7, 5], [9, 9, 7, 6], [10, 10, 9, 7], [11, 11, 10, 7], [12, 12, 11, 10], [13, 12, 12, 11]];

#[rustfmt::skip]
const DC_422_VALUE: [[u8; 4]; 9] = [[1, 0, 0, 0], [15, 1, 0, 0], [14, 13, 1, 0], [7, 12, 11, 1], [6, 5, 10, 1], [7, 6, 4, 9], [7, 6, 5, 8], [7, 6, 5, 4], [7, 5, 4, 4]];

#[rustfmt::skip]
const ZEROS_LENGTH: [[u8; 16]; 15] = [
    [1, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 9],
    [3, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 6, 6, 6, 6, 0],
    [4, 3, 3, 3, 4, 4, 3, 3, 4, 5, 5, 6, 5, 6, 0, 0],
    [5, 3, 4, 4, 3, 3, 3, 4, 3, 4, 5, 5, 5, 0, 0, 0],
    [4, 4, 4, 3, 3, 3, 3, 3, 4, 5, 4, 5, 0, 0, 0, 0],
    [6, 5, 3, 3, 3, 3, 3, 3, 4, 3, 6, 0, 0, 0, 0, 0],
    [6, 5, 3, 3, 3, 2, 3, 4, 3, 6, 0, 0, 0, 0, 0, 0],
    [6, 4, 5, 3, 2, 2, 3, 3, 6, 0, 0, 0, 0, 0, 0, 0],
    [6, 6, 4, 2, 2, 3, 2, 5, 0, 0, 0, 0, 0, 0, 0, 0],
    [5, 5, 3, 2, 2, 2, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    [4, 4, 3, 3, 1, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    [4, 4, 2, 1, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    [3, 3, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    [2, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    [1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
];

#[rustfmt::skip]
const ZEROS_VALUE: [[u8; 16]; 15] = [
    [1, 3, 2, 3, 2, 3, 2, 3, 2, 3, 2, 3, 2, 3, 2, 1],
    [7, 6, 5, 4, 3, 5, 4, 3, 2, 3, 2, 3, 2, 1, 0, 0],
    [5, 7, 6, 5, 4, 3, 4, 3, 2, 3, 2, 1, 1, 0, 0, 0],
    [3, 7, 5, 4, 6, 5, 4, 3, 3, 2, 2, 1, 0, 0, 0, 0],
    [5, 4, 3, 7, 6, 5, 4, 3, 2, 1, 1, 0, 0, 0, 0, 0],
    [1, 1, 7, 6, 5, 4, 3, 2, 1, 1, 0, 0, 0, 0, 0, 0],
    [1, 1, 5, 4, 3, 3, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0],
    [1, 1, 1, 3, 3, 2, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0],
    [1, 0, 1, 3, 2, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0],
    [1, 0, 1, 3, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    [0, 1, 1, 2, 1, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    [0, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    [0, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    [0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    [0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
];

#[rustfmt::skip]
const ZEROS_420_LENGTH: [[u8; 4]; 3] = [
    [1, 2, 3, 3],
    [1, 2, 2, 0],
    [1, 1, 0, 0],
];

#[rustfmt::skip]
const ZEROS_420_VALUE: [[u8; 4]; 3] = [
    [1, 1, 1, 0],
    [1, 1, 0, 0],
    [1, 0, 0, 0],
];

#[rustfmt::skip]
const ZEROS_422_LENGTH: [[u8; 8]; 7] = [
    [1, 3, 3, 4, 4, 4, 5, 5],
    [3, 2, 3, 3, 3, 3, 3, 0],
    [3, 3, 2, 2, 3, 3, 0, 0],
    [3, 2, 2, 2, 3, 0, 0, 0],
    [2, 2, 2, 2, 0, 0, 0, 0],
    [2, 2, 1, 0, 0, 0, 0, 0],
    [1, 1, 0, 0, 0, 0, 0, 0],
];

#[rustfmt::skip]
const ZEROS_422_VALUE: [[u8; 8]; 7] = [
    [1, 2, 3, 2, 3, 1, 1, 0],
    [0, 1, 1, 4, 5, 6, 7, 0],
    [0, 1, 1, 2, 6, 7, 0, 0],
    [6, 0, 1, 2, 7, 0, 0, 0],
    [0, 1, 2, 3, 0, 0, 0, 0],
    [0, 1, 1, 0, 0, 0, 0, 0],
    [0, 1, 0, 0, 0, 0, 0, 0],
];

#[rustfmt::skip]
const RUN_LENGTH: [[u8; 7]; 7] = [
    [1, 1, 0, 0, 0, 0, 0],
    [1, 2, 2, 0, 0, 0, 0],
    [2, 2, 2, 2, 0, 0, 0],
    [2, 2, 2, 3, 3, 0, 0],
    [2, 2, 3, 3, 3, 3, 0],
    [2, 3, 3, 3, 3, 3, 3],
    [3, 3, 3, 3, 3, 3, 3],
];

#[rustfmt::skip]
const RUN_VALUE: [[u8; 7]; 7] = [
    [1, 0, 0, 0, 0, 0, 0],
    [1, 1, 0, 0, 0, 0, 0],
    [3, 2, 1, 0, 0, 0, 0],
    [3, 2, 1, 1, 0, 0, 0],
    [3, 2, 3, 2, 1, 0, 0],
    [3, 0, 1, 3, 2, 5, 4],
    [7, 6, 5, 4, 3, 2, 1],
];

/// coded_block_pattern of codeNum for ChromaArrayType 1 and 2: Intra_4x4 and Intra_8x8, then Inter.
#[rustfmt::skip]
pub(crate) static CODED_BLOCK_PATTERN: [[u8; 48]; 2] = [
    [
        47, 31, 15, 0, 23, 27, 29, 30, 7, 11, 13, 14, 39, 43, 45, 46, 16, 3, 5, 10, 12, 19, 21, 26, 28, 35, 37, 42, 44, 1, 2, 4,
        8, 17, 18, 20, 24, 6, 9, 22, 25, 32, 33, 34, 36, 40, 38, 41,
    ],
    [
        0, 16, 1, 2, 4, 8, 32, 3, 5, 10, 12, 15, 47, 7, 11, 13, 14, 6, 9, 31, 35, 37, 42, 44, 33, 34, 36, 40, 39, 43, 45, 46,
        17, 18, 20, 24, 19, 21, 26, 28, 23, 27, 29, 30, 22, 25, 38, 41,
    ],
];

/// coded_block_pattern of codeNum for ChromaArrayType 0 and 3: Intra_4x4 and Intra_8x8, then Inter.
#[rustfmt::skip]
pub(crate) static CODED_BLOCK_PATTERN_LUMA: [[u8; 16]; 2] = [
    [15, 0, 7, 11, 13, 14, 3, 5, 10, 12, 1, 2, 4, 8, 6, 9],
    [0, 1, 2, 4, 8, 3, 5, 10, 12, 15, 7, 11, 13, 14, 6, 9],
];

#[cfg(test)]
mod tests {
    use super::*;

    /// Kraft: a prefix code leaves no more than what its unused codes would take, and never overlaps.
    #[test]
    fn codes_are_prefix_free() {
        for (lengths, values) in TOKEN_LENGTH.iter().zip(&TOKEN_VALUE) {
            let codes: Vec<(u8, u8)> =
                lengths.iter().flatten().copied().zip(values.iter().flatten().copied()).filter(|c| c.0 > 0).collect();
            for (i, &(length, value)) in codes.iter().enumerate() {
                for &(other_length, other_value) in &codes[i + 1..] {
                    let shorter = length.min(other_length);
                    assert_ne!(u32::from(value) >> (length - shorter), u32::from(other_value) >> (other_length - shorter));
                }
            }
        }
    }

    #[test]
    fn every_symbol_is_found_in_its_table() {
        for (table, lengths) in COEFF_TOKEN.iter().zip(&TOKEN_LENGTH) {
            for (total, row) in lengths.iter().enumerate() {
                for (ones, &length) in row.iter().enumerate().filter(|(_, length)| **length > 0) {
                    assert!(table.iter().any(|code| code.symbol as usize == total << 2 | ones && code.length == length));
                }
            }
        }
    }
}
