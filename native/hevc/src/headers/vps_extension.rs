//! vps_extension( ), rep_format( ) and dpb_size( ) (F.7.3.2.1.1 to F.7.3.2.1.3): the layers of a stream.

use codecorpus_bitstream::{BitReader, ParseError, Result};

use super::profile::{read_levels, read_profile_tier_level};
use super::vps_layers::{LayerSets, Layers, OutputLayerSet, VpsBase, read_below};
use super::vps_vui::VpsVui;

/// More than any stream's: elements that are kept take many times the bits that they are coded with.
const MAX_BYTES: usize = 1 << 16;

/// Most pictures of a layer that are kept: MaxDpbSize of every level (A.4.2).
const MAX_DPB_SIZE: u32 = 16;

/// Reads it, and stands behind it.
///
/// # Errors
/// A value that annex F does not allow, more layers than there are numbers, or the data end.
pub(crate) fn read(bits: &mut BitReader<'_>, vps: &VpsBase) -> Result<()> {
    if bits.left() > 8 * MAX_BYTES {
        return Err(ParseError::limit("vps_extension", format!("{} bits", bits.left())));
    }
    if vps.vps_max_layers_minus1 > 0 && vps.vps_base_layer_internal_flag {
        read_levels(bits, vps.vps_max_sub_layers_minus1, false)?;
    }
    let layers = Layers::read(bits, vps)?;
    let layer_sets = LayerSets::read(bits, vps, &layers)?;
    let max_sub_layers_minus1 = layer_sets.max_sub_layers_minus1(&read_sub_layers(bits, vps, &layers)?);
    read_max_tid_ref(bits, &layers)?;
    bits.flag("default_ref_layers_active_flag")?;
    let num_profile_tier_levels = read_profile_tier_levels(bits, vps)?;
    let output_layer_sets = OutputLayerSet::read_all(bits, vps, &layers, &layer_sets, num_profile_tier_levels)?;
    read_rep_formats(bits, vps, &layers)?;
    bits.each(&[(1, "max_one_active_ref_layer_flag"), (1, "vps_poc_lsb_aligned_flag")])?;
    for _ in (1..layers.count()).filter(|&i| layers.num_direct_ref_layers(i) == 0) {
        bits.flag("poc_lsb_not_present_flag")?;
    }
    for set in &output_layer_sets {
        read_dpb_size(bits, vps, set, &layer_sets.0[set.layer_set], max_sub_layers_minus1[set.layer_set])?;
    }
    read_dependency_types(bits, vps, &layers)?;
    let length = bits.ue_max(4096, "vps_non_vui_extension_length")?;
    bits.bytes(length as usize, "vps_non_vui_extension_data_byte")?;
    if bits.flag("vps_vui_present_flag")? {
        read_alignment(bits, "vps_vui_alignment_bit_equal_to_one")?;
        let (layers, layer_sets) = (&layers, &layer_sets);
        let (max_sub_layers_minus1, output_layer_sets) = (&max_sub_layers_minus1, &output_layer_sets);
        VpsVui { vps, layers, layer_sets, max_sub_layers_minus1, output_layer_sets }.read(bits)?;
    }
    Ok(())
}

/// Goes to the next byte.
///
/// # Errors
/// A bit on the way is no one.
pub(crate) fn read_alignment(bits: &mut BitReader<'_>, element: &'static str) -> Result<()> {
    let mut ones = true;
    while bits.position() % 8 != 0 {
        ones &= bits.flag(element)?;
    }
    if ones { Ok(()) } else { Err(ParseError::malformed(element, "it is zero")) }
}

/// sub_layers_vps_max_minus1 of every layer.
fn read_sub_layers(bits: &mut BitReader<'_>, vps: &VpsBase, layers: &Layers) -> Result<Vec<u32>> {
    let most = vps.vps_max_sub_layers_minus1;
    if !bits.flag("vps_sub_layers_max_minus1_present_flag")? {
        return Ok(vec![most; layers.count()]);
    }
    (0..layers.count()).map(|_| bits.u_max(3, most, "sub_layers_vps_max_minus1")).collect()
}

fn read_max_tid_ref(bits: &mut BitReader<'_>, layers: &Layers) -> Result<()> {
    if bits.flag("max_tid_ref_present_flag")? {
        for i in 0..layers.count() {
            for _ in (i + 1..layers.count()).filter(|&j| layers.direct_dependency[j] >> i & 1 == 1) {
                bits.u(3, "max_tid_il_ref_pics_plus1")?;
            }
        }
    }
    Ok(())
}

/// The profiles, tiers and levels of layers; gives how many there are with those of the stream and of the base layer.
fn read_profile_tier_levels(bits: &mut BitReader<'_>, vps: &VpsBase) -> Result<u32> {
    let last = bits.ue_max(63, "vps_num_profile_tier_level_minus1")?;
    for _ in if vps.vps_base_layer_internal_flag { 2 } else { 1 }..=last {
        if bits.flag("vps_profile_present_flag")? {
            read_profile_tier_level(bits, vps.vps_max_sub_layers_minus1)?;
        } else {
            read_levels(bits, vps.vps_max_sub_layers_minus1, false)?;
        }
    }
    Ok(last + 1)
}

/// vps_num_rep_formats_minus1 to vps_rep_format_idx.
fn read_rep_formats(bits: &mut BitReader<'_>, vps: &VpsBase, layers: &Layers) -> Result<()> {
    let count = bits.ue_max(255, "vps_num_rep_formats_minus1")? + 1;
    let mut chroma_format_vps_idc = None;
    for _ in 0..count {
        chroma_format_vps_idc = Some(read_rep_format(bits, chroma_format_vps_idc)?);
    }
    if count > 1 && bits.flag("rep_format_idx_present_flag")? {
        // A base layer that is coded here has the first one.
        for _ in usize::from(vps.vps_base_layer_internal_flag)..layers.count() {
            read_below(bits, count, "vps_rep_format_idx")?;
        }
    }
    Ok(())
}

/// rep_format( ); takes chroma_format_vps_idc of the one before, and gives its own.
fn read_rep_format(bits: &mut BitReader<'_>, before: Option<u32>) -> Result<u32> {
    let width = bits.u(16, "pic_width_vps_in_luma_samples")?;
    let height = bits.u(16, "pic_height_vps_in_luma_samples")?;
    let chroma_format_vps_idc = if bits.flag("chroma_and_bit_depth_vps_present_flag")? {
        let idc = bits.u(2, "chroma_format_vps_idc")?;
        if idc == 3 {
            bits.flag("separate_colour_plane_vps_flag")?;
        }
        bits.u_max(4, 8, "bit_depth_vps_luma_minus8")?;
        bits.u_max(4, 8, "bit_depth_vps_chroma_minus8")?;
        idc
    } else {
        before.ok_or_else(|| ParseError::malformed("chroma_and_bit_depth_vps_present_flag", "the first one has none"))?
    };
    if bits.flag("conformance_window_vps_flag")? {
        let sub_width_c = if matches!(chroma_format_vps_idc, 1 | 2) { 2 } else { 1 };
        let sub_height_c = if chroma_format_vps_idc == 1 { 2 } else { 1 };
        read_window(bits, width.saturating_sub(1) / sub_width_c, ["conf_win_vps_left_offset", "conf_win_vps_right_offset"])?;
        read_window(bits, height.saturating_sub(1) / sub_height_c, ["conf_win_vps_top_offset", "conf_win_vps_bottom_offset"])?;
    }
    Ok(chroma_format_vps_idc)
}

/// What is cut off at both ends, `most` in all.
fn read_window(bits: &mut BitReader<'_>, most: u32, [first, last]: [&'static str; 2]) -> Result<()> {
    let cut = bits.ue_max(most, first)?;
    bits.ue_max(most - cut, last)?;
    Ok(())
}

/// dpb_size( ) of an output layer set.
fn read_dpb_size(
    bits: &mut BitReader<'_>,
    vps: &VpsBase,
    output_layer_set: &OutputLayerSet,
    set: &[usize],
    max_sub_layers_minus1: u32,
) -> Result<()> {
    let flags = bits.flag("sub_layer_flag_info_present_flag")?;
    for j in 0..=max_sub_layers_minus1 {
        let present = j == 0 || flags && bits.flag("sub_layer_dpb_info_present_flag")?;
        if !present {
            continue;
        }
        for &layer in set {
            let is_coded = vps.vps_base_layer_internal_flag || layer != 0;
            if output_layer_set.necessary >> layer & 1 == 1 && is_coded {
                bits.ue_max(MAX_DPB_SIZE - 1, "max_vps_dec_pic_buffering_minus1")?;
            }
        }
        bits.ue("max_vps_num_reorder_pics")?;
        bits.ue("max_vps_latency_increase_plus1")?;
    }
    Ok(())
}

/// direct_dep_type_len_minus2 to direct_dependency_type.
fn read_dependency_types(bits: &mut BitReader<'_>, vps: &VpsBase, layers: &Layers) -> Result<()> {
    let length = bits.ue_max(30, "direct_dep_type_len_minus2")? + 2;
    if bits.flag("direct_dependency_all_layers_flag")? {
        bits.u(length, "direct_dependency_all_layers_type")?;
        return Ok(());
    }
    let first = usize::from(!vps.vps_base_layer_internal_flag);
    for i in first + 1..layers.count() {
        for _ in layers.direct_ref_layers(i).filter(|&j| j >= first) {
            bits.u(length, "direct_dependency_type")?;
        }
    }
    Ok(())
}
