//! read_ref_frames( ) (6.4.17), and the contexts of its syntax elements (9.3.2).

use codecorpus_bitstream::error::Result;

use super::Block;
use crate::headers::Feature;
use crate::headers::compressed::{CompoundReferences, ReferenceMode};
use crate::modes::RefFrame;
use crate::neighbours::Modes;
use crate::state::Tile;

/// The neighbours that are there.
#[derive(Clone, Copy)]
enum Edges {
    Both(Modes, Modes),
    One(Modes),
    None,
}

impl Edges {
    #[inline(always)]
    fn of(block: &Block) -> Self {
        match (block.above, block.left) {
            (Some(above), Some(left)) => Self::Both(above, left),
            (Some(one), None) | (None, Some(one)) => Self::One(one),
            (None, None) => Self::None,
        }
    }
}

#[inline(always)]
fn has(modes: &Modes, frame: RefFrame) -> bool {
    modes.ref_frame.contains(&frame)
}

impl Tile<'_> {
    /// is_inter (6.4.13, 9.3.2).
    pub(super) fn read_is_inter(&mut self, block: &Block) -> bool {
        if let Some(frame) = self.frame.header.segmentation.feature(block.segment_id, Feature::RefFrame) {
            return frame != 0;
        }
        let ctx = match Edges::of(block) {
            Edges::Both(above, left) => match (above.is_inter(), left.is_inter()) {
                (false, false) => 3,
                (true, true) => 0,
                _ => 1,
            },
            Edges::One(edge) => 2 * usize::from(!edge.is_inter()),
            Edges::None => 0,
        };
        let is_inter = self.bools.bool(self.frame.probabilities.is_inter[ctx]);
        self.counts.is_inter[ctx][usize::from(is_inter)] += 1;
        is_inter
    }

    /// read_ref_frames( ) (6.4.17).
    pub(super) fn read_ref_frames(&mut self, block: &mut Block) -> Result<()> {
        let feature = self.frame.header.segmentation.feature(block.segment_id, Feature::RefFrame);
        let ref_frame = match feature {
            Some(frame) => [RefFrame::from_code(frame as u8), RefFrame::None],
            None => {
                let edges = Edges::of(block);
                if self.read_is_compound(edges) { self.read_compound(edges) } else { [self.read_single(edges), RefFrame::None] }
            }
        };
        block.info.modes.ref_frame = ref_frame;
        let is_scalable = |frame: &RefFrame| !frame.is_inter() || self.frame.refs[frame.index()].is_scalable;
        if !ref_frame.iter().all(is_scalable) {
            return Err(self.malformed("ref_frame", "a frame whose size cannot be scaled to this one's"));
        }
        Ok(())
    }

    /// comp_mode (6.4.17).
    fn read_is_compound(&mut self, edges: Edges) -> bool {
        match self.frame.compressed.reference_mode {
            ReferenceMode::Single => return false,
            ReferenceMode::Compound => return true,
            ReferenceMode::Select => {}
        }
        let ctx = comp_mode_ctx(edges, self.frame.compressed.compound.fixed);
        let is_compound = self.bools.bool(self.frame.probabilities.comp_mode[ctx]);
        self.counts.comp_mode[ctx][usize::from(is_compound)] += 1;
        is_compound
    }

    /// comp_ref (6.4.17): the frame that varies; the other one is CompFixedRef.
    fn read_compound(&mut self, edges: Edges) -> [RefFrame; 2] {
        let compound = self.frame.compressed.compound;
        let fixed_at = usize::from(self.frame.header.ref_frame_sign_bias[compound.fixed.index()]);
        let ctx = comp_ref_ctx(edges, &compound, 1 - fixed_at);
        let comp_ref = usize::from(self.bools.bool(self.frame.probabilities.comp_ref[ctx]));
        self.counts.comp_ref[ctx][comp_ref] += 1;
        let mut ref_frame = [compound.fixed; 2];
        ref_frame[1 - fixed_at] = compound.var[comp_ref];
        ref_frame
    }

    /// single_ref_p1 and single_ref_p2 (6.4.17).
    fn read_single(&mut self, edges: Edges) -> RefFrame {
        let ctx = single_ref_p1_ctx(edges);
        let p1 = self.bools.bool(self.frame.probabilities.single_ref[ctx][0]);
        self.counts.single_ref[ctx][0][usize::from(p1)] += 1;
        if !p1 {
            return RefFrame::Last;
        }
        let ctx = single_ref_p2_ctx(edges);
        let p2 = self.bools.bool(self.frame.probabilities.single_ref[ctx][1]);
        self.counts.single_ref[ctx][1][usize::from(p2)] += 1;
        if p2 { RefFrame::Altref } else { RefFrame::Golden }
    }
}

/// The context of comp_mode (9.3.2).
fn comp_mode_ctx(edges: Edges, fixed: RefFrame) -> usize {
    let is_fixed = |modes: &Modes| modes.ref_frame[0] == fixed;
    match edges {
        Edges::Both(above, left) => match (above.is_single(), left.is_single()) {
            (true, true) => usize::from(is_fixed(&above) != is_fixed(&left)),
            (true, false) => 2 + usize::from(is_fixed(&above) || !above.is_inter()),
            (false, true) => 2 + usize::from(is_fixed(&left) || !left.is_inter()),
            (false, false) => 4,
        },
        Edges::One(edge) if edge.is_single() => usize::from(is_fixed(&edge)),
        Edges::One(_) => 3,
        Edges::None => 1,
    }
}

/// The context of comp_ref (9.3.2).
fn comp_ref_ctx(edges: Edges, compound: &CompoundReferences, var_at: usize) -> usize {
    let [first, second] = compound.var;
    // Of a block that has two frames, the one that varies.
    let frame = |modes: &Modes| if modes.is_single() { modes.ref_frame[0] } else { modes.ref_frame[var_at] };
    match edges {
        Edges::Both(above, left) => match (above.is_inter(), left.is_inter()) {
            (false, false) => 2,
            (true, false) => 1 + 2 * usize::from(frame(&above) != second),
            (false, true) => 1 + 2 * usize::from(frame(&left) != second),
            (true, true) => {
                let (a, l) = (frame(&above), frame(&left));
                if a == l && a == second {
                    return 0;
                }
                match (above.is_single(), left.is_single()) {
                    (true, true) if (a, l) == (compound.fixed, first) || (l, a) == (compound.fixed, first) => 4,
                    (true, true) => 1 + 2 * usize::from(a == l),
                    (false, false) => 2 + 2 * usize::from(a == l),
                    (above_single, _) => {
                        let (single, varying) = if above_single { (a, l) } else { (l, a) };
                        match (varying == second, single == second) {
                            (true, false) => 1,
                            (false, true) => 2,
                            _ => 4,
                        }
                    }
                }
            }
        },
        Edges::One(edge) if !edge.is_inter() => 2,
        Edges::One(edge) => (if edge.is_single() { 3 } else { 4 }) * usize::from(frame(&edge) != second),
        Edges::None => 2,
    }
}

/// The context of single_ref_p1 (9.3.2).
fn single_ref_p1_ctx(edges: Edges) -> usize {
    let is_last = |modes: &Modes| modes.ref_frame[0] == RefFrame::Last;
    let of_one = |edge: &Modes| {
        if edge.is_single() { 4 * usize::from(is_last(edge)) } else { 1 + usize::from(has(edge, RefFrame::Last)) }
    };
    match edges {
        Edges::Both(above, left) => match (above.is_inter(), left.is_inter()) {
            (false, false) => 2,
            (true, false) => of_one(&above),
            (false, true) => of_one(&left),
            (true, true) => match (above.is_single(), left.is_single()) {
                (true, true) => 2 * usize::from(is_last(&above)) + 2 * usize::from(is_last(&left)),
                (false, false) => 1 + usize::from(has(&above, RefFrame::Last) || has(&left, RefFrame::Last)),
                (above_single, _) => {
                    let (single, compound) = if above_single { (&above, &left) } else { (&left, &above) };
                    3 * usize::from(is_last(single)) + usize::from(has(compound, RefFrame::Last))
                }
            },
        },
        Edges::One(edge) if !edge.is_inter() => 2,
        Edges::One(edge) => of_one(&edge),
        Edges::None => 2,
    }
}

/// The context of single_ref_p2 (9.3.2).
fn single_ref_p2_ctx(edges: Edges) -> usize {
    let golden = |modes: &Modes| usize::from(has(modes, RefFrame::Golden));
    let is_last = |modes: &Modes| modes.ref_frame[0] == RefFrame::Last;
    let is_golden = |modes: &Modes| usize::from(modes.ref_frame[0] == RefFrame::Golden);
    let beside_intra = |edge: &Modes| match edge.is_single() {
        true if is_last(edge) => 3,
        true => 4 * is_golden(edge),
        false => 1 + 2 * golden(edge),
    };
    match edges {
        Edges::Both(above, left) => match (above.is_inter(), left.is_inter()) {
            (false, false) => 2,
            (true, false) => beside_intra(&above),
            (false, true) => beside_intra(&left),
            (true, true) => match (above.is_single(), left.is_single()) {
                (false, false) if above.ref_frame == left.ref_frame => 3 * golden(&above),
                (false, false) => 2,
                (true, true) => match (is_last(&above), is_last(&left)) {
                    (true, true) => 3,
                    (true, false) => 4 * is_golden(&left),
                    (false, true) => 4 * is_golden(&above),
                    (false, false) => 2 * is_golden(&above) + 2 * is_golden(&left),
                },
                (above_single, _) => {
                    let (single, compound) = if above_single { (&above, &left) } else { (&left, &above) };
                    match single.ref_frame[0] {
                        RefFrame::Golden => 3 + golden(compound),
                        RefFrame::Altref => golden(compound),
                        _ => 1 + 2 * golden(compound),
                    }
                }
            },
        },
        Edges::One(edge) if !edge.is_inter() || is_last(&edge) && edge.is_single() => 2,
        Edges::One(edge) if edge.is_single() => 4 * is_golden(&edge),
        Edges::One(edge) => 3 * golden(&edge),
        Edges::None => 2,
    }
}
