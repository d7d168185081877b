//! Prints what the headers of an AV1 byte stream say, a JSON object a line: coded elements by their names in the standard.
//!
//!     cargo run --example headers -- STREAM.obu
//!
//! FFmpeg's `trace_headers` says the same in its own words; the Python tests hold one against the other.

use std::error::Error;
use std::fmt::Write as _;
use std::sync::Arc;

use codecorpus_av1::headers::{FrameHeader, GmType, SequenceHeader};
use codecorpus_av1::reader::ObuReader;
use codecorpus_av1::refs::Slots;
use codecorpus_av1::stream::DecodeFrame;
use codecorpus_bitstream::reader::Framing;
use codecorpus_bitstream::records::Picture;
use codecorpus_bitstream::{Errors, Packet, Result, Times};

/// Reads no tile.
#[derive(Debug, Default)]
struct Headers {
    picture: Option<Box<Picture>>,
}

impl DecodeFrame for Headers {
    type Saved = ();

    fn begin(
        &mut self,
        sequence: &Arc<SequenceHeader>,
        header: &Arc<FrameHeader>,
        _: &Slots<()>,
        picture: Box<Picture>,
    ) -> Result<()> {
        let mut line = Line::default();
        sequence_elements(&mut line, sequence);
        frame_elements(&mut line, header);
        println!("{{{}}}", line.0);
        self.picture = Some(picture);
        Ok(())
    }

    fn tile(&mut self, _: u32, _: &[u8]) -> Result<()> {
        Ok(())
    }

    fn end(&mut self) -> Result<(Box<Picture>, ())> {
        Ok((self.picture.take().unwrap_or_default(), ()))
    }

    fn give_up(&mut self) -> Box<Picture> {
        self.picture.take().unwrap_or_default()
    }

    fn recycle(&mut self, _: Box<Picture>) {}
}

/// The members of a JSON object.
#[derive(Default)]
struct Line(String);

impl Line {
    fn put(&mut self, name: &str, value: impl Into<i64>) {
        let comma = if self.0.is_empty() { "" } else { ", " };
        let _ = write!(self.0, "{comma}\"{name}\": {}", value.into());
    }

    fn put_all<T: Into<i64> + Copy>(&mut self, name: &str, values: &[T]) {
        for (i, &value) in values.iter().enumerate() {
            self.put(&format!("{name}[{i}]"), value);
        }
    }
}

fn sequence_elements(line: &mut Line, s: &SequenceHeader) {
    let c = &s.color_config;
    line.put("seq_profile", s.seq_profile);
    line.put("still_picture", s.still_picture);
    line.put("reduced_still_picture_header", s.reduced_still_picture_header);
    line.put("timing_info_present_flag", s.timing_info_present_flag);
    line.put("equal_picture_interval", s.equal_picture_interval);
    for (i, point) in s.operating_points.iter().enumerate() {
        line.put(&format!("operating_point_idc[{i}]"), point.operating_point_idc);
        line.put(&format!("seq_level_idx[{i}]"), point.seq_level_idx);
        line.put(&format!("seq_tier[{i}]"), point.seq_tier);
    }
    line.put("max_frame_width_minus_1", s.max_frame_width_minus_1);
    line.put("max_frame_height_minus_1", s.max_frame_height_minus_1);
    line.put("frame_id_numbers_present_flag", s.frame_id_numbers_present_flag);
    line.put("use_128x128_superblock", s.use_128x128_superblock);
    line.put("enable_filter_intra", s.enable_filter_intra);
    line.put("enable_intra_edge_filter", s.enable_intra_edge_filter);
    line.put("enable_interintra_compound", s.enable_interintra_compound);
    line.put("enable_masked_compound", s.enable_masked_compound);
    line.put("enable_warped_motion", s.enable_warped_motion);
    line.put("enable_dual_filter", s.enable_dual_filter);
    line.put("enable_order_hint", s.enable_order_hint);
    line.put("enable_jnt_comp", s.enable_jnt_comp);
    line.put("enable_ref_frame_mvs", s.enable_ref_frame_mvs);
    line.put("seq_force_screen_content_tools", s.seq_force_screen_content_tools);
    line.put("seq_force_integer_mv", s.seq_force_integer_mv);
    line.put("order_hint_bits_minus_1", i64::from(s.order_hint_bits) - 1);
    line.put("enable_superres", s.enable_superres);
    line.put("enable_cdef", s.enable_cdef);
    line.put("enable_restoration", s.enable_restoration);
    line.put("high_bitdepth", c.bit_depth > 8);
    line.put("twelve_bit", c.bit_depth > 10);
    line.put("mono_chrome", c.mono_chrome);
    line.put("subsampling_x", c.subsampling_x);
    line.put("subsampling_y", c.subsampling_y);
    line.put("color_range", c.color_range);
    line.put("separate_uv_delta_q", c.separate_uv_delta_q);
    line.put("film_grain_params_present", s.film_grain_params_present);
}

fn frame_elements(line: &mut Line, f: &FrameHeader) {
    line.put("frame_type", f.frame_type as u8);
    line.put("show_frame", f.show_frame);
    line.put("showable_frame", f.showable_frame);
    line.put("error_resilient_mode", f.error_resilient_mode);
    line.put("disable_cdf_update", f.disable_cdf_update);
    line.put("allow_screen_content_tools", f.allow_screen_content_tools);
    if !f.frame_is_intra {
        // Elsewhere it is 1 whatever is coded.
        line.put("force_integer_mv", f.force_integer_mv);
    }
    line.put("current_frame_id", f.current_frame_id);
    line.put("frame_size_override_flag", f.frame_size_override_flag);
    line.put("order_hint", f.order_hint.0);
    line.put("primary_ref_frame", f.primary_ref_frame);
    line.put("refresh_frame_flags", f.refresh_frame_flags);
    line.put_all("ref_order_hint", &f.ref_order_hint.map_or(vec![], |hints| hints.map(|hint| hint.0).to_vec()));
    line.put("use_superres", f.size.use_superres);
    line.put("coded_denom", i64::from(f.size.superres_denom) - 9);
    line.put("frame_width_minus_1", f.size.upscaled_width - 1);
    line.put("frame_height_minus_1", f.size.frame_height - 1);
    line.put("render_width_minus_1", f.size.render_width - 1);
    line.put("render_height_minus_1", f.size.render_height - 1);
    line.put("allow_intrabc", f.allow_intrabc);
    line.put("frame_refs_short_signaling", f.frame_refs_short_signaling);
    line.put_all("ref_frame_idx", &f.ref_frame_idx);
    line.put("allow_high_precision_mv", f.allow_high_precision_mv);
    line.put("is_filter_switchable", f.interpolation_filter.is_none());
    line.put("interpolation_filter", f.interpolation_filter.map_or(4, |filter| filter as u8));
    line.put("is_motion_mode_switchable", f.is_motion_mode_switchable);
    line.put("use_ref_frame_mvs", f.use_ref_frame_mvs);
    line.put("disable_frame_end_update_cdf", f.disable_frame_end_update_cdf);
    line.put("tile_cols_log2", f.tile_info.tile_cols_log2);
    line.put("tile_rows_log2", f.tile_info.tile_rows_log2);
    line.put("context_update_tile_id", f.tile_info.context_update_tile_id);
    line.put("tile_size_bytes_minus1", i64::from(f.tile_info.tile_size_bytes) - 1);
    quantizer_elements(line, f);
    filter_elements(line, f);
    line.put("tx_mode", if f.coded_lossless { 0 } else { f.tx_mode as u8 });
    line.put("reference_select", f.reference_select);
    line.put("skip_mode_present", f.skip_mode_present);
    line.put("allow_warped_motion", f.allow_warped_motion);
    line.put("reduced_tx_set", f.reduced_tx_set);
    for (i, &kind) in f.gm_type.iter().enumerate() {
        line.put(&format!("is_global[{i}]"), kind != GmType::Identity);
        line.put(&format!("is_rot_zoom[{i}]"), kind == GmType::Rotzoom);
        line.put(&format!("is_translation[{i}]"), kind == GmType::Translation);
        line.put_all(&format!("derived_gm_params[{i}]"), &f.gm_params[i].0);
    }
    grain_elements(line, f);
}

fn quantizer_elements(line: &mut Line, f: &FrameHeader) {
    let (q, s) = (&f.quantization_params, &f.segmentation_params);
    line.put("base_q_idx", q.base_q_idx.0);
    line.put("delta_q_y_dc.delta_q", q.delta_q_y_dc);
    line.put("delta_q_u_dc.delta_q", q.delta_q_u_dc);
    line.put("delta_q_u_ac.delta_q", q.delta_q_u_ac);
    line.put("delta_q_v_dc.delta_q", q.delta_q_v_dc);
    line.put("delta_q_v_ac.delta_q", q.delta_q_v_ac);
    line.put("using_qmatrix", q.using_qmatrix);
    line.put("qm_y", q.qm_y);
    line.put("qm_u", q.qm_u);
    line.put("qm_v", q.qm_v);
    line.put("segmentation_enabled", s.segmentation_enabled);
    line.put("segmentation_update_map", s.segmentation_update_map);
    line.put("segmentation_temporal_update", s.segmentation_temporal_update);
    line.put("segmentation_update_data", s.segmentation_update_data);
    for (i, features) in s.feature_enabled.iter().enumerate() {
        line.put_all(&format!("feature_enabled[{i}]"), features);
        line.put_all(&format!("feature_value[{i}]"), &s.feature_data[i]);
    }
    line.put("delta_q_present", f.delta_q_params.delta_q_present);
    line.put("delta_q_res", f.delta_q_params.delta_q_res);
    line.put("delta_lf_present", f.delta_lf_params.delta_lf_present);
    line.put("delta_lf_res", f.delta_lf_params.delta_lf_res);
    line.put("delta_lf_multi", f.delta_lf_params.delta_lf_multi);
}

fn filter_elements(line: &mut Line, f: &FrameHeader) {
    let (l, c) = (&f.loop_filter_params, &f.cdef_params);
    line.put_all("loop_filter_level", &l.loop_filter_level);
    line.put("loop_filter_sharpness", l.loop_filter_sharpness);
    line.put("loop_filter_delta_enabled", l.loop_filter_delta_enabled);
    line.put_all("loop_filter_ref_deltas", &l.loop_filter_ref_deltas);
    line.put_all("loop_filter_mode_deltas", &l.loop_filter_mode_deltas);
    line.put("cdef_damping_minus_3", i64::from(c.cdef_damping) - 3);
    line.put("cdef_bits", c.cdef_bits);
    let coded = |strengths: &[u8; 8]| strengths.map(|strength| if strength == 4 { 3 } else { strength });
    line.put_all("cdef_y_pri_strength", &c.cdef_y_pri_strength);
    line.put_all("cdef_y_sec_strength", &coded(&c.cdef_y_sec_strength));
    line.put_all("cdef_uv_pri_strength", &c.cdef_uv_pri_strength);
    line.put_all("cdef_uv_sec_strength", &coded(&c.cdef_uv_sec_strength));
    let lr_type = f.lr_params.frame_restoration_type.map(|kind| [0u8, 2, 3, 1][kind as usize]);
    line.put_all("lr_type", &lr_type);
    line.put_all("derived_loop_restoration_size", &f.lr_params.loop_restoration_size);
}

fn grain_elements(line: &mut Line, f: &FrameHeader) {
    let g = &f.film_grain_params;
    line.put("apply_grain", g.apply_grain);
    line.put("grain_seed", g.grain_seed);
    line.put("num_y_points", g.num_y_points);
    line.put_all("point_y_value", &g.point_y_value);
    line.put_all("point_y_scaling", &g.point_y_scaling);
    line.put("chroma_scaling_from_luma", g.chroma_scaling_from_luma);
    line.put("num_cb_points", g.num_cb_points);
    line.put_all("point_cb_value", &g.point_cb_value);
    line.put_all("point_cb_scaling", &g.point_cb_scaling);
    line.put("num_cr_points", g.num_cr_points);
    line.put_all("point_cr_value", &g.point_cr_value);
    line.put_all("point_cr_scaling", &g.point_cr_scaling);
    line.put("grain_scaling_minus_8", g.grain_scaling_minus_8);
    line.put("ar_coeff_lag", g.ar_coeff_lag);
    line.put("ar_coeff_shift_minus_6", g.ar_coeff_shift_minus_6);
    line.put("grain_scale_shift", g.grain_scale_shift);
    line.put("cb_mult", g.cb_mult);
    line.put("cb_luma_mult", g.cb_luma_mult);
    line.put("cb_offset", g.cb_offset);
    line.put("cr_mult", g.cr_mult);
    line.put("cr_luma_mult", g.cr_luma_mult);
    line.put("cr_offset", g.cr_offset);
    line.put("overlap_flag", g.overlap_flag);
    line.put("clip_to_restricted_range", g.clip_to_restricted_range);
}

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args_os().nth(1).ok_or("usage: headers STREAM.obu")?;
    let data = std::fs::read(path)?;
    let mut reader = ObuReader::new(Framing::ByteStream, Headers::default(), Errors::Strict);
    let packet = Packet { data: &data, times: Times::default(), position: 0 };
    reader.push(packet).map_err(|error| format!("byte {:?}: {error}", error.byte()))?;
    reader.finish()?;
    while reader.next_event().is_some() {}
    Ok(())
}
