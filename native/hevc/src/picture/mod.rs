//! The picture that is being read: from its first slice segment to the next picture's.

mod begin;
mod end;

use std::sync::Arc;

use codecorpus_bitstream::cabac::Cabac;
use codecorpus_bitstream::nal::Rbsp;
use codecorpus_bitstream::records::{Picture, PictureType};
use codecorpus_bitstream::{ParseError, Poc, Result, Times, Wanted};

use crate::emit::{begun_frame, note_slice};
use crate::headers::nal::{NalHeader, NalType};
use crate::headers::pps::Pps;
use crate::headers::slice::{SegmentStart, SliceHeader, SliceSegmentHeader};
use crate::headers::sps::{Sps, SpsRangeExtension};
use crate::headers::tiles::TileScan;
use crate::motion::{MotionField, SliceMotion};
use crate::refs::{Dpb, Earlier, RefPicLists, RefPicSet, RefPicture};
use crate::state::PictureState;
use crate::state::{SliceInputs, SliceSegmentReader};

/// The parameter sets of a picture, and what follows from them.
#[derive(Debug, Clone)]
pub(crate) struct ActiveSets {
    pub(crate) sps: Arc<Sps>,
    pub(crate) pps: Arc<Pps>,
    pub(crate) scan: Arc<TileScan>,
}

/// A picture whose slice segments are being read.
#[derive(Debug)]
pub(crate) struct CurrentPicture {
    pub(crate) picture: Box<Picture>,
    pub(crate) sets: ActiveSets,
    pub(crate) nal: NalHeader,
    pub(crate) poc: Poc,
    pub(crate) times: Times,
    pub(crate) shown: bool,
    /// Whether it is RASL, and what it refers to is not expected to be there.
    pub(crate) skipped_leading: bool,
    /// Whether decoders refuse it, and so never show it.
    pub(crate) refused: bool,
    /// Whether the stream has had the same picture: decoders keep that one alone.
    pub(crate) is_repeated: bool,
    /// Of the slice segment that it began with.
    pub(crate) digest: u64,
    /// Why it cannot be read to its end.
    pub(crate) error: Option<ParseError>,
    /// Whether a vector was predicted from a picture that is not there.
    pub(crate) lacks_collocated: bool,
    pub(crate) field: MotionField,
    /// Address in tile scan where the last slice segment begins.
    last_address: u32,
    /// Byte offset of its NAL unit.
    pub(crate) last_unit: u64,
    pub(crate) rps: RefPicSet,
    lists: RefPicLists,
    slice: Option<SliceHeader>,
}

/// A picture of which there is nothing yet but slice segments that cannot be read.
#[derive(Debug)]
pub(crate) struct LostPicture {
    pub(crate) error: ParseError,
    /// Of the first one, as far as its NAL unit header tells.
    pub(crate) unit_type: Option<NalType>,
    pub(crate) times: Times,
    pub(crate) bytes: u64,
}

/// What a picture takes over from the stream before it.
#[derive(Debug)]
pub(crate) struct PictureStart {
    pub(crate) coded_order: u32,
    pub(crate) times: Times,
    /// Of the slice segment that it begins with.
    pub(crate) digest: u64,
    /// NoRaslOutputFlag of an IRAP picture.
    pub(crate) no_rasl_output: bool,
    /// Whether the picture begins a sequence, with that flag or without: what was before is gone.
    pub(crate) begins_sequence: bool,
    /// Whether the picture is RASL, and its IRAP picture's NoRaslOutputFlag is 1.
    pub(crate) skipped_leading: bool,
}

impl CurrentPicture {
    /// Begins a picture at its first slice segment, whose `header` is given.
    pub(crate) fn begin(
        mut picture: Box<Picture>,
        sets: ActiveSets,
        nal: NalHeader,
        header: &SliceHeader,
        start: &PictureStart,
        dpb: &mut Dpb,
    ) -> Self {
        let sps = &sets.sps;
        if start.begins_sequence {
            dpb.begin_sequence();
        }
        let poc = dpb.derive_poc(nal, header.slice_pic_order_cnt_lsb, sps, start.no_rasl_output);
        let earlier = dpb.earlier(poc, start.digest);
        let is_repeated = earlier == Earlier::Same;
        let rps = if is_repeated { RefPicSet::default() } else { dpb.derive_ref_pic_set(header, poc, sps) };
        let mut field = dpb.take_field();
        field.reset(sps.width, sps.height, poc);
        picture.frame = begun_frame(sps, nal, start.coded_order, poc, start.times);
        let shown = header.pic_output_flag && !start.skipped_leading && earlier == Earlier::None;
        Self {
            picture,
            nal,
            poc,
            times: start.times,
            shown,
            skipped_leading: start.skipped_leading,
            refused: start.skipped_leading,
            is_repeated,
            digest: start.digest,
            error: None,
            lacks_collocated: false,
            field,
            last_address: 0,
            last_unit: 0,
            rps,
            lists: RefPicLists::default(),
            slice: None,
            sets,
        }
    }

    /// Whether what its vectors were predicted from was not there. What leading pictures that are skipped refer to counts as
    /// intra (8.3.3).
    pub(crate) fn lacks_vectors(&self) -> bool {
        self.error.is_none() && self.lacks_collocated && !self.skipped_leading
    }

    /// Whether a slice segment that is not marked as the first one cannot belong to this picture: its first one was lost.
    pub(crate) fn is_other_picture(&self, nal: NalHeader, segment: &SliceSegmentHeader, slice: Option<&SliceHeader>) -> bool {
        let lsb = |slice: &SliceHeader| slice.slice_pic_order_cnt_lsb;
        let other_lsb = !segment.dependent_slice_segment_flag && slice.map(lsb) != self.slice.as_ref().map(lsb);
        nal.unit_type != self.nal.unit_type || self.tile_scan_address(segment) <= self.last_address || other_lsb
    }

    /// CtbAddrRsToTs[ slice_segment_address ]: slice segments follow each other in tile scan.
    fn tile_scan_address(&self, segment: &SliceSegmentHeader) -> u32 {
        self.sets.scan.rs_to_ts.get(segment.slice_segment_address as usize).copied().unwrap_or(0)
    }

    /// Whether it is the picture that a stream is cut behind: as a reference, no more than its order count and its size.
    pub(crate) fn is_intra(&self, poc: Poc, size: (u32, u32)) -> bool {
        self.field == MotionField::intra(size, poc)
    }

    /// The header of the last independent slice segment.
    pub(crate) fn slice(&self) -> Option<&SliceHeader> {
        self.slice.as_ref()
    }

    /// A new slice begins with this segment.
    pub(crate) fn begin_slice(&mut self, header: SliceHeader) -> Result<()> {
        // The current picture is marked as a long-term one while it is decoded (8.1.3).
        let current =
            RefPicture { poc: self.poc, coded_order: self.picture.frame.coded_order as i32, long_term: true, damaged: false };
        self.lists = self.rps.derive_lists(&header, current)?;
        if header.slice_type != PictureType::I {
            self.field.expect_motion();
        }
        note_slice(&mut self.picture.frame, header.slice_type, &self.lists, self.slice.is_none());
        self.slice = Some(header);
        Ok(())
    }

    /// Passes over a slice: where it is the first one, its header still says which slices are of the picture.
    pub(crate) fn pass_over(&mut self, header: SliceHeader) {
        self.slice.get_or_insert(header);
    }

    /// Comes to a slice segment whose header is known.
    pub(crate) fn reach(&mut self, segment: &SliceSegmentHeader) {
        self.last_address = self.tile_scan_address(segment);
    }

    /// Reads the data of a slice segment that it has come to.
    pub(crate) fn read_segment_data(
        &mut self,
        segment: &SliceSegmentHeader,
        rbsp: &Rbsp,
        picture_state: &mut PictureState,
        dpb: &Dpb,
        wanted: Wanted,
    ) -> Result<()> {
        let Some(slice) = &self.slice else { return Ok(()) };
        let (sps, pps) = (&*self.sets.sps, &*self.sets.pps);
        let collocated_list = usize::from(!slice.collocated_from_l0_flag);
        let collocated = self.lists.get(collocated_list, slice.collocated_ref_idx as i8);
        let collocated = collocated.filter(|_| slice.slice_temporal_mvp_enabled_flag).and_then(|picture| dpb.field(picture));
        let motion = SliceMotion {
            poc: self.poc,
            b_slice: slice.slice_type == PictureType::B,
            num_ref_idx_active: slice.num_ref_idx_active,
            max_num_merge_cand: slice.max_num_merge_cand,
            slice_temporal_mvp_enabled_flag: slice.slice_temporal_mvp_enabled_flag,
            collocated_from_l0_flag: slice.collocated_from_l0_flag,
            no_backward_pred: self.lists.all().all(|picture| picture.poc <= self.poc),
            log2_par_mrg_level: pps.log2_par_mrg_level,
            screen_content: slice.use_integer_mv_flag || slice.curr_pic_ref,
            use_integer_mv_flag: slice.use_integer_mv_flag,
            two_versions: slice.curr_pic_ref
                && (sps.sample_adaptive_offset_enabled_flag
                    || !pps.loop_filter.pps_deblocking_filter_disabled_flag
                    || pps.loop_filter.deblocking_filter_override_enabled_flag),
            ctb_log2_size: sps.sizes.ctb_log2,
            width: sps.width as i32,
            height: sps.height as i32,
        };
        let scan = &*self.sets.scan;
        let plain_residual = sps.scaling.is_none() && sps.range == SpsRangeExtension::default();
        let inputs =
            SliceInputs { sps, pps, scan, slice, segment, lists: &self.lists, motion, collocated, wanted, plain_residual };
        let cabac = Cabac::new(&rbsp.data, segment.data_begin)?;
        let reader = SliceSegmentReader::new(inputs, cabac, rbsp, picture_state, &mut self.field, &mut self.picture)?;
        self.lacks_collocated |= reader.read()?;
        Ok(())
    }
}

/// Reads a slice segment header; `slice` is as in [`SliceSegmentHeader::read`].
pub(crate) fn read_segment_header(
    rbsp: &Rbsp,
    nal: NalHeader,
    sets: &ActiveSets,
    slice: &mut Option<SliceHeader>,
) -> Result<SliceSegmentHeader> {
    let mut bits = NalHeader::note(&rbsp.data, "slice_segment_header")?;
    let start = SegmentStart::read(&mut bits, nal)?;
    let segment = SliceSegmentHeader::read(&mut bits, nal, start, &sets.sps, &sets.pps, slice)?;
    if segment.data_begin >= rbsp.data.len() {
        return Err(ParseError::end_of_data("slice_segment_data"));
    }
    Ok(segment)
}
