//! append_sub8x8_mvs( ) (6.5.14): NearestMv and NearMv of a block smaller than 8x8, by the blocks before it in the same 8x8 unit.

use super::Mv;
use crate::block::Place;
use crate::modes::{Mode, RefFrame};
use crate::state::Tile;

impl Tile<'_> {
    /// The vector of `mode`, NEARESTMV or NEARMV, of 4x4 block `block`; `mvs` are those of the blocks before it, by block and list.
    pub(crate) fn append_sub8x8_mv(
        &self,
        place: &Place,
        ref_frame: RefFrame,
        list: usize,
        block: usize,
        mode: Mode,
        mvs: &[[Mv; 2]; 4],
    ) -> Mv {
        let before = |block: usize| mvs[block][list];
        let nearest = match block {
            0 => return self.find_mv_refs(place, ref_frame, Some(0), 2)[usize::from(mode == Mode::Near)],
            1 | 2 => before(0),
            _ => before(2),
        };
        if mode == Mode::Nearest {
            return nearest;
        }
        let earlier = [before(1), before(0)];
        let earlier = if block == 3 { &earlier[..] } else { &[] };
        let different = |mv: &&Mv| **mv != nearest;
        if let Some(mv) = earlier.iter().find(different) {
            return *mv;
        }
        let found = self.find_mv_refs(place, ref_frame, Some(block), 2);
        found.iter().find(different).copied().unwrap_or_default()
    }
}
