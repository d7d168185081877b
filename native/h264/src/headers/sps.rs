//! seq_parameter_set_data( ): 7.3.2.1.1.

use codecorpus_bitstream::order::MAX_DPB_FRAMES;
use codecorpus_bitstream::records::Window;
use codecorpus_bitstream::{BitReader, ParseError, Result, syntax};

use super::scaling_lists::ScalingLists;
use super::vui::Vui;

/// Samples a side, and macroblocks a frame (MaxFS of level 6.2), that are read at most.
const MAX_SIDE_IN_MBS: u32 = 1024;
const MAX_FRAME_SIZE_IN_MBS: u32 = 139_264;
/// MaxDpbMbs of level 6.2.
const MAX_DPB_MBS: usize = 696_320;

const CONSTRAINT_SET_FLAGS: [&str; 6] = [
    "constraint_set0_flag",
    "constraint_set1_flag",
    "constraint_set2_flag",
    "constraint_set3_flag",
    "constraint_set4_flag",
    "constraint_set5_flag",
];

/// pic_order_cnt_type with what each type needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PicOrderCntType {
    Lsb {
        log2_max_pic_order_cnt_lsb: u32,
    },
    Cycle {
        delta_pic_order_always_zero_flag: bool,
        offset_for_non_ref_pic: i32,
        offset_for_top_to_bottom_field: i32,
        offset_for_ref_frame: Vec<i32>,
    },
    DecodingOrder,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sps {
    pub(crate) seq_parameter_set_id: u8,
    pub(crate) profile_idc: u8,
    pub(crate) chroma_format_idc: u8,
    pub(crate) separate_colour_plane_flag: bool,
    pub(crate) bit_depth_luma: u8,
    pub(crate) bit_depth_chroma: u8,
    pub(crate) qpprime_y_zero_transform_bypass_flag: bool,
    /// Of seq_scaling_matrix_present_flag.
    pub(crate) scaling: Option<Box<ScalingLists>>,
    pub(crate) log2_max_frame_num: u32,
    pub(crate) pic_order_cnt: PicOrderCntType,
    pub(crate) max_num_ref_frames: u32,
    pub(crate) gaps_in_frame_num_value_allowed_flag: bool,
    pub(crate) pic_width_in_mbs: u32,
    /// FrameHeightInMbs.
    pub(crate) frame_height_in_mbs: u32,
    pub(crate) frame_mbs_only_flag: bool,
    pub(crate) mb_adaptive_frame_field_flag: bool,
    pub(crate) direct_8x8_inference_flag: bool,
    /// The cropping rectangle, in luma samples of the frame.
    pub(crate) crop: Window,
    /// Where there is one that can be read, and headers are asked for.
    pub(crate) vui: Option<Vui>,
}

impl Sps {
    /// Reads the RBSP behind the NAL unit's header.
    ///
    /// # Errors
    /// Anything out of the standard's range.
    pub(crate) fn read(r: &mut BitReader<'_>) -> Result<Self> {
        let profile_idc = r.u(8, "profile_idc")? as u8;
        for flag in CONSTRAINT_SET_FLAGS {
            r.flag(flag)?;
        }
        r.u(2, "reserved_zero_2bits")?;
        r.u(8, "level_idc")?;
        let seq_parameter_set_id = r.ue_max(31, "seq_parameter_set_id")? as u8;
        let mut sps = Self::with_format(r, profile_idc, seq_parameter_set_id)?;
        sps.log2_max_frame_num = r.ue_max(12, "log2_max_frame_num_minus4")? + 4;
        sps.pic_order_cnt = read_pic_order_cnt(r)?;
        sps.max_num_ref_frames = r.ue_max(16, "max_num_ref_frames")?;
        sps.gaps_in_frame_num_value_allowed_flag = r.flag("gaps_in_frame_num_value_allowed_flag")?;
        sps.read_size(r)?;
        sps.direct_8x8_inference_flag = r.flag("direct_8x8_inference_flag")?;
        if !sps.frame_mbs_only_flag && !sps.direct_8x8_inference_flag {
            return Err(
                ParseError::malformed("direct_8x8_inference_flag", "is 0 in an interlaced sequence").at_bit(r.position() as u64)
            );
        }
        sps.read_cropping(r)?;
        if r.is_noted() && r.flag("vui_parameters_present_flag")? {
            // No picture depends on it, and nothing stands behind it.
            sps.vui = Vui::read(r).inspect_err(syntax::fail).ok();
        }
        Ok(sps)
    }

    /// The chroma format, bit depths and scaling lists, which the High profiles alone state.
    fn with_format(r: &mut BitReader<'_>, profile_idc: u8, seq_parameter_set_id: u8) -> Result<Self> {
        let mut sps = Self {
            seq_parameter_set_id,
            profile_idc,
            chroma_format_idc: 1,
            separate_colour_plane_flag: false,
            bit_depth_luma: 8,
            bit_depth_chroma: 8,
            qpprime_y_zero_transform_bypass_flag: false,
            scaling: None,
            log2_max_frame_num: 0,
            pic_order_cnt: PicOrderCntType::DecodingOrder,
            max_num_ref_frames: 0,
            gaps_in_frame_num_value_allowed_flag: false,
            pic_width_in_mbs: 0,
            frame_height_in_mbs: 0,
            frame_mbs_only_flag: true,
            mb_adaptive_frame_field_flag: false,
            direct_8x8_inference_flag: false,
            crop: Window::default(),
            vui: None,
        };
        if matches!(profile_idc, 100 | 110 | 122 | 244 | 44 | 83 | 86 | 118 | 128 | 138 | 139 | 134 | 135) {
            sps.chroma_format_idc = r.ue_max(3, "chroma_format_idc")? as u8;
            if sps.chroma_format_idc == 3 {
                sps.separate_colour_plane_flag = r.flag("separate_colour_plane_flag")?;
            }
            sps.bit_depth_luma = r.ue_max(6, "bit_depth_luma_minus8")? as u8 + 8;
            sps.bit_depth_chroma = r.ue_max(6, "bit_depth_chroma_minus8")? as u8 + 8;
            sps.qpprime_y_zero_transform_bypass_flag = r.flag("qpprime_y_zero_transform_bypass_flag")?;
            if r.flag("seq_scaling_matrix_present_flag")? {
                let count8x8 = if sps.chroma_format_idc == 3 { 6 } else { 2 };
                sps.scaling = Some(Box::new(ScalingLists::read(r, "seq_scaling_list_present_flag", None, count8x8)?));
            }
        }
        Ok(sps)
    }

    fn read_size(&mut self, r: &mut BitReader<'_>) -> Result<()> {
        let at = r.position() as u64;
        self.pic_width_in_mbs = r.ue("pic_width_in_mbs_minus1")?.saturating_add(1);
        let map_units = r.ue("pic_height_in_map_units_minus1")?.saturating_add(1);
        self.frame_mbs_only_flag = r.flag("frame_mbs_only_flag")?;
        self.frame_height_in_mbs = map_units.saturating_mul(2 - u32::from(self.frame_mbs_only_flag));
        let (width, height) = (self.pic_width_in_mbs, self.frame_height_in_mbs);
        if width > MAX_SIDE_IN_MBS || height > MAX_SIDE_IN_MBS || width * height > MAX_FRAME_SIZE_IN_MBS {
            return Err(ParseError::limit(
                "pic_width_in_mbs_minus1",
                format!("{width} x {height} macroblocks are more than any level allows"),
            )
            .at_bit(at));
        }
        if !self.frame_mbs_only_flag {
            self.mb_adaptive_frame_field_flag = r.flag("mb_adaptive_frame_field_flag")?;
        }
        Ok(())
    }

    /// frame_cropping_flag and the offsets, in units of CropUnitX and CropUnitY (7.4.2.1.1).
    fn read_cropping(&mut self, r: &mut BitReader<'_>) -> Result<()> {
        let size = [self.pic_width_in_mbs * 16, self.frame_height_in_mbs * 16];
        self.crop = Window::whole(size[0], size[1]);
        if !r.flag("frame_cropping_flag")? {
            return Ok(());
        }
        let unit_x = if matches!(self.chroma_array_type(), 1 | 2) { 2 } else { 1 };
        let unit_y = if self.chroma_array_type() == 1 { 2 } else { 1 } * (2 - u32::from(self.frame_mbs_only_flag));
        let mut margin = |unit: u32, element| Ok(r.ue(element)?.saturating_mul(unit));
        let left = margin(unit_x, "frame_crop_left_offset")?;
        let right = margin(unit_x, "frame_crop_right_offset")?;
        let top = margin(unit_y, "frame_crop_top_offset")?;
        let bottom = margin(unit_y, "frame_crop_bottom_offset")?;
        let nothing =
            || ParseError::malformed("frame_crop_right_offset", "nothing of the frame is left").at_bit(r.position() as u64);
        self.crop = Window::inside(size, left, right, top, bottom).ok_or_else(nothing)?;
        Ok(())
    }

    /// ChromaArrayType (7.4.2.1.1).
    #[must_use]
    pub(crate) fn chroma_array_type(&self) -> u8 {
        if self.separate_colour_plane_flag { 0 } else { self.chroma_format_idc }
    }

    /// Frames that may wait to be output: none where output order is decoding order (8.2.1.3), else MaxDpbFrames at the highest
    /// level (A.3.1), and no less than the stream refers to.
    #[must_use]
    pub(crate) fn max_waiting_frames(&self) -> usize {
        if self.pic_order_cnt == PicOrderCntType::DecodingOrder {
            return 0;
        }
        let held = MAX_DPB_MBS / self.frame_size_in_mbs().max(1);
        held.max(self.max_num_ref_frames as usize).min(MAX_DPB_FRAMES)
    }

    /// Macroblocks of a frame.
    #[must_use]
    pub(crate) fn frame_size_in_mbs(&self) -> usize {
        (self.pic_width_in_mbs * self.frame_height_in_mbs) as usize
    }
}

fn read_pic_order_cnt(r: &mut BitReader<'_>) -> Result<PicOrderCntType> {
    Ok(match r.ue_max(2, "pic_order_cnt_type")? {
        0 => PicOrderCntType::Lsb { log2_max_pic_order_cnt_lsb: r.ue_max(12, "log2_max_pic_order_cnt_lsb_minus4")? + 4 },
        1 => {
            let delta_pic_order_always_zero_flag = r.flag("delta_pic_order_always_zero_flag")?;
            let offset_for_non_ref_pic = r.se("offset_for_non_ref_pic")?;
            let offset_for_top_to_bottom_field = r.se("offset_for_top_to_bottom_field")?;
            let count = r.ue_max(255, "num_ref_frames_in_pic_order_cnt_cycle")?;
            let offset_for_ref_frame = (0..count).map(|_| r.se("offset_for_ref_frame")).collect::<Result<_>>()?;
            PicOrderCntType::Cycle {
                delta_pic_order_always_zero_flag,
                offset_for_non_ref_pic,
                offset_for_top_to_bottom_field,
                offset_for_ref_frame,
            }
        }
        _ => PicOrderCntType::DecodingOrder,
    })
}
