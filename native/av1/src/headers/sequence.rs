//! sequence_header_obu( ) (5.5, 6.4).

use codecorpus_bitstream::{BitReader, ParseError, Result};

use super::descriptors::uvlc;

/// color_config( ) (5.5.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct ColorConfig {
    /// BitDepth.
    pub(crate) bit_depth: u8,
    pub(crate) mono_chrome: bool,
    /// NumPlanes.
    pub(crate) num_planes: u8,
    pub(crate) color_primaries: u8,
    pub(crate) transfer_characteristics: u8,
    pub(crate) matrix_coefficients: u8,
    pub(crate) color_range: bool,
    pub(crate) subsampling_x: bool,
    pub(crate) subsampling_y: bool,
    pub(crate) chroma_sample_position: u8,
    pub(crate) separate_uv_delta_q: bool,
}

/// One operating point of a sequence header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct OperatingPoint {
    pub(crate) operating_point_idc: u16,
    pub(crate) seq_level_idx: u8,
    pub(crate) seq_tier: bool,
    pub(crate) decoder_model_present_for_this_op: bool,
}

/// decoder_model_info( ) (5.5.4): the lengths of fields that follow elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct DecoderModelInfo {
    pub(crate) buffer_delay_length_minus_1: u8,
    pub(crate) buffer_removal_time_length_minus_1: u8,
    pub(crate) frame_presentation_time_length_minus_1: u8,
}

/// sequence_header_obu( ).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct SequenceHeader {
    pub(crate) seq_profile: u8,
    pub(crate) still_picture: bool,
    pub(crate) reduced_still_picture_header: bool,
    pub(crate) timing_info_present_flag: bool,
    pub(crate) equal_picture_interval: bool,
    pub(crate) decoder_model_info: Option<DecoderModelInfo>,
    /// At least one.
    pub(crate) operating_points: Vec<OperatingPoint>,
    pub(crate) frame_width_bits_minus_1: u8,
    pub(crate) frame_height_bits_minus_1: u8,
    pub(crate) max_frame_width_minus_1: u32,
    pub(crate) max_frame_height_minus_1: u32,
    pub(crate) frame_id_numbers_present_flag: bool,
    pub(crate) delta_frame_id_length_minus_2: u8,
    pub(crate) additional_frame_id_length_minus_1: u8,
    pub(crate) use_128x128_superblock: bool,
    pub(crate) enable_filter_intra: bool,
    pub(crate) enable_intra_edge_filter: bool,
    pub(crate) enable_interintra_compound: bool,
    pub(crate) enable_masked_compound: bool,
    pub(crate) enable_warped_motion: bool,
    pub(crate) enable_dual_filter: bool,
    pub(crate) enable_order_hint: bool,
    pub(crate) enable_jnt_comp: bool,
    pub(crate) enable_ref_frame_mvs: bool,
    /// [`SELECT`] means that frames say.
    pub(crate) seq_force_screen_content_tools: u8,
    pub(crate) seq_force_integer_mv: u8,
    /// OrderHintBits.
    pub(crate) order_hint_bits: u8,
    pub(crate) enable_superres: bool,
    pub(crate) enable_cdef: bool,
    pub(crate) enable_restoration: bool,
    pub(crate) color_config: ColorConfig,
    pub(crate) film_grain_params_present: bool,
}

/// SELECT_SCREEN_CONTENT_TOOLS and SELECT_INTEGER_MV (section 3).
pub(crate) const SELECT: u8 = 2;

/// OrderHint: the lowest bits of a frame's place in output order, as many as the sequence says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct OrderHint(pub(crate) u32);

impl OrderHint {
    /// get_relative_dist( ) (5.9.3): by how many frames it is later than another one; 0 where the sequence has no order hints.
    #[inline]
    #[must_use]
    pub(crate) fn relative_dist(self, other: Self, sequence: &SequenceHeader) -> i32 {
        if !sequence.enable_order_hint {
            return 0;
        }
        let shift = 32 - u32::from(sequence.order_hint_bits.clamp(1, 8));
        (self.0.wrapping_sub(other.0) << shift) as i32 >> shift
    }

    /// Whether it is earlier than another one in output order.
    #[inline]
    #[must_use]
    pub(crate) fn is_before(self, other: Self, sequence: &SequenceHeader) -> bool {
        self.relative_dist(other, sequence) < 0
    }

    /// Whether it is later. Of two half the range apart each is before the other, and neither after.
    #[inline]
    #[must_use]
    pub(crate) fn is_after(self, other: Self, sequence: &SequenceHeader) -> bool {
        self.relative_dist(other, sequence) > 0
    }
}

impl SequenceHeader {
    /// sequence_header_obu( ) (5.5.1).
    ///
    /// # Errors
    /// A reserved profile, what a profile cannot have, or the end of the data.
    pub(crate) fn read(bits: &mut BitReader<'_>) -> Result<Self> {
        let mut header = Self { seq_profile: bits.u(3, "seq_profile")? as u8, ..Self::default() };
        if header.seq_profile > 2 {
            return Err(ParseError::unsupported("seq_profile", "a reserved profile"));
        }
        header.still_picture = bits.flag("still_picture")?;
        header.reduced_still_picture_header = bits.flag("reduced_still_picture_header")?;
        if header.reduced_still_picture_header {
            if !header.still_picture {
                return Err(ParseError::malformed("reduced_still_picture_header", "it is 1 where still_picture is 0"));
            }
            let seq_level_idx = bits.u(5, "seq_level_idx")? as u8;
            header.operating_points = vec![OperatingPoint { seq_level_idx, ..OperatingPoint::default() }];
        } else {
            header.read_operating_points(bits)?;
        }
        header.read_frame_size(bits)?;
        if !header.reduced_still_picture_header {
            header.frame_id_numbers_present_flag = bits.flag("frame_id_numbers_present_flag")?;
        }
        if header.frame_id_numbers_present_flag {
            header.delta_frame_id_length_minus_2 = bits.u(4, "delta_frame_id_length_minus_2")? as u8;
            header.additional_frame_id_length_minus_1 = bits.u(3, "additional_frame_id_length_minus_1")? as u8;
            if header.id_len() > 16 {
                return Err(ParseError::malformed("additional_frame_id_length_minus_1", "frame ids of more than 16 bits"));
            }
        }
        header.use_128x128_superblock = bits.flag("use_128x128_superblock")?;
        header.enable_filter_intra = bits.flag("enable_filter_intra")?;
        header.enable_intra_edge_filter = bits.flag("enable_intra_edge_filter")?;
        (header.seq_force_screen_content_tools, header.seq_force_integer_mv) = (SELECT, SELECT);
        if !header.reduced_still_picture_header {
            header.read_inter_tools(bits)?;
        }
        header.enable_superres = bits.flag("enable_superres")?;
        header.enable_cdef = bits.flag("enable_cdef")?;
        header.enable_restoration = bits.flag("enable_restoration")?;
        header.color_config = ColorConfig::read(bits, header.seq_profile)?;
        header.film_grain_params_present = bits.flag("film_grain_params_present")?;
        Ok(header)
    }

    /// From timing_info_present_flag to the last operating point (5.5.1).
    fn read_operating_points(&mut self, bits: &mut BitReader<'_>) -> Result<()> {
        self.timing_info_present_flag = bits.flag("timing_info_present_flag")?;
        if self.timing_info_present_flag {
            self.read_timing_info(bits)?;
            if bits.flag("decoder_model_info_present_flag")? {
                self.decoder_model_info = Some(DecoderModelInfo::read(bits)?);
            }
        }
        let initial_display_delay_present_flag = bits.flag("initial_display_delay_present_flag")?;
        let operating_points_cnt_minus_1 = bits.u(5, "operating_points_cnt_minus_1")?;
        for _ in 0..=operating_points_cnt_minus_1 {
            let mut point = OperatingPoint {
                operating_point_idc: bits.u(12, "operating_point_idc")? as u16,
                seq_level_idx: bits.u(5, "seq_level_idx")? as u8,
                ..OperatingPoint::default()
            };
            if point.seq_level_idx > 7 {
                point.seq_tier = bits.flag("seq_tier")?;
            }
            if let Some(model) = &self.decoder_model_info {
                point.decoder_model_present_for_this_op = bits.flag("decoder_model_present_for_this_op")?;
                if point.decoder_model_present_for_this_op {
                    skip_operating_parameters_info(bits, model)?;
                }
            }
            if initial_display_delay_present_flag && bits.flag("initial_display_delay_present_for_this_op")? {
                bits.u(4, "initial_display_delay_minus_1")?;
            }
            self.operating_points.push(point);
        }
        Ok(())
    }

    /// timing_info( ) (5.5.3).
    fn read_timing_info(&mut self, bits: &mut BitReader<'_>) -> Result<()> {
        bits.u(32, "num_units_in_display_tick")?;
        bits.u(32, "time_scale")?;
        self.equal_picture_interval = bits.flag("equal_picture_interval")?;
        if self.equal_picture_interval {
            uvlc(bits, "num_ticks_per_picture_minus_1")?;
        }
        Ok(())
    }

    /// frame_width_bits_minus_1 to max_frame_height_minus_1 (5.5.1).
    fn read_frame_size(&mut self, bits: &mut BitReader<'_>) -> Result<()> {
        self.frame_width_bits_minus_1 = bits.u(4, "frame_width_bits_minus_1")? as u8;
        self.frame_height_bits_minus_1 = bits.u(4, "frame_height_bits_minus_1")? as u8;
        self.max_frame_width_minus_1 = bits.u(u32::from(self.frame_width_bits_minus_1) + 1, "max_frame_width_minus_1")?;
        self.max_frame_height_minus_1 = bits.u(u32::from(self.frame_height_bits_minus_1) + 1, "max_frame_height_minus_1")?;
        Ok(())
    }

    /// enable_interintra_compound to order_hint_bits_minus_1 (5.5.1).
    fn read_inter_tools(&mut self, bits: &mut BitReader<'_>) -> Result<()> {
        self.enable_interintra_compound = bits.flag("enable_interintra_compound")?;
        self.enable_masked_compound = bits.flag("enable_masked_compound")?;
        self.enable_warped_motion = bits.flag("enable_warped_motion")?;
        self.enable_dual_filter = bits.flag("enable_dual_filter")?;
        self.enable_order_hint = bits.flag("enable_order_hint")?;
        if self.enable_order_hint {
            self.enable_jnt_comp = bits.flag("enable_jnt_comp")?;
            self.enable_ref_frame_mvs = bits.flag("enable_ref_frame_mvs")?;
        }
        if !bits.flag("seq_choose_screen_content_tools")? {
            self.seq_force_screen_content_tools = bits.u(1, "seq_force_screen_content_tools")? as u8;
        }
        if self.seq_force_screen_content_tools > 0 && !bits.flag("seq_choose_integer_mv")? {
            self.seq_force_integer_mv = bits.u(1, "seq_force_integer_mv")? as u8;
        }
        if self.enable_order_hint {
            self.order_hint_bits = bits.u(3, "order_hint_bits_minus_1")? as u8 + 1;
        }
        Ok(())
    }

    /// idLen (5.9.2).
    #[must_use]
    pub(crate) fn id_len(&self) -> u32 {
        u32::from(self.additional_frame_id_length_minus_1) + u32::from(self.delta_frame_id_length_minus_2) + 3
    }
}

impl DecoderModelInfo {
    /// decoder_model_info( ) (5.5.4).
    fn read(bits: &mut BitReader<'_>) -> Result<Self> {
        let buffer_delay_length_minus_1 = bits.u(5, "buffer_delay_length_minus_1")? as u8;
        bits.u(32, "num_units_in_decoding_tick")?;
        Ok(Self {
            buffer_delay_length_minus_1,
            buffer_removal_time_length_minus_1: bits.u(5, "buffer_removal_time_length_minus_1")? as u8,
            frame_presentation_time_length_minus_1: bits.u(5, "frame_presentation_time_length_minus_1")? as u8,
        })
    }
}

/// operating_parameters_info( ) (5.5.5).
fn skip_operating_parameters_info(bits: &mut BitReader<'_>, model: &DecoderModelInfo) -> Result<()> {
    let n = u32::from(model.buffer_delay_length_minus_1) + 1;
    bits.u(n, "decoder_buffer_delay")?;
    bits.u(n, "encoder_buffer_delay")?;
    bits.u(1, "low_delay_mode_flag")?;
    Ok(())
}

/// color_primaries, transfer_characteristics and matrix_coefficients that mean sRGB (6.4.2).
const CP_BT_709: u8 = 1;
const TC_SRGB: u8 = 13;
const MC_IDENTITY: u8 = 0;
const UNSPECIFIED: u8 = 2;

impl ColorConfig {
    /// color_config( ) (5.5.2).
    fn read(bits: &mut BitReader<'_>, seq_profile: u8) -> Result<Self> {
        let high_bitdepth = bits.flag("high_bitdepth")?;
        let mut color = Self { bit_depth: if high_bitdepth { 10 } else { 8 }, ..Self::default() };
        if seq_profile == 2 && high_bitdepth && bits.flag("twelve_bit")? {
            color.bit_depth = 12;
        }
        color.mono_chrome = seq_profile != 1 && bits.flag("mono_chrome")?;
        color.num_planes = if color.mono_chrome { 1 } else { 3 };
        (color.color_primaries, color.transfer_characteristics, color.matrix_coefficients) =
            (UNSPECIFIED, UNSPECIFIED, UNSPECIFIED);
        if bits.flag("color_description_present_flag")? {
            color.color_primaries = bits.u(8, "color_primaries")? as u8;
            color.transfer_characteristics = bits.u(8, "transfer_characteristics")? as u8;
            color.matrix_coefficients = bits.u(8, "matrix_coefficients")? as u8;
        }
        if color.mono_chrome {
            color.color_range = bits.flag("color_range")?;
            (color.subsampling_x, color.subsampling_y) = (true, true);
            return Ok(color);
        }
        if (color.color_primaries, color.transfer_characteristics, color.matrix_coefficients) == (CP_BT_709, TC_SRGB, MC_IDENTITY)
        {
            color.color_range = true;
            if seq_profile == 0 {
                return Err(ParseError::malformed("matrix_coefficients", "4:4:4 in profile 0"));
            }
        } else {
            color.color_range = bits.flag("color_range")?;
            color.read_subsampling(bits, seq_profile)?;
        }
        color.separate_uv_delta_q = bits.flag("separate_uv_delta_q")?;
        Ok(color)
    }

    /// subsampling_x and subsampling_y (5.5.2).
    fn read_subsampling(&mut self, bits: &mut BitReader<'_>, seq_profile: u8) -> Result<()> {
        (self.subsampling_x, self.subsampling_y) = match seq_profile {
            0 => (true, true),
            1 => (false, false),
            _ if self.bit_depth == 12 => {
                let subsampling_x = bits.flag("subsampling_x")?;
                (subsampling_x, subsampling_x && bits.flag("subsampling_y")?)
            }
            _ => (true, false),
        };
        if self.subsampling_x && self.subsampling_y {
            self.chroma_sample_position = bits.u(2, "chroma_sample_position")? as u8;
        }
        Ok(())
    }
}
