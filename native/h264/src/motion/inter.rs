//! Inter macroblocks: mb_pred( ) and sub_mb_pred( ) of 7.3.5.1 and 7.3.5.2, and the rows of their partitions.

use codecorpus_bitstream::records::Compound;
use codecorpus_bitstream::tally::Class;
use codecorpus_bitstream::{Poc, Result};

use super::cache::EDGE_QUARTERS;
use super::direct::{Direct, DirectMotion};
use super::predict::{Preference, median_prediction};
use super::temporal::dist_scale_factor;
use crate::emit::{Mode, MotionRow};
use crate::entropy::Syntax;
use crate::motion::Mv;
use crate::neighbours::macroblocks::flag;
use crate::refs::resolved::REFERENCES;
use crate::state::{MacroblockReader, cell_of};
use crate::tables::macroblock_types::{B_8X8, B_SUB_TYPES, B_TYPES, L0, Lists, P_8X8_REF0, P_SUB_TYPES, Shape, SubType};

const QUARTERS: [[usize; 4]; 4] = [[0, 0, 2, 2], [2, 0, 2, 2], [0, 2, 2, 2], [2, 2, 2, 2]];

impl<S: Syntax, const MBAFF: bool> MacroblockReader<'_, S, MBAFF> {
    /// A macroblock of one or two partitions, or of four quarters. `mb_type` is that of P or B slices.
    /// Says whether 8x8 transforms may be used with its sub-macroblocks.
    pub(crate) fn read_inter(&mut self, mb_type: u8) -> Result<bool> {
        let b_slice = self.slice.is_b();
        let (first, lists) = if b_slice { (B_8X8, 2) } else { (3, 1) };
        if mb_type >= first {
            self.load_lists(lists);
            return self.read_quarters(mb_type, lists);
        }
        let (shape, used) = if b_slice {
            B_TYPES[(mb_type as usize).saturating_sub(1) % B_TYPES.len()]
        } else {
            ([Shape::Whole, Shape::Rows, Shape::Columns][mb_type as usize % 3], [L0; 2])
        };
        self.charge(Class::Mode);
        if shape == Shape::Whole {
            self.read_whole(used[0], lists)?;
            return Ok(true);
        }
        self.load_lists(lists);
        if S::CABAC && b_slice {
            self.cache.fill_direct([0, 0, 4, 4], false);
        }
        if shape == Shape::Rows {
            self.read_halves::<4, 2>(used, lists)?;
        } else {
            self.read_halves::<2, 4>(used, lists)?;
        }
        Ok(true)
    }

    /// A macroblock of two partitions of W x H 4x4 blocks.
    fn read_halves<const W: usize, const H: usize>(&mut self, used: [Lists; 2], lists: usize) -> Result<()> {
        let rectangles = [[0, 0, W, H], [4 - W, 4 - H, W, H]];
        let preferences = if W == 4 { [Preference::B, Preference::A] } else { [Preference::A, Preference::C] };
        for list in 0..lists {
            for ([x, y, ..], used) in rectangles.into_iter().zip(used) {
                let ref_idx = if used >> list & 1 != 0 { self.read_ref_idx(list, [x, y, W, H])? } else { -1 };
                self.cache.fill_ref(list, [x, y, W, H], ref_idx);
            }
        }
        for list in 0..lists {
            for (([x, y, ..], used), preference) in rectangles.into_iter().zip(used).zip(preferences) {
                self.read_partition(list, [x, y, W, H], used, preference)?;
            }
        }
        self.charge(Class::Motion);
        self.keep_motion();
        for (part, rectangle) in rectangles.into_iter().enumerate() {
            self.emit_partition(part as u8, rectangle, Mode::Explicit);
        }
        Ok(())
    }

    /// A macroblock of one partition: nothing but its neighbours A, B and C matters to it.
    fn read_whole(&mut self, used: Lists, lists: usize) -> Result<()> {
        let (left, above) = (self.left(0), self.neighbours.b);
        let mut refs = [-1; 2];
        for list in (0..lists).filter(|list| used >> list & 1 != 0) {
            refs[list] = 0;
            let count = self.active(list);
            if count > 1 {
                let mut increment = 0;
                if S::CABAC {
                    let direct = |mb: u32, quarter: usize| self.get(mb).is_some_and(|mb| mb.direct >> quarter & 1 != 0);
                    let a = self.cell_motion(list, left).0 > 0 && !direct(left.mb, (left.row as usize & 2) + 1);
                    let b = self.edge_motion(list, above, 0).0 > 0 && !direct(above, 2);
                    increment = u8::from(a) + 2 * u8::from(b);
                }
                refs[list] = self.syntax.ref_idx(increment, count)? as i8;
            }
        }
        let mut vectors = [[0; 2]; 2];
        let mut mvds = [[0; 2]; 2];
        for list in (0..lists).filter(|list| used >> list & 1 != 0) {
            let (neighbour_refs, neighbours) = self.whole_neighbours(list);
            let predicted = median_prediction(refs[list], neighbour_refs, neighbours);
            let mut sums = [0; 2];
            if S::CABAC {
                let a = self.seen_mvd(list, left.mb, 4 + (left.row as usize & 3));
                let b = self.seen_mvd(list, above, 0);
                sums = [0, 1].map(|i| u32::from(a[i]) + u32::from(b[i]));
            }
            let mvd = self.syntax.mvd(sums)?;
            vectors[list] = [0, 1].map(|i| predicted[i].wrapping_add(mvd[i] as i16));
            mvds[list] = mvd.map(|component| component.unsigned_abs().min(255) as u8);
        }
        self.charge(Class::Motion);
        self.store_uniform(refs, vectors);
        if S::CABAC {
            self.current_details().mvd = mvds.map(|mvd| [mvd; 8]);
        }
        self.emit_whole(refs, vectors, Mode::Explicit);
        Ok(())
    }

    /// Keeps one motion for the whole macroblock.
    fn store_uniform(&mut self, refs: [i8; 2], vectors: [Mv; 2]) {
        let motion = &mut self.motion.mbs[self.address as usize];
        motion.mv = vectors;
        motion.ref_idx = refs.map(|ref_idx| [ref_idx; 4]);
        self.current_details().mv = vectors.map(|mv| [mv; 8]);
    }

    fn load_lists(&mut self, lists: usize) {
        for list in 0..lists {
            self.load_motion(list);
            if S::CABAC {
                self.load_mvd(list);
            }
        }
        if S::CABAC && lists == 2 {
            self.load_direct();
        }
    }

    fn keep_motion(&mut self) {
        self.store_motion();
        if S::CABAC {
            self.store_mvd();
        }
    }

    /// P_8x8, P_8x8ref0, B_8x8: sub_mb_pred( ).
    fn read_quarters(&mut self, mb_type: u8, lists: usize) -> Result<bool> {
        let b_slice = lists == 2;
        let mut types = [SubType { lists: L0, width: 2, height: 2 }; 4];
        let mut direct = 0;
        for (quarter, sub_type) in types.iter_mut().enumerate() {
            *sub_type = if b_slice {
                B_SUB_TYPES[self.syntax.sub_mb_type_b()? as usize % B_SUB_TYPES.len()]
            } else {
                P_SUB_TYPES[self.syntax.sub_mb_type_p()? as usize % P_SUB_TYPES.len()]
            };
            direct |= u8::from(sub_type.lists == 0) << quarter;
        }
        self.charge(Class::Mode);
        if direct != 0 {
            self.derive_direct(direct);
            self.current.direct = direct;
        }
        if S::CABAC && b_slice {
            for (quarter, &rectangle) in QUARTERS.iter().enumerate() {
                self.cache.fill_direct(rectangle, direct >> quarter & 1 != 0);
            }
        }
        for list in 0..lists {
            for (&rectangle, sub_type) in QUARTERS.iter().zip(&types) {
                if sub_type.lists == 0 {
                    continue;
                }
                let used = sub_type.lists >> list & 1 != 0;
                let ref_idx = match used {
                    true if !b_slice && mb_type == P_8X8_REF0 => 0,
                    true => self.read_ref_idx(list, rectangle)?,
                    false => -1,
                };
                self.cache.fill_ref(list, rectangle, ref_idx);
            }
        }
        for list in 0..lists {
            for (&quarter, &sub_type) in QUARTERS.iter().zip(&types) {
                self.read_sub_partitions(list, quarter, sub_type)?;
            }
        }
        self.charge(Class::Motion);
        self.keep_motion();
        self.emit_quarters(&types);
        let inference = self.slice.sps.direct_8x8_inference_flag;
        Ok(types.iter().all(|sub| if sub.lists == 0 { inference } else { (sub.width, sub.height) == (2, 2) }))
    }

    fn read_sub_partitions(&mut self, list: usize, [x, y, ..]: [usize; 4], sub_type: SubType) -> Result<()> {
        let SubType { lists, width, height } = sub_type;
        match (lists, width, height) {
            (0, ..) => {
                if S::CABAC {
                    self.cache.fill_mvd(list, [x, y, 2, 2], [0; 2]);
                }
                Ok(())
            }
            (_, 2, 2) => self.read_sub_partition::<2, 2>(list, [x, y], lists),
            (_, 2, 1) => self.read_sub_partition::<2, 1>(list, [x, y], lists),
            (_, 1, 2) => self.read_sub_partition::<1, 2>(list, [x, y], lists),
            _ => self.read_sub_partition::<1, 1>(list, [x, y], lists),
        }
    }

    /// The partitions of W x H 4x4 blocks of a sub-macroblock.
    fn read_sub_partition<const W: usize, const H: usize>(&mut self, list: usize, [x, y]: [usize; 2], used: Lists) -> Result<()> {
        for row in (y..y + 2).step_by(H) {
            for column in (x..x + 2).step_by(W) {
                self.read_partition(list, [column, row, W, H], used, Preference::None)?;
            }
        }
        Ok(())
    }

    /// Reference indices that the macroblock can use: twice as many for a field macroblock of an MBAFF frame.
    fn active(&self, list: usize) -> u32 {
        self.slice.header.num_ref_idx_active[list] << u32::from(self.is_field())
    }

    /// ref_idx_l0 or ref_idx_l1 of a partition (ctxIdxInc by 9.3.3.1.1.6).
    fn read_ref_idx(&mut self, list: usize, [x, y, ..]: [usize; 4]) -> Result<i8> {
        let count = self.active(list);
        if count == 1 {
            return Ok(0);
        }
        let mut increment = 0;
        if S::CABAC {
            let cell = cell_of(x, y);
            let b_slice = self.slice.is_b();
            // refIdxZeroFlagN: references stand in the cache as the current macroblock's frame or field mode sees them, and
            // more than 1 beside a frame macroblock is more than 0 there.
            let beyond_zero = |cell: usize| self.cache.refs[list][cell] > 0 && !(b_slice && self.cache.direct[cell]);
            let (left, above) = (beyond_zero(cell - 1), beyond_zero(cell - 8));
            increment = u8::from(left) + 2 * u8::from(above);
        }
        Ok(self.syntax.ref_idx(increment, count)? as i8)
    }

    /// mvd of a partition and the vector that comes of it.
    #[inline(always)]
    fn read_partition(&mut self, list: usize, rectangle: [usize; 4], used: Lists, preference: Preference) -> Result<()> {
        let [x, y, w, _] = rectangle;
        if used >> list & 1 == 0 {
            self.cache.fill_mv(list, rectangle, [0; 2]);
            if S::CABAC {
                self.cache.fill_mvd(list, rectangle, [0; 2]);
            }
            return Ok(());
        }
        let cell = cell_of(x, y);
        let ref_idx = self.cache.refs[list][cell];
        let predicted = self.predict_mv(list, [x, y, w], ref_idx, preference);
        let mut sums = [0; 2];
        if S::CABAC {
            let (left, above) = (self.cache.mvd[list][cell - 1], self.cache.mvd[list][cell - 8]);
            sums = [u32::from(left[0]) + u32::from(above[0]), u32::from(left[1]) + u32::from(above[1])];
        }
        let mvd = self.syntax.mvd(sums)?;
        let mv: Mv = [predicted[0].wrapping_add(mvd[0] as i16), predicted[1].wrapping_add(mvd[1] as i16)];
        self.cache.fill_mv(list, rectangle, mv);
        if S::CABAC {
            self.cache.fill_mvd(list, rectangle, mvd.map(|component| component.unsigned_abs().min(255) as u8));
        }
        Ok(())
    }

    fn emit_quarters(&mut self, types: &[SubType; 4]) {
        let mut part = 0;
        for (&[x, y, ..], sub_type) in QUARTERS.iter().zip(types) {
            let direct = sub_type.lists == 0;
            let whole = if direct { self.is_uniform([x, y, 2, 2]) } else { false };
            let (w, h) = if whole { (2, 2) } else { (sub_type.width as usize, sub_type.height as usize) };
            for row in (y..y + 2).step_by(h) {
                for column in (x..x + 2).step_by(w) {
                    self.emit_partition(part, [column, row, w, h], if direct { Mode::Direct } else { Mode::Explicit });
                    part += 1;
                }
            }
        }
    }

    /// The motion of a B_Skip or B_Direct_16x16 macroblock (8.4.1.2), and its rows.
    pub(crate) fn derive_direct_macroblock(&mut self, mode: Mode) {
        self.current.direct = 15;
        self.current.flags |= flag::DIRECT;
        if !self.slice.sps.direct_8x8_inference_flag {
            self.derive_direct_small(mode);
            return;
        }
        let quarters = match self.direct_macroblock() {
            Direct::Whole(DirectMotion { refs, mv }) => {
                self.store_uniform(refs, mv);
                self.emit_whole(refs, mv, mode);
                return;
            }
            Direct::Quarters(quarters) => quarters,
        };
        self.current.flags |= flag::VARIED;
        let edge = EDGE_QUARTERS.map(|quarter| quarters[quarter].mv);
        self.current_details().mv = [0, 1].map(|list| edge.map(|mv| mv[list]));
        let vectors = &mut self.motion.vectors[self.address as usize];
        let motion = &mut self.motion.mbs[self.address as usize];
        for (quarter, prediction) in quarters.iter().enumerate() {
            let corner = quarter / 2 * 8 + quarter % 2 * 2;
            for (list, vectors) in vectors.iter_mut().enumerate() {
                motion.ref_idx[list][quarter] = prediction.refs[list];
                for row in [corner, corner + 4] {
                    vectors[row..row + 2].fill(prediction.mv[list]);
                }
            }
        }
        for (quarter, prediction) in quarters.iter().enumerate() {
            let rectangle = QUARTERS[quarter].map(|length| length as u8);
            self.emit_motion(quarter as u8, rectangle, prediction.refs, prediction.mv, mode);
        }
    }

    /// Those, with vectors of 4x4 blocks.
    fn derive_direct_small(&mut self, mode: Mode) {
        self.derive_direct(15);
        self.store_motion();
        if self.is_uniform([0, 0, 4, 4]) {
            self.emit_partition(0, [0, 0, 4, 4], mode);
            return;
        }
        let mut part = 0;
        for [x, y, ..] in QUARTERS {
            let step = if self.is_uniform([x, y, 2, 2]) { 2 } else { 1 };
            for row in (y..y + 2).step_by(step) {
                for column in (x..x + 2).step_by(step) {
                    self.emit_partition(part, [column, row, step, step], mode);
                    part += 1;
                }
            }
        }
    }

    /// The row of a partition whose motion stands in the cache.
    pub(crate) fn emit_partition(&mut self, part: u8, rectangle: [usize; 4], mode: Mode) {
        let cell = cell_of(rectangle[0], rectangle[1]);
        let lists = if self.slice.is_b() { 2 } else { 1 };
        let mut refs = [-1; 2];
        let mut mv = [[0; 2]; 2];
        for list in 0..lists {
            (refs[list], mv[list]) = (self.cache.refs[list][cell], self.cache.mv[list][cell]);
        }
        self.emit_motion(part, rectangle.map(|length| length as u8), refs, mv, mode);
    }

    /// The row of a macroblock of one motion.
    #[inline]
    pub(crate) fn emit_whole(&mut self, refs: [i8; 2], mv: [Mv; 2], mode: Mode) {
        self.emit_motion(0, [0, 0, 4, 4], refs, mv, mode);
    }

    /// The row of a partition: its column, row, width and height in 4x4 blocks, and its motion by list.
    #[inline(always)]
    fn emit_motion(&mut self, part: u8, rectangle: [u8; 4], refs: [i8; 2], mv: [Mv; 2], mode: Mode) {
        let [index0, index1] = refs.map(|ref_idx| (1 + (ref_idx >> u32::from(self.is_field()))) as usize % REFERENCES);
        self.out.note_references([index0, index1]);
        if !self.out.wanted.motion {
            return;
        }
        let compound = if self.is_field() && self.slice.header.pred_weights.is_none() {
            self.compound_of_field(refs)
        } else {
            blend(refs, self.slice.weighted[index0] >> index1 & 1 != 0)
        };
        self.out.motion(&MotionRow {
            position: [self.column, self.row],
            part,
            rectangle,
            mode,
            compound,
            field: self.field_code(),
            coded_orders: [self.slice.coded_orders[0][index0], self.slice.coded_orders[1][index1]],
            mv,
            used: refs.map(|ref_idx| ref_idx >= 0),
        });
    }

    /// How predictions of a field macroblock of an MBAFF frame are blended, where weights are not explicit (8.4.3).
    fn compound_of_field(&self, refs: [i8; 2]) -> Compound {
        if refs[0] < 0 || refs[1] < 0 || !self.slice.is_b() || self.slice.pps.weighted_bipred_idc != 2 {
            return blend(refs, false);
        }
        let (poc0, reference0) = self.poc_of_reference(0, refs[0]);
        let (poc1, reference1) = self.poc_of_reference(1, refs[1]);
        let short_term = !reference0.long_term && !reference1.long_term;
        blend(refs, short_term && implicit_weights_differ(self.current_poc(), poc0, poc1))
    }
}

/// How predictions are blended; `weighted`: whether the weights or offsets that apply are not the default ones.
#[inline]
fn blend(refs: [i8; 2], weighted: bool) -> Compound {
    let both = refs[0] >= 0 && refs[1] >= 0;
    [Compound::None, Compound::Average, Compound::Weighted, Compound::Weighted][usize::from(both) + 2 * usize::from(weighted)]
}

/// Whether implicit weights (8.4.3) of two short-term references are not 32 and 32.
#[must_use]
pub(crate) fn implicit_weights_differ(current: Poc, poc0: Poc, poc1: Poc) -> bool {
    dist_scale_factor(current, poc0, poc1).is_some_and(|factor| {
        let weight1 = factor >> 2;
        (-64..=128).contains(&weight1) && weight1 != 32
    })
}
