//! residual( ), residual_luma( ): 7.3.5.3. Coefficients are counted and their energy is summed; none is kept.

pub(crate) mod bypass;
pub(crate) mod energy;
pub(crate) mod inverse;
pub(crate) mod transform;

use codecorpus_bitstream::qp::qp_bd_offset;
use codecorpus_bitstream::{Information, QpPrime, Result};

use crate::entropy::cavlc::{DC_420, DC_422};
use crate::entropy::{Block, Sink, Syntax, shape};
use crate::neighbours::macroblocks::flag;
use crate::state::{MacroblockReader, cell_of};
use crate::tables::scaling::chroma_qp;
use crate::tables::scans::RASTER_OF_BLOCK;
use bypass::{Bypass, BypassList};
use energy::octave;
use inverse::{LumaList, Scaling};
use transform::{Scale, TransformBlock, TransformKind};

/// Sums the energy of levels: the weight of level `i` stands at `i << shift`.
struct EnergySink<'a> {
    weights: &'a [f32],
    shift: u32,
    sum: f32,
}

impl Sink for EnergySink<'_> {
    #[inline(always)]
    fn put(&mut self, index: usize, level: i32) {
        let level = level as f32;
        self.sum += level * level * self.weights.get(index << self.shift).copied().unwrap_or(0.0);
    }
}

/// Keeps the levels of a list beside their energy: level `i` at `i << shift | offset`.
struct LevelSink<'a> {
    energy: EnergySink<'a>,
    levels: &'a mut [i32; 64],
    offset: usize,
}

impl Sink for LevelSink<'_> {
    #[inline(always)]
    fn put(&mut self, index: usize, level: i32) {
        self.energy.put(index, level);
        self.levels[(index << self.energy.shift | self.offset) & 63] = level;
    }
}

/// total_coeff of a block that is not available (CAVLC), or that counts as coded (CABAC, intra).
const NOT_AVAILABLE: u8 = 64;

/// Lists of levels of one kind and colour component, and how their energy is weighed.
#[derive(Debug, Clone, Copy)]
struct LevelList<'a> {
    kind: TransformKind,
    plane: usize,
    /// ctxBlockCat.
    category: u8,
    /// maxNumCoeff.
    size: u8,
    /// Of level `i` at `i << shift`.
    weights: &'a [f32],
    shift: u32,
    factor: f32,
}

/// A block of a list, in 4x4 blocks of its plane, and where its bits begin.
#[derive(Debug, Clone, Copy)]
struct ListPosition {
    x: usize,
    y: usize,
    begin: Information,
}

/// The places of the bits that are set, lowest first.
fn set_bits(mut bits: u8) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let lowest = (bits != 0).then(|| bits.trailing_zeros() as usize);
        bits &= bits.wrapping_sub(1);
        lowest
    })
}

impl<S: Syntax, const MBAFF: bool> MacroblockReader<'_, S, MBAFF> {
    /// All coefficients of the macroblock, of which coded_block_pattern says that there may be some.
    pub(crate) fn read_residual(&mut self) -> Result<()> {
        let array_type = self.slice.chroma_array_type;
        let planes = if array_type == 3 { 3 } else { 1 };
        let pattern = self.current.coded_block_pattern;
        self.find_scales();
        let bypass = self.slice.sps.qpprime_y_zero_transform_bypass_flag && self.quantiser.scales[0].qp.value() == 0;
        if bypass {
            self.coded.bypass.begin();
            self.coded.first_transform = self.out.picture.transforms.len();
        }
        self.coded.is_bypass = bypass;
        let has_luma = pattern & 15 != 0;
        if has_luma || self.current.is(flag::I_16X16) {
            for plane in 0..planes {
                self.load_total_coeff(plane);
                self.read_luma(plane)?;
                if has_luma {
                    self.store_total_coeff(plane);
                }
            }
        }
        if matches!(array_type, 1 | 2) && pattern >> 4 != 0 {
            self.read_chroma(pattern >> 4 == 2)?;
        }
        if bypass {
            self.add_bypass_energy();
        }
        Ok(())
    }

    /// Keeps what the macroblock's QPY comes to (8.5.8, 8.5.9), which most macroblocks share with the one before.
    #[inline]
    fn find_scales(&mut self) {
        if self.quantiser.scaled_qp != Some(self.quantiser.qp) {
            self.quantiser.scaled_qp = Some(self.quantiser.qp);
            self.quantiser.scales = [0, 1, 2].map(|plane| self.scale(plane));
        }
    }

    /// qP of a colour component (8.5.8), and what follows from it.
    fn scale(&self, plane: usize) -> Scale {
        let sps = self.slice.sps;
        if plane == 0 {
            return Scale::new(QpPrime::new(self.quantiser.qp, sps.bit_depth_luma), sps.bit_depth_luma);
        }
        let lowest = -qp_bd_offset(sps.bit_depth_chroma);
        let qp_i = (self.quantiser.qp + self.slice.pps.chroma_qp_index_offset[plane - 1]).clamp(lowest, 51);
        Scale::new(QpPrime::new(chroma_qp(qp_i), sps.bit_depth_chroma), sps.bit_depth_chroma)
    }

    /// Whether field scans and field contexts apply.
    #[inline]
    pub(crate) fn is_field_macroblock(&self) -> bool {
        self.is_field() || self.slice.is_field_picture()
    }

    /// Columns and rows of 4x4 blocks in a colour component.
    fn blocks_of(&self, plane: usize) -> (usize, usize) {
        match self.slice.chroma_array_type {
            1 if plane > 0 => (2, 2),
            2 if plane > 0 => (2, 4),
            _ => (4, 4),
        }
    }

    /// Fills the cells around the macroblock with the neighbours' total_coeff.
    fn load_total_coeff(&mut self, plane: usize) {
        let (_, rows) = self.blocks_of(plane);
        let absent = if !S::CABAC || self.current.is(flag::INTRA) { NOT_AVAILABLE } else { 0 };
        // A coded_block_flag of an 8x8 block looks at other 8x8 blocks alone.
        let eight = S::CABAC && self.slice.chroma_array_type == 3 && self.current.is(flag::TRANSFORM_8X8);
        let counts = |mb: u32| match self.details(mb) {
            None if absent == 0 => &[0; 8],
            None => &[NOT_AVAILABLE; 8],
            Some(_) if eight && self.get(mb).is_some_and(|state| !state.is(flag::TRANSFORM_8X8 | flag::PCM)) => {
                if self.slice.early_x264 && absent != 0 { &[NOT_AVAILABLE; 8] } else { &[0; 8] }
            }
            Some(details) => &details.total_coeff[plane],
        };
        let [a, b, c, d, ..] = *counts(self.neighbours.b);
        let left: [u8; 4] = std::array::from_fn(|row| {
            // Two rows of 4:2:0 chroma are as high as four of luma.
            let cell = self.left(if rows == 2 { (row * 2) & 3 } else { row });
            let its_row = if rows == 2 { cell.row / 2 } else { cell.row };
            counts(cell.mb)[4 + (its_row as usize & 3)]
        });
        let cache = &mut self.coded.total_coeff[plane];
        cache[cell_of(0, 0) - 8..][..4].copy_from_slice(&[a, b, c, d]);
        for row in 0..4 {
            cache[cell_of(0, row) - 1] = left[row];
            cache[cell_of(0, row)..][..4].fill(0);
        }
    }

    /// Keeps total_coeff of a colour component for the macroblocks after this one.
    fn store_total_coeff(&mut self, plane: usize) {
        let (columns, rows) = self.blocks_of(plane);
        let cache = &self.coded.total_coeff[plane];
        let bottom = [0, 1, 2, 3].map(|column| cache[cell_of(column, rows - 1)]);
        let right = [0, 1, 2, 3].map(|row| cache[cell_of(columns - 1, row)]);
        let edge = &mut self.mbs.details[self.address as usize].total_coeff[plane];
        edge[..4].copy_from_slice(&bottom);
        edge[4..].copy_from_slice(&right);
    }

    /// ctxIdxInc of coded_block_flag (9.3.3.1.1.9), or nC (9.2.1), of a 4x4 block.
    #[inline]
    fn block_selector(&self, plane: usize, cell: usize) -> i8 {
        let (left, above) = (self.coded.total_coeff[plane][cell - 1], self.coded.total_coeff[plane][cell - 8]);
        if S::CABAC {
            return i8::from(left != 0) + 2 * i8::from(above != 0);
        }
        let sum = left + above;
        (if sum < NOT_AVAILABLE { (sum + 1) >> 1 } else { sum & 31 }) as i8
    }

    /// ctxIdxInc of coded_block_flag of a DC block (9.3.3.1.1.9).
    fn dc_selector(&self, plane: usize) -> i8 {
        let coded = |mb: u32| match self.get(mb) {
            None => self.current.is(flag::INTRA),
            Some(mb) => mb.dc >> plane & 1 != 0,
        };
        i8::from(coded(self.neighbours.a[0].mb)) + 2 * i8::from(coded(self.neighbours.b))
    }

    /// residual_luma( ), for luma and for colour components that are coded like it.
    fn read_luma(&mut self, index: usize) -> Result<()> {
        let Scale { remainder, factor, .. } = self.quantiser.scales[index];
        let inter = usize::from(!self.current.is(flag::INTRA));
        let slice = self.slice;
        let weights = &slice.pps.level_weights[usize::from(self.is_field_macroblock())];
        // A plane that is coded by itself is scaled by its own lists (8.5.9).
        let component = index + usize::from(slice.header.colour_plane_id);
        let weights4x4 = &weights.weights4x4[component + 3 * inter][remainder];
        let first_category = if index == 0 { 0 } else { 2 + 4 * index as u8 };
        let pattern = self.current.coded_block_pattern & 15;
        let whole = self.current.is(flag::I_16X16);
        if whole {
            self.read_luma_dc(index, first_category, [weights4x4[0]; 16], factor)?;
        }
        let list = if whole {
            let (category, weights) = (first_category + 1, &weights4x4[1..]);
            LevelList { kind: TransformKind::Intra16x16Ac, plane: index, category, size: 15, weights, shift: 0, factor }
        } else {
            let category = first_category + 2;
            LevelList { kind: TransformKind::Luma4x4, plane: index, category, size: 16, weights: weights4x4, shift: 0, factor }
        };
        let quarters = set_bits(pattern);
        if self.current.is(flag::TRANSFORM_8X8) {
            let weights = &weights.weights8x8[2 * component + inter][remainder];
            for quarter in quarters {
                self.read_luma_8x8(index, quarter, weights, factor)?;
            }
            return Ok(());
        }
        let mut any = 0;
        for quarter in quarters {
            for &raster in &RASTER_OF_BLOCK[quarter * 4..quarter * 4 + 4] {
                let (x, y) = (raster as usize & 3, raster as usize >> 2);
                any |= self.read_block(&list, x, y)?;
            }
        }
        if any > 0 && index == 0 {
            self.coded.residual.transform = 2;
        }
        Ok(())
    }

    /// A 4x4 block with a coded_block_flag, at (x, y) in 4x4 blocks.
    #[inline]
    fn read_block(&mut self, list: &LevelList<'_>, x: usize, y: usize) -> Result<u32> {
        let cell = cell_of(x, y);
        let selector = self.block_selector(list.plane, cell);
        let position = ListPosition { x, y, begin: self.begin_block() };
        if !self.syntax.coded_block_flag(list.category, selector) {
            return Ok(0);
        }
        let count = self.read_list::<{ shape::PLAIN }>(list, selector, position)?;
        self.coded.total_coeff[list.plane][cell] = count as u8;
        Ok(count)
    }

    /// Intra16x16DCLevel.
    fn read_luma_dc(&mut self, plane: usize, category: u8, weights: [f32; 16], factor: f32) -> Result<()> {
        // nC is that of the first block.
        let selector = if S::CABAC { self.dc_selector(plane) } else { self.block_selector(plane, cell_of(0, 0)) };
        let position = ListPosition { x: 0, y: 0, begin: self.begin_block() };
        if !self.syntax.coded_block_flag(category, selector) {
            return Ok(());
        }
        let list =
            LevelList { kind: TransformKind::Intra16x16Dc, plane, category, size: 16, weights: &weights, shift: 0, factor };
        let count = self.read_list::<{ shape::PLAIN }>(&list, selector, position)?;
        self.current.dc |= u8::from(count > 0) << plane;
        if count > 0 && plane == 0 {
            self.coded.residual.transform = 2;
        }
        Ok(())
    }

    /// LumaLevel8x8: one list of 64 levels, or four of 16 that interleave.
    fn read_luma_8x8(&mut self, index: usize, quarter: usize, weights: &[f32; 64], factor: f32) -> Result<()> {
        let (x, y) = (quarter % 2 * 2, quarter / 2 * 2);
        let cells = [cell_of(x, y), cell_of(x + 1, y), cell_of(x, y + 1), cell_of(x + 1, y + 1)];
        let position = ListPosition { x, y, begin: self.begin_block() };
        let mut list = LevelList {
            kind: TransformKind::Luma8x8,
            plane: index,
            category: [5, 9, 13][index],
            size: 64,
            weights,
            shift: 0,
            factor,
        };
        let mut total = 0;
        let mut energy = 0.0;
        if S::CABAC {
            // Outside 4:4:4, coded_block_flag is inferred to be 1.
            if self.slice.chroma_array_type == 3 {
                let selector = self.block_selector(index, cells[0]);
                if !self.syntax.coded_block_flag(list.category, selector) {
                    return Ok(());
                }
            }
            (total, energy) = self.read_levels::<{ shape::EIGHT_BY_EIGHT }>(&list, 0, position, 0)?;
            cells.into_iter().for_each(|cell| self.coded.total_coeff[index][cell] = total as u8);
        } else {
            (list.category, list.size, list.shift) = (2, 16, 2);
            for (offset, cell) in cells.into_iter().enumerate() {
                list.weights = &weights[offset..];
                let selector = self.block_selector(index, cell);
                let (count, sum) = self.read_levels::<{ shape::PLAIN }>(&list, selector, position, offset)?;
                self.coded.total_coeff[index][cell] = count as u8;
                total += count;
                energy += sum;
            }
            list.weights = weights;
        }
        if total > 0 && index == 0 {
            self.coded.residual.transform = 3;
        }
        self.add(&list, total, energy, position);
        Ok(())
    }

    /// ChromaDCLevel and ChromaACLevel of 4:2:0 and 4:2:2.
    fn read_chroma(&mut self, has_ac: bool) -> Result<()> {
        let tall = self.slice.chroma_array_type == 2;
        let rows = if tall { 4 } else { 2 };
        let inter = usize::from(!self.current.is(flag::INTRA));
        let slice = self.slice;
        let weights = &slice.pps.level_weights[usize::from(self.is_field_macroblock())];
        for index in 1..3 {
            let mut scale = self.quantiser.scales[index];
            if tall {
                // QP'c,dc of 4:2:2 (8.5.11.2) is 3 higher, and its transform of 2x4 scales by the square root of 1/2.
                scale = Scale::new(scale.qp.plus(3), slice.sps.bit_depth_chroma);
                scale.factor *= 0.5;
            }
            let weight = weights.weights4x4[index + 3 * inter][scale.remainder][0];
            let selector = match (S::CABAC, tall) {
                (true, _) => self.dc_selector(index),
                (false, false) => DC_420,
                (false, true) => DC_422,
            };
            let position = ListPosition { x: 0, y: 0, begin: self.begin_block() };
            if !self.syntax.coded_block_flag(3, selector) {
                continue;
            }
            let (size, weights, factor) = (rows * 2, &[weight; 8], scale.factor);
            let list = LevelList { kind: TransformKind::ChromaDc, plane: index, category: 3, size, weights, shift: 0, factor };
            let count = self.read_list::<{ shape::CHROMA_DC }>(&list, selector, position)?;
            self.current.dc |= u8::from(count > 0) << index;
        }
        if !has_ac {
            return Ok(());
        }
        for index in 1..3 {
            self.load_total_coeff(index);
            let Scale { remainder, factor, .. } = self.quantiser.scales[index];
            let weights = &weights.weights4x4[index + 3 * inter][remainder][1..];
            let list =
                LevelList { kind: TransformKind::ChromaAc, plane: index, category: 4, size: 15, weights, shift: 0, factor };
            for block in 0..2 * rows as usize {
                self.read_block(&list, block & 1, block >> 1)?;
            }
            self.store_total_coeff(index);
        }
        Ok(())
    }

    /// Where the bits of a transform block begin, for its row.
    #[inline(always)]
    fn begin_block(&self) -> Information {
        if self.out.wanted.transforms { self.syntax.information() } else { Information::default() }
    }

    /// Reads a list and adds what it comes to.
    #[inline(always)]
    fn read_list<const SHAPE: u8>(&mut self, list: &LevelList<'_>, selector: i8, position: ListPosition) -> Result<u32> {
        let (count, energy) = self.read_levels::<SHAPE>(list, selector, position, 0)?;
        if count > 0 {
            self.add(list, count, energy, position);
        }
        Ok(count)
    }

    /// `offset`: which one of lists that interleave.
    #[inline(always)]
    fn read_levels<const SHAPE: u8>(
        &mut self,
        list: &LevelList<'_>,
        selector: i8,
        position: ListPosition,
        offset: usize,
    ) -> Result<(u32, f32)> {
        let block = Block { category: list.category, size: list.size, selector };
        if self.coded.is_bypass {
            return Ok((self.read_bypass_levels::<SHAPE>(list, block, position, offset)?, 0.0));
        }
        if self.out.wanted.coefficients() {
            return self.read_kept_levels::<SHAPE>(list, block, offset);
        }
        let field = self.is_field_macroblock();
        let mut sink = EnergySink { weights: list.weights, shift: list.shift, sum: 0.0 };
        let count = self.syntax.residual_block::<SHAPE>(block, field, &mut sink)?;
        Ok((count, sink.sum * list.factor))
    }

    /// As [`MacroblockReader::read_levels`], where the levels themselves are asked for.
    #[inline(never)]
    fn read_kept_levels<const SHAPE: u8>(&mut self, list: &LevelList<'_>, block: Block, offset: usize) -> Result<(u32, f32)> {
        let field = self.is_field_macroblock();
        let sink = EnergySink { weights: list.weights, shift: list.shift, sum: 0.0 };
        if offset == 0 {
            self.coded.levels = [0; 64];
        }
        let mut sink = LevelSink { energy: sink, levels: &mut self.coded.levels, offset };
        let count = self.syntax.residual_block::<SHAPE>(block, field, &mut sink)?;
        Ok((count, sink.energy.sum * list.factor))
    }

    #[cold]
    #[inline(never)]
    fn read_bypass_levels<const SHAPE: u8>(
        &mut self,
        list: &LevelList<'_>,
        block: Block,
        position: ListPosition,
        offset: usize,
    ) -> Result<u32> {
        let field = self.is_field_macroblock();
        let ListPosition { x, y, .. } = position;
        let place = match list.kind {
            TransformKind::Intra16x16Dc => BypassList::LumaDc,
            TransformKind::Luma4x4 => BypassList::Block4x4 { x, y, first: 0 },
            TransformKind::Intra16x16Ac | TransformKind::ChromaAc => BypassList::Block4x4 { x, y, first: 1 },
            TransformKind::Luma8x8 => BypassList::Block8x8 { x, y, shift: list.shift, offset },
            TransformKind::ChromaDc => BypassList::ChromaDc { tall: self.slice.chroma_array_type == 2 },
        };
        let row = self.out.picture.transforms.len() - self.coded.first_transform;
        let mut sink = self.coded.bypass.sink(list.plane, place, row, field);
        self.syntax.residual_block::<SHAPE>(block, field, &mut sink)
    }

    #[inline]
    fn add(&mut self, list: &LevelList<'_>, count: u32, energy: f32, position: ListPosition) {
        let sum = &mut self.coded.residual.planes[usize::from(list.plane > 0)];
        sum.coefs += count;
        sum.energy += energy;
        if self.out.wanted.coefficients() && count > 0 {
            self.add_levels(list, position);
            if self.out.wanted.transforms {
                self.add_transform(list, count, energy, position);
            }
        }
    }

    /// Hands a list of luma levels to the inverse transform, where that is asked for.
    #[inline(never)]
    fn add_levels(&mut self, list: &LevelList<'_>, position: ListPosition) {
        let scaling =
            Scaling { qp: self.quantiser.scales[0].qp, inter: !self.current.is(flag::INTRA), field: self.is_field_macroblock() };
        let Some(inverse) = self.coded.inverse.as_mut().filter(|_| list.plane == 0 && !self.coded.is_bypass) else { return };
        let ListPosition { x, y, .. } = position;
        let of = match list.kind {
            TransformKind::Intra16x16Dc => LumaList::Dc,
            TransformKind::Luma8x8 => LumaList::Block8x8 { x, y },
            kind => LumaList::Block4x4 { x, y, first: usize::from(kind == TransformKind::Intra16x16Ac) },
        };
        inverse.add(of, &self.coded.levels, scaling);
    }

    /// The DC coefficient of the list that was just read, on the scale of an orthonormal transform.
    fn dc(&self, list: &LevelList<'_>) -> f32 {
        if self.coded.is_bypass || matches!(list.kind, TransformKind::Intra16x16Ac | TransformKind::ChromaAc) {
            return f32::NAN;
        }
        let weight = list.weights.first().copied().unwrap_or(0.0) * list.factor;
        self.coded.levels[0] as f32 * weight.sqrt()
    }

    /// Writes the macroblock's residual, where it is asked for. Out of the way, as few ask for it.
    #[inline(never)]
    pub(crate) fn put_residual(&mut self) {
        let Some(inverse) = &mut self.coded.inverse else { return };
        let Some(plane) = &mut self.out.picture.residual else { return };
        let (y, step) = match (MBAFF && self.field, self.slice.picture_field()) {
            (true, _) => (16 * (self.row & !1) + (self.address & 1), 2),
            (false, 0) => (16 * self.row, 1),
            (false, field) => (2 * 16 * self.row + u32::from(field == 2), 2),
        };
        let position = codecorpus_bitstream::PlanePosition { x: 16 * self.column as usize, y: y as usize, step };
        if self.coded.is_bypass {
            plane.put(position, 16, self.coded.bypass.luma());
        } else {
            inverse.finish(plane, position);
        }
    }

    #[inline(never)]
    fn add_transform(&mut self, list: &LevelList<'_>, coefs: u32, energy: f32, position: ListPosition) {
        let macroblock = match (list.plane, self.slice.chroma_array_type) {
            (1.., 1) => [8, 8],
            (1.., 2) => [8, 16],
            _ => [16, 16],
        };
        let [width, height] = match list.kind {
            TransformKind::Intra16x16Dc | TransformKind::ChromaDc => macroblock,
            TransformKind::Luma8x8 => [8, 8],
            TransformKind::Intra16x16Ac | TransformKind::Luma4x4 | TransformKind::ChromaAc => [4, 4],
        };
        let rectangle = [position.x as u32 * 4, position.y as u32 * 4, width, height];
        let bits = (self.syntax.information() - position.begin).bits_f32();
        let (kind, plane, dc) = (list.kind, list.plane as u8, self.dc(list));
        let block = TransformBlock { kind, plane, rectangle, macroblock, coefs, energy, dc, bits };
        self.out.transform(self.address, [self.column, self.row], &block);
    }

    /// Adds the energy of the residual samples of a macroblock that bypasses the transform, to its transforms too.
    fn add_bypass_energy(&mut self) {
        let sps = self.slice.sps;
        let array_type = self.slice.chroma_array_type;
        let eight = self.current.is(flag::TRANSFORM_8X8);
        for plane in 0..if array_type == 0 { 1 } else { 3 } {
            let like_luma = plane == 0 || array_type == 3;
            let accumulation = if like_luma { self.luma_accumulation(eight) } else { Bypass::chroma_accumulation(&self.current) };
            let size = match array_type {
                _ if like_luma => [16, 16],
                1 => [8, 8],
                _ => [8, 16],
            };
            let bit_depth = if plane == 0 { sps.bit_depth_luma } else { sps.bit_depth_chroma };
            let scale = octave(QpPrime::default(), bit_depth);
            let energies = self.coded.bypass.energies(plane, size, &accumulation).map(|energy| energy * scale);
            self.coded.residual.planes[usize::from(plane > 0)].energy += energies.iter().sum::<f32>();
            self.out.add_energies(self.coded.first_transform, &energies);
        }
    }
}
