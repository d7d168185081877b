//! read_ref_frames( ) (5.11.25) and the contexts of its syntax elements (8.3.2).

use crate::block::Block;
use crate::headers::{Feature, RefFrame};
use crate::neighbours::BlockInfo;
use crate::state::Tile;

/// How often the blocks above and to the left use each reference: count_refs( ) (8.3.2).
struct RefCounts([u8; 8]);

impl RefCounts {
    fn new(block: &Block) -> Self {
        let mut counts = [0; 8];
        for (available, info) in [(block.avail_u, &block.above), (block.avail_l, &block.left)] {
            for ref_frame in info.ref_frame {
                counts[ref_frame.index()] += u8::from(available && ref_frame.is_inter());
            }
        }
        Self(counts)
    }

    fn of(&self, frames: &[RefFrame]) -> u8 {
        frames.iter().map(|frame| self.0[frame.index()]).sum()
    }

    /// ref_count_ctx( ) (8.3.2) of two groups of references.
    fn ctx(&self, first: &[RefFrame], second: &[RefFrame]) -> usize {
        match self.of(first).cmp(&self.of(second)) {
            std::cmp::Ordering::Less => 0,
            std::cmp::Ordering::Equal => 1,
            std::cmp::Ordering::Greater => 2,
        }
    }

    /// The context of single_ref_p1 and uni_comp_ref (8.3.2).
    fn forward_or_backward(&self) -> usize {
        self.ctx(
            &[RefFrame::Last, RefFrame::Last2, RefFrame::Last3, RefFrame::Golden],
            &[RefFrame::Bwdref, RefFrame::Altref2, RefFrame::Altref],
        )
    }

    /// The context of single_ref_p3 and comp_ref (8.3.2).
    fn last12_or_last3_gold(&self) -> usize {
        self.ctx(&[RefFrame::Last, RefFrame::Last2], &[RefFrame::Last3, RefFrame::Golden])
    }

    /// The context of single_ref_p4 and comp_ref_p1 (8.3.2).
    fn last_or_last2(&self) -> usize {
        self.ctx(&[RefFrame::Last], &[RefFrame::Last2])
    }

    /// The context of single_ref_p5, comp_ref_p2 and uni_comp_ref_p2 (8.3.2).
    fn last3_or_gold(&self) -> usize {
        self.ctx(&[RefFrame::Last3], &[RefFrame::Golden])
    }

    /// The context of single_ref_p2 and comp_bwdref (8.3.2).
    fn bwd_alt2_or_alt(&self) -> usize {
        self.ctx(&[RefFrame::Bwdref, RefFrame::Altref2], &[RefFrame::Altref])
    }

    /// The context of single_ref_p6 and comp_bwdref_p1 (8.3.2).
    fn bwd_or_alt2(&self) -> usize {
        self.ctx(&[RefFrame::Bwdref], &[RefFrame::Altref2])
    }

    /// The context of uni_comp_ref_p1 (8.3.2).
    fn last2_or_last3_gold(&self) -> usize {
        self.ctx(&[RefFrame::Last2], &[RefFrame::Last3, RefFrame::Golden])
    }
}

impl Tile<'_> {
    /// read_ref_frames( ) (5.11.25).
    pub(super) fn read_ref_frames(&mut self, block: &mut Block) {
        let header = &self.frame.header;
        let skip_mode_frame = header.skip_mode_frame.filter(|_| block.info.skip_mode);
        block.info.ref_frame = if let Some(frames) = skip_mode_frame {
            frames
        } else if let Some(frame) = header.segmentation_params.feature(block.info.segment_id, Feature::RefFrame) {
            [RefFrame::from_number(frame as u8), RefFrame::None]
        } else if self.seg_feature_active(block, Feature::Skip) || self.seg_feature_active(block, Feature::GlobalMv) {
            [RefFrame::Last, RefFrame::None]
        } else {
            let counts = RefCounts::new(block);
            let compound = header.reference_select
                && block.bw4.min(block.bh4) >= 2
                && self.symbols.boolean(&mut self.cdfs.mode.comp_mode[comp_mode_ctx(block)]);
            if !compound {
                [self.read_single_ref(&counts), RefFrame::None]
            } else if self.symbols.boolean(&mut self.cdfs.mode.comp_ref_type[comp_ref_type_ctx(block)]) {
                self.read_bidir_refs(&counts)
            } else {
                self.read_unidir_refs(&counts)
            }
        };
    }

    fn single_ref(&mut self, ctx: usize, n: usize) -> bool {
        self.symbols.boolean(&mut self.cdfs.mode.single_ref[ctx][n - 1])
    }

    /// single_ref_p1 to single_ref_p6 (5.11.25).
    fn read_single_ref(&mut self, counts: &RefCounts) -> RefFrame {
        if self.single_ref(counts.forward_or_backward(), 1) {
            if self.single_ref(counts.bwd_alt2_or_alt(), 2) {
                RefFrame::Altref
            } else if self.single_ref(counts.bwd_or_alt2(), 6) {
                RefFrame::Altref2
            } else {
                RefFrame::Bwdref
            }
        } else if self.single_ref(counts.last12_or_last3_gold(), 3) {
            if self.single_ref(counts.last3_or_gold(), 5) { RefFrame::Golden } else { RefFrame::Last3 }
        } else if self.single_ref(counts.last_or_last2(), 4) {
            RefFrame::Last2
        } else {
            RefFrame::Last
        }
    }

    /// comp_ref, comp_bwdref and what follows them (5.11.25).
    fn read_bidir_refs(&mut self, counts: &RefCounts) -> [RefFrame; 2] {
        let cdfs = &mut self.cdfs.mode;
        let first = if self.symbols.boolean(&mut cdfs.comp_ref[counts.last12_or_last3_gold()][0]) {
            if self.symbols.boolean(&mut cdfs.comp_ref[counts.last3_or_gold()][2]) { RefFrame::Golden } else { RefFrame::Last3 }
        } else if self.symbols.boolean(&mut cdfs.comp_ref[counts.last_or_last2()][1]) {
            RefFrame::Last2
        } else {
            RefFrame::Last
        };
        let second = if self.symbols.boolean(&mut cdfs.comp_bwd_ref[counts.bwd_alt2_or_alt()][0]) {
            RefFrame::Altref
        } else if self.symbols.boolean(&mut cdfs.comp_bwd_ref[counts.bwd_or_alt2()][1]) {
            RefFrame::Altref2
        } else {
            RefFrame::Bwdref
        };
        [first, second]
    }

    /// uni_comp_ref and what follows it (5.11.25).
    fn read_unidir_refs(&mut self, counts: &RefCounts) -> [RefFrame; 2] {
        let cdfs = &mut self.cdfs.mode;
        if self.symbols.boolean(&mut cdfs.uni_comp_ref[counts.forward_or_backward()][0]) {
            return [RefFrame::Bwdref, RefFrame::Altref];
        }
        if !self.symbols.boolean(&mut cdfs.uni_comp_ref[counts.last2_or_last3_gold()][1]) {
            return [RefFrame::Last, RefFrame::Last2];
        }
        let golden = self.symbols.boolean(&mut cdfs.uni_comp_ref[counts.last3_or_gold()][2]);
        [RefFrame::Last, if golden { RefFrame::Golden } else { RefFrame::Last3 }]
    }
}

/// The context of comp_mode (8.3.2).
fn comp_mode_ctx(block: &Block) -> usize {
    let (above, left) = (&block.above, &block.left);
    let backward = |info: &BlockInfo| info.ref_frame[0].is_backward();
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
    let same_dir = |a: RefFrame, b: RefFrame| a.is_backward() == b.is_backward();
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
                    let bwd = RefFrame::Bwdref;
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
