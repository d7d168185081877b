//! tokens( ) and read_coef( ) (6.4.24, 6.4.26).

use super::models::ModelSet;
use super::quantizer::Dequantizer;
use super::scan::Position;
use super::transform::Coded;
use crate::entropy::BoolDecoder;
use crate::state::Tile;

/// cat_probs (6.4.26). Category 6 has as many of the last ones as the bit depth takes.
const CAT1_PROBS: [u8; 1] = [159];
const CAT2_PROBS: [u8; 2] = [165, 145];
const CAT3_PROBS: [u8; 3] = [173, 148, 140];
const CAT4_PROBS: [u8; 4] = [176, 155, 140, 135];
const CAT5_PROBS: [u8; 5] = [180, 157, 141, 134, 130];
const CAT6_PROBS: [u8; 18] = [255, 255, 255, 255, 254, 254, 254, 252, 249, 243, 230, 196, 177, 153, 140, 133, 130, 129];

/// More than any conforming stream has, and few enough bits for sums of squares.
const MAX_DEQUANT: u64 = 1 << 26;

impl Tile<'_> {
    /// Reads the coefficients of a transform block that has any, of N places at most; `first_ctx` is the first context. With
    /// `COUNT`, what is read is counted; with `KEEP`, each coefficient is known, and kept where residual samples are asked for.
    #[inline(never)]
    pub(super) fn read_tokens<const COUNT: bool, const KEEP: bool, const N: usize, P: Copy + Into<usize>>(
        &mut self,
        model_set: ModelSet,
        scan: &[Position<P>],
        first_ctx: usize,
        dequantizer: &Dequantizer,
    ) -> Coded {
        let models = self.models.of(model_set);
        let Some(cache) = self.cache.first_chunk_mut::<N>() else { return Coded::default() };
        let mut inverse = self.inverse.as_mut().filter(|_| KEEP && model_set.is_luma());
        // A copy stays in registers.
        let mut bools = self.bools.clone();
        let mut coded = Coded::default();
        let mut positions = scan.iter();
        // The place that is being read, and which model is its own.
        let Some(mut position) = positions.next() else { return coded };
        let mut at = first_ctx & 63;
        let mut step = dequantizer.steps[0];
        bools.reserve();
        'block: loop {
            // Behind a zero, more_coefs is not asked for.
            while !bools.reserved(models[at].token) {
                models[at].counts.zero += u32::from(COUNT);
                cache[position.pos.into() & (N - 1)] = 0;
                step = dequantizer.steps[1];
                let Some(next) = positions.next() else { break 'block };
                position = next;
                at = position.model(cache);
                bools.reserve();
            }
            let model = &mut models[at];
            let pos = position.pos.into() & (N - 1);
            let (dequant, is_negative) = if bools.reserved(model.one) {
                model.counts.more += u32::from(COUNT);
                let (level, class) = read_large(&mut bools, &model.pareto, dequantizer.cat6_bits);
                cache[pos] = class;
                ((u64::from(level) * u64::from(step) / dq_denom(N)).min(MAX_DEQUANT), bools.bit())
            } else {
                model.counts.one += u32::from(COUNT);
                cache[pos] = 1;
                (u64::from(step) / dq_denom(N), bools.reserved_bit())
            };
            coded.coefs += 1;
            coded.squares += dequant * dequant;
            if KEEP {
                let value = if is_negative { -(dequant as i64) } else { dequant as i64 };
                if pos == 0 {
                    coded.dc = value;
                }
                if let Some(inverse) = &mut inverse {
                    inverse.put(pos, model_set.tx_size(), value);
                }
            }
            step = dequantizer.steps[1];
            let Some(next) = positions.next() else { break };
            position = next;
            at = position.model(cache);
            bools.reserve();
            let model = &mut models[at];
            model.counts.asked += u32::from(COUNT);
            if !bools.reserved(model.more_coefs) {
                model.counts.no_more += u32::from(COUNT);
                break;
            }
        }
        self.bools = bools;
        coded
    }
}

/// dqDenom (8.6.2): 2 of a transform that takes 1024 places, which is that of 32x32.
const fn dq_denom(places: usize) -> u64 {
    if places == 1024 { 2 } else { 1 }
}

/// A coefficient of two or more, and the class that contexts know it by (energy_class, 9.3.2).
#[inline(always)]
fn read_large(bools: &mut BoolDecoder<'_>, pareto: &[u8; 8], cat6_bits: usize) -> (u32, u8) {
    bools.reserve();
    if !bools.reserved(pareto[0]) {
        if !bools.reserved(pareto[1]) {
            return (2, 2);
        }
        return (3 + u32::from(bools.reserved(pareto[2])), 3);
    }
    if !bools.reserved(pareto[3]) {
        if !bools.reserved(pareto[4]) {
            return (5 + read_extra(bools, &CAT1_PROBS), 4);
        }
        return (7 + read_extra(bools, &CAT2_PROBS), 4);
    }
    let level = if !bools.reserved(pareto[5]) {
        if !bools.bool(pareto[6]) { 11 + read_extra(bools, &CAT3_PROBS) } else { 19 + read_extra(bools, &CAT4_PROBS) }
    } else if !bools.bool(pareto[7]) {
        35 + read_extra(bools, &CAT5_PROBS)
    } else {
        67 + read_extra(bools, CAT6_PROBS.get(18 - cat6_bits.min(18)..).unwrap_or_default())
    };
    (level, 5)
}

#[inline(always)]
fn read_extra(bools: &mut BoolDecoder<'_>, probabilities: &[u8]) -> u32 {
    probabilities.iter().fold(0, |value, &probability| value << 1 | u32::from(bools.bool(probability)))
}
