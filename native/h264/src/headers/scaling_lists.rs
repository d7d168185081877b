//! Scaling lists: scaling_list( ) of 7.3.2.1.1.1, and the fall-back rules of table 7-2.

use codecorpus_bitstream::{BitReader, Result};

use crate::tables::scaling::{DEFAULT_4X4, DEFAULT_8X8};

/// ScalingList4x4 and ScalingList8x8 in zig-zag order; order of the lists as in table 7-2 (8x8: Intra Y, Inter Y, Intra Cb, …).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ScalingLists {
    pub(crate) lists4x4: [[u8; 16]; 6],
    pub(crate) lists8x8: [[u8; 64]; 6],
}

impl Default for ScalingLists {
    /// Flat_4x4_16 and Flat_8x8_16.
    fn default() -> Self {
        Self { lists4x4: [[16; 16]; 6], lists8x8: [[16; 64]; 6] }
    }
}

impl ScalingLists {
    /// Fall-back rule set A: the default lists.
    fn defaults() -> Self {
        let [intra4, inter4] = DEFAULT_4X4;
        let [intra8, inter8] = DEFAULT_8X8;
        Self {
            lists4x4: [intra4, intra4, intra4, inter4, inter4, inter4],
            lists8x8: [intra8, inter8, intra8, inter8, intra8, inter8],
        }
    }

    /// Reads the lists of a parameter set, each behind its `present_flag`. `above` is what fall-back rule set B takes the first list of each kind from:
    /// the sequence parameter set's lists, where that has some; rule set A otherwise.
    ///
    /// # Errors
    /// The end of the data, or a delta_scale that is out of range.
    pub(crate) fn read(
        reader: &mut BitReader<'_>,
        present_flag: &'static str,
        above: Option<&Self>,
        count8x8: usize,
    ) -> Result<Self> {
        let defaults = Self::defaults();
        let fallback = above.unwrap_or(&defaults);
        let mut lists = fallback.clone();
        for i in 0..6 {
            let inherited = if i % 3 == 0 { fallback.lists4x4[i] } else { lists.lists4x4[i - 1] };
            lists.lists4x4[i] = read_list(reader, present_flag, inherited, &defaults.lists4x4[i])?;
        }
        for i in 0..6 {
            let inherited = if i < 2 { fallback.lists8x8[i] } else { lists.lists8x8[i - 2] };
            lists.lists8x8[i] =
                if i < count8x8 { read_list(reader, present_flag, inherited, &defaults.lists8x8[i])? } else { inherited };
        }
        Ok(lists)
    }
}

/// One list with its seq_scaling_list_present_flag or pic_scaling_list_present_flag.
fn read_list<const N: usize>(
    reader: &mut BitReader<'_>,
    present_flag: &'static str,
    inherited: [u8; N],
    default: &[u8; N],
) -> Result<[u8; N]> {
    if !reader.flag(present_flag)? {
        return Ok(inherited);
    }
    let mut list = [0; N];
    let mut last = 8u8;
    let mut next = 8u8;
    for (j, entry) in list.iter_mut().enumerate() {
        if next != 0 {
            let delta_scale = reader.se_in(-128, 127, "delta_scale")?;
            next = (i32::from(last) + delta_scale).rem_euclid(256) as u8;
            if j == 0 && next == 0 {
                return Ok(*default);
            }
        }
        if next != 0 {
            last = next;
        }
        *entry = last;
    }
    Ok(list)
}
