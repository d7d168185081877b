//! st_ref_pic_set( ) (7.3.7, 7.4.8): short-term reference picture sets.

use codecorpus_bitstream::{BitReader, ParseError, PocDiff, Result};

/// Most pictures that a decoded picture buffer holds (A.4.2).
pub(crate) const MAX_DPB_SIZE: usize = 16;

/// One picture of a short-term reference picture set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct ShortTermRef {
    /// DeltaPocS0 or DeltaPocS1.
    pub(crate) delta_poc: PocDiff,
    pub(crate) used_by_curr_pic: bool,
}

/// A candidate short-term reference picture set: S0 before the picture, S1 behind it, nearest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct ShortTermRefPicSet {
    pub(crate) s0: Vec<ShortTermRef>,
    pub(crate) s1: Vec<ShortTermRef>,
}

impl ShortTermRefPicSet {
    /// NumDeltaPocs (7.4.8).
    fn num_delta_pocs(&self) -> usize {
        self.s0.len() + self.s1.len()
    }

    /// st_ref_pic_set( stRpsIdx ), where `sets` are those of the SPS before it. In a slice segment header
    /// stRpsIdx is num_short_term_ref_pic_sets.
    pub(crate) fn read(bits: &mut BitReader<'_>, sets: &[Self], in_slice_header: bool) -> Result<Self> {
        if !sets.is_empty() && bits.flag("inter_ref_pic_set_prediction_flag")? {
            Self::read_predicted(bits, sets, in_slice_header)
        } else {
            Self::read_explicit(bits)
        }
    }

    fn read_explicit(bits: &mut BitReader<'_>) -> Result<Self> {
        let num_negative_pics = bits.ue_max(MAX_DPB_SIZE as u32, "num_negative_pics")?;
        let num_positive_pics = bits.ue_max(MAX_DPB_SIZE as u32 - num_negative_pics, "num_positive_pics")?;
        let s0 = Self::read_side(bits, num_negative_pics, -1, "delta_poc_s0_minus1", "used_by_curr_pic_s0_flag")?;
        let s1 = Self::read_side(bits, num_positive_pics, 1, "delta_poc_s1_minus1", "used_by_curr_pic_s1_flag")?;
        Ok(Self { s0, s1 })
    }

    fn read_side(
        bits: &mut BitReader<'_>,
        count: u32,
        sign: i32,
        delta: &'static str,
        used: &'static str,
    ) -> Result<Vec<ShortTermRef>> {
        let mut delta_poc = 0;
        (0..count)
            .map(|_| {
                delta_poc += sign * (bits.ue_max((1 << 15) - 1, delta)? as i32 + 1);
                Ok(ShortTermRef { delta_poc: PocDiff(delta_poc), used_by_curr_pic: bits.flag(used)? })
            })
            .collect()
    }

    /// The set that is predicted from another: equations 7-61 and 7-62.
    fn read_predicted(bits: &mut BitReader<'_>, sets: &[Self], in_slice_header: bool) -> Result<Self> {
        let delta_idx = if in_slice_header { bits.ue_max(sets.len() as u32 - 1, "delta_idx_minus1")? as usize + 1 } else { 1 };
        let negative = bits.flag("delta_rps_sign")?;
        let abs_delta_rps = bits.ue_max((1 << 15) - 1, "abs_delta_rps_minus1")? as i32 + 1;
        let delta_rps = if negative { -abs_delta_rps } else { abs_delta_rps };
        let reference = sets.len().checked_sub(delta_idx).and_then(|i| sets.get(i));
        let reference = reference.ok_or_else(|| ParseError::malformed("delta_idx_minus1", "it names no earlier set"))?;
        let mut flags = Vec::with_capacity(MAX_DPB_SIZE + 1);
        for _ in 0..=reference.num_delta_pocs() {
            let used_by_curr_pic = bits.flag("used_by_curr_pic_flag")?;
            let use_delta = used_by_curr_pic || bits.flag("use_delta_flag")?;
            flags.push((used_by_curr_pic, use_delta));
        }
        reference.predict(delta_rps, &flags)
    }

    /// 7-61 and 7-62: `flags` are used_by_curr_pic_flag and use_delta_flag of every picture of this set, S0 first, and of the
    /// reference itself.
    fn predict(&self, delta_rps: i32, flags: &[(bool, bool)]) -> Result<Self> {
        let candidate = |delta: PocDiff, flag: usize| -> Option<ShortTermRef> {
            let &(used_by_curr_pic, use_delta) = flags.get(flag)?;
            use_delta.then_some(ShortTermRef { delta_poc: PocDiff(delta.0 + delta_rps), used_by_curr_pic })
        };
        let n0 = self.s0.len();
        let itself = candidate(PocDiff(0), self.num_delta_pocs());
        let from_s0: Vec<_> = self.s0.iter().enumerate().filter_map(|(i, pic)| candidate(pic.delta_poc, i)).collect();
        let from_s1: Vec<_> = self.s1.iter().enumerate().filter_map(|(i, pic)| candidate(pic.delta_poc, n0 + i)).collect();
        let s0: Vec<_> = from_s1.iter().rev().chain(&itself).chain(&from_s0).copied().filter(|pic| pic.delta_poc.0 < 0).collect();
        let s1: Vec<_> = from_s0.iter().rev().chain(&itself).chain(&from_s1).copied().filter(|pic| pic.delta_poc.0 > 0).collect();
        if s0.len() + s1.len() > MAX_DPB_SIZE || s0.iter().chain(&s1).any(|pic| pic.delta_poc.0.abs() > 1 << 16) {
            return Err(ParseError::malformed("st_ref_pic_set", "more pictures than a decoded picture buffer holds"));
        }
        Ok(Self { s0, s1 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(s0: &[i32], s1: &[i32]) -> ShortTermRefPicSet {
        let side =
            |pocs: &[i32]| pocs.iter().map(|&poc| ShortTermRef { delta_poc: PocDiff(poc), used_by_curr_pic: true }).collect();
        ShortTermRefPicSet { s0: side(s0), s1: side(s1) }
    }

    #[test]
    fn prediction_moves_every_picture_and_adds_the_reference() {
        let all = [(true, true); 5];
        assert_eq!(set(&[-8, -10], &[8]).predict(-4, &all).unwrap(), set(&[-4, -12, -14], &[4]));
        assert_eq!(set(&[-4, -12], &[4]).predict(2, &all).unwrap(), set(&[-2, -10], &[2, 6]));
    }

    #[test]
    fn unused_deltas_are_left_out() {
        let flags = [(true, true), (false, false), (false, true)];
        let predicted = set(&[-1, -2], &[]).predict(-1, &flags).unwrap();
        let pocs: Vec<_> = predicted.s0.iter().map(|pic| (pic.delta_poc.0, pic.used_by_curr_pic)).collect();
        assert_eq!(pocs, [(-1, false), (-2, true)]);
    }
}
