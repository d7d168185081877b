//! compressed_header( ) (6.3): what the frame changes of the probabilities that it loaded, and the modes that all its blocks share.

use codecorpus_bitstream::Result;

use super::FrameHeader;
use crate::entropy::BoolDecoder;
use crate::entropy::probabilities::{CoefProbs, MvComponentProbs, Probabilities};
use crate::modes::RefFrame;
use crate::tables::modes::INV_MAP_TABLE;

/// tx_mode (7.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
#[repr(u8)]
pub(crate) enum TxMode {
    #[default]
    Only4x4,
    Allow8x8,
    Allow16x16,
    Allow32x32,
    Select,
}

/// reference_mode (7.3.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum ReferenceMode {
    #[default]
    Single,
    Compound,
    Select,
}

/// What it says beyond probabilities.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct CompressedHeader {
    pub(crate) tx_mode: TxMode,
    pub(crate) reference_mode: ReferenceMode,
    pub(crate) compound: CompoundReferences,
}

/// CompFixedRef and CompVarRef, set by setup_compound_reference_mode( ) (6.3.18).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct CompoundReferences {
    pub(crate) fixed: RefFrame,
    pub(crate) var: [RefFrame; 2],
}

impl CompoundReferences {
    fn new(sign_bias: &[bool; 4]) -> Self {
        let [_, last, golden, altref] = *sign_bias;
        let (fixed, var) = if last == golden {
            (RefFrame::Altref, [RefFrame::Last, RefFrame::Golden])
        } else if last == altref {
            (RefFrame::Golden, [RefFrame::Last, RefFrame::Altref])
        } else {
            (RefFrame::Last, [RefFrame::Golden, RefFrame::Altref])
        };
        Self { fixed, var }
    }
}

/// Reads the header out of its bytes and updates the probabilities.
///
/// # Errors
/// It does not end where its bytes do.
pub(crate) fn compressed_header(
    data: &[u8],
    header: &FrameHeader,
    probabilities: &mut Probabilities,
) -> Result<CompressedHeader> {
    const ELEMENT: &str = "compressed_header";
    let bools = &mut BoolDecoder::new(data, ELEMENT)?;
    let tx_mode = if header.quantization.lossless() { TxMode::Only4x4 } else { read_tx_mode(bools) };
    if tx_mode == TxMode::Select {
        read_tx_mode_probs(bools, probabilities);
    }
    let sizes = (tx_mode as usize + 1).min(4);
    for coef in &mut probabilities.coef[..sizes] {
        read_coef_probs(bools, coef);
    }
    diff_update_all(bools, &mut probabilities.skip);
    let mut result = CompressedHeader { tx_mode, ..CompressedHeader::default() };
    if !header.frame_is_intra() {
        read_inter_probs(bools, header, probabilities, &mut result);
    }
    bools.exit(ELEMENT)?;
    Ok(result)
}

/// read_tx_mode( ) (6.3.1).
fn read_tx_mode(bools: &mut BoolDecoder<'_>) -> TxMode {
    match bools.literal(2) {
        0 => TxMode::Only4x4,
        1 => TxMode::Allow8x8,
        2 => TxMode::Allow16x16,
        _ if bools.bit() => TxMode::Select,
        _ => TxMode::Allow32x32,
    }
}

/// tx_mode_probs( ) (6.3.2).
fn read_tx_mode_probs(bools: &mut BoolDecoder<'_>, probabilities: &mut Probabilities) {
    diff_update_all(bools, probabilities.tx_8x8.as_flattened_mut());
    diff_update_all(bools, probabilities.tx_16x16.as_flattened_mut());
    diff_update_all(bools, probabilities.tx_32x32.as_flattened_mut());
}

/// read_coef_probs( ) (6.3.7), of one transform size.
fn read_coef_probs(bools: &mut BoolDecoder<'_>, coef: &mut CoefProbs) {
    if !bools.bit() {
        return;
    }
    for bands in coef.as_flattened_mut() {
        for (band, contexts) in bands.iter_mut().enumerate() {
            let contexts = if band == 0 { &mut contexts[..3] } else { &mut contexts[..] };
            diff_update_all(bools, contexts.as_flattened_mut());
        }
    }
}

fn read_inter_probs(
    bools: &mut BoolDecoder<'_>,
    header: &FrameHeader,
    probabilities: &mut Probabilities,
    result: &mut CompressedHeader,
) {
    diff_update_all(bools, probabilities.inter_mode.as_flattened_mut());
    if header.interpolation_filter.is_none() {
        diff_update_all(bools, probabilities.interp_filter.as_flattened_mut());
    }
    diff_update_all(bools, &mut probabilities.is_inter);
    read_reference_mode(bools, header, result);
    read_reference_mode_probs(bools, result.reference_mode, probabilities);
    diff_update_all(bools, probabilities.y_mode.as_flattened_mut());
    diff_update_all(bools, probabilities.partition.as_flattened_mut());
    read_mv_probs(bools, header.allow_high_precision_mv, probabilities);
}

/// frame_reference_mode( ) (6.3.12).
fn read_reference_mode(bools: &mut BoolDecoder<'_>, header: &FrameHeader, result: &mut CompressedHeader) {
    let [_, last, golden, altref] = header.ref_frame_sign_bias;
    if last == golden && last == altref {
        return;
    }
    result.compound = CompoundReferences::new(&header.ref_frame_sign_bias);
    if bools.bit() {
        result.reference_mode = if bools.bit() { ReferenceMode::Select } else { ReferenceMode::Compound };
    }
}

/// frame_reference_mode_probs( ) (6.3.13).
fn read_reference_mode_probs(bools: &mut BoolDecoder<'_>, mode: ReferenceMode, probabilities: &mut Probabilities) {
    if mode == ReferenceMode::Select {
        diff_update_all(bools, &mut probabilities.comp_mode);
    }
    if mode != ReferenceMode::Compound {
        diff_update_all(bools, probabilities.single_ref.as_flattened_mut());
    }
    if mode != ReferenceMode::Single {
        diff_update_all(bools, &mut probabilities.comp_ref);
    }
}

/// mv_probs( ) (6.3.16).
fn read_mv_probs(bools: &mut BoolDecoder<'_>, high_precision: bool, probabilities: &mut Probabilities) {
    update_mv_probs(bools, &mut probabilities.mv_joint);
    for MvComponentProbs { sign, classes, class0_bit, bits, .. } in &mut probabilities.mv {
        update_mv_prob(bools, sign);
        update_mv_probs(bools, classes);
        update_mv_prob(bools, class0_bit);
        update_mv_probs(bools, bits);
    }
    for MvComponentProbs { class0_fr, fr, .. } in &mut probabilities.mv {
        update_mv_probs(bools, class0_fr.as_flattened_mut());
        update_mv_probs(bools, fr);
    }
    if high_precision {
        for MvComponentProbs { class0_hp, hp, .. } in &mut probabilities.mv {
            update_mv_prob(bools, class0_hp);
            update_mv_prob(bools, hp);
        }
    }
}

fn update_mv_probs(bools: &mut BoolDecoder<'_>, probabilities: &mut [u8]) {
    probabilities.iter_mut().for_each(|probability| update_mv_prob(bools, probability));
}

/// update_mv_prob( ) (6.3.17).
fn update_mv_prob(bools: &mut BoolDecoder<'_>, probability: &mut u8) {
    if bools.bool(252) {
        *probability = (bools.literal(7) << 1 | 1) as u8;
    }
}

fn diff_update_all(bools: &mut BoolDecoder<'_>, probabilities: &mut [u8]) {
    probabilities.iter_mut().for_each(|probability| diff_update_prob(bools, probability));
}

/// diff_update_prob( ) (6.3.3).
fn diff_update_prob(bools: &mut BoolDecoder<'_>, probability: &mut u8) {
    if bools.bool(252) {
        let delta_prob = decode_term_subexp(bools);
        *probability = inv_remap_prob(delta_prob, *probability);
    }
}

/// decode_term_subexp( ) (6.3.4).
fn decode_term_subexp(bools: &mut BoolDecoder<'_>) -> usize {
    let value = if !bools.bit() {
        bools.literal(4)
    } else if !bools.bit() {
        bools.literal(4) + 16
    } else if !bools.bit() {
        bools.literal(5) + 32
    } else {
        match bools.literal(7) {
            v @ 0..65 => v + 64,
            v => (v << 1) - 1 + u32::from(bools.bit()),
        }
    };
    value as usize
}

/// inv_remap_prob( ) (6.3.5).
fn inv_remap_prob(delta_prob: usize, probability: u8) -> u8 {
    let v = i32::from(INV_MAP_TABLE[delta_prob.min(254)]);
    let m = i32::from(probability) - 1;
    let remapped = if m << 1 <= 255 { 1 + inv_recenter_nonneg(v, m) } else { 255 - inv_recenter_nonneg(v, 254 - m) };
    remapped.clamp(1, 255) as u8
}

/// inv_recenter_nonneg( ) (6.3.6).
fn inv_recenter_nonneg(v: i32, m: i32) -> i32 {
    if v > 2 * m {
        v
    } else if v & 1 == 1 {
        m - ((v + 1) >> 1)
    } else {
        m + (v >> 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::bools::tests::Encoder;

    #[test]
    fn every_difference_leads_from_any_probability_to_another_one() {
        for probability in 1..=255u8 {
            let mut reached: Vec<u8> = (0..254).map(|delta| inv_remap_prob(delta, probability)).collect();
            reached.push(probability);
            reached.sort_unstable();
            assert_eq!(reached, (1..=255).collect::<Vec<_>>(), "from {probability}");
        }
    }

    #[test]
    fn differences_are_read_in_four_lengths() {
        let mut encoder = Encoder::new();
        encoder.literal(0x05, 5);
        encoder.literal(0x23, 6);
        encoder.literal(0xc1, 8);
        encoder.literal(0x382, 10);
        encoder.literal(0x785, 11);
        let data = encoder.finish();
        let mut bools = BoolDecoder::new(&data, "compressed_header").unwrap();
        let read: Vec<_> = (0..5).map(|_| decode_term_subexp(&mut bools)).collect();
        assert_eq!(read, [5, 19, 33, 66, 132]);
    }
}
