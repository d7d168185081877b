//! The reading of uncompressed_header( ) (5.9.2).

use codecorpus_bitstream::{BitReader, ParseError, Result};

use super::frame::{Stop, UncompressedHeader};
use super::global_motion::{GlobalMotion, read_global_motion_params};
use super::obu::Extension;
use super::reference_order::{set_frame_refs, skip_mode_frames};
use super::sequence::SELECT;
use super::{
    CdefParams, DeltaLfParams, DeltaQParams, FilmGrainParams, FrameHeader, FrameSize, FrameType, InterpFilter, LoopFilterParams,
    LrParams, MAX_SEGMENTS, NUM_REF_FRAMES, OrderHint, PRIMARY_REF_NONE, QuantizationParams, REFS_PER_FRAME, RefFrame,
    SegmentationParams, SequenceHeader, TOTAL_REFS_PER_FRAME, TileInfo, TxMode, WarpParams,
};
use crate::refs::SlotsView;

/// uncompressed_header( ) (5.9.2).
///
/// # Errors
/// It breaks the standard, or ends, before it says which slots it refreshes.
pub(crate) fn uncompressed_header(
    bits: &mut BitReader<'_>,
    sequence: &SequenceHeader,
    slots: SlotsView<'_>,
    extension: Option<Extension>,
) -> Result<UncompressedHeader> {
    if !sequence.reduced_still_picture_header && bits.flag("show_existing_frame")? {
        return read_show_existing(bits, sequence);
    }
    let mut header = Box::<FrameHeader>::default();
    if let Some(extension) = extension {
        (header.temporal_id, header.spatial_id) = (extension.temporal_id, extension.spatial_id);
    }
    let mut parser = Parser { bits, sequence, slots, header: &mut header, is_refresh_known: false };
    let result = parser.read();
    let is_refresh_known = parser.is_refresh_known;
    match result {
        Ok(()) => Ok(UncompressedHeader::Frame(header)),
        Err(Stop::Missing) => Ok(UncompressedHeader::Unreadable(header)),
        Err(Stop::Error(error)) if is_refresh_known => {
            Ok(UncompressedHeader::Broken(header, error.at_bit(bits.position() as u64)))
        }
        Err(Stop::Error(error)) => Err(error),
    }
}

/// What follows show_existing_frame where it is 1 (5.9.2).
fn read_show_existing(bits: &mut BitReader<'_>, sequence: &SequenceHeader) -> Result<UncompressedHeader> {
    let frame_to_show_map_idx = bits.u(3, "frame_to_show_map_idx")? as u8;
    skip_temporal_point_info(bits, sequence)?;
    if sequence.frame_id_numbers_present_flag {
        bits.u(sequence.id_len(), "display_frame_id")?;
    }
    Ok(UncompressedHeader::ShowExisting { frame_to_show_map_idx })
}

/// temporal_point_info( ) (5.9.31), where it is there.
fn skip_temporal_point_info(bits: &mut BitReader<'_>, sequence: &SequenceHeader) -> Result<()> {
    match &sequence.decoder_model_info {
        Some(model) if !sequence.equal_picture_interval => {
            bits.u(u32::from(model.frame_presentation_time_length_minus_1) + 1, "frame_presentation_time").map(drop)
        }
        _ => Ok(()),
    }
}

struct Parser<'a, 'b> {
    bits: &'a mut BitReader<'b>,
    sequence: &'a SequenceHeader,
    slots: SlotsView<'a>,
    header: &'a mut FrameHeader,
    is_refresh_known: bool,
}

impl Parser<'_, '_> {
    fn read(&mut self) -> Result<(), Stop> {
        self.read_frame_type()?;
        self.read_tools()?;
        self.read_identity()?;
        self.skip_buffer_removal_times()?;
        self.read_refresh()?;
        if self.header.frame_is_intra {
            self.read_intra_size()?;
        } else {
            self.read_references()?;
            self.read_inter_tools()?;
        }
        let header = &mut *self.header;
        header.disable_frame_end_update_cdf = self.sequence.reduced_still_picture_header
            || header.disable_cdf_update
            || self.bits.flag("disable_frame_end_update_cdf")?;
        self.check_references()?;
        self.read_quantizers()?;
        self.read_filters()?;
        self.read_modes()?;
        self.header.film_grain_params = FilmGrainParams::read(self.bits, self.sequence, self.header, &self.slots)?;
        Ok(())
    }

    /// frame_type to error_resilient_mode (5.9.2).
    fn read_frame_type(&mut self) -> Result<()> {
        let header = &mut *self.header;
        if self.sequence.reduced_still_picture_header {
            (header.frame_type, header.frame_is_intra, header.show_frame) = (FrameType::Key, true, true);
            // The syntax leaves error_resilient_mode unset; what depends on it is inferred for key frames.
            header.error_resilient_mode = true;
            return Ok(());
        }
        header.frame_type = match self.bits.u(2, "frame_type")? {
            0 => FrameType::Key,
            1 => FrameType::Inter,
            2 => FrameType::IntraOnly,
            _ => FrameType::Switch,
        };
        header.frame_is_intra = matches!(header.frame_type, FrameType::Key | FrameType::IntraOnly);
        header.show_frame = self.bits.flag("show_frame")?;
        if header.show_frame {
            skip_temporal_point_info(self.bits, self.sequence)?;
            header.showable_frame = header.frame_type != FrameType::Key;
        } else {
            header.showable_frame = self.bits.flag("showable_frame")?;
        }
        self.header.error_resilient_mode = self.resets_references() || self.bits.flag("error_resilient_mode")?;
        Ok(())
    }

    /// Whether all slots are refreshed without a word: a shown key frame or a switch frame.
    fn resets_references(&self) -> bool {
        self.is_shown_key() || self.header.frame_type == FrameType::Switch
    }

    fn is_shown_key(&self) -> bool {
        self.header.frame_type == FrameType::Key && self.header.show_frame
    }

    /// disable_cdf_update to force_integer_mv (5.9.2).
    fn read_tools(&mut self) -> Result<()> {
        let (header, sequence) = (&mut *self.header, self.sequence);
        header.disable_cdf_update = self.bits.flag("disable_cdf_update")?;
        header.allow_screen_content_tools = match sequence.seq_force_screen_content_tools {
            SELECT => self.bits.flag("allow_screen_content_tools")?,
            forced => forced != 0,
        };
        if header.allow_screen_content_tools {
            header.force_integer_mv = match sequence.seq_force_integer_mv {
                SELECT => self.bits.flag("force_integer_mv")?,
                forced => forced != 0,
            };
        }
        header.force_integer_mv |= header.frame_is_intra;
        Ok(())
    }

    /// current_frame_id, frame_size_override_flag, order_hint and primary_ref_frame (5.9.2).
    fn read_identity(&mut self) -> Result<()> {
        if self.sequence.frame_id_numbers_present_flag {
            self.header.current_frame_id = self.bits.u(self.sequence.id_len(), "current_frame_id")?;
        }
        let header = &mut *self.header;
        header.frame_size_override_flag = match header.frame_type {
            FrameType::Switch => true,
            _ => !self.sequence.reduced_still_picture_header && self.bits.flag("frame_size_override_flag")?,
        };
        header.order_hint = OrderHint(self.bits.u(u32::from(self.sequence.order_hint_bits), "order_hint")?);
        header.primary_ref_frame = match header.frame_is_intra || header.error_resilient_mode {
            true => PRIMARY_REF_NONE,
            false => self.bits.u(3, "primary_ref_frame")? as u8,
        };
        Ok(())
    }

    /// buffer_removal_time_present_flag and what follows it (5.9.2).
    fn skip_buffer_removal_times(&mut self) -> Result<()> {
        let Some(model) = &self.sequence.decoder_model_info else { return Ok(()) };
        if !self.bits.flag("buffer_removal_time_present_flag")? {
            return Ok(());
        }
        let (temporal_id, spatial_id) = (self.header.temporal_id, self.header.spatial_id);
        for point in self.sequence.operating_points.iter().filter(|point| point.decoder_model_present_for_this_op) {
            let idc = point.operating_point_idc;
            if idc == 0 || idc >> temporal_id & 1 == 1 && idc >> (spatial_id + 8) & 1 == 1 {
                self.bits.u(u32::from(model.buffer_removal_time_length_minus_1) + 1, "buffer_removal_time")?;
            }
        }
        Ok(())
    }

    /// refresh_frame_flags and ref_order_hint (5.9.2).
    fn read_refresh(&mut self) -> Result<()> {
        self.header.refresh_frame_flags = match self.resets_references() {
            true => 0xff,
            false => self.bits.u(8, "refresh_frame_flags")? as u8,
        };
        self.is_refresh_known = true;
        let header = &mut *self.header;
        if header.frame_type == FrameType::IntraOnly && header.refresh_frame_flags == 0xff {
            return Err(ParseError::malformed("refresh_frame_flags", "an intra-only frame that refreshes every slot")
                .at_bit(self.bits.position() as u64));
        }
        let coded = !header.frame_is_intra || header.refresh_frame_flags != 0xff;
        if coded && header.error_resilient_mode && self.sequence.enable_order_hint {
            let mut ref_order_hint = [OrderHint::default(); NUM_REF_FRAMES];
            for (i, hint) in ref_order_hint.iter_mut().enumerate() {
                *hint = OrderHint(self.bits.u(u32::from(self.sequence.order_hint_bits), "ref_order_hint")?);
                if self.slots.order_hints[i] != Some(*hint) {
                    self.slots.lose(i, Some(*hint));
                }
            }
            header.ref_order_hint = Some(ref_order_hint);
        }
        Ok(())
    }

    /// The size of an intra frame, and allow_intrabc (5.9.2).
    fn read_intra_size(&mut self) -> Result<()> {
        let header = &mut *self.header;
        header.size = FrameSize::read(self.bits, self.sequence, header.frame_size_override_flag)?;
        header.size.read_render_size(self.bits)?;
        if header.allow_screen_content_tools && header.size.upscaled_width == header.size.frame_width {
            header.allow_intrabc = self.bits.flag("allow_intrabc")?;
        }
        Ok(())
    }

    /// ref_frame_idx and the size of an inter frame (5.9.2).
    fn read_references(&mut self) -> Result<(), Stop> {
        let (header, sequence) = (&mut *self.header, self.sequence);
        header.frame_refs_short_signaling = sequence.enable_order_hint && self.bits.flag("frame_refs_short_signaling")?;
        if header.frame_refs_short_signaling {
            let last_frame_idx = self.bits.u(3, "last_frame_idx")? as u8;
            let gold_frame_idx = self.bits.u(3, "gold_frame_idx")? as u8;
            header.ref_frame_idx = set_frame_refs(sequence, &self.slots, header.order_hint, last_frame_idx, gold_frame_idx)?;
        }
        for i in 0..REFS_PER_FRAME {
            if !header.frame_refs_short_signaling {
                header.ref_frame_idx[i] = self.bits.u(3, "ref_frame_idx")? as u8;
            }
            if sequence.frame_id_numbers_present_flag {
                let n = u32::from(sequence.delta_frame_id_length_minus_2) + 2;
                let delta_frame_id = self.bits.u(n, "delta_frame_id_minus_1")? + 1;
                let expected_frame_id = header.current_frame_id.wrapping_sub(delta_frame_id) & ((1 << sequence.id_len()) - 1);
                let slot = header.ref_frame_idx[i];
                if self.slots.header(slot).is_some_and(|reference| reference.current_frame_id != expected_frame_id) {
                    header.lost_slots |= 1 << slot;
                    self.slots.lose(usize::from(slot), None);
                }
            }
        }
        if header.frame_size_override_flag && !header.error_resilient_mode {
            let sizes = header.ref_frame_idx.map(|slot| self.slots.size(slot));
            header.size = FrameSize::read_with_refs(self.bits, sequence, sizes.into_iter())?;
        } else {
            header.size = FrameSize::read(self.bits, sequence, header.frame_size_override_flag)?;
            header.size.read_render_size(self.bits)?;
        }
        Ok(())
    }

    /// allow_high_precision_mv to use_ref_frame_mvs; OrderHints and RefFrameSignBias (5.9.2).
    fn read_inter_tools(&mut self) -> Result<()> {
        let (header, sequence) = (&mut *self.header, self.sequence);
        header.allow_high_precision_mv = !header.force_integer_mv && self.bits.flag("allow_high_precision_mv")?;
        header.interpolation_filter = match self.bits.flag("is_filter_switchable")? {
            true => None,
            false => Some(InterpFilter::ALL[self.bits.u(2, "interpolation_filter")? as usize & 3]),
        };
        header.is_motion_mode_switchable = self.bits.flag("is_motion_mode_switchable")?;
        header.use_ref_frame_mvs =
            !header.error_resilient_mode && sequence.enable_ref_frame_mvs && self.bits.flag("use_ref_frame_mvs")?;
        for (ref_frame, &slot) in RefFrame::INTER.into_iter().zip(&header.ref_frame_idx) {
            let hint = self.slots.order_hints[usize::from(slot & 7)].unwrap_or_default();
            header.order_hints[ref_frame.index()] = hint;
            header.ref_frame_sign_bias[ref_frame.index()] = hint.is_after(header.order_hint, sequence);
        }
        Ok(())
    }

    /// Whether what the rest depends on is there, and fits.
    fn check_references(&self) -> Result<(), Stop> {
        let header = &*self.header;
        if header.frame_is_intra {
            return Ok(());
        }
        for (ref_frame, &slot) in RefFrame::INTER.into_iter().zip(&header.ref_frame_idx) {
            match self.slots.frames[usize::from(slot & 7)] {
                Some((_, color)) => self.check_format(color)?,
                // Vectors are predicted from its motion field, or by its place in time.
                None if header.use_ref_frame_mvs && self.may_be_projected(ref_frame, slot) => {
                    return Err(Stop::Missing);
                }
                None if self.sequence.enable_order_hint && self.slots.order_hints[usize::from(slot & 7)].is_none() => {
                    return Err(Stop::Missing);
                }
                None => {}
            }
        }
        match self.primary() {
            None if header.primary_ref_frame != PRIMARY_REF_NONE => Err(Stop::Missing),
            _ => Ok(()),
        }
    }

    /// Whether the motion field estimation process (7.9) could make use of a frame that is not there.
    fn may_be_projected(&self, ref_frame: RefFrame, slot: u8) -> bool {
        let is_source = match ref_frame {
            RefFrame::Last | RefFrame::Last2 => true,
            RefFrame::Bwdref | RefFrame::Altref2 | RefFrame::Altref => self.header.ref_frame_sign_bias[ref_frame.index()],
            _ => false,
        };
        is_source && self.slots.unread[usize::from(slot & 7)].is_none_or(|unread| !unread.frame_is_intra)
    }

    fn check_format(&self, color: &super::ColorConfig) -> Result<()> {
        let format = |c: &super::ColorConfig| (c.bit_depth, c.subsampling_x, c.subsampling_y, c.mono_chrome);
        if format(color) == format(&self.sequence.color_config) {
            return Ok(());
        }
        Err(ParseError::malformed("ref_frame_idx", "the reference's bit depth or chroma format differs")
            .at_bit(self.bits.position() as u64))
    }

    /// The frame whose state load_previous( ) loads (6.8.2).
    fn primary(&self) -> Option<&FrameHeader> {
        let slot = self.header.ref_frame_idx.get(usize::from(self.header.primary_ref_frame))?;
        self.slots.header(*slot)
    }

    /// tile_info( ) to delta_lf_params( ), and which segments are lossless (5.9.2).
    fn read_quantizers(&mut self) -> Result<()> {
        let segmentation = self.primary().map(|previous| previous.segmentation_params);
        let (header, bits) = (&mut *self.header, &mut *self.bits);
        header.tile_info = TileInfo::read(bits, self.sequence, &header.size)?;
        header.quantization_params = QuantizationParams::read(bits, &self.sequence.color_config)?;
        let quantization = &header.quantization_params;
        header.segmentation_params = SegmentationParams::read(bits, segmentation.as_ref())?;
        header.delta_q_params = DeltaQParams::read(bits, quantization.base_q_idx)?;
        header.delta_lf_params = DeltaLfParams::read(bits, header.delta_q_params.delta_q_present, header.allow_intrabc)?;
        let levels = [quantization.qm_y, quantization.qm_u, quantization.qm_v];
        for segment_id in 0..MAX_SEGMENTS {
            let qindex = header.segmentation_params.qindex(segment_id as u8, quantization.base_q_idx);
            let lossless = quantization.is_lossless(qindex);
            header.qindex[segment_id] = qindex;
            header.lossless_array[segment_id] = lossless;
            for (plane, &level) in levels.iter().enumerate() {
                header.seg_qm_level[plane][segment_id] = if quantization.using_qmatrix && !lossless { level } else { 15 };
            }
        }
        header.coded_lossless = header.lossless_array == [true; MAX_SEGMENTS];
        header.all_lossless = header.coded_lossless && header.size.frame_width == header.size.upscaled_width;
        Ok(())
    }

    /// loop_filter_params( ) to lr_params( ) (5.9.2).
    fn read_filters(&mut self) -> Result<()> {
        let previous = self.primary().map_or(LoopFilterParams::PAST_INDEPENDENT, |previous| previous.loop_filter_params);
        let (header, sequence, bits) = (&mut *self.header, self.sequence, &mut *self.bits);
        let num_planes = sequence.color_config.num_planes;
        header.loop_filter_params = match header.coded_lossless || header.allow_intrabc {
            true => LoopFilterParams::PAST_INDEPENDENT,
            false => LoopFilterParams::read(bits, num_planes, &previous)?,
        };
        header.cdef_params = match header.coded_lossless || header.allow_intrabc || !sequence.enable_cdef {
            true => CdefParams::OFF,
            false => CdefParams::read(bits, num_planes)?,
        };
        if !(header.all_lossless || header.allow_intrabc || !sequence.enable_restoration) {
            header.lr_params = LrParams::read(bits, sequence)?;
        }
        Ok(())
    }

    /// From read_tx_mode( ) to global_motion_params( ) (5.9.21 to 5.9.24).
    fn read_modes(&mut self) -> Result<()> {
        let previous = self.primary().map_or([WarpParams::default(); TOTAL_REFS_PER_FRAME], |previous| previous.gm_params);
        let (header, sequence, bits) = (&mut *self.header, self.sequence, &mut *self.bits);
        header.tx_mode = match header.coded_lossless {
            true => TxMode::Only4x4,
            false if bits.flag("tx_mode_select")? => TxMode::Select,
            false => TxMode::Largest,
        };
        header.reference_select = !header.frame_is_intra && bits.flag("reference_select")?;
        header.skip_mode_frame = skip_mode_frames(sequence, header);
        if header.skip_mode_frame.is_some() {
            header.skip_mode_present = bits.flag("skip_mode_present")?;
        }
        header.allow_warped_motion = !header.frame_is_intra
            && !header.error_resilient_mode
            && sequence.enable_warped_motion
            && bits.flag("allow_warped_motion")?;
        header.reduced_tx_set = bits.flag("reduced_tx_set")?;
        (header.gm_type, header.gm_params) = match header.frame_is_intra {
            true => GlobalMotion::default(),
            false => read_global_motion_params(bits, header.allow_high_precision_mv, &previous)?,
        };
        Ok(())
    }
}
