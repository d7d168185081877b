//! pred_weight_table( ) (7.3.6.3): which references have weights of their own.

use codecorpus_bitstream::{BitReader, Result};

/// For either list, a bit for each ref_idx whose luma or chroma weights are coded.
pub(crate) type Weighted = [u16; 2];

/// pred_weight_table( ) for lists of `num_ref_idx_active` entries (0 for list 1 of P slices). `unweighted` entries have no flags:
/// the current picture, for which weights are never coded.
pub(crate) fn read_pred_weight_table(
    bits: &mut BitReader<'_>,
    num_ref_idx_active: [u8; 2],
    unweighted: Weighted,
    chroma: bool,
) -> Result<Weighted> {
    bits.ue_max(7, "luma_log2_weight_denom")?;
    if chroma {
        bits.se("delta_chroma_log2_weight_denom")?;
    }
    let mut weighted = [0; 2];
    for (x, flags) in weighted.iter_mut().enumerate() {
        *flags = read_list(bits, u32::from(num_ref_idx_active[x]), unweighted[x], chroma, &NAMES[x])?;
    }
    Ok(weighted)
}

/// Elements of each list: flags of luma and chroma, then weights and offsets of luma and chroma.
const NAMES: [[&str; 6]; 2] = [
    [
        "luma_weight_l0_flag",
        "chroma_weight_l0_flag",
        "delta_luma_weight_l0",
        "luma_offset_l0",
        "delta_chroma_weight_l0",
        "delta_chroma_offset_l0",
    ],
    [
        "luma_weight_l1_flag",
        "chroma_weight_l1_flag",
        "delta_luma_weight_l1",
        "luma_offset_l1",
        "delta_chroma_weight_l1",
        "delta_chroma_offset_l1",
    ],
];

fn read_list(bits: &mut BitReader<'_>, count: u32, unweighted: u16, chroma: bool, names: &[&'static str; 6]) -> Result<u16> {
    let [luma_flag, chroma_flag, luma_weight, luma_offset, chroma_weight, chroma_offset] = *names;
    let coded = |i: &u32| unweighted >> i & 1 == 0;
    let mut luma_weight_flags = 0u16;
    let mut chroma_weight_flags = 0u16;
    for i in (0..count).filter(coded) {
        luma_weight_flags |= u16::from(bits.flag(luma_flag)?) << i;
    }
    for i in (0..if chroma { count } else { 0 }).filter(coded) {
        chroma_weight_flags |= u16::from(bits.flag(chroma_flag)?) << i;
    }
    for i in 0..count {
        if luma_weight_flags >> i & 1 == 1 {
            bits.se(luma_weight)?;
            bits.se(luma_offset)?;
        }
        if chroma_weight_flags >> i & 1 == 1 {
            for _ in 0..2 {
                bits.se(chroma_weight)?;
                bits.se(chroma_offset)?;
            }
        }
    }
    Ok(luma_weight_flags | chroma_weight_flags)
}
