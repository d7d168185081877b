//! read_ref_frames( ) (5.11.25) and the contexts of its syntax elements (8.3.2).

use crate::block::Block;
use crate::headers::segmentation::{SEG_LVL_GLOBALMV, SEG_LVL_REF_FRAME, SEG_LVL_SKIP};
use crate::headers::{ALTREF_FRAME, ALTREF2_FRAME, BWDREF_FRAME, GOLDEN_FRAME, LAST_FRAME, LAST2_FRAME, LAST3_FRAME};
use crate::neighbours::{BlockInfo, NONE_FRAME};
use crate::state::Tile;

/// How often the blocks above and to the left use each reference: count_refs( ) (8.3.2).
struct RefCounts([u8; 8]);

impl RefCounts {
    fn new(block: &Block) -> Self {
        let mut counts = [0; 8];
        for (available, info) in [(block.avail_u, &block.above), (block.avail_l, &block.left)] {
            for ref_frame in info.ref_frame {
                counts[(ref_frame & 7) as usize] += u8::from(available && ref_frame > 0);
            }
        }
        Self(counts)
    }

    fn of(&self, frames: &[u8]) -> u8 {
        frames.iter().map(|&frame| self.0[usize::from(frame & 7)]).sum()
    }

    /// ref_count_ctx( ) (8.3.2) of two groups of references.
    fn ctx(&self, first: &[u8], second: &[u8]) -> usize {
        match self.of(first).cmp(&self.of(second)) {
            std::cmp::Ordering::Less => 0,
            std::cmp::Ordering::Equal => 1,
            std::cmp::Ordering::Greater => 2,
        }
    }

    fn forward_or_backward(&self) -> usize {
        self.ctx(&[LAST_FRAME, LAST2_FRAME, LAST3_FRAME, GOLDEN_FRAME], &[BWDREF_FRAME, ALTREF2_FRAME, ALTREF_FRAME])
    }

    fn last12_or_last3_gold(&self) -> usize {
        self.ctx(&[LAST_FRAME, LAST2_FRAME], &[LAST3_FRAME, GOLDEN_FRAME])
    }

    fn last_or_last2(&self) -> usize {
        self.ctx(&[LAST_FRAME], &[LAST2_FRAME])
    }

    fn last3_or_gold(&self) -> usize {
        self.ctx(&[LAST3_FRAME], &[GOLDEN_FRAME])
    }

    fn bwd_alt2_or_alt(&self) -> usize {
        self.ctx(&[BWDREF_FRAME, ALTREF2_FRAME], &[ALTREF_FRAME])
    }

    fn bwd_or_alt2(&self) -> usize {
        self.ctx(&[BWDREF_FRAME], &[ALTREF2_FRAME])
    }

    fn last2_or_last3_gold(&self) -> usize {
        self.ctx(&[LAST2_FRAME], &[LAST3_FRAME, GOLDEN_FRAME])
    }
}

impl Tile<'_> {
    /// read_ref_frames( ) (5.11.25).
    pub(super) fn read_ref_frames(&mut self, block: &mut Block) {
        let header = &self.frame.header;
        block.info.ref_frame = if block.info.skip_mode {
            header.skip_mode_frame.map(|frame| frame as i8)
        } else if self.seg_feature_active(block, SEG_LVL_REF_FRAME) {
            let frame = header.segmentation_params.feature_data[usize::from(block.info.segment_id & 7)][SEG_LVL_REF_FRAME];
            [(frame & 7) as i8, NONE_FRAME]
        } else if self.seg_feature_active(block, SEG_LVL_SKIP) || self.seg_feature_active(block, SEG_LVL_GLOBALMV) {
            [LAST_FRAME as i8, NONE_FRAME]
        } else {
            let counts = RefCounts::new(block);
            let compound = header.reference_select
                && block.bw4.min(block.bh4) >= 2
                && self.symbols.boolean(&mut self.cdfs.mode.comp_mode[comp_mode_ctx(block)]);
            if !compound {
                [self.read_single_ref(&counts) as i8, NONE_FRAME]
            } else if self.symbols.boolean(&mut self.cdfs.mode.comp_ref_type[comp_ref_type_ctx(block)]) {
                self.read_bidir_refs(&counts).map(|frame| frame as i8)
            } else {
                self.read_unidir_refs(&counts).map(|frame| frame as i8)
            }
        };
    }

    fn single_ref(&mut self, ctx: usize, n: usize) -> bool {
        self.symbols.boolean(&mut self.cdfs.mode.single_ref[ctx][n - 1])
    }

    /// single_ref_p1 to single_ref_p6.
    fn read_single_ref(&mut self, counts: &RefCounts) -> u8 {
        if self.single_ref(counts.forward_or_backward(), 1) {
            if self.single_ref(counts.bwd_alt2_or_alt(), 2) {
                ALTREF_FRAME
            } else if self.single_ref(counts.bwd_or_alt2(), 6) {
                ALTREF2_FRAME
            } else {
                BWDREF_FRAME
            }
        } else if self.single_ref(counts.last12_or_last3_gold(), 3) {
            if self.single_ref(counts.last3_or_gold(), 5) { GOLDEN_FRAME } else { LAST3_FRAME }
        } else if self.single_ref(counts.last_or_last2(), 4) {
            LAST2_FRAME
        } else {
            LAST_FRAME
        }
    }

    /// comp_ref, comp_bwdref and what follows them.
    fn read_bidir_refs(&mut self, counts: &RefCounts) -> [u8; 2] {
        let cdfs = &mut self.cdfs.mode;
        let first = if self.symbols.boolean(&mut cdfs.comp_ref[counts.last12_or_last3_gold()][0]) {
            if self.symbols.boolean(&mut cdfs.comp_ref[counts.last3_or_gold()][2]) { GOLDEN_FRAME } else { LAST3_FRAME }
        } else if self.symbols.boolean(&mut cdfs.comp_ref[counts.last_or_last2()][1]) {
            LAST2_FRAME
        } else {
            LAST_FRAME
        };
        let second = if self.symbols.boolean(&mut cdfs.comp_bwd_ref[counts.bwd_alt2_or_alt()][0]) {
            ALTREF_FRAME
        } else if self.symbols.boolean(&mut cdfs.comp_bwd_ref[counts.bwd_or_alt2()][1]) {
            ALTREF2_FRAME
        } else {
            BWDREF_FRAME
        };
        [first, second]
    }

    /// uni_comp_ref and what follows it.
    fn read_unidir_refs(&mut self, counts: &RefCounts) -> [u8; 2] {
        let cdfs = &mut self.cdfs.mode;
        if self.symbols.boolean(&mut cdfs.uni_comp_ref[counts.forward_or_backward()][0]) {
            return [BWDREF_FRAME, ALTREF_FRAME];
        }
        if !self.symbols.boolean(&mut cdfs.uni_comp_ref[counts.last2_or_last3_gold()][1]) {
            return [LAST_FRAME, LAST2_FRAME];
        }
        let golden = self.symbols.boolean(&mut cdfs.uni_comp_ref[counts.last3_or_gold()][2]);
        [LAST_FRAME, if golden { GOLDEN_FRAME } else { LAST3_FRAME }]
    }
}

/// check_backward( ) (8.3.2).
fn is_backward(ref_frame: i8) -> bool {
    ref_frame >= BWDREF_FRAME as i8
}

/// The context of comp_mode (8.3.2).
fn comp_mode_ctx(block: &Block) -> usize {
    let (above, left) = (&block.above, &block.left);
    let backward = |info: &BlockInfo| is_backward(info.ref_frame[0]);
    match (block.avail_u, block.avail_l) {
        (true, true) => match (above.is_single(), left.is_single()) {
            (true, true) => usize::from(backward(above) ^ backward(left)),
            (true, false) => 2 + usize::from(backward(above) || above.is_intra()),
            (false, true) => 2 + usize::from(backward(left) || left.is_intra()),
            (false, false) => 4,
        },
        (true, false) => {
            if above.is_single() {
                usize::from(backward(above))
            } else {
                3
            }
        }
        (false, true) => {
            if left.is_single() {
                usize::from(backward(left))
            } else {
                3
            }
        }
        (false, false) => 1,
    }
}

/// The context of comp_ref_type (8.3.2).
fn comp_ref_type_ctx(block: &Block) -> usize {
    let (above, left) = (&block.above, &block.left);
    let same_dir = |a: i8, b: i8| is_backward(a) == is_backward(b);
    let above_comp_inter = block.avail_u && !above.is_intra() && !above.is_single();
    let left_comp_inter = block.avail_l && !left.is_intra() && !left.is_single();
    let above_uni_comp = above_comp_inter && same_dir(above.ref_frame[0], above.ref_frame[1]);
    let left_uni_comp = left_comp_inter && same_dir(left.ref_frame[0], left.ref_frame[1]);
    if block.avail_u && !above.is_intra() && block.avail_l && !left.is_intra() {
        let samedir = usize::from(same_dir(above.ref_frame[0], left.ref_frame[0]));
        return match (above_comp_inter, left_comp_inter) {
            (false, false) => 1 + 2 * samedir,
            (false, true) => {
                if left_uni_comp {
                    3 + samedir
                } else {
                    1
                }
            }
            (true, false) => {
                if above_uni_comp {
                    3 + samedir
                } else {
                    1
                }
            }
            (true, true) => match (above_uni_comp, left_uni_comp) {
                (false, false) => 0,
                (true, true) => {
                    let bwd = BWDREF_FRAME as i8;
                    3 + usize::from((above.ref_frame[0] == bwd) == (left.ref_frame[0] == bwd))
                }
                _ => 2,
            },
        };
    }
    if block.avail_u && block.avail_l {
        if above_comp_inter {
            1 + 2 * usize::from(above_uni_comp)
        } else if left_comp_inter {
            1 + 2 * usize::from(left_uni_comp)
        } else {
            2
        }
    } else if above_comp_inter {
        4 * usize::from(above_uni_comp)
    } else if left_comp_inter {
        4 * usize::from(left_uni_comp)
    } else {
        2
    }
}
