//! Derivation process for luma motion vectors for skipped macroblocks in P slices: 8.4.1.1.

use super::predict::median_prediction;
use crate::entropy::Syntax;
use crate::motion::Mv;
use crate::neighbours::NONE;
use crate::state::MacroblockReader;

impl<S: Syntax, const MBAFF: bool> MacroblockReader<'_, S, MBAFF> {
    /// Derives the motion of a P_Skip macroblock and keeps it.
    pub(crate) fn derive_p_skip(&mut self) -> Mv {
        let mv = self.p_skip_mv();
        let motion = &mut self.motion.mbs[self.address as usize];
        motion.mv[0] = mv;
        motion.ref_idx = [[0; 4], [-1; 4]];
        self.current_details().mv[0] = [mv; 8];
        mv
    }

    /// mvL0 of a P_Skip macroblock (8.4.1.1).
    fn p_skip_mv(&self) -> Mv {
        if self.neighbours.a[0].mb == NONE || self.neighbours.b == NONE {
            return [0; 2];
        }
        let (refs, vectors) = self.whole_neighbours(0);
        let still = |i: usize| refs[i] == 0 && vectors[i] == [0; 2];
        if still(0) || still(1) { [0; 2] } else { median_prediction(0, refs, vectors) }
    }
}
