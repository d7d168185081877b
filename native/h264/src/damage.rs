//! What becomes of damage where reading goes on behind it: each is told, and costs the pictures that it touches.

use codecorpus_bitstream::{Errors, Event, ParseError, Times};

use crate::emit::lost_frame;
use crate::headers::SliceHeader;
use crate::picture::{Boundary, CurrentPicture, Decoder, LostPicture};

impl Decoder {
    /// A unit that stands before a primary coded picture (7.4.1.2.3).
    pub(crate) fn begin_access_unit(&mut self) {
        if !self.has_packets {
            self.boundary = Boundary::Unit;
        }
    }

    pub(crate) fn skips_damage(&self) -> bool {
        self.errors == Errors::Skip
    }

    /// Tells of damage that touches no picture.
    pub(crate) fn tell(&mut self, error: ParseError) {
        self.events.push_back(Event::Damage(error));
    }

    /// The current picture cannot be read to its end.
    pub(crate) fn damage_current(&mut self, error: ParseError) {
        self.tell(error.clone());
        if let Some(current) = &mut self.current {
            current.error.get_or_insert(error);
        }
    }

    /// A slice whose header cannot be read. Its bytes count to the picture that it can only be of: to the current one while
    /// that lacks macroblocks or its second field, or to one that is lost with it.
    pub(crate) fn lose_slice(&mut self, error: ParseError, bytes: u64, idr: bool, times: Times) {
        if let Some(lost) = self.lost.as_mut().filter(|_| self.boundary == Boundary::Passed) {
            lost.bytes += bytes;
            return self.tell(error);
        }
        let error = error.in_picture(self.coded_order());
        let of_current = self.current.is_some()
            && (self.boundary == Boundary::Passed || self.lacks_second_field())
            && (self.has_packets || self.lacks_macroblocks() || self.lacks_second_field());
        if !of_current {
            self.tell(error.clone());
            self.lose_lost();
            self.lost = Some(LostPicture { error, bytes, idr, times });
        } else if self.lacks_macroblocks() || self.lacks_second_field() {
            self.count_header_bytes(bytes);
            self.damage_current(error);
        } else {
            self.count_header_bytes(bytes);
            self.tell(error);
        }
        self.boundary = Boundary::Passed;
    }

    fn lacks_macroblocks(&self) -> bool {
        self.current.as_ref().is_some_and(|current| current.coded.read < current.coded.size)
    }

    fn lacks_second_field(&self) -> bool {
        self.current.as_ref().is_some_and(|current| current.header.structure.is_field() && current.fields != 3)
    }

    /// BeforePicture a slice that begins a picture: what was lost is of it, or was a picture of its own.
    pub(crate) fn take_lost(&mut self, header: &SliceHeader) -> Option<(ParseError, u64)> {
        if self.boundary == Boundary::Passed && header.first_mb_in_slice > 0 {
            return self.lost.take().map(|lost| (lost.error, lost.bytes));
        }
        self.lose_lost();
        None
    }

    /// The picture that was lost has a row, and is never shown: nothing says when.
    pub(crate) fn lose_lost(&mut self) {
        let Some(LostPicture { error, bytes, idr, times }) = self.lost.take() else { return };
        self.lost_since_idr = if idr { Some(1) } else { self.lost_since_idr.map(|lost| lost + 1) };
        // Pictures before it are told first.
        if self.finish_field().is_ok() {
            self.finish_picture();
        }
        let coded_order = self.next_coded_order;
        if self.count_picture().is_err() {
            return;
        }
        let mut picture = self.pool.take();
        picture.frame = lost_frame(coded_order, times);
        picture.count_bytes(bytes);
        picture.damage(error.in_picture(coded_order));
        self.events.extend([Event::Picture(picture), Event::Hidden { coded_order }]);
    }

    /// A slice of another picture than the one that its packet began with and has not all of: its header is damaged, or no
    /// header at all.
    pub(crate) fn is_strange(&self, header: &SliceHeader) -> bool {
        let Some(current) = &self.current else { return false };
        self.has_packets
            && self.boundary == Boundary::Passed
            && header.begins_picture_after(&current.header)
            && !self.is_second_field(header)
            && (current.error.is_some() || self.lacks_macroblocks())
    }

    /// A slice that begins anew the current picture, which is whole, in the same packet, or the first field of a frame whose
    /// second one has not come.
    pub(crate) fn is_repeated(&self, header: &SliceHeader) -> bool {
        let of_packet = self.boundary == Boundary::Passed && (self.has_packets || self.lacks_macroblocks());
        self.begins_again(header) && (of_packet || self.lacks_second_field())
    }

    /// Whether a picture whose first slice is given is the reference picture before it, or the second field of that, once more.
    /// IDR pictures may follow each other, and what is no reference changes nothing.
    pub(crate) fn repeats_current(&self, header: &SliceHeader, digest: u64) -> bool {
        let same = |current: &CurrentPicture| current.error.is_none() && current.digests.contains(&Some(digest));
        header.is_reference() && !header.idr && !header.unmarks_all() && self.current.as_ref().is_some_and(same)
    }
}
