//! scaling_list_data( ) (7.3.4, 7.4.5) and the scaling factors that it gives.

use codecorpus_bitstream::{BitReader, ParseError, Result};

use crate::tables::scaling::{DEFAULT_INTER_8X8, DEFAULT_INTRA_8X8};
use crate::tables::scan::{diagonal_4x4, diagonal_8x8};

/// Lists of one sizeId, by matrixId.
type Lists<const N: usize> = [[u8; N]; 6];

/// ScalingList of every sizeId and matrixId, with the DC of the two larger sizes. 32x32 chroma lists (4:4:4) are those of 16x16.
#[derive(Debug, Clone, PartialEq, Eq)]
struct ScalingLists {
    size0: Lists<16>,
    size1: Lists<64>,
    size2: Lists<64>,
    size3: Lists<64>,
    dc: [[u8; 6]; 2],
}

/// m[ x ][ y ] of every transform block size, colour component and prediction, in raster order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ScalingFactors {
    factors: Vec<u8>,
}

/// Where the factors of a sizeId begin, and behind the last.
const OFFSETS: [usize; 5] = [0, 6 * 16, 6 * (16 + 64), 6 * (16 + 64 + 256), 6 * (16 + 64 + 256 + 1024)];

impl ScalingFactors {
    /// The default lists: tables 7-5 and 7-6.
    pub(crate) fn default_lists() -> Self {
        ScalingLists::default().factors()
    }

    pub(crate) fn read(bits: &mut BitReader<'_>) -> Result<Self> {
        Ok(ScalingLists::read(bits)?.factors())
    }

    /// The factors of a block of 2^log2 samples a side, in raster order; matrixId as in table 7-4.
    #[inline]
    pub(crate) fn of(&self, log2: u32, matrix_id: usize) -> &[u8] {
        let size_id = (log2 as usize - 2).min(3);
        let size = 16 << (2 * size_id);
        let from = OFFSETS[size_id] + matrix_id.min(5) * size;
        self.factors.get(from..from + size).unwrap_or(&[])
    }
}

impl Default for ScalingLists {
    fn default() -> Self {
        let eight = std::array::from_fn(default_8x8);
        Self { size0: [[16; 16]; 6], size1: eight, size2: eight, size3: eight, dc: [[16; 6]; 2] }
    }
}

fn default_8x8(matrix_id: usize) -> [u8; 64] {
    if matrix_id < 3 { DEFAULT_INTRA_8X8 } else { DEFAULT_INTER_8X8 }
}

impl ScalingLists {
    fn read(bits: &mut BitReader<'_>) -> Result<Self> {
        let mut lists = Self::default();
        for matrix_id in 0..6 {
            if let Some(list) = read_list(bits, &lists.size0, matrix_id, 1, None)? {
                lists.size0[matrix_id] = list.values;
            } else {
                lists.size0[matrix_id] = [16; 16];
            }
        }
        for size_id in 1..4 {
            lists.read_8x8(bits, size_id)?;
        }
        lists.infer_32x32_chroma();
        Ok(lists)
    }

    fn read_8x8(&mut self, bits: &mut BitReader<'_>, size_id: usize) -> Result<()> {
        let step = if size_id == 3 { 3 } else { 1 };
        for matrix_id in (0..6).step_by(step) {
            let lists = match size_id {
                1 => &self.size1,
                2 => &self.size2,
                _ => &self.size3,
            };
            let dc = size_id.checked_sub(2).and_then(|i| self.dc.get(i));
            let list = read_list(bits, lists, matrix_id, step, dc)?.unwrap_or(List { values: default_8x8(matrix_id), dc: 16 });
            match size_id {
                1 => self.size1[matrix_id] = list.values,
                2 => self.size2[matrix_id] = list.values,
                _ => self.size3[matrix_id] = list.values,
            }
            if let Some(dc) = size_id.checked_sub(2).and_then(|i| self.dc.get_mut(i)) {
                dc[matrix_id] = list.dc;
            }
        }
        Ok(())
    }

    /// ChromaArrayType equal to 3: 32x32 chroma blocks take the lists of 16x16 ones (7.4.5).
    fn infer_32x32_chroma(&mut self) {
        for matrix_id in [1, 2, 4, 5] {
            self.size3[matrix_id] = self.size2[matrix_id];
            self.dc[1][matrix_id] = self.dc[0][matrix_id];
        }
    }

    fn factors(&self) -> ScalingFactors {
        let mut factors = Vec::with_capacity(OFFSETS[4]);
        for list in &self.size0 {
            factors.extend(raster(list, &diagonal_4x4(), 4, 1));
        }
        for (lists, ratio) in [(&self.size1, 1), (&self.size2, 2), (&self.size3, 4)] {
            for (matrix_id, list) in lists.iter().enumerate() {
                let from = factors.len();
                factors.extend(raster(list, &diagonal_8x8(), 8, ratio));
                if ratio > 1 {
                    factors[from] = self.dc[ratio / 4][matrix_id];
                }
            }
        }
        ScalingFactors { factors }
    }
}

/// A list in diagonal scan order, as a raster of `side * ratio` samples a side.
fn raster(list: &[u8], scan: &[(u8, u8)], side: usize, ratio: usize) -> Vec<u8> {
    let mut small = [0; 64];
    for (&value, &(x, y)) in list.iter().zip(scan) {
        small[usize::from(y) * side + usize::from(x)] = value;
    }
    let n = side * ratio;
    (0..n * n).map(|i| small[i / n / ratio * side + i % n / ratio]).collect()
}

struct List<const N: usize> {
    values: [u8; N],
    dc: u8,
}

/// One list; none where it is the default one.
fn read_list<const N: usize>(
    bits: &mut BitReader<'_>,
    lists: &Lists<N>,
    matrix_id: usize,
    step: usize,
    dc: Option<&[u8; 6]>,
) -> Result<Option<List<N>>> {
    if !bits.flag("scaling_list_pred_mode_flag")? {
        let delta = bits.ue_max((matrix_id / step) as u32, "scaling_list_pred_matrix_id_delta")? as usize * step;
        let reference = matrix_id - delta;
        return Ok((delta > 0).then(|| List { values: lists[reference], dc: dc.map_or(16, |dc| dc[reference]) }));
    }
    let mut next_coef = 8;
    let mut list = List { values: [0; N], dc: 16 };
    if dc.is_some() {
        next_coef = bits.se_in(-7, 247, "scaling_list_dc_coef_minus8")? + 8;
        list.dc = next_coef as u8;
    }
    for value in &mut list.values {
        let delta = bits.se_in(-128, 127, "scaling_list_delta_coef")?;
        next_coef = (next_coef + delta + 256) % 256;
        if next_coef == 0 {
            return Err(
                ParseError::malformed("scaling_list_delta_coef", "a scaling factor of zero").at_bit(bits.position() as u64)
            );
        }
        *value = next_coef as u8;
    }
    Ok(Some(list))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn default_factors_are_flat_at_4x4_and_symmetric_above() {
        let factors = ScalingFactors::default_lists();
        assert!(factors.of(2, 0).iter().all(|&m| m == 16));
        for log2 in 3..=5 {
            let n = 1 << log2;
            let matrix = factors.of(log2, 5);
            assert_eq!(matrix.len(), n * n);
            assert!((0..n * n).all(|i| matrix[i] == matrix[i % n * n + i / n]));
            assert_eq!(matrix[0], 16);
        }
        assert_eq!(factors.of(3, 0)[63], 115);
        assert_eq!(factors.of(5, 3)[1023], 91);
    }
}
