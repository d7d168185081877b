//! slice_header( ): 7.3.3, with ref_pic_list_modification( ), pred_weight_table( ) and dec_ref_pic_marking( ).

use codecorpus_bitstream::qp::qp_bd_offset;
use codecorpus_bitstream::{BitReader, ParseError, Result};

use super::NalHeader;
use super::nal::unit_type;
use super::pps::{Pps, SliceGroupMap};
use super::sps::{PicOrderCntType, Sps};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum SliceType {
    I,
    P,
    B,
}

/// Whether a slice belongs to a frame, or to which field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Structure {
    Frame,
    Top,
    Bottom,
}

impl Structure {
    /// Bit 0 the top field, bit 1 the bottom field.
    #[must_use]
    pub(crate) fn fields(self) -> u8 {
        match self {
            Self::Top => 1,
            Self::Bottom => 2,
            Self::Frame => 3,
        }
    }

    #[must_use]
    pub(crate) fn is_field(self) -> bool {
        self != Self::Frame
    }
}

/// modification_of_pic_nums_idc with its value (table 7-7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Modification {
    /// abs_diff_pic_num: subtract or add.
    Subtract(u32),
    Add(u32),
    LongTermPicNum(u32),
}

/// memory_management_control_operation with its values (table 7-9).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MarkingOperation {
    UnmarkShortTerm {
        difference_of_pic_nums: u32,
    },
    UnmarkLongTerm {
        long_term_pic_num: u32,
    },
    AssignLongTerm {
        difference_of_pic_nums: u32,
        long_term_frame_idx: u32,
    },
    /// max_long_term_frame_idx_plus1.
    MaxLongTermFrameIdx(u32),
    UnmarkAll,
    CurrentLongTerm {
        long_term_frame_idx: u32,
    },
}

/// Elements that each list has under a name of its own.
const NUM_REF_IDX_ACTIVE: [&str; 2] = ["num_ref_idx_l0_active_minus1", "num_ref_idx_l1_active_minus1"];
const MODIFICATION_FLAGS: [&str; 2] = ["ref_pic_list_modification_flag_l0", "ref_pic_list_modification_flag_l1"];
const LUMA_WEIGHTS: [[&str; 3]; 2] =
    [["luma_weight_l0_flag", "luma_weight_l0", "luma_offset_l0"], ["luma_weight_l1_flag", "luma_weight_l1", "luma_offset_l1"]];
const CHROMA_WEIGHTS: [[&str; 3]; 2] = [
    ["chroma_weight_l0_flag", "chroma_weight_l0", "chroma_offset_l0"],
    ["chroma_weight_l1_flag", "chroma_weight_l1", "chroma_offset_l1"],
];

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct WeightTable {
    /// By list and reference index: whether explicit weights differ from the default ones.
    pub(crate) weighted: [u32; 2],
}

/// dec_ref_pic_marking( ): 7.3.3.3.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct DecRefPicMarking {
    pub(crate) long_term_reference_flag: bool,
    /// None: sliding window.
    pub(crate) operations: Option<Vec<MarkingOperation>>,
}

#[derive(Debug, Clone)]
pub(crate) struct SliceHeader {
    pub(crate) first_mb_in_slice: u32,
    pub(crate) slice_type: SliceType,
    pub(crate) colour_plane_id: u8,
    pub(crate) frame_num: u32,
    pub(crate) structure: Structure,
    pub(crate) nal_ref_idc: u8,
    pub(crate) idr: bool,
    pub(crate) idr_pic_id: u32,
    pub(crate) pic_order_cnt_lsb: u32,
    pub(crate) delta_pic_order_cnt_bottom: i32,
    pub(crate) delta_pic_order_cnt: [i32; 2],
    pub(crate) redundant_pic_cnt: u32,
    pub(crate) direct_spatial_mv_pred_flag: bool,
    pub(crate) num_ref_idx_active: [u32; 2],
    pub(crate) modifications: [Vec<Modification>; 2],
    pub(crate) pred_weights: Option<WeightTable>,
    pub(crate) marking: DecRefPicMarking,
    pub(crate) cabac_init_idc: u8,
    /// SliceQPY.
    pub(crate) slice_qp: i32,
    pub(crate) slice_group_change_cycle: u32,
}

impl SliceHeader {
    /// pic_parameter_set_id, which everything else of the header is read by.
    ///
    /// # Errors
    /// The end of the data, or a value out of range.
    pub(crate) fn read_pps_id(r: &mut BitReader<'_>) -> Result<u8> {
        r.ue("first_mb_in_slice")?;
        r.ue_max(9, "slice_type")?;
        Ok(r.ue_max(255, "pic_parameter_set_id")? as u8)
    }

    /// Reads the header; slice_data( ) begins behind it.
    ///
    /// # Errors
    /// Anything out of the standard's range, and SP and SI slices.
    pub(crate) fn read(r: &mut BitReader<'_>, nal: NalHeader, sps: &Sps, pps: &Pps) -> Result<Self> {
        let first_mb_in_slice = r.ue("first_mb_in_slice")?;
        let at = r.position() as u64;
        let slice_type = read_slice_type(r)?;
        let idr = nal.nal_unit_type == unit_type::IDR;
        if idr && slice_type != SliceType::I {
            return Err(ParseError::malformed("slice_type", "an inter slice of an IDR picture").at_bit(at));
        }
        r.ue_max(255, "pic_parameter_set_id")?;
        let mut header = Self {
            first_mb_in_slice,
            slice_type,
            colour_plane_id: 0,
            frame_num: 0,
            structure: Structure::Frame,
            nal_ref_idc: nal.nal_ref_idc,
            idr,
            idr_pic_id: 0,
            pic_order_cnt_lsb: 0,
            delta_pic_order_cnt_bottom: 0,
            delta_pic_order_cnt: [0; 2],
            redundant_pic_cnt: 0,
            direct_spatial_mv_pred_flag: false,
            num_ref_idx_active: [0; 2],
            modifications: [Vec::new(), Vec::new()],
            pred_weights: None,
            marking: DecRefPicMarking::default(),
            cabac_init_idc: 0,
            slice_qp: 0,
            slice_group_change_cycle: 0,
        };
        header.read_identity(r, sps, pps)?;
        header.read_references(r, sps, pps)?;
        header.read_rest(r, sps, pps)?;
        Ok(header)
    }

    /// From colour_plane_id to redundant_pic_cnt: which picture this is.
    fn read_identity(&mut self, r: &mut BitReader<'_>, sps: &Sps, pps: &Pps) -> Result<()> {
        if sps.separate_colour_plane_flag {
            self.colour_plane_id = r.u(2, "colour_plane_id")? as u8;
            if self.colour_plane_id == 3 {
                return Err(ParseError::malformed("colour_plane_id", "is 3").at_bit(r.position() as u64));
            }
        }
        self.frame_num = r.u(sps.log2_max_frame_num, "frame_num")?;
        if !sps.frame_mbs_only_flag && r.flag("field_pic_flag")? {
            self.structure = if r.flag("bottom_field_flag")? { Structure::Bottom } else { Structure::Top };
        }
        if self.idr {
            self.idr_pic_id = r.ue_max(65535, "idr_pic_id")?;
        }
        let in_frame = pps.bottom_field_pic_order_in_frame_present_flag && self.structure == Structure::Frame;
        match &sps.pic_order_cnt {
            PicOrderCntType::Lsb { log2_max_pic_order_cnt_lsb } => {
                self.pic_order_cnt_lsb = r.u(*log2_max_pic_order_cnt_lsb, "pic_order_cnt_lsb")?;
                if in_frame {
                    self.delta_pic_order_cnt_bottom = r.se("delta_pic_order_cnt_bottom")?;
                }
            }
            PicOrderCntType::Cycle { delta_pic_order_always_zero_flag: false, .. } => {
                self.delta_pic_order_cnt[0] = r.se("delta_pic_order_cnt")?;
                if in_frame {
                    self.delta_pic_order_cnt[1] = r.se("delta_pic_order_cnt")?;
                }
            }
            _ => {}
        }
        if pps.redundant_pic_cnt_present_flag {
            self.redundant_pic_cnt = r.ue_max(127, "redundant_pic_cnt")?;
        }
        Ok(())
    }

    fn read_references(&mut self, r: &mut BitReader<'_>, sps: &Sps, pps: &Pps) -> Result<()> {
        if self.slice_type == SliceType::B {
            self.direct_spatial_mv_pred_flag = r.flag("direct_spatial_mv_pred_flag")?;
        }
        let lists = match self.slice_type {
            SliceType::I => 0,
            SliceType::P => 1,
            SliceType::B => 2,
        };
        self.num_ref_idx_active[..lists].copy_from_slice(&pps.num_ref_idx_default_active[..lists]);
        if lists > 0 && r.flag("num_ref_idx_active_override_flag")? {
            for (active, element) in self.num_ref_idx_active[..lists].iter_mut().zip(NUM_REF_IDX_ACTIVE) {
                *active = r.ue_max(31, element)? + 1;
            }
        }
        let most = if self.structure == Structure::Frame { 16 } else { 32 };
        if self.num_ref_idx_active.iter().any(|&active| active > most) {
            return Err(
                ParseError::malformed("num_ref_idx_l0_active_minus1", "is more than 15 in a frame").at_bit(r.position() as u64)
            );
        }
        for (modifications, flag) in self.modifications.iter_mut().zip(MODIFICATION_FLAGS).take(lists) {
            *modifications = read_modifications(r, flag)?;
        }
        let explicit = match self.slice_type {
            SliceType::I => false,
            SliceType::P => pps.weighted_pred_flag,
            SliceType::B => pps.weighted_bipred_idc == 1,
        };
        if explicit {
            self.pred_weights = Some(read_pred_weight_table(r, sps.chroma_array_type() != 0, &self.num_ref_idx_active[..lists])?);
        }
        if self.nal_ref_idc != 0 {
            self.read_dec_ref_pic_marking(r)?;
        }
        Ok(())
    }

    fn read_dec_ref_pic_marking(&mut self, r: &mut BitReader<'_>) -> Result<()> {
        if self.idr {
            r.flag("no_output_of_prior_pics_flag")?;
            self.marking.long_term_reference_flag = r.flag("long_term_reference_flag")?;
        } else if r.flag("adaptive_ref_pic_marking_mode_flag")? {
            let mut operations = Vec::new();
            while let Some(operation) = read_marking(r)? {
                operations.push(operation);
                // No picture can mark more than each of 32 fields twice.
                if operations.len() > 66 {
                    return Err(ParseError::malformed("memory_management_control_operation", "there is no end of them")
                        .at_bit(r.position() as u64));
                }
            }
            self.marking.operations = Some(operations);
        }
        Ok(())
    }

    /// From cabac_init_idc to slice_group_change_cycle.
    fn read_rest(&mut self, r: &mut BitReader<'_>, sps: &Sps, pps: &Pps) -> Result<()> {
        if pps.entropy_coding_mode_flag && self.slice_type != SliceType::I {
            self.cabac_init_idc = r.ue_max(2, "cabac_init_idc")? as u8;
        }
        let at = r.position() as u64;
        self.slice_qp = pps.pic_init_qp.wrapping_add(r.se("slice_qp_delta")?);
        let lowest = -qp_bd_offset(sps.bit_depth_luma);
        if !(lowest..=51).contains(&self.slice_qp) {
            return Err(ParseError::malformed("slice_qp_delta", format!("SliceQPY is {}", self.slice_qp)).at_bit(at));
        }
        Self::skip_deblocking(r, pps)?;
        if let Some(groups) = &pps.slice_groups
            && let SliceGroupMap::Changing { change_rate, .. } = groups.map
        {
            let map_units = sps.pic_width_in_mbs * sps.frame_height_in_mbs / (2 - u32::from(sps.frame_mbs_only_flag));
            let bits = 32 - map_units.div_ceil(change_rate).leading_zeros();
            self.slice_group_change_cycle = r.u(bits, "slice_group_change_cycle")?;
        }
        Ok(())
    }

    fn skip_deblocking(r: &mut BitReader<'_>, pps: &Pps) -> Result<()> {
        if pps.deblocking_filter_control_present_flag && r.ue_max(2, "disable_deblocking_filter_idc")? != 1 {
            r.se_in(-6, 6, "slice_alpha_c0_offset_div2")?;
            r.se_in(-6, 6, "slice_beta_offset_div2")?;
        }
        Ok(())
    }

    /// MbaffFrameFlag (7.4.3).
    #[must_use]
    pub(crate) fn is_mbaff(&self, sps: &Sps) -> bool {
        sps.mb_adaptive_frame_field_flag && self.structure == Structure::Frame
    }

    #[must_use]
    pub(crate) fn is_reference(&self) -> bool {
        self.nal_ref_idc != 0
    }

    /// Whether memory_management_control_operation 5 is among the markings.
    #[must_use]
    pub(crate) fn unmarks_all(&self) -> bool {
        self.marking.operations.as_ref().is_some_and(|operations| operations.contains(&MarkingOperation::UnmarkAll))
    }

    /// frame_num of the picture once it is marked: memory_management_control_operation 5 makes it 0 (7.4.3).
    #[must_use]
    pub(crate) fn frame_num_once_marked(&self) -> u32 {
        if self.unmarks_all() { 0 } else { self.frame_num }
    }

    /// Whether a slice with this header begins another primary coded picture than one with `last` (7.4.1.2.4).
    ///
    /// pic_parameter_set_id is left out: slices of one picture that name different sets do occur, and two pictures that
    /// differ in nothing else do not.
    #[must_use]
    pub(crate) fn begins_picture_after(&self, last: &Self) -> bool {
        self.frame_num != last.frame_num
            || self.structure != last.structure
            || (self.nal_ref_idc == 0) != (last.nal_ref_idc == 0)
            || self.idr != last.idr
            || self.idr && self.idr_pic_id != last.idr_pic_id
            || self.differs_in_order(last)
    }

    /// Of 7.4.1.2.4, what picture order count is derived from.
    fn differs_in_order(&self, last: &Self) -> bool {
        self.pic_order_cnt_lsb != last.pic_order_cnt_lsb
            || self.delta_pic_order_cnt_bottom != last.delta_pic_order_cnt_bottom
            || self.delta_pic_order_cnt != last.delta_pic_order_cnt
    }
}

fn read_slice_type(r: &mut BitReader<'_>) -> Result<SliceType> {
    let at = r.position() as u64;
    match r.ue_max(9, "slice_type")? % 5 {
        0 => Ok(SliceType::P),
        1 => Ok(SliceType::B),
        2 => Ok(SliceType::I),
        3 => Err(ParseError::unsupported("slice_type", "SP slices are not read").at_bit(at)),
        _ => Err(ParseError::unsupported("slice_type", "SI slices are not read").at_bit(at)),
    }
}

fn read_modifications(r: &mut BitReader<'_>, flag: &'static str) -> Result<Vec<Modification>> {
    let mut modifications = Vec::new();
    if !r.flag(flag)? {
        return Ok(modifications);
    }
    loop {
        modifications.push(match r.ue_max(3, "modification_of_pic_nums_idc")? {
            0 => Modification::Subtract(r.ue("abs_diff_pic_num_minus1")?.saturating_add(1)),
            1 => Modification::Add(r.ue("abs_diff_pic_num_minus1")?.saturating_add(1)),
            2 => Modification::LongTermPicNum(r.ue("long_term_pic_num")?),
            _ => return Ok(modifications),
        });
        if modifications.len() > 33 {
            return Err(
                ParseError::malformed("modification_of_pic_nums_idc", "there is no end of them").at_bit(r.position() as u64)
            );
        }
    }
}

fn read_marking(r: &mut BitReader<'_>) -> Result<Option<MarkingOperation>> {
    const DIFFERENCE: &str = "difference_of_pic_nums_minus1";
    const LONG_TERM_FRAME_IDX: &str = "long_term_frame_idx";
    Ok(Some(match r.ue_max(6, "memory_management_control_operation")? {
        0 => return Ok(None),
        1 => MarkingOperation::UnmarkShortTerm { difference_of_pic_nums: r.ue(DIFFERENCE)?.saturating_add(1) },
        2 => MarkingOperation::UnmarkLongTerm { long_term_pic_num: r.ue("long_term_pic_num")? },
        3 => MarkingOperation::AssignLongTerm {
            difference_of_pic_nums: r.ue(DIFFERENCE)?.saturating_add(1),
            long_term_frame_idx: r.ue_max(15, LONG_TERM_FRAME_IDX)?,
        },
        4 => MarkingOperation::MaxLongTermFrameIdx(r.ue_max(16, "max_long_term_frame_idx_plus1")?),
        5 => MarkingOperation::UnmarkAll,
        _ => MarkingOperation::CurrentLongTerm { long_term_frame_idx: r.ue_max(15, LONG_TERM_FRAME_IDX)? },
    }))
}

/// pred_weight_table( ): which reference indices have weights or offsets that are not the default ones.
fn read_pred_weight_table(r: &mut BitReader<'_>, chroma: bool, active: &[u32]) -> Result<WeightTable> {
    let luma_denominator = r.ue_max(7, "luma_log2_weight_denom")?;
    let chroma_denominator = if chroma { r.ue_max(7, "chroma_log2_weight_denom")? } else { 0 };
    let mut table = WeightTable::default();
    for (list, &count) in active.iter().enumerate() {
        for index in 0..count {
            let mut weighted = read_weights(r, 1, luma_denominator, LUMA_WEIGHTS[list])?;
            if chroma {
                weighted |= read_weights(r, 2, chroma_denominator, CHROMA_WEIGHTS[list])?;
            }
            table.weighted[list] |= u32::from(weighted) << index;
        }
    }
    Ok(table)
}

/// One flag, then a weight and an offset for each component; whether any of them is not the default.
fn read_weights(
    r: &mut BitReader<'_>,
    components: u32,
    log2_denominator: u32,
    [flag, weight, offset]: [&'static str; 3],
) -> Result<bool> {
    let mut weighted = false;
    if r.flag(flag)? {
        for _ in 0..components {
            weighted |= r.se_in(-128, 127, weight)? != 1 << log2_denominator;
            weighted |= r.se_in(-128, 127, offset)? != 0;
        }
    }
    Ok(weighted)
}
