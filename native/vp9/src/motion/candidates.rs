//! find_mv_refs( ) (6.5.1 to 6.5.11): vectors of blocks around, and of the same place in the frame before.

use super::Mv;
use crate::block::Place;
use crate::modes::{Mode, RefFrame};
use crate::neighbours::BlockInfo;
use crate::state::Tile;

/// mv_ref_blocks (6.5.1): rows and columns of the neighbours, in units of 8 luma samples, by block size.
#[rustfmt::skip]
pub(crate) static MV_REF_BLOCKS: [[[i8; 2]; 8]; 13] = [
    [[-1, 0], [0, -1], [-1, -1], [-2, 0], [0, -2], [-2, -1], [-1, -2], [-2, -2]],
    [[-1, 0], [0, -1], [-1, -1], [-2, 0], [0, -2], [-2, -1], [-1, -2], [-2, -2]],
    [[-1, 0], [0, -1], [-1, -1], [-2, 0], [0, -2], [-2, -1], [-1, -2], [-2, -2]],
    [[-1, 0], [0, -1], [-1, -1], [-2, 0], [0, -2], [-2, -1], [-1, -2], [-2, -2]],
    [[0, -1], [-1, 0], [1, -1], [-1, -1], [0, -2], [-2, 0], [-2, -1], [-1, -2]],
    [[-1, 0], [0, -1], [-1, 1], [-1, -1], [-2, 0], [0, -2], [-1, -2], [-2, -1]],
    [[-1, 0], [0, -1], [-1, 1], [1, -1], [-1, -1], [-3, 0], [0, -3], [-3, -3]],
    [[0, -1], [-1, 0], [2, -1], [-1, -1], [-1, 1], [0, -3], [-3, 0], [-3, -3]],
    [[-1, 0], [0, -1], [-1, 2], [-1, -1], [1, -1], [-3, 0], [0, -3], [-3, -3]],
    [[-1, 1], [1, -1], [-1, 2], [2, -1], [-1, -1], [-3, 0], [0, -3], [-3, -3]],
    [[0, -1], [-1, 0], [4, -1], [-1, 2], [-1, -1], [0, -3], [-3, 0], [2, -1]],
    [[-1, 0], [0, -1], [-1, 4], [2, -1], [-1, -1], [-3, 0], [0, -3], [-1, 2]],
    [[-1, 3], [3, -1], [-1, 4], [4, -1], [-1, -1], [-1, 0], [0, -1], [-1, 6]],
];

/// idx_n_column_to_subblock (6.5.11): the 4x4 block of a neighbour that touches a 4x4 block, by whether the neighbour is above.
const IDX_N_COLUMN_TO_SUBBLOCK: [[usize; 2]; 4] = [[1, 2], [1, 3], [3, 2], [3, 3]];

/// counter_to_context (6.5.1). Sums that two neighbours cannot have lead nowhere.
const COUNTER_TO_CONTEXT: [u8; 19] = [2, 3, 4, 1, 3, 0, 0, 0, 0, 5, 5, 0, 5, 0, 0, 0, 0, 0, 6];

/// MV_BORDER (section 3): how far vectors may point beyond the frame, in units of 1/8 sample.
const MV_BORDER: i32 = 16 << 3;

/// RefListMv: the first one or two different vectors that are found.
struct RefList {
    mvs: [Mv; 2],
    count: usize,
    wanted: usize,
}

impl RefList {
    /// add_mv_ref_list( ) (6.5.6): says whether the list is full.
    #[inline(always)]
    fn add(&mut self, mv: Mv) -> bool {
        if self.count == 0 {
            self.mvs[0] = mv;
            self.count = 1;
        } else if mv != self.mvs[0] {
            self.mvs[1] = mv;
            self.count = 2;
        }
        self.count == self.wanted
    }
}

/// if_same_ref_frame_add_mv( ) (6.5.7): the list of a block whose frame is `ref_frame`.
#[inline(always)]
fn same_frame(info: &BlockInfo, ref_frame: RefFrame) -> Option<usize> {
    let [first, second] = info.modes.ref_frame;
    if first == ref_frame {
        Some(0)
    } else if second == ref_frame {
        Some(1)
    } else {
        None
    }
}

impl Tile<'_> {
    /// The block at a neighbour's place, if that is inside the tile (is_inside( ), 6.5.2).
    #[inline(always)]
    fn candidate(&self, place: &Place, [row, col]: [i8; 2]) -> Option<&BlockInfo> {
        let row = place.row.wrapping_add_signed(isize::from(row));
        let col = place.col.wrapping_add_signed(isize::from(col));
        if row >= self.frame.mi_rows || !self.cols.contains(&col) {
            return None;
        }
        self.map.get(row, col)
    }

    /// ModeContext (6.5.1): by the modes of the two nearest neighbours.
    #[inline]
    pub(crate) fn mode_context(&self, place: &Place) -> usize {
        let [first, second, ..] = &MV_REF_BLOCKS[place.size as usize];
        let count = |neighbour: &[i8; 2]| {
            // mode_2_counter (6.5.1).
            self.candidate(place, *neighbour).map_or(0, |info| match info.modes.sub_modes[3] {
                Mode::Nearest | Mode::Near => 0,
                Mode::Zero => 3,
                Mode::New => 1,
                _ => 9,
            })
        };
        usize::from(COUNTER_TO_CONTEXT[(count(first) + count(second)).min(18)])
    }

    /// find_mv_refs( ) (6.5.1), as far as the first `wanted` vectors go. `sub_block` is `block`, None where that is -1.
    pub(crate) fn find_mv_refs(&self, place: &Place, ref_frame: RefFrame, sub_block: Option<usize>, wanted: usize) -> [Mv; 2] {
        let mut list = RefList { mvs: [Mv::default(); 2], count: 0, wanted };
        self.search(place, ref_frame, sub_block, &mut list);
        let [first, second] = list.mvs;
        [self.clamp_mv_ref(place, first), self.clamp_mv_ref(place, second)]
    }

    fn search(&self, place: &Place, ref_frame: RefFrame, sub_block: Option<usize>, list: &mut RefList) {
        let neighbours = &MV_REF_BLOCKS[place.size as usize];
        for (i, neighbour) in neighbours.iter().enumerate() {
            let Some(info) = self.candidate(place, *neighbour) else { continue };
            let Some(which) = same_frame(info, ref_frame) else { continue };
            // get_sub_block_mv( ) (6.5.11), of the two nearest.
            let at = match sub_block {
                Some(block) if i < 2 => IDX_N_COLUMN_TO_SUBBLOCK[block & 3][usize::from(neighbour[1] == 0)],
                _ => 3,
            };
            if list.add(info.mvs[at][which]) {
                return;
            }
        }
        let previous = self.previous.and_then(|map| map.get(place.row, place.col));
        if let Some(info) = previous
            && let Some(which) = same_frame(info, ref_frame)
            && list.add(info.mvs[3][which])
        {
            return;
        }
        for neighbour in neighbours {
            if let Some(info) = self.candidate(place, *neighbour)
                && self.add_different_frame(info, ref_frame, list)
            {
                return;
            }
        }
        if let Some(info) = previous {
            self.add_different_frame(info, ref_frame, list);
        }
    }

    /// if_diff_ref_frame_add_mv( ) (6.5.8), with scale_mv( ) (6.5.9): says whether the list is full.
    #[inline(always)]
    fn add_different_frame(&self, info: &BlockInfo, ref_frame: RefFrame, list: &mut RefList) -> bool {
        let sign_bias = &self.frame.header.ref_frame_sign_bias;
        let bias = |frame: RefFrame| sign_bias[frame.index()];
        let [first, second] = info.modes.ref_frame;
        let [mv0, mv1] = info.mvs[3];
        let scaled = |mv: Mv, frame: RefFrame| if bias(frame) == bias(ref_frame) { mv } else { mv.reversed() };
        if first.is_inter() && first != ref_frame && list.add(scaled(mv0, first)) {
            return true;
        }
        second.is_inter() && second != ref_frame && mv0 != mv1 && list.add(scaled(mv1, second))
    }

    /// clamp_mv_ref( ) (6.5.3 to 6.5.5).
    #[inline(always)]
    fn clamp_mv_ref(&self, place: &Place, mv: Mv) -> Mv {
        let clamp = |component: i16, at: usize, length: usize, units: usize| {
            let to_start = -(at as i32 * 64);
            let to_end = (units as i32 - length as i32 - at as i32) * 64;
            i32::from(component).max(to_start - MV_BORDER).min(to_end + MV_BORDER) as i16
        };
        Mv {
            row: clamp(mv.row, place.row, place.size.height8(), self.frame.mi_rows),
            col: clamp(mv.col, place.col, place.size.width8(), self.frame.mi_cols),
        }
    }
}
