//! Trees (9.3.1) and how they are read (9.3.3).

use super::BoolDecoder;

/// A tree in the specification's form: pairs of what follows 0 and 1, the index of the next pair or a value, negated.
pub(crate) type Tree = [i8];

pub(crate) const INTRA_MODE_TREE: [i8; 18] = [0, 2, -9, 4, -1, 6, 8, 12, -2, 10, -4, -5, -3, 14, -8, 16, -6, -7];
pub(crate) const PARTITION_TREE: [i8; 6] = [0, 2, -1, 4, -2, -3];
/// inter_mode counts from NEARESTMV.
pub(crate) const INTER_MODE_TREE: [i8; 6] = [-2, 2, 0, 4, -1, -3];
pub(crate) const INTERP_FILTER_TREE: [i8; 4] = [0, 2, -1, -2];
pub(crate) const SEGMENT_TREE: [i8; 14] = [2, 4, 6, 8, 10, 12, 0, -1, -2, -3, -4, -5, -6, -7];
pub(crate) const MV_JOINT_TREE: [i8; 6] = [0, 2, -1, 4, -2, -3];
pub(crate) const MV_CLASS_TREE: [i8; 20] = [0, 2, -1, 4, 6, 8, -2, -3, 10, 12, -4, -5, -6, 14, 16, 18, -7, -8, -9, -10];
pub(crate) const MV_FR_TREE: [i8; 6] = [0, 2, -1, 4, -2, -3];

impl BoolDecoder<'_> {
    /// Tree decoding process (9.3.3), where a node's probability is that of its pair.
    #[inline(always)]
    pub(crate) fn tree(&mut self, tree: &Tree, probabilities: &[u8]) -> u8 {
        let mut node = 0;
        loop {
            let Some(&probability) = probabilities.get(node >> 1) else { return 0 };
            let Some(&next) = tree.get(node + usize::from(self.bool(probability))) else { return 0 };
            if next <= 0 {
                return next.unsigned_abs();
            }
            node = next as usize;
        }
    }

    /// The same of a tree with N pairs that goes on behind 1 alone: how many of them were 1. [`PARTITION_TREE`],
    /// [`INTERP_FILTER_TREE`], [`MV_JOINT_TREE`] and [`MV_FR_TREE`] have these numbers as values, [`INTER_MODE_TREE`] others.
    #[inline(always)]
    pub(crate) fn unary_tree<const N: usize>(&mut self, probabilities: &[u8; N]) -> usize {
        for (ones, &probability) in probabilities.iter().enumerate() {
            if !self.bool(probability) {
                return ones;
            }
        }
        N
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::bools::tests::Encoder;

    /// Writes a value by its tree.
    fn write(encoder: &mut Encoder, tree: &Tree, probabilities: &[u8], value: u8, node: usize) -> bool {
        [false, true].into_iter().any(|one| {
            let next = tree[node + usize::from(one)];
            let mut path = Encoder::new();
            if next <= 0 && next.unsigned_abs() == value
                || next > 0 && write(&mut path, tree, probabilities, value, next as usize)
            {
                encoder.bool(one, probabilities[node >> 1]);
                if next > 0 {
                    write(encoder, tree, probabilities, value, next as usize);
                }
                return true;
            }
            false
        })
    }

    #[test]
    fn every_value_of_every_tree_is_read_back() {
        let trees: [&Tree; 8] = [
            &INTRA_MODE_TREE,
            &PARTITION_TREE,
            &INTER_MODE_TREE,
            &INTERP_FILTER_TREE,
            &SEGMENT_TREE,
            &MV_JOINT_TREE,
            &MV_CLASS_TREE,
            &MV_FR_TREE,
        ];
        let probabilities = [200, 30, 128, 255, 1, 90, 170, 60, 220, 128];
        for tree in trees {
            let values = tree.len() as u8 / 2 + 1;
            let mut encoder = Encoder::new();
            for value in 0..values {
                assert!(write(&mut encoder, tree, &probabilities, value, 0), "{value} is not in {tree:?}");
            }
            let data = encoder.finish();
            let mut decoder = BoolDecoder::new(&data, "tile").unwrap();
            for value in 0..values {
                assert_eq!(decoder.tree(tree, &probabilities), value);
            }
        }
    }

    #[test]
    fn trees_that_go_on_behind_1_alone_are_read_as_numbers() {
        for tree in [&PARTITION_TREE, &INTER_MODE_TREE, &MV_JOINT_TREE, &MV_FR_TREE] {
            let probabilities = [200, 30, 128];
            // Behind 0 the value of a pair, behind 1 the next pair, behind the last 1 its value.
            let values = [tree[0], tree[2], tree[4], tree[5]].map(i8::unsigned_abs);
            let mut encoder = Encoder::new();
            values.iter().for_each(|&value| assert!(write(&mut encoder, tree, &probabilities, value, 0)));
            let data = encoder.finish();
            let mut decoder = BoolDecoder::new(&data, "tile").unwrap();
            assert_eq!(values.map(|_| decoder.unary_tree(&probabilities)), [0, 1, 2, 3], "{tree:?}");
        }
    }
}
