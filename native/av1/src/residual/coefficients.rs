//! coeffs( ) (5.11.39): consumes coefficients and sums them up.

use codecorpus_bitstream::butterflies::inverse_wht;
use codecorpus_bitstream::error::Result;

use crate::block::Block;
use crate::entropy::{ShortCdf, SymbolDecoder};
use crate::residual::inverse::Inverse;
use crate::residual::left_mask;
use crate::residual::levels::{MAX_COEFFICIENTS, PLACES, POSITIONS, Quant, REACH};
use crate::residual::quantizer::{depth_scale, dq_shift, energy_scale};
use crate::residual::scan::{Position, STRIDE, Scan};
use crate::residual::transform::{Coded, TransformBlock, TxClass, TxType};
use crate::sizes::TxSize;
use crate::state::Tile;
use crate::tables::quantizer_matrices::{QM_OFFSET, QUANTIZER_MATRIX};

/// NUM_BASE_LEVELS + COEFF_BASE_RANGE (section 3).
const MAX_CODED_LEVEL: u32 = 14;
/// The longest golomb_length_bit run (6.10.34).
const MAX_GOLOMB_LENGTH: u32 = 20;

impl Tile<'_> {
    /// coeffs( ) (5.11.39), and the transform type.
    pub(super) fn coeffs(&mut self, block: &Block, transform: TransformBlock) -> Result<(Coded, TxType)> {
        let tx_size_ctx = transform.tx_size.context();
        let (w4, h4) = (transform.tx_size.width4(), transform.tx_size.height4());
        let sub_y = if transform.plane > 0 { self.frame.subsampling_y } else { 0 };
        let above = gather(&self.above.coefficients[transform.plane], transform.x4, w4);
        let left = gather(&self.left.coefficients[transform.plane], transform.y4 & left_mask(sub_y), h4);
        let ctx = all_zero_ctx(transform, above, left);
        if self.symbols.boolean(&mut self.cdfs.coefficient.txb_skip[tx_size_ctx][ctx]) {
            if transform.plane == 0 && block.info.is_inter {
                self.set_tx_types(transform, TxType::DctDct);
            }
            return Ok((Coded::default(), TxType::DctDct));
        }
        let tx_type =
            if transform.plane > 0 { self.chroma_tx_type(block, transform) } else { self.luma_tx_type(block, transform) };
        let class = tx_type.class();
        let ptype = usize::from(transform.plane > 0);
        let eob = self.read_eob(transform.tx_size, tx_size_ctx, ptype, class);
        let scan = self.transform_state.scans.get(transform.tx_size, class);
        let read = match (class, self.symbols.adapts()) {
            (TxClass::TwoD, true) => read_levels::<TwoD, true>,
            (TxClass::TwoD, false) => read_levels::<TwoD, false>,
            (TxClass::Horizontal, true) => read_levels::<Horizontal, true>,
            (TxClass::Horizontal, false) => read_levels::<Horizontal, false>,
            (TxClass::Vertical, true) => read_levels::<Vertical, true>,
            (TxClass::Vertical, false) => read_levels::<Vertical, false>,
        };
        let coefficient = &mut self.cdfs.coefficient;
        let base_eob = &mut coefficient.coeff_base_eob[tx_size_ctx][ptype];
        let base = &mut coefficient.coeff_base[tx_size_ctx][ptype];
        let br = &mut coefficient.coeff_br[tx_size_ctx.min(3)][ptype];
        read(&mut self.symbols, (base_eob, base, br), &mut self.transform_state.levels.0, scan, eob);
        let coded = self.read_signs(block, transform, tx_type, dc_sign_ctx(above, left), scan.width)?;
        Ok((coded, tx_type))
    }

    /// transform_type( ) and compute_tx_type( ) (5.11.40, 5.11.47) of luma.
    fn luma_tx_type(&mut self, block: &Block, transform: TransformBlock) -> TxType {
        let tx_type = self.transform_type(block, transform.tx_size);
        if block.info.is_inter {
            self.set_tx_types(transform, tx_type);
        }
        tx_type
    }

    /// eob_pt_16 to eob_pt_1024, eob_extra, eob_extra_bit (5.11.39): eob.
    fn read_eob(&mut self, tx_size: TxSize, tx_size_ctx: usize, ptype: usize, class: TxClass) -> usize {
        let multisize = tx_size.width_log2().min(5) + tx_size.height_log2().min(5) - 4;
        let ctx = usize::from(class != TxClass::TwoD);
        let cdfs = &mut self.cdfs.coefficient;
        let symbols = &mut self.symbols;
        let eob_pt = 1 + match multisize {
            0 => symbols.symbol(&mut cdfs.eob_pt_16[ptype][ctx], 5),
            1 => symbols.symbol(&mut cdfs.eob_pt_32[ptype][ctx], 6),
            2 => symbols.symbol(&mut cdfs.eob_pt_64[ptype][ctx], 7),
            3 => symbols.symbol(&mut cdfs.eob_pt_128[ptype][ctx], 8),
            4 => symbols.symbol(&mut cdfs.eob_pt_256[ptype][ctx], 9),
            5 => symbols.symbol(&mut cdfs.eob_pt_512[ptype], 10),
            _ => symbols.symbol(&mut cdfs.eob_pt_1024[ptype], 11),
        };
        if eob_pt < 3 {
            return eob_pt as usize;
        }
        let bits = eob_pt - 2;
        let mut eob = (1 << bits) + 1;
        let extra = &mut cdfs.eob_extra[tx_size_ctx][ptype][(eob_pt as usize - 3).min(8)];
        eob += u32::from(symbols.boolean(extra)) << (bits - 1);
        eob += symbols.literal(bits - 1);
        eob as usize
    }

    /// The signs and the golomb codes (5.11.39), and the sums.
    fn read_signs(
        &mut self,
        block: &Block,
        transform: TransformBlock,
        tx_type: TxType,
        dc_ctx: usize,
        width: usize,
    ) -> Result<Coded> {
        let dequantizer = self.dequantizer(block, transform, tx_type, width);
        let Quant { levels, coded: positions, count, .. } = &mut *self.transform_state.levels.0;
        let mut positions = &positions[..(*count).min(MAX_COEFFICIENTS)];
        let mut coded = Coded { coefs: positions.len() as u32, ..Coded::default() };
        let inverse =
            self.transform_state.inverse.as_mut().filter(|_| transform.plane == 0).map(|inverse| (inverse, transform.tx_size));
        let mut sums = Sums { inverse, ..Sums::default() };
        let mut is_read = true;
        // A copy stays in registers.
        let mut symbols = self.symbols.clone();
        if let Some((0, others)) = positions.split_last() {
            let sign = symbols.boolean(&mut self.cdfs.coefficient.dc_sign[usize::from(transform.plane > 0)][dc_ctx]);
            coded.dc_category = if sign { 1 } else { 2 };
            let level = u32::from(std::mem::take(&mut levels[0]));
            is_read &= symbols.lend(|symbols| sums.add(symbols, &dequantizer, level, sign, 0));
            positions = others;
        }
        let plain = dequantizer.matrix.is_none() && !block.lossless && sums.inverse.is_none();
        let (step, shift) = (u64::from(dequantizer.steps[1]), dequantizer.shift);
        for &padded in positions.iter().rev() {
            let padded = usize::from(padded) & (POSITIONS - 1);
            let level = u32::from(std::mem::take(&mut levels[padded]));
            let sign = symbols.bit();
            if level <= MAX_CODED_LEVEL && plain {
                // Too small for any bound of dequantisation.
                sums.cul_level += level;
                let dq = (u64::from(level) * step) >> shift;
                sums.squares += dq * dq;
            } else {
                is_read &= symbols.lend(|symbols| sums.add(symbols, &dequantizer, level, sign, padded));
            }
        }
        self.symbols = symbols;
        if !is_read {
            return Err(self.malformed("golomb_length_bit", "twenty zeros"));
        }
        coded.cul_level = sums.cul_level.min(63) as u8;
        let scale = energy_scale(transform.tx_size, self.frame.bit_depth);
        coded.dc = if tx_type == TxType::DctDct && !block.lossless { sums.samples[0] as f32 * scale.sqrt() } else { f32::NAN };
        coded.energy =
            if block.lossless { sums.lossless_energy() * depth_scale(self.frame.bit_depth) } else { sums.squares as f32 * scale };
        Ok(coded)
    }

    /// What dequantisation (7.12.3) of a transform block needs.
    #[inline]
    fn dequantizer(&mut self, block: &Block, transform: TransformBlock, tx_type: TxType, width: usize) -> Dequantizer {
        let frame = self.frame;
        self.transform_state.quantizer.set(block.qindex, &frame.header.quantization_params, frame.bit_depth);
        Dequantizer {
            steps: self.transform_state.quantizer.steps[transform.plane],
            matrix: self.quantizer_matrix(block, transform, tx_type),
            width,
            shift: dq_shift(transform.tx_size),
            max: (1u64 << (7 + frame.bit_depth)) - 1,
        }
    }

    /// The quantizer matrix of a transform block (7.12.3), if it has one.
    #[inline]
    fn quantizer_matrix(&self, block: &Block, transform: TransformBlock, tx_type: TxType) -> Option<&'static [u8]> {
        let qm_level = self.frame.header.seg_qm_level[transform.plane][usize::from(block.info.segment_id & 7)];
        let planes = if tx_type < TxType::Idtx { QUANTIZER_MATRIX.get(usize::from(qm_level)) } else { None }?;
        planes[usize::from(transform.plane > 0)].get(usize::from(QM_OFFSET[transform.tx_size as usize])..)
    }
}

/// What the coefficients of a transform block add up to.
#[derive(Debug, Default)]
struct Sums<'a> {
    /// culLevel; at most 1024 times 20 bits.
    cul_level: u32,
    /// Of Dequant.
    squares: u64,
    /// Dequant of a 4x4 block, in raster order: what a lossless one needs. The first place is that of every block's DC.
    samples: [i32; 16],
    /// Where every coefficient is kept, and the transform's size.
    inverse: Option<(&'a mut Inverse, TxSize)>,
}

impl Sums<'_> {
    /// Adds a coefficient, with the golomb code that may be its rest; tells whether that could be read.
    #[inline(never)]
    fn add(
        &mut self,
        symbols: &mut SymbolDecoder<'_>,
        dequantizer: &Dequantizer,
        mut level: u32,
        sign: bool,
        padded: usize,
    ) -> bool {
        let x = if level > MAX_CODED_LEVEL { read_golomb(symbols) } else { Some(0) };
        level = (level.min(MAX_CODED_LEVEL) + x.unwrap_or_default()) & 0xF_FFFF;
        self.cul_level += level;
        let dq = dequantizer.dequantise(level, sign, padded);
        self.squares += dq * dq;
        let value = if sign { -(dq as i32) } else { dq as i32 };
        let (row, column) = (padded / STRIDE, padded % STRIDE);
        if row < 4 && column < 4 {
            self.samples[row * 4 + column] = value;
        }
        if let Some((inverse, tx_size)) = &mut self.inverse {
            inverse.put(row, column, *tx_size, value);
        }
        x.is_some()
    }

    /// The squared residual samples of a lossless block (7.13.2.10).
    fn lossless_energy(&self) -> f32 {
        let mut samples = self.samples;
        inverse_wht(&mut samples);
        samples.iter().map(|&sample| u64::from(sample.unsigned_abs()).pow(2)).sum::<u64>() as f32
    }
}

/// Dequantisation of the coefficients of one transform block (7.12.3).
struct Dequantizer {
    /// Of DC, then AC.
    steps: [u32; 2],
    matrix: Option<&'static [u8]>,
    /// Length of the matrix's rows.
    width: usize,
    shift: u32,
    max: u64,
}

impl Dequantizer {
    /// The absolute value of Dequant (7.12.3).
    #[inline(always)]
    fn dequantise(&self, level: u32, sign: bool, padded: usize) -> u64 {
        let mut step = self.steps[usize::from(padded != 0)];
        if let Some(matrix) = self.matrix {
            let pos = padded / STRIDE * self.width + padded % STRIDE;
            step = (step * u32::from(matrix.get(pos).copied().unwrap_or(32)) + 16) >> 5;
        }
        (((u64::from(level) * u64::from(step)) & 0xFF_FFFF) >> self.shift).min(self.max + u64::from(sign))
    }
}

/// golomb_length_bit and golomb_data_bit (5.11.39): x, unless its length is beyond what conforming streams have.
#[inline]
fn read_golomb(symbols: &mut SymbolDecoder<'_>) -> Option<u32> {
    let mut length = 1;
    while !symbols.bit() {
        length += 1;
        if length > MAX_GOLOMB_LENGTH {
            return None;
        }
    }
    Some(1 << (length - 1) | symbols.literal(length - 1))
}

/// What a class of transforms (8.3.2) says of the contexts of levels: how far before a level those stand that count it.
trait NeighbourOffsets {
    /// Sig_Ref_Diff_Offset: of coeff_base.
    const BASE: [usize; 5];
    /// Mag_Ref_Offset_With_Tx_Class: of coeff_br.
    const BR: [usize; 3];
    /// Whether neighbours matter to the coeff_base of DC.
    const COUNTS_FOR_DC: bool;
}

struct TwoD;
struct Horizontal;
struct Vertical;

impl NeighbourOffsets for TwoD {
    const BASE: [usize; 5] = [1, STRIDE, STRIDE + 1, 2, 2 * STRIDE];
    const BR: [usize; 3] = [1, STRIDE, STRIDE + 1];
    const COUNTS_FOR_DC: bool = false;
}

impl NeighbourOffsets for Horizontal {
    const BASE: [usize; 5] = [1, STRIDE, 2, 3, 4];
    const BR: [usize; 3] = [1, STRIDE, 2];
    const COUNTS_FOR_DC: bool = true;
}

impl NeighbourOffsets for Vertical {
    const BASE: [usize; 5] = [1, STRIDE, 2 * STRIDE, 3 * STRIDE, 4 * STRIDE];
    const BR: [usize; 3] = [1, STRIDE, 2 * STRIDE];
    const COUNTS_FOR_DC: bool = true;
}

/// Levels of one transform block from the last coefficient to the first (5.11.39), with their contexts (8.3.2).
#[inline(never)]
fn read_levels<N: NeighbourOffsets, const ADAPT: bool>(
    decoder: &mut SymbolDecoder<'_>,
    (base_eob, base, br): (&mut [ShortCdf; 4], &mut [ShortCdf; 42], &mut [ShortCdf; 21]),
    quant: &mut Quant,
    scan: &Scan,
    eob: usize,
) {
    // A copy stays in registers.
    let mut symbols = decoder.clone();
    let positions = &scan.positions[..eob.min(scan.positions.len())];
    let Some((last, before)) = positions.split_last() else { return };
    let eob_ctx = match before.len() {
        0 => 0,
        c if c <= scan.positions.len() / 8 => 1,
        c if c <= scan.positions.len() / 4 => 2,
        _ => 3,
    };
    let mut level = symbols.short_symbol_with::<ADAPT>(&mut base_eob[eob_ctx], 3) as u8 + 1;
    let padded = usize::from(last.padded) & (POSITIONS - 1);
    count_level::<N>(&mut quant.sums, padded, level);
    if level == 3 {
        level += symbols.lend(|symbols| read_br::<N, ADAPT>(symbols, br, &quant.levels, *last));
    }
    quant.coded[0] = last.padded;
    quant.levels[padded] = level;
    let mut count = 1;
    let (first, others) = before.split_at(before.len().min(1));
    for positions in [others, first] {
        for position in positions.iter().rev() {
            let padded = usize::from(position.padded) & (POSITIONS - 1);
            let sum = std::mem::take(&mut quant.sums[padded + REACH]);
            let ctx = usize::from(position.base_ctx.wrapping_add(BASE_CTX[usize::from(sum)]));
            let Some(cdf) = base.get_mut(ctx) else { return };
            if symbols.is_first_of_short::<ADAPT>(cdf) {
                continue;
            }
            let mut level = symbols.short_symbol_with::<ADAPT>(cdf, 4) as u8;
            count_level::<N>(&mut quant.sums, padded, level);
            if level == 3 {
                level += symbols.lend(|symbols| read_br::<N, ADAPT>(symbols, br, &quant.levels, *position));
            }
            quant.levels[padded] = level;
            quant.coded[count & (MAX_COEFFICIENTS - 1)] = position.padded;
            count += 1;
        }
        if !N::COUNTS_FOR_DC {
            quant.sums[REACH] = 0;
        }
    }
    quant.count = count;
    decoder.clone_from(&symbols);
}

/// Adds a level, which coeff_br did not raise yet, to the sums of the positions that have it as a neighbour (8.3.2, coeff_base).
#[inline(always)]
fn count_level<N: NeighbourOffsets>(sums: &mut [u8; PLACES], padded: usize, level: u8) {
    for offset in N::BASE {
        let at = padded + REACH - offset;
        sums[at] = sums[at].wrapping_add(level);
    }
}

/// coeff_br after a base level of 3, with its context (5.11.39, 8.3.2): how much it adds to the level.
#[inline(never)]
fn read_br<N: NeighbourOffsets, const ADAPT: bool>(
    symbols: &mut SymbolDecoder<'_>,
    br: &mut [ShortCdf; 21],
    levels: &[u8; PLACES],
    position: Position,
) -> u8 {
    let padded = usize::from(position.padded) & (POSITIONS - 1);
    let mag: u8 = N::BR.iter().map(|offset| levels[padded + offset]).sum();
    let ctx = usize::from(position.br_ctx + BR_CTX[usize::from(mag & 63)]);
    let Some(cdf) = br.get_mut(ctx) else { return 0 };
    let mut level = 0;
    for _ in 0..4 {
        let coeff_br = symbols.short_symbol_with::<ADAPT>(cdf, 4) as u8;
        level += coeff_br;
        if coeff_br < 3 {
            break;
        }
    }
    level
}

/// Min( ( mag + 1 ) >> 1, 4 ) (8.3.2, coeff_base).
static BASE_CTX: [u8; 256] = {
    let mut table = [4; 256];
    let mut mag = 0;
    while mag < 7 {
        table[mag] = ((mag + 1) >> 1) as u8;
        mag += 1;
    }
    table
};

/// Min( ( mag + 1 ) >> 1, 6 ) (8.3.2, coeff_br).
static BR_CTX: [u8; 64] = {
    let mut table = [6; 64];
    let mut mag = 0;
    while mag < 11 {
        table[mag] = ((mag + 1) >> 1) as u8;
        mag += 1;
    }
    table
};

/// The contexts of up to 16 units (8.3.2, all_zero and dc_sign), one a byte: there is room for 16 behind every unit.
#[inline(always)]
fn gather(contexts: &[u8], start: usize, count: usize) -> u128 {
    let units = contexts.get(start..).and_then(|units| units.first_chunk()).map_or(0, |units| u128::from_le_bytes(*units));
    units & (u128::MAX >> (128 - 8 * count.clamp(1, 16)))
}

const EACH: u128 = u128::from_le_bytes([1; 16]);

/// The context of all_zero (8.3.2).
fn all_zero_ctx(transform: TransformBlock, above: u128, left: u128) -> usize {
    let (bw, bh) = (transform.plane_size.width4(), transform.plane_size.height4());
    let (w, h) = (transform.tx_size.width4(), transform.tx_size.height4());
    if transform.plane > 0 {
        let larger = bw * bh > w * h;
        return 7 + usize::from(above != 0) + usize::from(left != 0) + 3 * usize::from(larger);
    }
    if bw == w && bh == h {
        return 0;
    }
    let (above, left) = (above & (EACH * 63), left & (EACH * 63));
    // Levels above 3 have one of these bits; the greatest of several has one if any has.
    let (high_above, high_left) = (above & (EACH * 60) != 0, left & (EACH * 60) != 0);
    match (above != 0, left != 0) {
        (false, false) => 1,
        (true, true) => 4 + usize::from(high_above) + usize::from(high_left),
        _ => 2 + usize::from(high_above || high_left),
    }
}

/// The context of dc_sign (8.3.2).
fn dc_sign_ctx(above: u128, left: u128) -> usize {
    let count = |bit: u32| {
        let units = (above >> bit & EACH) + (left >> bit & EACH);
        // The sum of the bytes gathers in the highest.
        ((units as u64 + (units >> 64) as u64).wrapping_mul(EACH as u64)) >> 56
    };
    let (negatives, positives) = (count(6), count(7));
    match positives.cmp(&negatives) {
        std::cmp::Ordering::Less => 1,
        std::cmp::Ordering::Equal => 0,
        std::cmp::Ordering::Greater => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::transforms::{MAG_REF_OFFSET_WITH_TX_CLASS, SIG_REF_DIFF_OFFSET};

    #[test]
    fn offsets_are_the_standards() {
        fn check<N: NeighbourOffsets>(class: TxClass) {
            let offset = |[row, col]: [u8; 2]| usize::from(row) * STRIDE + usize::from(col);
            assert_eq!(N::BASE, SIG_REF_DIFF_OFFSET[class as usize].map(offset));
            assert_eq!(N::BR, MAG_REF_OFFSET_WITH_TX_CLASS[class as usize].map(offset));
        }
        check::<TwoD>(TxClass::TwoD);
        check::<Horizontal>(TxClass::Horizontal);
        check::<Vertical>(TxClass::Vertical);
    }
}
