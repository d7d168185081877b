//! pic_parameter_set_rbsp( ): 7.3.2.2.

use codecorpus_bitstream::qp::qp_bd_offset;
use codecorpus_bitstream::{BitReader, ParseError, Result};

use super::scaling_lists::ScalingLists;
use super::sps::Sps;
use crate::residual::energy::LevelWeights;

/// slice_group_map_type with what each type needs (7.3.2.2, 8.2.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SliceGroupMap {
    Interleaved {
        run_length: Vec<u32>,
    },
    Dispersed,
    /// Foreground rectangles, in map units.
    Foreground {
        rectangles: Vec<(u32, u32)>,
    },
    /// Types 3 (box-out), 4 (raster) and 5 (wipe).
    Changing {
        map_type: u8,
        direction_flag: bool,
        change_rate: u32,
    },
    Explicit {
        ids: Vec<u8>,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SliceGroups {
    pub(crate) count: u32,
    pub(crate) map: SliceGroupMap,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Pps {
    pub(crate) pic_parameter_set_id: u8,
    pub(crate) seq_parameter_set_id: u8,
    pub(crate) entropy_coding_mode_flag: bool,
    pub(crate) bottom_field_pic_order_in_frame_present_flag: bool,
    /// Where there is more than one.
    pub(crate) slice_groups: Option<SliceGroups>,
    pub(crate) num_ref_idx_default_active: [u32; 2],
    pub(crate) weighted_pred_flag: bool,
    pub(crate) weighted_bipred_idc: u8,
    pub(crate) pic_init_qp: i32,
    pub(crate) chroma_qp_index_offset: [i32; 2],
    pub(crate) deblocking_filter_control_present_flag: bool,
    pub(crate) constrained_intra_pred_flag: bool,
    pub(crate) redundant_pic_cnt_present_flag: bool,
    pub(crate) transform_8x8_mode_flag: bool,
    /// The lists that apply: the picture's, else the sequence's, else flat ones.
    pub(crate) scaling: Box<ScalingLists>,
    /// What levels weigh with them: in frame macroblocks, then in field macroblocks.
    pub(crate) level_weights: Box<[LevelWeights; 2]>,
}

impl Pps {
    /// Reads pic_parameter_set_id and seq_parameter_set_id alone.
    ///
    /// # Errors
    /// The end of the data, or an identifier out of range.
    pub(crate) fn read_ids(r: &mut BitReader<'_>) -> Result<(u8, u8)> {
        Ok((r.ue_max(255, "pic_parameter_set_id")? as u8, r.ue_max(31, "seq_parameter_set_id")? as u8))
    }

    /// Reads the RBSP behind the NAL unit's header; `sps` is the set that it names.
    ///
    /// # Errors
    /// Anything out of the standard's range.
    pub(crate) fn read(r: &mut BitReader<'_>, sps: &Sps) -> Result<Self> {
        let (pic_parameter_set_id, seq_parameter_set_id) = Self::read_ids(r)?;
        let entropy_coding_mode_flag = r.flag("entropy_coding_mode_flag")?;
        let bottom_field_pic_order_in_frame_present_flag = r.flag("bottom_field_pic_order_in_frame_present_flag")?;
        let slice_groups = match r.ue_max(7, "num_slice_groups_minus1")? {
            0 => None,
            more => Some(read_slice_groups(r, more + 1, sps)?),
        };
        let num_ref_idx_default_active = [
            r.ue_max(31, "num_ref_idx_l0_default_active_minus1")? + 1,
            r.ue_max(31, "num_ref_idx_l1_default_active_minus1")? + 1,
        ];
        let weighted_pred_flag = r.flag("weighted_pred_flag")?;
        let weighted_bipred_idc = r.u(2, "weighted_bipred_idc")? as u8;
        if weighted_bipred_idc == 3 {
            return Err(ParseError::malformed("weighted_bipred_idc", "is 3").at_bit(r.position() as u64));
        }
        let lowest_qp = -26 - qp_bd_offset(sps.bit_depth_luma);
        let pic_init_qp = 26 + r.se_in(lowest_qp, 25, "pic_init_qp_minus26")?;
        r.se_in(-26, 25, "pic_init_qs_minus26")?;
        let chroma_qp_index_offset = r.se_in(-12, 12, "chroma_qp_index_offset")?;
        let deblocking_filter_control_present_flag = r.flag("deblocking_filter_control_present_flag")?;
        let constrained_intra_pred_flag = r.flag("constrained_intra_pred_flag")?;
        let redundant_pic_cnt_present_flag = r.flag("redundant_pic_cnt_present_flag")?;
        let mut pps = Self {
            pic_parameter_set_id,
            seq_parameter_set_id,
            entropy_coding_mode_flag,
            bottom_field_pic_order_in_frame_present_flag,
            slice_groups,
            num_ref_idx_default_active,
            weighted_pred_flag,
            weighted_bipred_idc,
            pic_init_qp,
            chroma_qp_index_offset: [chroma_qp_index_offset; 2],
            deblocking_filter_control_present_flag,
            constrained_intra_pred_flag,
            redundant_pic_cnt_present_flag,
            transform_8x8_mode_flag: false,
            scaling: sps.scaling.clone().unwrap_or_default(),
            level_weights: Box::default(),
        };
        if r.more_rbsp_data() {
            pps.read_extension(r, sps)?;
        }
        *pps.level_weights = [false, true].map(|field| LevelWeights::new(&pps.scaling, field));
        Ok(pps)
    }

    fn read_extension(&mut self, r: &mut BitReader<'_>, sps: &Sps) -> Result<()> {
        self.transform_8x8_mode_flag = r.flag("transform_8x8_mode_flag")?;
        if r.flag("pic_scaling_matrix_present_flag")? {
            let each = if sps.chroma_format_idc == 3 { 6 } else { 2 };
            let count8x8 = if self.transform_8x8_mode_flag { each } else { 0 };
            *self.scaling = ScalingLists::read(r, "pic_scaling_list_present_flag", sps.scaling.as_deref(), count8x8)?;
        }
        self.chroma_qp_index_offset[1] = r.se_in(-12, 12, "second_chroma_qp_index_offset")?;
        Ok(())
    }
}

fn read_slice_groups(r: &mut BitReader<'_>, count: u32, sps: &Sps) -> Result<SliceGroups> {
    let map = match r.ue_max(6, "slice_group_map_type")? {
        0 => SliceGroupMap::Interleaved {
            run_length: (0..count).map(|_| Ok(r.ue("run_length_minus1")?.saturating_add(1))).collect::<Result<_>>()?,
        },
        1 => SliceGroupMap::Dispersed,
        2 => SliceGroupMap::Foreground {
            rectangles: (1..count).map(|_| Ok((r.ue("top_left")?, r.ue("bottom_right")?))).collect::<Result<_>>()?,
        },
        map_type @ 3..=5 => SliceGroupMap::Changing {
            map_type: map_type as u8,
            direction_flag: r.flag("slice_group_change_direction_flag")?,
            change_rate: r.ue("slice_group_change_rate_minus1")?.saturating_add(1),
        },
        _ => {
            let map_units = r.ue("pic_size_in_map_units_minus1")?.saturating_add(1);
            if map_units as usize > sps.frame_size_in_mbs() {
                return Err(ParseError::malformed("pic_size_in_map_units_minus1", "is more than the picture's")
                    .at_bit(r.position() as u64));
            }
            let bits = (count - 1).ilog2() + 1;
            SliceGroupMap::Explicit {
                ids: (0..map_units).map(|_| Ok(r.u(bits, "slice_group_id")? as u8)).collect::<Result<_>>()?,
            }
        }
    };
    Ok(SliceGroups { count, map })
}
