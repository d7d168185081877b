//! Damage: what is passed over, and what becomes of the frames that it touches.
//!
//! A frame that cannot be read leaves its row in **frames**, which says why, and its header, as far as it is known, in the slots that it
//! refreshes: frames that need its distributions, its motion field or its parameters cannot be read either, others can.

use std::sync::Arc;

use codecorpus_bitstream::records::FrameRecord;
use codecorpus_bitstream::{BitReader, Errors, ParseError, Result};

use crate::emit::unknown_record;
use crate::framing::Obu;
use crate::headers::FrameType;
use crate::headers::frame::UncompressedHeader;
use crate::headers::obu::ObuType;
use crate::headers::uncompressed::uncompressed_header;
use crate::recent::{LEAST_ORDER_HINT_BITS, hash_of};
use crate::stream::{Stream, Unread};

impl Stream {
    /// Goes past bytes that cannot be read: an OBU for which [`Stream::read`] gave an error, or what is no OBU. The frame that they are
    /// of is lost.
    pub(crate) fn pass_over(&mut self, bytes: usize, error: ParseError) {
        if let Some(unread) = self.broken.take() {
            self.presentation.tell(error.clone());
            // It gives no error where damage is passed over.
            let _ = self.skip_frame(&unread, bytes, error);
            return;
        }
        match &mut self.current {
            Some(current) => {
                current.bytes += bytes as u64;
                self.lose_frame(error);
            }
            None => {
                self.presentation.tell(error);
                self.presentation.count_ahead(bytes);
            }
        }
    }

    /// Goes past more bytes that are known to be damaged.
    pub(crate) fn pass_over_more(&mut self, bytes: usize) {
        self.presentation.count_ahead(bytes);
    }

    /// A packet that is no temporal unit. Which slots the frame in it would have refreshed is not known, and decoders show nothing.
    ///
    /// # Errors
    /// Where damage is not passed over.
    pub(crate) fn lose_packet(&mut self, bytes: usize, error: ParseError) -> Result<()> {
        self.end_frame_before("temporal_unit")?;
        self.presentation.end_temporal_unit();
        let coded_order = self.next_coded_order;
        let error = error.in_picture(coded_order);
        if self.errors == Errors::Strict {
            return Err(error);
        }
        self.presentation.tell(error.clone());
        self.push_unread(unknown_record(coded_order, self.times.dts), bytes, error);
        self.presentation.hide(coded_order);
        self.unread = Some(coded_order);
        self.slots.lose_all();
        self.settle()
    }

    /// An OBU whose end is missing. What it says of its frame counts, but for its tiles.
    pub(crate) fn pass_over_cut(&mut self, data: &[u8], obu: &Obu, error: ParseError) {
        let is_frame = matches!(obu.header.obu_type, ObuType::Frame | ObuType::FrameHeader);
        if let (true, None, Ok(sequence)) = (is_frame, &self.current, self.known_sequence()) {
            let mut bits = BitReader::new(data);
            bits.seek(8 * obu.header.header_bytes);
            self.broken = match uncompressed_header(&mut bits, &sequence, self.slots.view(), obu.header.extension) {
                Ok(UncompressedHeader::Frame(header) | UncompressedHeader::Unreadable(header)) => {
                    Some(Unread { header: Arc::new(*header), is_trusted: true })
                }
                Ok(UncompressedHeader::Broken(header, _)) => Some(Unread { header: Arc::new(*header), is_trusted: false }),
                Ok(UncompressedHeader::ShowExisting { .. }) | Err(_) => None,
            };
        }
        self.pass_over(obu.overhead + data.len(), error);
    }

    /// Gives up the frame whose tiles are being read.
    pub(crate) fn lose_frame(&mut self, error: ParseError) {
        let Some(current) = self.current.take() else { return };
        let mut picture = self.decoder.give_up();
        self.presentation.tell(error.clone());
        picture.damage(error);
        picture.count_header_bytes(current.bytes);
        self.presentation.push(picture);
        let _ = self.leave_unread(&Unread { header: current.header, is_trusted: true }, current.coded_order);
    }

    /// A frame whose header cannot be read, or depends on a frame that is lost: its row says what is known.
    pub(crate) fn skip_frame(&mut self, unread: &Unread, bytes: usize, error: ParseError) -> Result<()> {
        let header = &unread.header;
        self.slots.mark_lost(header);
        let record = self.record(header);
        let coded_order = record.coded_order;
        self.push_unread(record, bytes, error);
        self.leave_unread(unread, coded_order)
    }

    /// The row of a frame that is not read.
    fn push_unread(&mut self, record: FrameRecord, bytes: usize, error: ParseError) {
        let mut picture = self.decoder.recycled();
        picture.frame = record;
        picture.damage(error);
        picture.count_header_bytes(self.presentation.take_pending() + bytes as u64);
        self.next_coded_order += 1;
        self.presentation.push(picture);
    }

    /// What a frame that is not read does to the slots, and when it would be shown.
    fn leave_unread(&mut self, unread: &Unread, coded_order: u32) -> Result<()> {
        let header = &unread.header;
        self.unread = Some(coded_order);
        let is_before_start = self.refers_before_start(header);
        let known = unread.is_trusted.then_some(header);
        self.slots.update_unread(header.refresh_frame_flags, coded_order, known, is_before_start);
        self.present(header, coded_order, is_before_start)
    }

    /// Whether an OBU begins a frame that was read before; it is then passed over.
    pub(crate) fn is_repeated(&mut self, data: &[u8], bytes: usize, header: &UncompressedHeader) -> bool {
        let header = match header {
            UncompressedHeader::Frame(header) | UncompressedHeader::Unreadable(header) => header,
            UncompressedHeader::Broken(header, _) => header,
            UncompressedHeader::ShowExisting { .. } => return false,
        };
        if header.frame_type == FrameType::Key {
            self.recent.clear();
            return false;
        }
        if self.sequence.as_ref().is_none_or(|sequence| sequence.order_hint_bits < LEAST_ORDER_HINT_BITS) {
            return false;
        }
        let hash = hash_of(data);
        let Some(coded_order) = self.recent.find(hash) else {
            self.recent.push(hash, self.next_coded_order);
            return false;
        };
        self.presentation.tell(ParseError::malformed("frame_header_obu", "the frame comes again").in_picture(coded_order));
        self.presentation.count(coded_order, bytes);
        self.unread = Some(coded_order);
        true
    }

    /// A new sequence begins with a key frame that is shown (7.5). A sequence header that no such frame follows is itself damaged.
    pub(crate) fn settle_sequence(&mut self, data: &[u8], obu: &Obu) {
        let Some(announced) = self.announced.take() else { return };
        let mut bits = BitReader::new(data);
        bits.seek(8 * obu.header.header_bytes);
        match uncompressed_header(&mut bits, &announced, self.slots.view(), obu.header.extension) {
            Ok(UncompressedHeader::Frame(header) | UncompressedHeader::Broken(header, _))
                if header.frame_type == FrameType::Key && header.show_frame =>
            {
                self.sequence = Some(announced);
            }
            _ => {
                let reason = "another sequence's, where none begins";
                self.presentation.tell(ParseError::malformed("sequence_header_obu", reason).in_picture(self.next_coded_order));
            }
        }
    }
}
