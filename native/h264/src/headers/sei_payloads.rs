//! SEI payloads: annex D.1. They are read for who asks for headers.

use codecorpus_bitstream::sei::payloads::{self, Standard};
use codecorpus_bitstream::{BitReader, ParseError, Result};

use super::vui::Vui;

pub(crate) const BUFFERING_PERIOD: u32 = 0;
const PIC_TIMING: u32 = 1;
const RECOVERY_POINT: u32 = 6;

/// NumClockTS by pic_struct: table D-1.
const NUM_CLOCK_TS: [usize; 9] = [1, 1, 1, 2, 2, 3, 3, 2, 3];

/// The payload of that type, where it is read. `vui_of` gives the VUI of the sequence parameter set of a number, or of the active one.
pub(crate) fn read<'a>(
    payload_type: u32,
    r: &mut BitReader<'_>,
    vui_of: impl FnOnce(Option<u8>) -> Result<&'a Vui>,
) -> Option<Result<()>> {
    match payload_type {
        BUFFERING_PERIOD => Some(buffering_period(r, vui_of)),
        PIC_TIMING => Some(vui_of(None).and_then(|vui| pic_timing(r, vui))),
        RECOVERY_POINT => Some(recovery_point(r)),
        _ => payloads::read(payload_type, r, Standard::H264),
    }
}

/// D.1.2.
fn buffering_period<'a>(r: &mut BitReader<'_>, vui_of: impl FnOnce(Option<u8>) -> Result<&'a Vui>) -> Result<()> {
    let id = r.ue_max(31, "seq_parameter_set_id")? as u8;
    for hrd in vui_of(Some(id))?.hrd.iter().flatten() {
        let length = hrd.initial_cpb_removal_delay_length;
        for _ in 0..hrd.cpb_count {
            r.each(&[(length, "initial_cpb_removal_delay"), (length, "initial_cpb_removal_delay_offset")])?;
        }
    }
    Ok(())
}

/// D.1.3.
fn pic_timing(r: &mut BitReader<'_>, vui: &Vui) -> Result<()> {
    let hrd = vui.any_hrd();
    if let Some(hrd) = hrd {
        r.u(hrd.cpb_removal_delay_length, "cpb_removal_delay")?;
        r.u(hrd.dpb_output_delay_length, "dpb_output_delay")?;
    }
    if !vui.pic_struct_present_flag {
        return Ok(());
    }
    let pic_struct = r.u(4, "pic_struct")?;
    let count = NUM_CLOCK_TS.get(pic_struct as usize);
    let count = *count.ok_or_else(|| ParseError::malformed("pic_struct", format!("{pic_struct} is reserved")))?;
    // 24 bits where no hrd_parameters( ) says so (E.2.2).
    let time_offset_length = hrd.map_or(24, |hrd| hrd.time_offset_length);
    for _ in 0..count {
        if r.flag("clock_timestamp_flag")? {
            r.each(&[(2, "ct_type"), (1, "nuit_field_based_flag"), (5, "counting_type")])?;
            payloads::clock_timestamp(r, 8)?;
            r.i(time_offset_length, "time_offset")?;
        }
    }
    Ok(())
}

/// D.1.8.
fn recovery_point(r: &mut BitReader<'_>) -> Result<()> {
    r.ue("recovery_frame_cnt")?;
    r.each(&[(1, "exact_match_flag"), (1, "broken_link_flag"), (2, "changing_slice_group_idc")])
}

/// The name of the payload's syntax.
#[must_use]
pub(crate) fn name(payload_type: u32) -> &'static str {
    payloads::name(payload_type).unwrap_or(match payload_type {
        7 => "dec_ref_pic_marking_repetition",
        8 => "spare_pic",
        10 => "sub_seq_info",
        11 => "sub_seq_layer_characteristics",
        12 => "sub_seq_characteristics",
        13 => "full_frame_freeze",
        14 => "full_frame_freeze_release",
        15 => "full_frame_snapshot",
        18 => "motion_constrained_slice_group_set",
        20 => "deblocking_filter_display_preference",
        21 => "stereo_video_info",
        24 => "scalability_info",
        25 => "sub_pic_scalable_layer",
        26 => "non_required_layer_rep",
        27 => "priority_layer_info",
        28 => "layers_not_present",
        29 => "layer_dependency_change",
        30 => "scalable_nesting",
        31 => "base_layer_temporal_hrd",
        32 => "quality_layer_integrity_check",
        33 => "redundant_pic_property",
        34 => "tl0_dep_rep_index",
        35 => "tl_switching_point",
        36 => "parallel_decoding_info",
        37 => "mvc_scalable_nesting",
        38 => "view_scalability_info",
        39 => "multiview_scene_info",
        40 => "multiview_acquisition_info",
        41 => "non_required_view_component",
        42 => "view_dependency_change",
        43 => "operation_points_not_present",
        44 => "base_view_temporal_hrd",
        46 => "multiview_view_position",
        48 => "mvcd_scalable_nesting",
        49 => "mvcd_view_scalability_info",
        50 => "depth_representation_info",
        51 => "three_dimensional_reference_displays_info",
        52 => "depth_timing",
        53 => "depth_sampling_info",
        54 => "constrained_depth_parameter_set_identifier",
        157 => "alternative_depth_info",
        _ => "reserved_sei_message",
    })
}
