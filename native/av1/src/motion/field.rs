//! Motion field estimation (7.9) and motion field motion vector storage (7.19).

use crate::headers::{FrameHeader, FrameType, RefFrame, SequenceHeader};
use crate::motion::Mv;
use crate::refs::{SavedFrame, SavedMv, Slots};
use crate::tables::divisions::DIV_MULT;

const MAX_FRAME_DISTANCE: i32 = 31;
const MFMV_STACK_SIZE: i32 = 3;
const MAX_OFFSET_WIDTH: i32 = 8;
const MAX_OFFSET_HEIGHT: i32 = 0;
/// The longest vector that is saved (7.19).
pub(crate) const REFMVS_LIMIT: i16 = (1 << 12) - 1;

/// MotionFieldMvs of an 8x8 unit, before the projection to each reference: they all project the same vector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Projectable {
    pub(crate) mv: Mv,
    /// refOffset: how many frames `mv` spans.
    pub(crate) ref_offset: u32,
}

impl Projectable {
    const INVALID: Self = Self { mv: Mv::INVALID, ref_offset: 0 };

    /// Whether anything was projected here.
    #[inline(always)]
    #[must_use]
    pub(crate) fn is_valid(self) -> bool {
        self.ref_offset != 0
    }

    /// All of it, for comparisons.
    #[inline(always)]
    #[must_use]
    pub(crate) fn word(self) -> u64 {
        self.mv.word() | u64::from(self.ref_offset) << 32
    }
}

/// MotionFieldMvs.
#[derive(Debug, Default)]
pub(crate) struct MotionField {
    units: Vec<Projectable>,
    stride: usize,
}

impl MotionField {
    /// A row of MotionFieldMvs, with the reference still to be chosen.
    #[inline]
    #[must_use]
    pub(crate) fn row(&self, y8: usize) -> &[Projectable] {
        self.units.get(y8 * self.stride..(y8 + 1) * self.stride).unwrap_or_default()
    }

    /// Motion field estimation process (7.9.1).
    pub(crate) fn estimate(&mut self, sequence: &SequenceHeader, header: &FrameHeader, slots: &Slots) {
        let (w8, h8) = (header.size.mi_cols as usize >> 1, header.size.mi_rows as usize >> 1);
        self.stride = w8;
        self.units.clear();
        self.units.resize(w8 * h8, Projectable::INVALID);
        let is_later = |frame: RefFrame| header.order_hints[frame.index()].is_after(header.order_hint, sequence);
        let last_alt = slots.get(header.ref_frame_idx[0]).map(|last| last.header.order_hints[RefFrame::Altref.index()]);
        if last_alt.is_some_and(|hint| hint != header.order_hints[RefFrame::Golden.index()]) {
            self.project(sequence, header, slots, RefFrame::Last, -1);
        }
        let mut ref_stamp = MFMV_STACK_SIZE - 2;
        if is_later(RefFrame::Bwdref) && self.project(sequence, header, slots, RefFrame::Bwdref, 1) {
            ref_stamp -= 1;
        }
        if is_later(RefFrame::Altref2) && self.project(sequence, header, slots, RefFrame::Altref2, 1) {
            ref_stamp -= 1;
        }
        if is_later(RefFrame::Altref) && ref_stamp >= 0 && self.project(sequence, header, slots, RefFrame::Altref, 1) {
            ref_stamp -= 1;
        }
        if ref_stamp >= 0 {
            self.project(sequence, header, slots, RefFrame::Last2, -1);
        }
    }

    /// Projection process (7.9.2).
    fn project(&mut self, sequence: &SequenceHeader, header: &FrameHeader, slots: &Slots, src: RefFrame, dst_sign: i32) -> bool {
        let Some(source) = header.slot(src).and_then(|slot| slots.get(slot)) else { return false };
        if source.header.size.mi_rows != header.size.mi_rows
            || source.header.size.mi_cols != header.size.mi_cols
            || matches!(source.header.frame_type, FrameType::IntraOnly | FrameType::Key)
        {
            return false;
        }
        let src_hint = header.order_hints[src.index()];
        let ref_to_cur = src_hint.relative_dist(header.order_hint, sequence);
        let offsets = source.header.order_hints.map(|hint| src_hint.relative_dist(hint, sequence));
        if ref_to_cur.abs() <= MAX_FRAME_DISTANCE {
            self.project_units(source, ref_to_cur * dst_sign, &offsets, dst_sign);
        }
        true
    }

    /// Projection process (7.9.2) of every unit of a frame.
    fn project_units(&mut self, source: &SavedFrame, numerator: i32, offsets: &[i32; 8], dst_sign: i32) {
        let stride = self.stride;
        if stride == 0 {
            return;
        }
        let h8 = self.units.len() / stride;
        for (y8, row) in source.tiles.motion.units.chunks_exact(stride).take(h8).enumerate() {
            let mut x8 = 0;
            // A block's units hold the same vector.
            for run in row.chunk_by(|a, b| a.word() == b.word()) {
                let from = x8;
                x8 += run.len();
                let Some(&saved) = run.first() else { continue };
                if saved.ref_frame == 0 {
                    continue;
                }
                let Some((y, dx, ref_offset)) = displacement(saved, numerator, offsets, y8 as i32, h8 as i32, dst_sign) else {
                    continue;
                };
                let Some(target) = self.units.get_mut(y * stride..(y + 1) * stride) else { continue };
                let unit = Projectable { mv: saved.mv, ref_offset };
                if dx.abs() <= MAX_OFFSET_WIDTH {
                    // Nowhere too far.
                    let place = |x8: usize| (x8 as i32 + dx).clamp(0, stride as i32) as usize;
                    if let Some(units) = target.get_mut(place(from)..place(x8)) {
                        units.fill(unit);
                    }
                    continue;
                }
                for x8 in from..x8 {
                    if let Some(to) = shifted(x8 as i32, dx, stride as i32, MAX_OFFSET_WIDTH).and_then(|x| target.get_mut(x)) {
                        *to = unit;
                    }
                }
            }
        }
    }
}

/// Where a saved vector moves what it belongs to: the row, the columns' difference, and refOffset (7.9.2, 7.9.4).
fn displacement(
    saved: SavedMv,
    numerator: i32,
    offsets: &[i32; 8],
    y8: i32,
    h8: i32,
    dst_sign: i32,
) -> Option<(usize, i32, u32)> {
    let offset = offsets[usize::from(saved.ref_frame as u8 & 7)];
    if !(1..=MAX_FRAME_DISTANCE).contains(&offset) {
        return None;
    }
    let projected = get_mv_projection(saved.mv, numerator, offset);
    // Eighths of samples to units of eight, towards 0.
    let units = |delta: i16| dst_sign * (i32::from(delta) / 64);
    let y = shifted(y8, units(projected.row), h8, MAX_OFFSET_HEIGHT)?;
    Some((y, units(projected.col), offset as u32))
}

/// Get MV projection process (7.9.3).
#[inline]
#[must_use]
pub(crate) fn get_mv_projection(mv: Mv, numerator: i32, denominator: i32) -> Mv {
    let factor = numerator.clamp(-MAX_FRAME_DISTANCE, MAX_FRAME_DISTANCE)
        * i32::from(DIV_MULT[(denominator.min(MAX_FRAME_DISTANCE) & 31) as usize]);
    let scale = |v: i16| {
        let product = i32::from(v) * factor;
        let scaled = (product + (1 << 13) + (product >> 31)) >> 14;
        scaled.clamp(-(1 << 14) + 1, (1 << 14) - 1) as i16
    };
    Mv { row: scale(mv.row), col: scale(mv.col) }
}

/// The function project( ) of the get block position process (7.9.4), with the offset in units.
#[inline(always)]
fn shifted(v8: i32, offset8: i32, max8: i32, max_off8: i32) -> Option<usize> {
    let base8 = (v8 >> 3) << 3;
    let v8 = v8 + offset8;
    (v8 >= 0 && v8 < max8 && v8 >= base8 - max_off8 && v8 < base8 + 8 + max_off8).then_some(v8 as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn projection_rounds_away_from_zero_at_halves() {
        // Round2Signed( mv * 1 * 8192, 14 ): a half.
        assert_eq!(get_mv_projection(Mv { row: 3, col: -3 }, 1, 2), Mv { row: 2, col: -2 });
        assert_eq!(get_mv_projection(Mv { row: 4, col: -4 }, 1, 2), Mv { row: 2, col: -2 });
        assert_eq!(get_mv_projection(Mv { row: 5, col: -5 }, -2, 1), Mv { row: -10, col: 10 });
    }
}
