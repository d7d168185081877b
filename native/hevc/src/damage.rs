//! Damage that is passed over: what it costs is the pictures that it touches, and those whose vectors need them.

use codecorpus_bitstream::nal::NalUnit;
use codecorpus_bitstream::nal_reader::NalUnits;
use codecorpus_bitstream::{Event, ParseError, Result, Times};

use crate::emit::lost_frame;
use crate::headers::nal::{NalHeader, NalType, is_slice_segment};
use crate::headers::slice::SliceHeader;
use crate::picture::{ActiveSets, CurrentPicture, LostPicture, read_segment_header};
use crate::units::Units;

impl Units {
    /// A unit could not be read: the picture that it is of is damaged.
    pub(crate) fn note_damage(&mut self, error: ParseError, unit: &NalUnit<'_>, times: Times) -> Result<()> {
        self.tell(error.clone());
        let of_picture = is_slice_segment(unit.data);
        let header = NalHeader::read(unit.data);
        let unit_type = header.as_ref().ok().map(|header| header.unit_type);
        match (header, of_picture || self.has_packets) {
            // Its bytes are counted, and it is of no picture.
            (Ok(_), _) if !of_picture => return Ok(()),
            (Err(_), false) => {
                self.count_bytes(unit.size, false);
                return Ok(());
            }
            _ => {}
        }
        if self.current.as_ref().is_none_or(|current| current.last_unit != unit.offset) {
            self.boundary |= self.is_covered();
            self.lose_picture(error.clone(), unit_type, times)?;
            self.count_bytes(unit.size, false);
        }
        self.lose_picture(error, unit_type, times)
    }

    /// The picture that is being read is damaged; where it has ended, one of which nothing can be read.
    pub(crate) fn lose_picture(&mut self, error: ParseError, unit_type: Option<NalType>, times: Times) -> Result<()> {
        self.end_before()?;
        if self.boundary && self.is_covered() {
            self.close_picture()?;
        }
        if std::mem::take(&mut self.boundary) {
            self.close_lost();
        }
        match &mut self.current {
            Some(current) => _ = current.error.get_or_insert(error),
            None => {
                let bytes = std::mem::take(&mut self.pending.bytes);
                self.lost.get_or_insert(LostPicture { error, unit_type, times, bytes: 0 }).bytes += bytes;
            }
        }
        Ok(())
    }

    /// Passes over a unit that costs no picture.
    pub(crate) fn drop_unit(&mut self, unit: &NalUnit<'_>, error: ParseError) {
        self.count_bytes(unit.size, false);
        self.tell(error.in_unit(unit.offset));
    }

    /// A slice segment that another picture may have begun before: packets hold whole access units, and what of a picture is not in
    /// one is lost.
    pub(crate) fn end_before(&mut self) -> Result<()> {
        let ended = |current: &CurrentPicture| current.error.is_some() || self.is_covered();
        if self.skips_damage() && self.boundary && self.has_packets && self.current.as_ref().is_some_and(ended) {
            return self.close_picture();
        }
        Ok(())
    }

    /// Nothing follows: what was left over counts to the picture that was lost.
    pub(crate) fn finish_lost(&mut self) {
        if let Some(lost) = &mut self.lost {
            lost.bytes += std::mem::take(&mut self.pending.bytes);
        }
        self.close_lost();
    }

    fn is_covered(&self) -> bool {
        self.current.is_some() && self.picture_state.ctbs_decoded == self.picture_state.slice_addr.len()
    }

    /// Whether a slice segment that claims to begin a picture is of the one that is being read: nothing said that another
    /// begins, and that one is not covered.
    pub(crate) fn has_begun(&self, nal: NalHeader) -> bool {
        let Some(current) = self.current.as_ref().filter(|_| self.skips_damage() && !self.boundary && !self.is_covered()) else {
            return false;
        };
        self.has_packets || self.is_of(current, nal)
    }

    /// Whether a slice header is one of a picture, as far as it tells.
    fn is_of(&self, current: &CurrentPicture, nal: NalHeader) -> bool {
        let mut header = None;
        let parsed = read_segment_header(&self.rbsp, nal, &current.sets, &mut header);
        let lsb = |header: &SliceHeader| header.slice_pic_order_cnt_lsb;
        parsed.is_ok() && nal.unit_type == current.nal.unit_type && header.as_ref().map(lsb) == current.slice().map(lsb)
    }

    /// Whether a slice segment whose place in the picture has been read already is of no other picture.
    pub(crate) fn is_repeated(&self, nal: NalHeader, header: Option<&SliceHeader>) -> bool {
        let lsb = |header: &SliceHeader| header.slice_pic_order_cnt_lsb;
        let same =
            |current: &CurrentPicture| nal.unit_type == current.nal.unit_type && header.map(lsb) == current.slice().map(lsb);
        self.skips_damage() && !self.boundary && (self.has_packets || self.current.as_ref().is_some_and(same))
    }

    /// What was lost of the picture that begins; where its first slice segment is here, that was another picture.
    pub(crate) fn take_lost(&mut self, is_first: bool) -> Option<LostPicture> {
        if is_first || self.boundary {
            self.close_lost();
        }
        self.lost.take()
    }

    pub(crate) fn add_lost(&mut self, lost: Option<LostPicture>) {
        if let (Some(lost), Some(current)) = (lost, &mut self.current) {
            current.error = Some(lost.error);
            current.picture.count_header_bytes(lost.bytes);
        }
    }

    /// A picture of which no slice segment could be read has a row that says so.
    pub(crate) fn close_lost(&mut self) {
        let Some(lost) = self.lost.take() else { return };
        let is_first = |unit_type: NalType| unit_type.is_idr() || unit_type.is_bla();
        self.sequence.lost = if lost.unit_type.is_some_and(is_first) { Some(1) } else { self.sequence.lost.map(|lost| lost + 1) };
        let coded_order = self.next_coded_order;
        self.next_coded_order += 1;
        let mut picture = self.pool.pop().unwrap_or_default();
        picture.frame = lost_frame(self.sets.active().map(|sets| &*sets.sps), coded_order, lost.times);
        picture.count_bytes(lost.bytes);
        picture.damage(lost.error);
        self.events.extend([Event::Picture(picture), Event::Hidden { coded_order }]);
    }

    /// Whether a sequence has begun with a picture that was lost. The next one proves that none has where it keeps more pictures
    /// than there can be since, and all of them are there but for what was lost.
    pub(crate) fn lost_begins_sequence(&mut self, sets: &ActiveSets, nal: NalHeader, header: &SliceHeader) -> bool {
        let Some(lost) = self.sequence.lost.take() else { return false };
        !self.dpb.keeps_more_than(lost as usize, header, nal, &sets.sps)
    }

    /// Whether what the picture's slice header said of its references holds. Of a damaged picture it does where they are all there:
    /// a header that asks for others may itself be damaged. It holds, too, where all of the picture could be read by it (`is_read`)
    /// and the picture before asked for what is not there as well: then that was lost.
    pub(crate) fn settle_marking(&mut self, current: &CurrentPicture, is_read: bool) {
        let was_short = std::mem::replace(&mut self.dpb.was_set_short, current.rps.is_short);
        let holds = !current.rps.is_short || current.nal.unit_type.is_irap() || is_read && was_short;
        match current.error.is_some() && !holds {
            true => self.dpb.undo_marking(),
            false => self.dpb.keep_marking(),
        }
    }
}
