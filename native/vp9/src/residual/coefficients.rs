//! tokens( ) and read_coef( ) (6.4.24, 6.4.26).

use super::inverse::Inverse;
use super::quantizer::Dequantizer;
use super::scan::Position;
use super::transform::Coded;
use crate::entropy::BoolDecoder;
use crate::tables::coefficients::PARETO_FULL;

/// TokenCache (9.3.2): how large the coefficients so far are, by place.
pub type TokenCache = [u8; 1024];

/// Probabilities by band and context: eight places a band, so that a place is found without multiplying.
pub type TokenProbs = [[u8; 4]; 64];

/// Those of one plane type and kind of prediction, as [`read_tokens`] has them.
#[must_use]
pub fn token_probs(probabilities: &[[[u8; 3]; 6]; 6]) -> TokenProbs {
    let mut probs = [[0; 4]; 64];
    for (band, contexts) in probabilities.iter().enumerate() {
        for (ctx, &[more_coefs, token, one]) in contexts.iter().enumerate() {
            probs[band * 8 + ctx] = [more_coefs, token, one, 0];
        }
    }
    probs
}

/// Counts of tokens and of more_coefs, by band and context as [`TokenProbs`].
pub type TokenCounts<'a> = (&'a mut [[u32; 4]; 64], &'a mut [u32; 64]);

/// cat_probs (6.4.26). Category 6 has as many of the last ones as the bit depth takes.
const CAT1_PROBS: [u8; 1] = [159];
const CAT2_PROBS: [u8; 2] = [165, 145];
const CAT3_PROBS: [u8; 3] = [173, 148, 140];
const CAT4_PROBS: [u8; 4] = [176, 155, 140, 135];
const CAT5_PROBS: [u8; 5] = [180, 157, 141, 134, 130];
const CAT6_PROBS: [u8; 18] = [255, 255, 255, 255, 254, 254, 254, 252, 249, 243, 230, 196, 177, 153, 140, 133, 130, 129];

/// More than any conforming stream has, and few enough bits for sums of squares.
const MAX_DEQUANT: u64 = 1 << 26;

/// In counts of tokens: those of zero, one, more, and the more_coefs that are 0.
const ZERO: usize = 0;
const ONE: usize = 1;
const MORE: usize = 2;
const NO_MORE: usize = 3;

/// The first more_coefs of a transform block, whose context is `ctx`: whether it has any coefficient.
#[inline(always)]
pub fn read_first_more_coefs(
    bools: &mut BoolDecoder<'_>,
    probabilities: &TokenProbs,
    (tokens, more_coefs): TokenCounts<'_>,
    ctx: usize,
) -> bool {
    let at = ctx & 63;
    let more = bools.bool(probabilities[at][0]);
    more_coefs[at] += 1;
    tokens[at][NO_MORE] += u32::from(!more);
    more
}

/// Reads the coefficients of a transform block that has any; `first_ctx` is the first context. With `COUNT`, what is read is counted;
/// with `KEEP`, each coefficient is known, and where `inverse` is there, kept for a transform of 4 << its number.
#[inline(never)]
#[expect(clippy::too_many_arguments, reason = "the loop's own state, apart from the tile's")]
pub fn read_tokens<const COUNT: bool, const KEEP: bool>(
    decoder: &mut BoolDecoder<'_>,
    probabilities: &TokenProbs,
    (tokens, more_coefs): TokenCounts<'_>,
    scan: &[Position],
    first_ctx: usize,
    dequantizer: &Dequantizer,
    cache: &mut TokenCache,
    mut inverse: Option<(&mut Inverse, usize)>,
) -> Coded {
    // A copy stays in registers.
    let mut bools = decoder.clone();
    let mut coded = Coded::default();
    let mut positions = scan.iter();
    // The place that is being read, and which probabilities are its own.
    let Some(mut position) = positions.next() else { return coded };
    let mut at = (usize::from(position.band) * 8 + first_ctx) & 63;
    let mut step = dequantizer.steps[0];
    let unread = 'block: loop {
        // Behind a zero, more_coefs is not asked for.
        while !bools.bool(probabilities[at][1]) {
            if COUNT {
                tokens[at][ZERO] += 1;
            }
            cache[usize::from(position.pos) & 1023] = 0;
            step = dequantizer.steps[1];
            let Some(next) = positions.next() else { break 'block 0 };
            position = next;
            at = next.probabilities(cache);
        }
        let p_one = probabilities[at][2];
        let (level, class) = if bools.bool(p_one) {
            if COUNT {
                tokens[at][MORE] += 1;
            }
            read_large(&mut bools, &PARETO_FULL[usize::from(p_one.max(1)) - 1], dequantizer.cat6_bits)
        } else {
            if COUNT {
                tokens[at][ONE] += 1;
            }
            (1, 1)
        };
        let pos = usize::from(position.pos) & 1023;
        cache[pos] = class;
        let is_negative = bools.bit();
        coded.coefs += 1;
        let dequant = ((u64::from(level) * u64::from(step)) >> dequantizer.shift).min(MAX_DEQUANT);
        coded.squares += dequant * dequant;
        if KEEP {
            let value = if is_negative { -(dequant as i64) } else { dequant as i64 };
            if pos == 0 {
                coded.dc = value;
            }
            if let Some((inverse, tx_size)) = &mut inverse {
                inverse.put(pos, *tx_size, value);
            }
        }
        step = dequantizer.steps[1];
        let Some(next) = positions.next() else { break 'block 0 };
        position = next;
        at = next.probabilities(cache);
        if COUNT {
            more_coefs[at] += 1;
        }
        if !bools.bool(probabilities[at][0]) {
            if COUNT {
                tokens[at][NO_MORE] += 1;
            }
            break 'block 1 + positions.len();
        }
    };
    coded.eob = (scan.len() - unread) as u32;
    decoder.clone_from(&bools);
    coded
}

/// A coefficient of two or more, and the class that contexts know it by (energy_class, 9.3.2).
#[inline(always)]
fn read_large(bools: &mut BoolDecoder<'_>, pareto: &[u8; 8], cat6_bits: usize) -> (u32, u8) {
    if !bools.bool(pareto[0]) {
        if !bools.bool(pareto[1]) {
            return (2, 2);
        }
        return (3 + u32::from(bools.bool(pareto[2])), 3);
    }
    if !bools.bool(pareto[3]) {
        if !bools.bool(pareto[4]) {
            return (5 + read_extra(bools, &CAT1_PROBS), 4);
        }
        return (7 + read_extra(bools, &CAT2_PROBS), 4);
    }
    let level = if !bools.bool(pareto[5]) {
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
