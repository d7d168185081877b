//! segmentation_params( ) (6.2.11).

use codecorpus_bitstream::{BitReader, Result};

use super::MAX_SEGMENTS;

/// What a segment may have of its own (7.2.10).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Feature {
    AltQ,
    AltL,
    RefFrame,
    Skip,
}

const FEATURES: [Feature; 4] = [Feature::AltQ, Feature::AltL, Feature::RefFrame, Feature::Skip];
/// segmentation_feature_bits and segmentation_feature_signed.
const BITS: [u32; 4] = [8, 6, 2, 0];
const SIGNED: [bool; 4] = [true, true, false, false];

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct SegmentationParams {
    pub(crate) enabled: bool,
    pub(crate) update_map: bool,
    pub(crate) temporal_update: bool,
    pub(crate) tree_probs: [u8; 7],
    pub(crate) pred_prob: [u8; 3],
    /// segmentation_abs_or_delta_update: data are values, not differences.
    pub(crate) abs_update: bool,
    /// FeatureData where FeatureEnabled. These stay until they are updated or reset.
    pub(crate) features: [[Option<i16>; 4]; MAX_SEGMENTS],
}

impl SegmentationParams {
    /// The value of a feature, if the segment has it (seg_feature_active( ), 6.4.9).
    #[inline]
    #[must_use]
    pub(crate) fn feature(&self, segment_id: u8, feature: Feature) -> Option<i16> {
        if self.enabled { self.features[usize::from(segment_id & 7)][feature as usize] } else { None }
    }

    /// Reads what this frame says; `self` is what the last one left.
    ///
    /// # Errors
    /// The data ends.
    pub(crate) fn read(&mut self, bits: &mut BitReader<'_>) -> Result<()> {
        self.update_map = false;
        self.temporal_update = false;
        self.enabled = bits.flag("segmentation_enabled")?;
        if !self.enabled {
            return Ok(());
        }
        self.update_map = bits.flag("segmentation_update_map")?;
        if self.update_map {
            for prob in &mut self.tree_probs {
                *prob = read_prob(bits)?;
            }
            self.temporal_update = bits.flag("segmentation_temporal_update")?;
            for prob in &mut self.pred_prob {
                *prob = if self.temporal_update { read_prob(bits)? } else { 255 };
            }
        }
        if bits.flag("segmentation_update_data")? {
            self.abs_update = bits.flag("segmentation_abs_or_delta_update")?;
            for segment in &mut self.features {
                *segment = read_features(bits)?;
            }
        }
        Ok(())
    }
}

fn read_features(bits: &mut BitReader<'_>) -> Result<[Option<i16>; 4]> {
    let mut features = [None; 4];
    for feature in FEATURES {
        let at = feature as usize;
        if bits.flag("feature_enabled")? {
            let value = bits.u(BITS[at], "feature_value")? as i16;
            let is_negative = SIGNED[at] && bits.flag("feature_sign")?;
            features[at] = Some(if is_negative { -value } else { value });
        }
    }
    Ok(features)
}

/// read_prob( ) (6.2.12).
fn read_prob(bits: &mut BitReader<'_>) -> Result<u8> {
    if !bits.flag("prob_coded")? {
        return Ok(255);
    }
    Ok(bits.u(8, "prob")? as u8)
}
