//! uncompressed_header( ) (5.9.2, 6.8.2).

use codecorpus_bitstream::ParseError;

use super::{
    CdefParams, DeltaLfParams, DeltaQParams, FilmGrainParams, FrameSize, GmType, LoopFilterParams, LrParams, MAX_SEGMENTS,
    NUM_REF_FRAMES, OrderHint, QIndex, QuantizationParams, REFS_PER_FRAME, RefFrame, SegmentationParams, TOTAL_REFS_PER_FRAME,
    TileInfo, WarpParams,
};

/// frame_type (6.8.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[repr(u8)]
pub(crate) enum FrameType {
    #[default]
    Key,
    Inter,
    IntraOnly,
    Switch,
}

/// TxMode (6.8.21).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
#[repr(u8)]
pub(crate) enum TxMode {
    #[default]
    Only4x4,
    Largest,
    Select,
}

/// interpolation_filter (6.8.9) and interp_filter, by the standard's numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[repr(u8)]
pub(crate) enum InterpFilter {
    #[default]
    EightTap,
    EightTapSmooth,
    EightTapSharp,
    Bilinear,
}

impl InterpFilter {
    pub(crate) const ALL: [Self; 4] = [Self::EightTap, Self::EightTapSmooth, Self::EightTapSharp, Self::Bilinear];
    /// What blocks choose from (6.10.22).
    pub(crate) const OF_BLOCKS: [Self; 3] = [Self::EightTap, Self::EightTapSmooth, Self::EightTapSharp];
}

/// One coded frame's header, with what the header's semantics derive. Arrays by reference frame are indexed by RefFrame value
/// (INTRA_FRAME to ALTREF_FRAME).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct FrameHeader {
    pub(crate) frame_type: FrameType,
    /// FrameIsIntra.
    pub(crate) frame_is_intra: bool,
    pub(crate) show_frame: bool,
    pub(crate) showable_frame: bool,
    pub(crate) error_resilient_mode: bool,
    pub(crate) disable_cdf_update: bool,
    pub(crate) allow_screen_content_tools: bool,
    pub(crate) force_integer_mv: bool,
    pub(crate) current_frame_id: u32,
    pub(crate) frame_size_override_flag: bool,
    /// OrderHint.
    pub(crate) order_hint: OrderHint,
    pub(crate) primary_ref_frame: u8,
    pub(crate) refresh_frame_flags: u8,
    /// ref_order_hint, where the header has it.
    pub(crate) ref_order_hint: Option<[OrderHint; NUM_REF_FRAMES]>,
    /// Slots, by bit, whose frame id is not what delta_frame_id_minus_1 expects.
    pub(crate) lost_slots: u8,
    pub(crate) size: FrameSize,
    pub(crate) allow_intrabc: bool,
    pub(crate) frame_refs_short_signaling: bool,
    /// Slot of LAST_FRAME + i.
    pub(crate) ref_frame_idx: [u8; REFS_PER_FRAME],
    pub(crate) allow_high_precision_mv: bool,
    /// None is SWITCHABLE.
    pub(crate) interpolation_filter: Option<InterpFilter>,
    pub(crate) is_motion_mode_switchable: bool,
    pub(crate) use_ref_frame_mvs: bool,
    /// OrderHints.
    pub(crate) order_hints: [OrderHint; TOTAL_REFS_PER_FRAME],
    /// RefFrameSignBias.
    pub(crate) ref_frame_sign_bias: [bool; TOTAL_REFS_PER_FRAME],
    pub(crate) disable_frame_end_update_cdf: bool,
    pub(crate) tile_info: TileInfo,
    pub(crate) quantization_params: QuantizationParams,
    pub(crate) segmentation_params: SegmentationParams,
    pub(crate) delta_q_params: DeltaQParams,
    pub(crate) delta_lf_params: DeltaLfParams,
    /// CodedLossless.
    pub(crate) coded_lossless: bool,
    /// AllLossless.
    pub(crate) all_lossless: bool,
    /// LosslessArray.
    pub(crate) lossless_array: [bool; MAX_SEGMENTS],
    /// get_qindex( 1, segmentId ).
    pub(crate) qindex: [QIndex; MAX_SEGMENTS],
    /// SegQMLevel, by plane; 15 where no matrix is used, also where using_qmatrix is 0.
    pub(crate) seg_qm_level: [[u8; MAX_SEGMENTS]; 3],
    pub(crate) loop_filter_params: LoopFilterParams,
    pub(crate) cdef_params: CdefParams,
    pub(crate) lr_params: LrParams,
    pub(crate) tx_mode: TxMode,
    pub(crate) reference_select: bool,
    pub(crate) skip_mode_present: bool,
    /// SkipModeFrame, where skip mode is allowed.
    pub(crate) skip_mode_frame: Option<[RefFrame; 2]>,
    pub(crate) allow_warped_motion: bool,
    pub(crate) reduced_tx_set: bool,
    /// GmType.
    pub(crate) gm_type: [GmType; TOTAL_REFS_PER_FRAME],
    pub(crate) gm_params: [WarpParams; TOTAL_REFS_PER_FRAME],
    pub(crate) film_grain_params: FilmGrainParams,
    /// From the OBU's extension.
    pub(crate) temporal_id: u8,
    pub(crate) spatial_id: u8,
}

impl FrameHeader {
    /// The slot of a reference frame: an element of ref_frame_idx.
    #[inline]
    #[must_use]
    pub(crate) fn slot(&self, ref_frame: RefFrame) -> Option<u8> {
        self.ref_frame_idx.get(ref_frame.index().wrapping_sub(RefFrame::Last.index())).copied()
    }
}

/// Why a header cannot be read to its end.
#[derive(Debug)]
pub(crate) enum Stop {
    Error(ParseError),
    /// It depends on a reference that is not there.
    Missing,
}

impl From<ParseError> for Stop {
    fn from(error: ParseError) -> Self {
        Self::Error(error)
    }
}

/// uncompressed_header( ).
#[derive(Debug)]
pub(crate) enum UncompressedHeader {
    /// show_existing_frame is 1.
    ShowExisting {
        frame_to_show_map_idx: u8,
    },
    Frame(Box<FrameHeader>),
    /// What comes before the first element that depends on a lost reference.
    Unreadable(Box<FrameHeader>),
    /// What comes before the first element that breaks the standard, refresh_frame_flags among it.
    Broken(Box<FrameHeader>, ParseError),
}
