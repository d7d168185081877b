//! assign_mv( ), read_mv( ) and read_mv_component( ) (6.4.18 to 6.4.20).

use codecorpus_bitstream::error::Result;

use super::Block;
use crate::entropy::BoolDecoder;
use crate::entropy::counts::MvComponentCounts;
use crate::entropy::probabilities::MvComponentProbs;
use crate::entropy::trees::MV_CLASS_TREE;
use crate::motion::Mv;
use crate::state::Tile;

/// mv_joint (7.4.16): which components are not zero, horizontally and vertically.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum MvJoint {
    Zero,
    Hnzvz,
    Hzvnz,
    Hnzvnz,
}

/// In the order of mv_joint_tree (9.3.1).
const MV_JOINTS: [MvJoint; 4] = [MvJoint::Zero, MvJoint::Hnzvz, MvJoint::Hzvnz, MvJoint::Hnzvnz];

/// Components lie between these, ends excluded (7.4.15).
const MV_LOW: i32 = -(1 << 14);
const MV_UPP: i32 = (1 << 14) - 1;

impl Tile<'_> {
    /// NEWMV of assign_mv( ) (6.4.18): a difference to each list's best prediction.
    pub(super) fn assign_new_mvs(&mut self, block: &Block, best: [Mv; 2]) -> Result<[Mv; 2]> {
        let mut mvs = [Mv::default(); 2];
        for (list, mv) in mvs.iter_mut().enumerate() {
            if block.info.modes.ref_frame[list].is_inter() {
                *mv = self.read_mv(best[list])?;
            }
        }
        Ok(mvs)
    }

    /// read_mv( ) (6.4.19).
    fn read_mv(&mut self, best: Mv) -> Result<Mv> {
        let use_hp = self.frame.header.allow_high_precision_mv && best.uses_high_precision();
        let probabilities = &self.frame.probabilities;
        let joint = MV_JOINTS[self.bools.unary_tree(&probabilities.mv_joint) & 3];
        self.counts.mv_joint[joint as usize] += 1;
        let (mut row, mut col) = (i32::from(best.row), i32::from(best.col));
        if matches!(joint, MvJoint::Hzvnz | MvJoint::Hnzvnz) {
            row += read_mv_component(&mut self.bools, &probabilities.mv[0], &mut self.counts.mv[0], use_hp);
        }
        if matches!(joint, MvJoint::Hnzvz | MvJoint::Hnzvnz) {
            col += read_mv_component(&mut self.bools, &probabilities.mv[1], &mut self.counts.mv[1], use_hp);
        }
        let is_valid = |component: i32| component > MV_LOW && component < MV_UPP;
        if !is_valid(row) || !is_valid(col) {
            return Err(self.malformed("mv", "a vector of more than 2048 samples"));
        }
        Ok(Mv { row: row as i16, col: col as i16 })
    }
}

/// read_mv_component( ) (6.4.20).
fn read_mv_component(
    bools: &mut BoolDecoder<'_>,
    probabilities: &MvComponentProbs,
    counts: &mut MvComponentCounts,
    use_hp: bool,
) -> i32 {
    let sign = bools.bool(probabilities.sign);
    counts.sign[usize::from(sign)] += 1;
    let class = usize::from(bools.tree(&MV_CLASS_TREE, &probabilities.classes)).min(10);
    counts.classes[class] += 1;
    let mut integer = 0;
    if class == 0 {
        let bit = bools.bool(probabilities.class0_bit);
        counts.class0_bit[usize::from(bit)] += 1;
        integer = usize::from(bit);
    } else {
        for i in 0..class {
            let bit = bools.bool(probabilities.bits[i]);
            counts.bits[i][usize::from(bit)] += 1;
            integer |= usize::from(bit) << i;
        }
    }
    let (fr_probabilities, fr_counts) = match class {
        0 => (&probabilities.class0_fr[integer & 1], &mut counts.class0_fr[integer & 1]),
        _ => (&probabilities.fr, &mut counts.fr),
    };
    let fr = bools.unary_tree(fr_probabilities) & 3;
    fr_counts[fr] += 1;
    let (hp_probability, hp_counts) = match class {
        0 => (probabilities.class0_hp, &mut counts.class0_hp),
        _ => (probabilities.hp, &mut counts.hp),
    };
    // Where it is not read it is 1, and counts as that (9.3.4).
    let hp = !use_hp || bools.bool(hp_probability);
    hp_counts[usize::from(hp)] += 1;
    let base = if class == 0 { 0 } else { 2 << (class + 2) };
    let magnitude = base + (integer << 3 | fr << 1 | usize::from(hp)) as i32 + 1;
    if sign { -magnitude } else { magnitude }
}
