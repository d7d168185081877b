//! From slices to pictures: which slices make a picture, what it refers to, and what is kept of it.

use std::collections::VecDeque;
use std::sync::Arc;

use codecorpus_bitstream::division::Numbers;
use codecorpus_bitstream::order::PresentationOrder;
use codecorpus_bitstream::pool::PicturePool;
use codecorpus_bitstream::records::{NO_REF, Picture, PictureStructure, PictureType, Sums};
use codecorpus_bitstream::{BitReader, Errors, Event, Information, Options, ParseError, Plane, Result, Times, Wanted};

use crate::context::{Colocated, REFERENCES, Reference, References, SliceContext};
use crate::damage::{Boundary, Lost};
use crate::emit::{ColourPlane, Emitter, Outcome, PlaneSums};
use crate::entropy::{CabacSyntax, CavlcSyntax};
use crate::headers::slice::{SliceHeader, Structure};
use crate::headers::{Pps, SliceType, Sps};
use crate::macroblock::MacroblockReader;
use crate::motion::implicit_weights_differ;
use crate::picture::{Coding, Macroblocks, Motion, MotionMb, RefId, SliceRefs, parity_index};
use crate::presentation::{Candidate, Start};
use crate::refs::dpb::Missing;
use crate::refs::lists::{self, Entry};
use crate::refs::marking::{Current as MarkedPicture, Mark};
use crate::refs::{Dpb, Frame, PicOrderCnt};
use crate::slice_groups::macroblock_map;

/// What access unit delimiters, SEI and prefix NAL units said before a picture.
#[derive(Debug, Default, Clone, Copy)]
pub struct Announced {
    pub recovery_frame_cnt: Option<u32>,
    pub temporal_id: u8,
    pub times: Times,
}

/// Bytes that count to a slice's picture.
#[derive(Debug, Clone, Copy)]
pub struct Bytes {
    /// Of units before the slice.
    pub before: u64,
    /// Of the slice's own, with what delimits it and emulation prevention.
    pub unit: u64,
    /// Where the unit begins in the stream.
    pub offset: u64,
}

/// Reference marking as it was.
#[derive(Debug)]
struct Marked {
    references: (Vec<Frame>, u32),
    prev_ref_frame_num: Option<u32>,
}

/// What a picture may spoil with a header that is damaged.
#[derive(Debug, Default)]
struct Before {
    poc: PicOrderCnt,
    /// Where its frame_num leaves a gap.
    marking: Option<Marked>,
}

/// The picture that is being read: a frame, or one or both of its fields.
#[derive(Debug)]
pub(crate) struct Current {
    picture: Box<Picture>,
    sps: Arc<Sps>,
    /// Of the last slice.
    pub(crate) header: SliceHeader,
    times: Times,
    /// Its frame store's number.
    id: u32,
    poc: [i32; 2],
    /// Fields that slices of have come: bit 0 top, bit 1 bottom.
    pub(crate) fields: u8,
    /// Motion of the frame or field that is being read, by colour plane.
    #[expect(clippy::vec_box, reason = "each is moved into a frame store as it is")]
    motion: Vec<Box<Motion>>,
    /// Macroblocks that are read of it, and that it has.
    pub(crate) read: usize,
    pub(crate) size: usize,
    missing_reference: bool,
    idr: bool,
    /// The frame or its first field has no inter slice.
    intra: bool,
    recovery_frame_cnt: Option<u32>,
    /// Why it cannot be read to its end.
    pub(crate) error: Option<ParseError>,
    /// Byte offset of the last slice's unit.
    unit: u64,
    /// What was before it.
    before: Before,
    begins_sequence: bool,
    plane_sums: Vec<PlaneSums>,
    /// The number of its first slice.
    first_slice: u32,
    /// Where the field's rows begin: in **blocks** as far as that is wanted, and in any case.
    first_row: usize,
    first_block: u32,
}

#[derive(Debug)]
pub struct Decoder {
    wanted: Wanted,
    pub(crate) errors: Errors,
    /// Whether access units come in packets.
    pub(crate) has_packets: bool,
    pub(crate) boundary: Boundary,
    pub(crate) lost: Option<Lost>,
    /// The build of x264 that the stream is of, where it says so, or 0 where it can be read only as that of an early one.
    pub(crate) x264_build: Option<u32>,
    /// frame_num of the last picture where that is damaged and was marked as a reference, and the marking before it.
    suspect: Option<(u32, Marked)>,
    pub events: VecDeque<Event>,
    order: PresentationOrder,
    start: Start,
    pub(crate) pool: PicturePool,
    dpb: Dpb,
    poc: PicOrderCnt,
    /// PrevRefFrameNum; none before the first picture.
    prev_ref_frame_num: Option<u32>,
    pub(crate) current: Option<Current>,
    /// By colour plane.
    mbs: [Macroblocks; 3],
    /// The last slice's number.
    last_slice: u32,
    pub(crate) next_coded_order: u32,
}

impl Decoder {
    #[must_use]
    pub fn new(options: Options) -> Self {
        Self {
            wanted: options.wanted,
            errors: options.errors,
            has_packets: false,
            boundary: Boundary::default(),
            lost: None,
            x264_build: None,
            suspect: None,
            events: VecDeque::new(),
            order: PresentationOrder::default(),
            start: Start::default(),
            pool: PicturePool::default(),
            dpb: Dpb::default(),
            poc: PicOrderCnt::default(),
            prev_ref_frame_num: None,
            current: None,
            mbs: Default::default(),
            last_slice: 0,
            next_coded_order: 0,
        }
    }

    pub fn recycle(&mut self, picture: Box<Picture>) {
        self.pool.give_back(picture);
    }

    /// Counts bytes of units that are no slices to the current picture; false where there is none.
    pub fn count_header_bytes(&mut self, bytes: u64) -> bool {
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
    pub fn coded_order(&self) -> u32 {
        self.next_coded_order.saturating_sub(u32::from(self.current.is_some()))
    }

    /// A slice of a primary coded picture: `reader` stands behind its header.
    ///
    /// # Errors
    /// Anything that breaks the standard.
    pub fn slice(
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
            self.finish_field()?;
            if self.is_second_field(&header) {
                self.begin_field(&header);
            } else {
                self.finish_picture();
                self.begin_picture(sps, &header, announced)?;
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
        header.begins_picture_after(&current.header) || self.begins_again(header) && current.read == current.size
    }

    /// Whether the current picture has the first macroblock of a slice that can be of it.
    pub(crate) fn begins_again(&self, header: &SliceHeader) -> bool {
        let Some(current) = &self.current else { return false };
        let first = (header.first_mb_in_slice as usize) << u32::from(is_mbaff(&current.sps, header));
        let slice = self.mbs[usize::from(header.colour_plane_id)].slices.get(first);
        !header.begins_picture_after(&current.header) && slice.is_some_and(|&slice| slice >= current.first_slice)
    }

    /// Whether a picture is the second field of the frame that is being read (3.30).
    pub(crate) fn is_second_field(&self, header: &SliceHeader) -> bool {
        let Some(current) = &self.current else { return false };
        let last = &current.header;
        header.structure.is_field()
            && last.structure.is_field()
            && current.fields & header.structure.fields() == 0
            && header.frame_num == last.frame_num
            && header.is_reference() == last.is_reference()
            && !header.idr
            && !header.unmarks_all()
    }

    /// Begins a frame, or the first field of one.
    fn begin_picture(&mut self, sps: &Arc<Sps>, header: &SliceHeader, announced: Announced) -> Result<()> {
        self.check_suspect(header);
        let before = self.before(sps, header);
        self.fill_gap(sps, header);
        let poc = self.poc.derive(sps, header);
        let mut picture = self.pool.take();
        let macroblocks = (sps.pic_width_in_mbs * sps.frame_height_in_mbs) as usize;
        picture.blocks.reserve(if self.wanted.blocks { macroblocks } else { 0 });
        picture.motion.reserve(if self.wanted.motion { 2 * macroblocks } else { 0 });
        let record = &mut picture.frame;
        record.coded_order = self.next_coded_order;
        record.kind = PictureType::I;
        record.key = header.idr || announced.recovery_frame_cnt == Some(0);
        record.temporal_layer = announced.temporal_id as i8;
        record.width = sps.pic_width_in_mbs * 16;
        record.height = sps.frame_height_in_mbs * 16;
        record.crop = sps.crop;
        record.structure = structure(sps, header);
        record.dts = announced.times.dts;
        record.complete = true;
        picture.residual = self.wanted.residual.then(|| Plane::new(picture.frame.width, picture.frame.height));
        let id = self.dpb.new_id();
        self.count_picture()?;
        self.current = Some(Current {
            picture,
            sps: Arc::clone(sps),
            header: header.clone(),
            times: announced.times,
            id,
            poc,
            fields: 0,
            motion: Vec::new(),
            read: 0,
            size: 0,
            missing_reference: false,
            idr: header.idr,
            intra: false,
            recovery_frame_cnt: announced.recovery_frame_cnt,
            error: None,
            unit: 0,
            before,
            begins_sequence: header.idr,
            plane_sums: Vec::new(),
            first_slice: 0,
            first_row: 0,
            first_block: 0,
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
        current.motion = (0..planes).map(|_| self.dpb.take_motion(size)).collect();
        self.mbs[..planes].iter_mut().for_each(|mbs| mbs.resize(size));
        if self.last_slice > u32::MAX / 2 {
            self.mbs.iter_mut().for_each(|mbs| mbs.slices.fill(0));
            self.last_slice = 0;
        }
        current.first_slice = self.last_slice + 1;
        current.read = 0;
        current.size = size * planes;
        current.first_row = current.picture.blocks.len();
        current.first_block = current.picture.sums.blocks;
        current.plane_sums.clear();
        if planes > 1 {
            current.plane_sums.resize(size, PlaneSums::default());
        }
        current.header = header.clone();
    }

    /// Decoding process for gaps in frame_num (8.2.5.2): frames that are inferred, or that are lost.
    ///
    /// As many of them as could still be referred to are marked, like any other; they have no number in coded order.
    fn fill_gap(&mut self, sps: &Sps, header: &SliceHeader) {
        let max_frame_num = 1 << sps.log2_max_frame_num;
        if self.prev_ref_frame_num.is_none() && !header.idr {
            self.begin_cut_open(sps, header, max_frame_num);
        }
        let Some(next) = self.frame_num_before_gap(sps, header) else { return };
        let missing = header.frame_num.wrapping_sub(next) % max_frame_num;
        let kept = missing.min(sps.max_num_ref_frames);
        let lost = !sps.gaps_in_frame_num_value_allowed_flag;
        for back in (1..=kept).rev() {
            let frame_num = header.frame_num.wrapping_sub(back) % max_frame_num;
            self.dpb.derive_frame_num_wrap(frame_num, max_frame_num);
            self.dpb.make_room(sps.max_num_ref_frames, 0);
            let poc = self.poc.derive_inferred(sps, frame_num, header);
            self.dpb.add_missing(frame_num, poc, if lost { Missing::Lost } else { Missing::Inferred });
        }
        self.prev_ref_frame_num = Some(header.frame_num.wrapping_sub(1) % max_frame_num);
    }

    /// The frame_num that was to come, where another one has.
    fn frame_num_before_gap(&self, sps: &Sps, header: &SliceHeader) -> Option<u32> {
        let previous = self.prev_ref_frame_num.filter(|_| !header.idr)?;
        let next = (previous + 1) % (1 << sps.log2_max_frame_num);
        (header.frame_num != previous && header.frame_num != next).then_some(next)
    }

    /// What a picture that begins with `header` may spoil.
    fn before(&self, sps: &Sps, header: &SliceHeader) -> Before {
        let leaves_gap = self.skips_damage() && self.frame_num_before_gap(sps, header).is_some();
        Before { poc: self.poc.clone(), marking: leaves_gap.then(|| self.marked()) }
    }

    /// Undoes what a damaged picture's header spoilt. Says whether it is as if it had not come: its frame_num left a gap, which
    /// a damaged header does more often than a loss.
    fn undo(&mut self) -> bool {
        let Some(current) = &mut self.current else { return false };
        self.poc = current.before.poc.clone();
        let Some(marked) = current.before.marking.take() else { return false };
        self.restore(marked);
        true
    }

    fn marked(&self) -> Marked {
        Marked { references: self.dpb.marking(), prev_ref_frame_num: self.prev_ref_frame_num }
    }

    fn restore(&mut self, marked: Marked) {
        self.dpb.restore(marked.references);
        self.prev_ref_frame_num = marked.prev_ref_frame_num;
    }

    /// A picture behind a damaged one that was marked as a reference: with the same frame_num, it says that the damaged one
    /// was none.
    fn check_suspect(&mut self, header: &SliceHeader) {
        if let Some((frame_num, marked)) = self.suspect.take()
            && header.frame_num == frame_num
            && !header.idr
        {
            self.restore(marked);
        }
    }

    /// The stream is cut open: the references that may have come before its first picture are put down as missing. They are
    /// taken to be presented before it.
    ///
    /// Where it begins with a field that nothing can refer to, they keep their places in coded order.
    fn begin_cut_open(&mut self, sps: &Sps, header: &SliceHeader, max_frame_num: u32) {
        let frame_num = header.frame_num;
        for back in (1..=sps.max_num_ref_frames).rev() {
            self.dpb.add_missing(frame_num.wrapping_sub(back) % max_frame_num, Some([i32::MIN / 2; 2]), Missing::Before);
        }
        self.prev_ref_frame_num = Some(frame_num.wrapping_sub(1) % max_frame_num);
        if header.structure.is_field() && !header.is_reference() {
            self.next_coded_order = frame_num.min(sps.max_num_ref_frames);
        }
    }

    pub(crate) fn count_picture(&mut self) -> Result<()> {
        let too_many = || ParseError::limit("slice_header", "too many pictures");
        self.next_coded_order = self.next_coded_order.checked_add(1).filter(|&n| n < i32::MAX as u32).ok_or_else(too_many)?;
        Ok(())
    }

    /// Reads a slice of the current picture.
    fn read_slice(&mut self, reader: &BitReader<'_>, pps: &Pps, header: SliceHeader) -> Result<()> {
        let skips_damage = self.skips_damage();
        let Some(current) = &mut self.current else { return Ok(()) };
        if current.error.is_some() {
            current.header = header;
            return Ok(());
        }
        let sps = Arc::clone(&current.sps);
        let parity = u8::from(header.structure == Structure::Top) + 2 * u8::from(header.structure == Structure::Bottom);
        let both =
            if current.fields == 3 { current.poc[0].min(current.poc[1]) } else { current.poc[parity_index(header.structure)] };
        let poc = [if parity == 0 { both } else { current.poc[parity as usize - 1] }, current.poc[0], current.poc[1]];
        let entries = lists::derive(&mut self.dpb, &header, poc[0], 1 << sps.log2_max_frame_num);
        let references = resolve(&self.dpb, &entries);
        note_slice(&mut current.picture, &header, &references);
        let plane = usize::from(header.colour_plane_id);
        let colocated = colocated(&self.dpb, &entries, plane).filter(|colocated| colocated.is_whole || !skips_damage);
        let groups = macroblock_map(&sps, pps, &header);
        let Some(motion) = current.motion.get_mut(plane) else { return Ok(()) };
        motion.slices.push(ids(&references));
        let index = u16::try_from(motion.slices.len())
            .map_err(|_| ParseError::limit("slice_header", "more than 65535 slices in a picture"))?;
        self.last_slice += 1;
        let context = SliceContext {
            sps: &sps,
            pps,
            header: &header,
            number: self.last_slice,
            first_number: current.first_slice,
            index,
            picture_size: motion.mbs.len() as u32,
            slice_groups: groups.as_deref(),
            references: &references,
            poc,
            colocated,
            coded_orders: coded_orders(&references),
            weighted: weighted_table(pps, &header, &references, poc[0]),
            chroma_array_type: sps.chroma_array_type(),
            early_x264: self.x264_build.is_some_and(|build| build < FIRST_STANDARD_BUILD),
        };
        let begin = Rows::of(&current.picture);
        let mut slice = Slice { reader, mbs: &mut self.mbs[plane], motion, wanted: self.wanted };
        let colour_plane = (plane > 0).then_some(ColourPlane {
            plane: plane as u8,
            first_block: current.first_block,
            sums: current.plane_sums.as_mut_slice(),
        });
        let (mut result, mut outcome) = slice.read(&context, &mut current.picture, colour_plane);
        if result.is_err() && self.x264_build.is_none() && context.may_be_early_x264() {
            slice.forget(context.number);
            begin.restore(&mut current.picture);
            self.last_slice += 1;
            let early = SliceContext { number: self.last_slice, early_x264: true, ..context };
            let (again, of_early) = slice.read(&early, &mut current.picture, None);
            if again.is_ok() {
                self.x264_build = Some(0);
                (result, outcome) = (again, of_early);
            }
        }
        current.missing_reference |= outcome.uses(|list, index| !references[list].get(index - 1).is_some_and(|r| r.is_whole));
        current.read += outcome.blocks;
        let lacks_colocated = outcome.lacks_colocated;
        outcome.add_to(&mut current.picture);
        current.header = header;
        if result.is_ok() && skips_damage && lacks_colocated {
            let reason = "direct prediction needs the co-located picture, which is missing or damaged";
            return Err(ParseError::malformed("RefPicList1[ 0 ]", reason));
        }
        result
    }

    /// Ends the frame or field that was being read: its marking, and what is kept of it.
    ///
    /// An error is one that its slices do not cover.
    pub(crate) fn finish_field(&mut self) -> Result<()> {
        self.check_cover()?;
        if self.current.as_ref().is_some_and(|current| current.error.is_some()) && self.undo() {
            return Ok(());
        }
        let Some(current) = &mut self.current else { return Ok(()) };
        merge_planes(current);
        let first = !current.header.structure.is_field() || current.fields != 3;
        if first {
            current.intra = current.picture.frame.kind == PictureType::I;
            // Recovery points of gradual refresh are not what decoding can start at.
            current.picture.frame.key &= current.intra || current.header.idr;
        }
        let header = &current.header;
        let sps = &current.sps;
        let structure = header.structure;
        let mut motion = std::mem::take(&mut current.motion);
        if current.read < current.size {
            forget_motion(&mut motion, &self.mbs, current.first_slice);
        }
        if !header.is_reference() || current.error.is_some() {
            // Of a damaged picture nothing is known that others could be told.
            motion.drain(..).for_each(|motion| self.dpb.recycle(motion));
        }
        if !header.is_reference() {
            return Ok(());
        }
        let second_field = structure.is_field() && current.fields == 3;
        if current.error.is_some() && !second_field && !header.idr {
            let marked = Marked { references: self.dpb.marking(), prev_ref_frame_num: self.prev_ref_frame_num };
            self.suspect = Some((header.frame_num, marked));
        }
        let marked = MarkedPicture {
            id: current.id,
            second_field,
            max_num_ref_frames: sps.max_num_ref_frames,
            max_frame_num: 1 << sps.log2_max_frame_num,
        };
        let mark = self.dpb.mark(header, marked);
        self.prev_ref_frame_num = Some(header.frame_num);
        let mut frame_num = header.frame_num;
        if header.unmarks_all() {
            let base = match structure {
                Structure::Frame => current.poc[0].min(current.poc[1]),
                Structure::Top => current.poc[0],
                Structure::Bottom => current.poc[1],
            };
            current.poc.iter_mut().for_each(|poc| *poc = poc.wrapping_sub(base));
            current.begins_sequence = true;
            self.poc.after_unmark_all(structure, current.poc[0]);
            self.prev_ref_frame_num = Some(0);
            frame_num = 0;
        }
        let index = self.dpb.frames.iter().position(|frame| frame.id == current.id);
        let frame = match index {
            Some(index) => &mut self.dpb.frames[index],
            None => {
                self.dpb.frames.push(Frame {
                    id: current.id,
                    coded_order: current.picture.frame.coded_order as i32,
                    frame_num,
                    ..Frame::default()
                });
                let last = self.dpb.frames.len() - 1;
                &mut self.dpb.frames[last]
            }
        };
        frame.fields |= structure.fields();
        frame.is_damaged |= current.error.is_some();
        frame.poc = current.poc;
        frame.coding = if structure.is_field() {
            Coding::Fields
        } else if is_mbaff(sps, header) {
            Coding::Mbaff
        } else {
            Coding::Frame
        };
        match mark {
            Mark::ShortTerm => frame.short_term |= structure.fields(),
            Mark::LongTerm(index) => {
                frame.long_term |= structure.fields();
                frame.long_term_frame_idx = index;
            }
        }
        for (plane, motion) in motion.drain(..).enumerate() {
            frame.motion[2 * plane + parity_index(structure)] = Some(Arc::new(*motion));
        }
        // A stream may mark more than it says that it does: no more than the standard's 16 are kept.
        if self.dpb.frames.len() > 17 {
            self.dpb.frames[0].short_term = 0;
            self.dpb.frames[0].long_term = 0;
            self.dpb.drop_unused();
        }
        Ok(())
    }

    /// Whether the slices of the frame or field cover it.
    fn check_cover(&mut self) -> Result<()> {
        let Some(current) = self.current.as_ref().filter(|current| current.read != current.size && current.error.is_none())
        else {
            return Ok(());
        };
        let reason = format!("the picture's slices hold {} of its {} macroblocks", current.read, current.size);
        let error = ParseError::malformed("slice_data", reason).in_unit(current.unit).in_picture(self.coded_order());
        if self.skips_damage() {
            self.damage_current(error);
            return Ok(());
        }
        self.current = None;
        Err(error)
    }

    /// Ends the current picture.
    pub(crate) fn finish_picture(&mut self) {
        let Some(current) = self.current.take() else { return };
        let Current { mut picture, times, poc, fields, missing_reference, error, begins_sequence, .. } = current;
        let (idr, intra, recovery_frame_cnt) = (current.idr, current.intra, current.recovery_frame_cnt);
        if let Some(error) = error {
            picture.damage(error);
        }
        let record = &mut picture.frame;
        record.complete = record.error.is_none() && !missing_reference;
        let order = match fields {
            1 => poc[0],
            2 => poc[1],
            _ => poc[0].min(poc[1]),
        };
        record.poc = Some(order);
        let coded_order = record.coded_order;
        self.events.push_back(Event::Picture(picture));
        if begins_sequence {
            self.order.begin_sequence(&mut self.events);
        }
        let (header, sps) = (&current.header, &current.sps);
        let admitted = self.start.admits(&Candidate { header, sps, idr, intra, recovery_frame_cnt, begins_sequence, order });
        // A field without the other one is decoded, and FFmpeg does not show it.
        if admitted && fields == 3 {
            self.order.add(coded_order, i64::from(order), times, sps.max_waiting_frames(), &mut self.events);
        } else {
            self.events.push_back(Event::Hidden { coded_order });
        }
    }

    /// Ends the last picture, and the order of presentation.
    ///
    /// # Errors
    /// Slices that do not cover it.
    pub fn finish(&mut self) -> Result<()> {
        self.lose_lost();
        self.finish_field()?;
        self.finish_picture();
        self.order.begin_sequence(&mut self.events);
        Ok(())
    }

    /// Ends the last picture before an IDR picture that another reader begins with, and says where that one's numbers begin.
    /// None where it is not whole.
    pub(crate) fn hand_over(&mut self) -> Option<Numbers> {
        let is_whole = |current: &Current| {
            let has_both = current.fields == 3 || !current.header.structure.is_field();
            current.error.is_none() && current.read == current.size && has_both
        };
        if self.lost.is_some() || !self.current.as_ref().is_some_and(is_whole) || self.finish().is_err() {
            return None;
        }
        Some(Numbers { coded_order: self.next_coded_order, frame: self.order.shown() })
    }

    /// Ends the pictures before an error: the current one only where nothing of it is missing.
    pub fn abandon(&mut self) {
        let whole = self
            .current
            .as_ref()
            .is_some_and(|c| c.error.is_none() && c.read == c.size && (c.fields == 3 || c.header.structure.is_field()));
        if whole && self.finish_field().is_ok() {
            self.finish_picture();
        }
        self.current = None;
        self.order.begin_sequence(&mut self.events);
    }
}

fn structure(sps: &Sps, header: &SliceHeader) -> PictureStructure {
    match header.structure {
        Structure::Frame if is_mbaff(sps, header) => PictureStructure::Mbaff,
        Structure::Frame => PictureStructure::Frame,
        Structure::Top | Structure::Bottom => PictureStructure::Field,
    }
}

/// The first build of x264 whose contexts of coded_block_flag are the standard's, in 4:4:4 with 8x8 transforms.
const FIRST_STANDARD_BUILD: u32 = 151;

/// What the macroblocks of a slice are read with.
struct Slice<'a> {
    /// Behind the slice's header.
    reader: &'a BitReader<'a>,
    mbs: &'a mut Macroblocks,
    motion: &'a mut Motion,
    wanted: Wanted,
}

impl Slice<'_> {
    fn read(
        &mut self,
        context: &SliceContext<'_>,
        picture: &mut Picture,
        colour_plane: Option<ColourPlane<'_>>,
    ) -> (Result<()>, Outcome) {
        let emitter = Emitter { picture, wanted: self.wanted, outcome: Outcome::default(), colour_plane };
        let header = context.header;
        let mbaff = is_mbaff(context.sps, header);
        if !context.pps.entropy_coding_mode_flag {
            let syntax = CavlcSyntax::new(self.reader.clone());
            return if mbaff {
                MacroblockReader::<_, true>::new(context, syntax, self.mbs, self.motion, emitter).read_slice()
            } else {
                MacroblockReader::<_, false>::new(context, syntax, self.mbs, self.motion, emitter).read_slice()
            };
        }
        let kind = if header.slice_type == SliceType::I { 0 } else { 1 + usize::from(header.cabac_init_idc) };
        let byte = self.reader.position().div_ceil(8);
        let syntax = match CabacSyntax::new(self.reader.data(), byte, kind, header.slice_qp) {
            Ok(syntax) => syntax,
            Err(error) => return (Err(error), Outcome::default()),
        };
        if mbaff {
            MacroblockReader::<_, true>::new(context, syntax, self.mbs, self.motion, emitter).read_slice()
        } else {
            MacroblockReader::<_, false>::new(context, syntax, self.mbs, self.motion, emitter).read_slice()
        }
    }

    /// The macroblocks of a slice are as if they had not been read.
    fn forget(&mut self, number: u32) {
        self.mbs.slices.iter_mut().filter(|slice| **slice == number).for_each(|slice| *slice = 0);
    }
}

/// How far the rows of a picture go.
struct Rows {
    blocks: usize,
    motion: usize,
    transforms: usize,
    sums: Sums,
}

impl Rows {
    fn of(picture: &Picture) -> Self {
        Self {
            blocks: picture.blocks.len(),
            motion: picture.motion.len(),
            transforms: picture.transforms.len(),
            sums: picture.sums,
        }
    }

    /// Takes away what came behind.
    fn restore(&self, picture: &mut Picture) {
        picture.blocks.truncate(self.blocks);
        picture.motion.truncate(self.motion);
        picture.transforms.truncate(self.transforms);
        picture.sums = self.sums;
    }
}

/// MbaffFrameFlag.
fn is_mbaff(sps: &Sps, header: &SliceHeader) -> bool {
    sps.mb_adaptive_frame_field_flag && header.structure == Structure::Frame
}

/// What a slice says of its picture as a whole.
fn note_slice(picture: &mut Picture, header: &SliceHeader, references: &References) {
    let kind = match header.slice_type {
        SliceType::I => PictureType::I,
        SliceType::P => PictureType::P,
        SliceType::B => PictureType::B,
    };
    let record = &mut picture.frame;
    if kind as u8 > record.kind as u8 {
        record.kind = kind;
    }
    if picture.sums.blocks == 0 {
        let orders =
            |list: usize| references[list][..header.num_ref_idx_active[list] as usize].iter().map(|r| r.coded_order).collect();
        (record.refs0, record.refs1) = (orders(0), orders(1));
    }
}

/// The lists' entries as macroblocks need them.
fn resolve(dpb: &Dpb, entries: &[lists::List; 2]) -> References {
    let mut references = [[Reference::MISSING; 32]; 2];
    for (references, entries) in references.iter_mut().zip(entries) {
        for (reference, entry) in references.iter_mut().zip(entries) {
            let Some(Entry { frame, parity }) = *entry else { continue };
            let frame = &dpb.frames[frame];
            *reference = Reference {
                coded_order: if frame.coded_order < 0 { NO_REF } else { frame.coded_order },
                id: RefId { frame: frame.id, parity },
                is_whole: frame.missing.is_none() && !frame.is_damaged,
                poc: [frame.poc_of(parity), frame.poc[0], frame.poc[1]],
                long_term: frame.long_term & if parity == 0 { 3 } else { parity } != 0,
            };
        }
    }
    references
}

/// RefPicList1[0], where it was received.
fn colocated<'a>(dpb: &'a Dpb, entries: &[lists::List; 2], plane: usize) -> Option<Colocated<'a>> {
    let Entry { frame, parity } = (*entries[1].first()?)?;
    let frame = &dpb.frames[frame];
    let motion = |parity: usize| frame.motion[2 * plane + parity].as_deref();
    Some(Colocated {
        is_whole: frame.missing.is_none() && !frame.is_damaged,
        coding: frame.coding,
        motion: [motion(0), motion(1)],
        poc: frame.poc,
        parity: usize::from(parity == 2),
        long_term: frame.long_term & if parity == 0 { 3 } else { parity } != 0,
    })
}

/// [`SliceContext::coded_orders`].
fn coded_orders(references: &References) -> [[i32; REFERENCES]; 2] {
    let mut table = [[NO_REF; REFERENCES]; 2];
    for (orders, references) in table.iter_mut().zip(references) {
        orders[1..].iter_mut().zip(references).for_each(|(order, reference)| *order = reference.coded_order);
    }
    table
}

/// [`SliceContext::weighted`].
fn weighted_table(pps: &Pps, header: &SliceHeader, references: &References, poc: i32) -> [u64; REFERENCES] {
    let mut table = [0; REFERENCES];
    if let Some(weights) = &header.weights {
        let [zero, one] = weights.weighted.map(u64::from);
        for (i, row) in table.iter_mut().enumerate() {
            let by_zero = zero << 1 >> i & 1 != 0;
            *row = if by_zero { u64::MAX } else { one << 1 };
        }
    } else if header.slice_type == SliceType::B && pps.weighted_bipred_idc == 2 {
        let active = |list: usize| references[list].iter().take(header.num_ref_idx_active[list] as usize).enumerate();
        for (i, reference0) in active(0) {
            for (j, reference1) in active(1) {
                let short_term = !reference0.long_term && !reference1.long_term;
                let differ = short_term && implicit_weights_differ(poc, reference0.poc[0], reference1.poc[0]);
                table[i + 1] |= u64::from(differ) << (j + 1);
            }
        }
    }
    table
}

/// What was not read of a picture has no motion.
fn forget_motion(motion: &mut [Box<Motion>], mbs: &[Macroblocks; 3], first_slice: u32) {
    for (motion, mbs) in motion.iter_mut().zip(mbs) {
        let missing = motion.mbs.iter_mut().zip(&mbs.slices).filter(|&(_, &slice)| slice < first_slice);
        missing.for_each(|(mb, _)| *mb = MotionMb::default());
    }
}

fn ids(references: &References) -> SliceRefs {
    references.map(|list| list.map(|reference| reference.id))
}

/// Adds what the planes Cb and Cr came to, where they were coded by themselves, to the rows of the field.
fn merge_planes(current: &mut Current) {
    if current.plane_sums.is_empty() {
        return;
    }
    let sums = std::mem::take(&mut current.plane_sums);
    let width = current.sps.pic_width_in_mbs as usize;
    let mbaff = is_mbaff(&current.sps, &current.header);
    let picture = &mut current.picture;
    for row in &mut picture.blocks[current.first_row..] {
        let (column, line) = (usize::from(row.x) / 16, usize::from(row.y) / 16);
        let address = if mbaff { 2 * (line / 2 * width + column) + line % 2 } else { line * width + column };
        if let Some(sums) = sums.get(address) {
            row.coefs_chroma = sums.coefs as u16;
            row.energy_chroma = sums.energy;
            row.bits_mode += sums.bits[0];
            row.bits_motion += sums.bits[1];
            row.bits_residual += sums.bits[2];
        }
    }
    // Those of a macroblock's planes come slices apart.
    picture.transforms.sort_by_key(|row| (row.block, row.plane));
    for sums in &sums {
        picture.sums.bits_mode += f64::from(sums.bits[0]);
        picture.sums.bits_motion += f64::from(sums.bits[1]);
        picture.sums.bits_residual += f64::from(sums.bits[2]);
    }
}
