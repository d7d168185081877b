//! segmentation_params( ) (5.9.14, 6.8.13).

use super::MAX_SEGMENTS;

pub const SEG_LVL_ALT_Q: usize = 0;
pub const SEG_LVL_ALT_LF_Y_V: usize = 1;
pub const SEG_LVL_REF_FRAME: usize = 5;
pub const SEG_LVL_SKIP: usize = 6;
pub const SEG_LVL_GLOBALMV: usize = 7;
pub const SEG_LVL_MAX: usize = 8;

/// segmentation_params( ).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SegmentationParams {
    pub segmentation_enabled: bool,
    pub segmentation_update_map: bool,
    pub segmentation_temporal_update: bool,
    pub segmentation_update_data: bool,
    /// FeatureEnabled.
    pub feature_enabled: [[bool; SEG_LVL_MAX]; MAX_SEGMENTS],
    /// FeatureData.
    pub feature_data: [[i16; SEG_LVL_MAX]; MAX_SEGMENTS],
    /// SegIdPreSkip.
    pub seg_id_pre_skip: bool,
    /// LastActiveSegId.
    pub last_active_seg_id: u8,
}

impl SegmentationParams {
    /// seg_feature_active_idx( ) (5.11.14).
    #[inline]
    #[must_use]
    pub fn feature_active(&self, segment_id: usize, feature: usize) -> bool {
        self.segmentation_enabled && self.feature_enabled[segment_id & 7][feature & 7]
    }
}
