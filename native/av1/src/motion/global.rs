//! Global motion of a block: setup global MV process (7.10.2.1).

use crate::block::Block;
use crate::headers::{GmType, RefFrame};
use crate::motion::Mv;
use crate::motion::warp::{WARPEDMODEL_PREC_BITS, round2_signed};
use crate::state::Tile;

impl Tile<'_> {
    /// Setup global MV process (7.10.2.1).
    pub(super) fn setup_global_mv(&self, block: &Block, ref_frame: RefFrame) -> Mv {
        let header = &self.frame.header;
        if !ref_frame.is_inter() {
            return Mv::default();
        }
        let ref_frame = ref_frame.index();
        let params = &header.gm_params[ref_frame].0;
        let mv = match header.gm_type[ref_frame] {
            GmType::Identity => return Mv::default(),
            GmType::Translation => Mv {
                row: (params[0] >> (WARPEDMODEL_PREC_BITS - 3)) as i16,
                col: (params[1] >> (WARPEDMODEL_PREC_BITS - 3)) as i16,
            },
            GmType::Rotzoom | GmType::Affine => {
                let one = 1i64 << WARPEDMODEL_PREC_BITS;
                let p = params.map(i64::from);
                let x = (block.mi_col * 4 + block.bw4 * 2) as i64 - 1;
                let y = (block.mi_row * 4 + block.bh4 * 2) as i64 - 1;
                let xc = (p[2] - one) * x + p[3] * y + p[0];
                let yc = p[4] * x + (p[5] - one) * y + p[1];
                let component = |v: i64| {
                    if header.allow_high_precision_mv {
                        round2_signed(v, WARPEDMODEL_PREC_BITS - 3) as i16
                    } else {
                        (round2_signed(v, WARPEDMODEL_PREC_BITS - 2) * 2) as i16
                    }
                };
                Mv { row: component(yc), col: component(xc) }
            }
        };
        mv.lower_precision(header)
    }
}
