//! sequence_header_obu( ) (5.5, 6.4).

/// color_config( ) (5.5.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ColorConfig {
    /// BitDepth.
    pub bit_depth: u8,
    pub mono_chrome: bool,
    /// NumPlanes.
    pub num_planes: u8,
    pub color_primaries: u8,
    pub transfer_characteristics: u8,
    pub matrix_coefficients: u8,
    pub color_range: bool,
    pub subsampling_x: bool,
    pub subsampling_y: bool,
    pub chroma_sample_position: u8,
    pub separate_uv_delta_q: bool,
}

/// One operating point of a sequence header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OperatingPoint {
    pub operating_point_idc: u16,
    pub seq_level_idx: u8,
    pub seq_tier: bool,
    pub decoder_model_present_for_this_op: bool,
}

/// decoder_model_info( ) (5.5.4): the lengths of fields that follow elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DecoderModelInfo {
    pub buffer_delay_length_minus_1: u8,
    pub buffer_removal_time_length_minus_1: u8,
    pub frame_presentation_time_length_minus_1: u8,
}

/// sequence_header_obu( ).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SequenceHeader {
    pub seq_profile: u8,
    pub still_picture: bool,
    pub reduced_still_picture_header: bool,
    pub timing_info_present_flag: bool,
    pub equal_picture_interval: bool,
    pub decoder_model_info: Option<DecoderModelInfo>,
    /// At least one.
    pub operating_points: Vec<OperatingPoint>,
    pub frame_width_bits_minus_1: u8,
    pub frame_height_bits_minus_1: u8,
    pub max_frame_width_minus_1: u32,
    pub max_frame_height_minus_1: u32,
    pub frame_id_numbers_present_flag: bool,
    pub delta_frame_id_length_minus_2: u8,
    pub additional_frame_id_length_minus_1: u8,
    pub use_128x128_superblock: bool,
    pub enable_filter_intra: bool,
    pub enable_intra_edge_filter: bool,
    pub enable_interintra_compound: bool,
    pub enable_masked_compound: bool,
    pub enable_warped_motion: bool,
    pub enable_dual_filter: bool,
    pub enable_order_hint: bool,
    pub enable_jnt_comp: bool,
    pub enable_ref_frame_mvs: bool,
    /// [`SELECT`] means that frames say.
    pub seq_force_screen_content_tools: u8,
    pub seq_force_integer_mv: u8,
    /// OrderHintBits.
    pub order_hint_bits: u8,
    pub enable_superres: bool,
    pub enable_cdef: bool,
    pub enable_restoration: bool,
    pub color_config: ColorConfig,
    pub film_grain_params_present: bool,
}

/// SELECT_SCREEN_CONTENT_TOOLS and SELECT_INTEGER_MV (section 3).
pub const SELECT: u8 = 2;

impl SequenceHeader {
    /// get_relative_dist( ) (5.9.3).
    #[inline]
    #[must_use]
    pub fn get_relative_dist(&self, a: u32, b: u32) -> i32 {
        if !self.enable_order_hint {
            return 0;
        }
        let shift = 32 - u32::from(self.order_hint_bits.clamp(1, 8));
        (a.wrapping_sub(b) << shift) as i32 >> shift
    }
}
