//! What a stream carries from picture to picture, and where a picture begins: which slices make one.

mod end;

use std::collections::VecDeque;
use std::sync::Arc;

use codecorpus_bitstream::nal::digest;
use codecorpus_bitstream::order::PresentationOrder;
use codecorpus_bitstream::pool::PicturePool;
use codecorpus_bitstream::records::Picture;
use codecorpus_bitstream::{BitReader, Errors, Event, Information, Options, ParseError, Plane, Result, Times, Wanted};

use crate::emit::{PlaneSums, begun_frame};
use crate::headers::slice::SliceHeader;
use crate::headers::{Pps, Sps};
use crate::motion::DirectLack;
use crate::neighbours::macroblocks::Macroblocks;
use crate::presentation::Presentation;
use crate::refs::poc::FieldOrderCnts;
use crate::refs::saved_motion::{Motion, parity_index};
use crate::refs::{Dpb, Frame, PocState};

/// What access unit delimiters, SEI and prefix NAL units said before a picture.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Announced {
    pub(crate) recovery_frame_cnt: Option<u32>,
    pub(crate) temporal_id: u8,
    pub(crate) times: Times,
}

/// Bytes that count to a slice's picture.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bytes {
    /// Of units before the slice.
    pub(crate) before: u64,
    /// Of the slice's own, with what delimits it and emulation prevention.
    pub(crate) unit: u64,
    /// Where the unit begins in the stream.
    pub(crate) offset: u64,
}

/// Reference marking as it was.
#[derive(Debug)]
pub(crate) struct MarkingSnapshot {
    pub(crate) references: (Vec<Frame>, u32),
    pub(crate) prev_ref_frame_num: Option<u32>,
}

/// What a picture may spoil with a header that is damaged.
#[derive(Debug, Default)]
pub(crate) struct BeforePicture {
    pub(crate) poc: PocState,
    /// Where its frame_num leaves a gap.
    pub(crate) marking: Option<MarkingSnapshot>,
}

/// The picture that is being read: a frame, or one or both of its fields.
#[derive(Debug)]
pub(crate) struct CurrentPicture {
    pub(crate) picture: Box<Picture>,
    pub(crate) sps: Arc<Sps>,
    /// Of the last slice.
    pub(crate) header: SliceHeader,
    /// Of the first slice, and of that of the second field.
    pub(crate) digests: [Option<u64>; 2],
    pub(crate) times: Times,
    /// Its frame store's number.
    pub(crate) id: u32,
    pub(crate) poc: FieldOrderCnts,
    /// Fields that slices of have come: bit 0 top, bit 1 bottom.
    pub(crate) fields: u8,
    pub(crate) coded: CodedField,
    pub(crate) missing_reference: bool,
    /// What a vector would have been predicted from, and is not there.
    pub(crate) lack: Option<DirectLack>,
    pub(crate) idr: bool,
    /// The frame or its first field has no inter slice.
    pub(crate) intra: bool,
    pub(crate) recovery_frame_cnt: Option<u32>,
    /// Why it cannot be read to its end.
    pub(crate) error: Option<ParseError>,
    /// Byte offset of the last slice's unit.
    pub(crate) unit: u64,
    /// What was before it.
    pub(crate) before: BeforePicture,
    pub(crate) begins_sequence: bool,
    /// It is the picture before it once more: nothing refers to it.
    pub(crate) is_repeated: bool,
}

/// The frame or field that is being read.
#[derive(Debug, Default)]
pub(crate) struct CodedField {
    /// By colour plane.
    #[expect(clippy::vec_box, reason = "each is moved into a frame store as it is")]
    pub(crate) motion: Vec<Box<Motion>>,
    /// Macroblocks that are read of it, and that it has.
    pub(crate) read: usize,
    pub(crate) size: usize,
    pub(crate) plane_sums: Vec<PlaneSums>,
    /// The number of its first slice.
    pub(crate) first_slice: u32,
    /// Where its rows begin: in **blocks** as far as that is wanted, and in any case.
    pub(crate) first_row: usize,
    pub(crate) first_block: u32,
}

/// A picture of which no slice header could be read so far.
#[derive(Debug)]
pub(crate) struct LostPicture {
    pub(crate) error: ParseError,
    pub(crate) bytes: u64,
    /// Its NAL unit's type is that of an IDR picture.
    pub(crate) idr: bool,
    pub(crate) times: Times,
}

/// Where access units may begin (7.4.1.2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Boundary {
    /// Slices have come since the last one.
    #[default]
    Passed,
    /// A unit that stands before the slices of a primary coded picture.
    Unit,
    /// A packet: it holds whole access units.
    Packet,
}

#[derive(Debug)]
pub(crate) struct Decoder {
    pub(crate) wanted: Wanted,
    pub(crate) errors: Errors,
    /// Whether access units come in packets.
    pub(crate) has_packets: bool,
    pub(crate) boundary: Boundary,
    pub(crate) lost: Option<LostPicture>,
    /// How many pictures were lost since one, itself among them, that is an IDR picture if its type is what it was.
    pub(crate) lost_since_idr: Option<u32>,
    /// The build of x264 that the stream is of, where it says so, or 0 where it can be read only as that of an early one.
    pub(crate) x264_build: Option<u32>,
    /// frame_num of the last picture where that is damaged and was marked as a reference, and the marking before it.
    pub(crate) suspect: Option<(u32, MarkingSnapshot)>,
    pub(crate) events: VecDeque<Event>,
    pub(crate) order: PresentationOrder,
    pub(crate) presentation: Presentation,
    pub(crate) pool: PicturePool,
    pub(crate) dpb: Dpb,
    pub(crate) poc: PocState,
    /// PrevRefFrameNum; none before the first picture.
    pub(crate) prev_ref_frame_num: Option<u32>,
    pub(crate) current: Option<CurrentPicture>,
    /// By colour plane.
    pub(crate) mbs: [Macroblocks; 3],
    /// The last slice's number.
    pub(crate) last_slice: u32,
    pub(crate) next_coded_order: u32,
}

impl Decoder {
    #[must_use]
    pub(crate) fn new(options: Options) -> Self {
        Self {
            wanted: options.wanted,
            errors: options.errors,
            has_packets: false,
            boundary: Boundary::default(),
            lost: None,
            lost_since_idr: None,
            x264_build: None,
            suspect: None,
            events: VecDeque::new(),
            order: PresentationOrder::default(),
            presentation: Presentation::default(),
            pool: PicturePool::default(),
            dpb: Dpb::default(),
            poc: PocState::default(),
            prev_ref_frame_num: None,
            current: None,
            mbs: Default::default(),
            last_slice: 0,
            next_coded_order: 0,
        }
    }

    pub(crate) fn recycle(&mut self, picture: Box<Picture>) {
        self.pool.give_back(picture);
    }

    /// Counts bytes of units that are no slices to the current picture; false where there is none.
    pub(crate) fn count_header_bytes(&mut self, bytes: u64) -> bool {
        let Some(current) = &mut self.current else { return false };
        current.picture.count_header_bytes(bytes);
        true
    }

    /// Counts a slice's bytes; its reader charges those of its `rbsp`.
    fn count_slice(&mut self, bytes: Bytes, rbsp: &[u8]) {
        let Some(current) = &mut self.current else { return };
        current.picture.count_header_bytes(bytes.before);
        current.picture.count_bytes(bytes.unit);
        current.unit = bytes.offset;
        let around = bytes.unit.saturating_sub(rbsp.len() as u64);
        current.picture.charge_header(Information::from_bits(8 * around));
    }

    /// The picture that errors are about.
    #[must_use]
    pub(crate) fn coded_order(&self) -> u32 {
        self.next_coded_order.saturating_sub(u32::from(self.current.is_some()))
    }

    /// A slice of a primary coded picture: `reader` stands behind its header.
    ///
    /// # Errors
    /// Anything that breaks the standard.
    pub(crate) fn slice(
        &mut self,
        reader: &BitReader<'_>,
        sps: &Arc<Sps>,
        pps: &Pps,
        header: SliceHeader,
        announced: Announced,
        bytes: Bytes,
    ) -> Result<()> {
        if self.begins_picture(&header) {
            let lost = self.take_lost(&header);
            let digest = digest(reader.data());
            let is_repeated = self.repeats_current(&header, digest);
            self.finish_field()?;
            if self.is_second_field(&header) {
                self.begin_field(&header);
            } else {
                self.finish_picture();
                self.begin_picture(sps, &header, announced, is_repeated)?;
            }
            if let Some(current) = &mut self.current {
                current.digests[usize::from(current.digests[0].is_some())] = Some(digest);
            }
            if let (Some(current), Some((error, bytes))) = (&mut self.current, lost) {
                current.error = Some(error);
                current.picture.count_header_bytes(bytes);
            }
        }
        self.boundary = Boundary::Passed;
        self.count_slice(bytes, reader.data());
        let result = self.read_slice(reader, pps, header).map_err(|error| error.in_picture(self.coded_order()));
        if let (Err(error), Some(current), Errors::Strict) = (&result, &mut self.current, self.errors) {
            current.error = Some(error.clone());
        }
        result
    }

    fn begins_picture(&self, header: &SliceHeader) -> bool {
        let Some(current) = &self.current else { return true };
        // Nothing in the header tells two pictures apart that begin alike, but the second one begins anew.
        header.begins_picture_after(&current.header) || self.begins_again(header) && current.coded.read == current.coded.size
    }

    /// Whether the current picture has the first macroblock of a slice that can be of it.
    pub(crate) fn begins_again(&self, header: &SliceHeader) -> bool {
        let Some(current) = &self.current else { return false };
        let first = (header.first_mb_in_slice as usize) << u32::from(header.is_mbaff(&current.sps));
        let slice = self.mbs[usize::from(header.colour_plane_id)].slices.get(first);
        !header.begins_picture_after(&current.header) && slice.is_some_and(|&slice| slice >= current.coded.first_slice)
    }

    /// Whether a picture is the second field of the frame that is being read (3.30).
    pub(crate) fn is_second_field(&self, header: &SliceHeader) -> bool {
        let Some(current) = &self.current else { return false };
        let last = &current.header;
        header.structure.is_field()
            && last.structure.is_field()
            && current.fields & header.structure.fields() == 0
            && header.frame_num == last.frame_num_once_marked()
            && header.is_reference() == last.is_reference()
            && !header.idr
            && !header.unmarks_all()
    }

    /// Begins a frame, or the first field of one.
    fn begin_picture(&mut self, sps: &Arc<Sps>, header: &SliceHeader, announced: Announced, is_repeated: bool) -> Result<()> {
        self.check_suspect(header);
        let begins_sequence = self.lost_begins_sequence(sps, header) || header.idr;
        let before = self.before(sps, header);
        self.fill_gap(sps, header);
        let poc = self.poc.derive(sps, header);
        let mut picture = self.pool.take();
        let macroblocks = (sps.pic_width_in_mbs * sps.frame_height_in_mbs) as usize;
        picture.blocks.reserve(if self.wanted.blocks { macroblocks } else { 0 });
        picture.motion.reserve(if self.wanted.motion { 2 * macroblocks } else { 0 });
        let Announced { recovery_frame_cnt, temporal_id, times } = announced;
        let key = header.idr || recovery_frame_cnt == Some(0);
        picture.frame = begun_frame(sps, header, self.next_coded_order, key, temporal_id, times);
        picture.residual = self.wanted.residual.then(|| Plane::new(picture.frame.width, picture.frame.height));
        let id = self.dpb.new_id();
        self.count_picture()?;
        self.current = Some(CurrentPicture {
            picture,
            sps: Arc::clone(sps),
            header: header.clone(),
            digests: [None; 2],
            times,
            id,
            poc,
            fields: 0,
            coded: CodedField::default(),
            missing_reference: false,
            lack: None,
            idr: header.idr,
            intra: false,
            recovery_frame_cnt,
            error: None,
            unit: 0,
            before,
            begins_sequence,
            is_repeated,
        });
        self.begin_field(header);
        Ok(())
    }

    /// Begins the frame, or a field of it.
    fn begin_field(&mut self, header: &SliceHeader) {
        let Some(current) = &mut self.current else { return };
        let sps = Arc::clone(&current.sps);
        if current.fields != 0 {
            let poc = self.poc.derive(&sps, header);
            let parity = parity_index(header.structure);
            current.poc[parity] = poc[parity];
        }
        current.fields |= header.structure.fields();
        let size = sps.frame_size_in_mbs() / if header.structure.is_field() { 2 } else { 1 };
        let planes = if sps.separate_colour_plane_flag { 3 } else { 1 };
        current.coded.motion = (0..planes).map(|_| self.dpb.take_motion(size)).collect();
        self.mbs[..planes].iter_mut().for_each(|mbs| mbs.resize(size));
        if self.last_slice > u32::MAX / 2 {
            self.mbs.iter_mut().for_each(|mbs| mbs.slices.fill(0));
            self.last_slice = 0;
        }
        current.coded.first_slice = self.last_slice + 1;
        current.coded.read = 0;
        current.coded.size = size * planes;
        current.coded.first_row = current.picture.blocks.len();
        current.coded.first_block = current.picture.sums.blocks;
        current.coded.plane_sums.clear();
        if planes > 1 {
            current.coded.plane_sums.resize(size, PlaneSums::default());
        }
        current.header = header.clone();
    }

    pub(crate) fn count_picture(&mut self) -> Result<()> {
        let too_many = || ParseError::limit("slice_header", "too many pictures");
        self.next_coded_order = self.next_coded_order.checked_add(1).filter(|&n| n < i32::MAX as u32).ok_or_else(too_many)?;
        Ok(())
    }
}
