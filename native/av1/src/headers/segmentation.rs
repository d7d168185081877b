//! segmentation_params( ) (5.9.14, 6.8.13).

use codecorpus_bitstream::{BitReader, Result};

use super::{MAX_SEGMENTS, QIndex};

/// What a segment may have of its own (section 3, SEG_LVL_ALT_Q to SEG_LVL_GLOBALMV), but for the loop filter's strengths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Feature {
    AltQ = 0,
    RefFrame = 5,
    Skip = 6,
    GlobalMv = 7,
}

pub(crate) const SEG_LVL_MAX: usize = 8;

/// segmentation_params( ).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct SegmentationParams {
    pub(crate) segmentation_enabled: bool,
    pub(crate) segmentation_update_map: bool,
    pub(crate) segmentation_temporal_update: bool,
    pub(crate) segmentation_update_data: bool,
    /// FeatureEnabled.
    pub(crate) feature_enabled: [[bool; SEG_LVL_MAX]; MAX_SEGMENTS],
    /// FeatureData.
    pub(crate) feature_data: [[i16; SEG_LVL_MAX]; MAX_SEGMENTS],
    /// SegIdPreSkip.
    pub(crate) seg_id_pre_skip: bool,
    /// LastActiveSegId.
    pub(crate) last_active_seg_id: u8,
}

impl SegmentationParams {
    /// seg_feature_active_idx( ) (5.11.14).
    #[inline]
    #[must_use]
    pub(crate) fn is_active(&self, segment_id: u8, feature: Feature) -> bool {
        self.segmentation_enabled && self.feature_enabled[usize::from(segment_id & 7)][feature as usize]
    }

    /// FeatureData (5.9.14) of a feature that the segment has.
    #[inline]
    #[must_use]
    pub(crate) fn feature(&self, segment_id: u8, feature: Feature) -> Option<i16> {
        self.is_active(segment_id, feature).then(|| self.feature_data[usize::from(segment_id & 7)][feature as usize])
    }
}

/// Segmentation_Feature_Bits, Segmentation_Feature_Signed, Segmentation_Feature_Max (5.9.14).
const FEATURES: [(u32, bool, i32); SEG_LVL_MAX] =
    [(8, true, 255), (6, true, 63), (6, true, 63), (6, true, 63), (6, true, 63), (3, false, 7), (0, false, 0), (0, false, 0)];

impl SegmentationParams {
    /// segmentation_params( ) (5.9.14). `previous` is what load_previous( ) brings; None where primary_ref_frame is PRIMARY_REF_NONE.
    pub(super) fn read(bits: &mut BitReader<'_>, previous: Option<&Self>) -> Result<Self> {
        let mut params = Self { segmentation_enabled: bits.flag("segmentation_enabled")?, ..Self::default() };
        if !params.segmentation_enabled {
            return Ok(params);
        }
        if let Some(previous) = previous {
            (params.feature_enabled, params.feature_data) = (previous.feature_enabled, previous.feature_data);
            params.segmentation_update_map = bits.flag("segmentation_update_map")?;
            params.segmentation_temporal_update = params.segmentation_update_map && bits.flag("segmentation_temporal_update")?;
            params.segmentation_update_data = bits.flag("segmentation_update_data")?;
        } else {
            (params.segmentation_update_map, params.segmentation_update_data) = (true, true);
        }
        if params.segmentation_update_data {
            params.read_features(bits)?;
        }
        params.derive_active();
        Ok(params)
    }

    /// feature_enabled and feature_value of every segment (5.9.14).
    fn read_features(&mut self, bits: &mut BitReader<'_>) -> Result<()> {
        for segment in 0..MAX_SEGMENTS {
            for (feature, &(bits_to_read, signed, limit)) in FEATURES.iter().enumerate() {
                let enabled = bits.flag("feature_enabled")?;
                let value = match (enabled, signed) {
                    (false, _) => 0,
                    (true, true) => bits.i(1 + bits_to_read, "feature_value")?.clamp(-limit, limit),
                    (true, false) => (bits.u(bits_to_read, "feature_value")? as i32).clamp(0, limit),
                };
                self.feature_enabled[segment][feature] = enabled;
                self.feature_data[segment][feature] = value as i16;
            }
        }
        Ok(())
    }

    /// SegIdPreSkip and LastActiveSegId (5.9.14).
    fn derive_active(&mut self) {
        for (segment, features) in self.feature_enabled.iter().enumerate() {
            if features.contains(&true) {
                self.last_active_seg_id = segment as u8;
            }
            self.seg_id_pre_skip |= features[Feature::RefFrame as usize..].contains(&true);
        }
    }

    /// get_qindex( ) (7.12.2) from a frame's base_q_idx or a superblock's CurrentQIndex.
    #[inline]
    #[must_use]
    pub(crate) fn qindex(&self, segment_id: u8, base_q_idx: QIndex) -> QIndex {
        self.feature(segment_id, Feature::AltQ).map_or(base_q_idx, |data| base_q_idx.offset(data))
    }
}
