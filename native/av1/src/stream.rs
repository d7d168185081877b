//! General decoding process (7.2): OBUs in, pictures out.

use std::sync::Arc;

use codecorpus_bitstream::division::Numbers;
use codecorpus_bitstream::presentation::Presentation;
use codecorpus_bitstream::records::{FrameRecord, Picture};
use codecorpus_bitstream::{BitReader, Errors, Information, ParseError, Result, Times};

use crate::emit::frame_record;
use crate::framing::Obu;
use crate::headers::frame::UncompressedHeader;
use crate::headers::metadata;
use crate::headers::obu::{Extension, ObuType, trailing_bits};
use crate::headers::tiles::read_tile_group;
use crate::headers::uncompressed::uncompressed_header;
use crate::headers::{FrameHeader, FrameType, SequenceHeader};
use crate::picture::FrameDecoder;
use crate::recent::RecentFrames;
use crate::refs::{SavedFrame, SavedTiles, Slots};
use crate::start::Start;

/// A frame that is not read.
#[derive(Debug)]
pub(crate) struct Unread {
    /// As far as it is known.
    pub(crate) header: Arc<FrameHeader>,
    /// Whether no damage is known in the header itself.
    pub(crate) is_trusted: bool,
}

/// The frame whose tiles are being read.
#[derive(Debug)]
pub(crate) struct CurrentFrame {
    pub(crate) sequence: Arc<SequenceHeader>,
    pub(crate) header: Arc<FrameHeader>,
    pub(crate) coded_order: u32,
    /// The TileNum that comes next.
    pub(crate) next_tile: u32,
    /// Bytes of OBUs that count to it.
    pub(crate) bytes: u64,
    /// Bits of them that are of no tile's data.
    header_bits: u64,
}

impl CurrentFrame {
    /// Counts bytes that are of no tile's data.
    fn count_header(&mut self, bytes: u64) {
        self.bytes += bytes;
        self.header_bits += 8 * bytes;
    }
}

/// A stream as far as it has been read.
#[derive(Debug)]
pub(crate) struct Stream {
    pub(crate) decoder: FrameDecoder,
    pub(crate) errors: Errors,
    pub(crate) sequence: Option<Arc<SequenceHeader>>,
    /// A sequence header that differs from `sequence` where damage is passed over: a key frame must confirm it.
    pub(crate) announced: Option<Arc<SequenceHeader>>,
    pub(crate) slots: Slots,
    pub(crate) current: Option<CurrentFrame>,
    /// The header of a frame that cannot be begun, until it is known which bytes are the frame's.
    pub(crate) broken: Option<Unread>,
    /// Tile groups belong to a picture that could not be read, or was read before: this one.
    pub(crate) unread: Option<u32>,
    pub(crate) recent: RecentFrames,
    pub(crate) next_coded_order: u32,
    pub(crate) presentation: Presentation,
    pub(crate) times: Times,
    /// Whether temporal delimiters say where a temporal unit begins. Containers leave them out: there every packet is one, or a
    /// spatial layer of one.
    delimited: bool,
}

impl Stream {
    pub(crate) fn new(decoder: FrameDecoder, errors: Errors) -> Self {
        Self {
            decoder,
            errors,
            sequence: None,
            announced: None,
            slots: Slots::default(),
            current: None,
            broken: None,
            unread: None,
            recent: RecentFrames::default(),
            next_coded_order: 0,
            presentation: Presentation::default(),
            times: Times::default(),
            delimited: false,
        }
    }

    /// What follows a cut.
    pub(crate) fn begin_at(decoder: FrameDecoder, errors: Errors, start: &Start) -> Self {
        let Start { sequence, delimited, .. } = start.clone();
        Self { sequence, delimited, ..Self::new(decoder, errors) }
    }

    /// Ends before a key frame that is shown, with which another reader begins: it takes every slot. Says where that one's
    /// numbers begin; None where it would read on otherwise.
    pub(crate) fn hand_over(&mut self, start: &Start) -> Option<Numbers> {
        let nothing_waits = self.current.is_none()
            && self.broken.is_none()
            && self.unread.is_none()
            && self.announced.is_none()
            && !self.presentation.has_pending()
            && (self.delimited || !self.presentation.has_offered());
        let same = self.sequence == start.sequence && self.delimited == start.delimited;
        if !nothing_waits || !same {
            return None;
        }
        self.finish().ok()?;
        Some(Numbers { coded_order: self.next_coded_order, frame: self.presentation.shown() })
    }

    /// A packet begins, and with it a temporal unit, or a layer of one.
    ///
    /// # Errors
    /// The frame before it lacks tiles.
    pub(crate) fn begin_packet(&mut self, times: Times) -> Result<()> {
        if !self.delimited {
            self.end_frame_before("temporal_unit")?;
            self.unread = None;
        }
        self.times = times;
        Ok(())
    }

    /// Sequence headers from a container's extradata, and metadata for who asks for headers: their bytes are no packet's.
    ///
    /// # Errors
    /// As [`Stream::read`].
    pub(crate) fn read_extradata(&mut self, data: &[u8], obu: &Obu) -> Result<()> {
        match obu.header.obu_type {
            ObuType::SequenceHeader => self.read_sequence_header(data, obu),
            ObuType::Metadata if !self.is_dropped(obu) => {
                metadata::note(data, obu);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// open_bitstream_unit( ) (5.3.1): `data` is the whole OBU.
    ///
    /// # Errors
    /// It breaks the standard, or has what is not read. Where damage is passed over, [`Stream::pass_over`] is to follow.
    pub(crate) fn read(&mut self, data: &[u8], obu: &Obu) -> Result<()> {
        self.read_obu(data, obu).map_err(|error| match &self.current {
            Some(current) => error.in_picture(current.coded_order),
            None => error,
        })
    }

    fn read_obu(&mut self, data: &[u8], obu: &Obu) -> Result<()> {
        let bytes = obu.overhead + data.len();
        if self.is_dropped(obu) {
            self.presentation.count_ahead(bytes);
            return Ok(());
        }
        match obu.header.obu_type {
            ObuType::SequenceHeader => {
                self.read_sequence_header(data, obu)?;
                self.presentation.count_ahead(bytes);
                Ok(())
            }
            ObuType::TemporalDelimiter => {
                self.end_frame_before("temporal_delimiter_obu")?;
                self.unread = None;
                self.delimited = true;
                self.presentation.end_temporal_unit();
                self.presentation.count_ahead(bytes);
                Ok(())
            }
            ObuType::FrameHeader | ObuType::RedundantFrameHeader | ObuType::Frame => self.read_frame(data, obu, bytes),
            ObuType::TileGroup => self.read_tile_group_obu(data, obu, bytes),
            ObuType::TileList => Err(ParseError::unsupported("tile_list_obu", "large scale tile streams are not read")),
            ObuType::Metadata | ObuType::Padding | ObuType::Reserved => {
                if obu.header.obu_type == ObuType::Metadata {
                    metadata::note(data, obu);
                }
                self.presentation.count_ahead(bytes);
                Ok(())
            }
        }
    }

    /// drop_obu( ) (5.3.1): it is not of operating point 0.
    fn is_dropped(&self, obu: &Obu) -> bool {
        let layer_free = matches!(obu.header.obu_type, ObuType::SequenceHeader | ObuType::TemporalDelimiter);
        match obu.header.extension {
            Some(Extension { temporal_id, spatial_id }) if !layer_free => {
                let idc = self.operating_point_idc();
                idc != 0 && (idc >> temporal_id & 1 == 0 || idc >> (spatial_id + 8) & 1 == 0)
            }
            _ => false,
        }
    }

    /// OperatingPointIdc (5.5.1), of operating point 0: what the encoder prefers.
    fn operating_point_idc(&self) -> u16 {
        self.sequence.as_ref().and_then(|sequence| sequence.operating_points.first()).map_or(0, |point| point.operating_point_idc)
    }

    fn read_sequence_header(&mut self, data: &[u8], obu: &Obu) -> Result<()> {
        let mut bits = obu.header.behind(data, "sequence_header_obu");
        let placed = |error: ParseError, bits: &BitReader<'_>| error.at_bit(bits.position() as u64);
        let sequence = SequenceHeader::read(&mut bits).map_err(|error| placed(error, &bits))?;
        trailing_bits(&bits)?;
        self.announced = None;
        match &self.sequence {
            Some(known) if **known == sequence => {}
            Some(_) if self.errors == Errors::Skip => self.announced = Some(Arc::new(sequence)),
            _ => self.sequence = Some(Arc::new(sequence)),
        }
        Ok(())
    }

    /// No frame may wait for tiles any more.
    pub(crate) fn end_frame_before(&mut self, element: &'static str) -> Result<()> {
        let Some(current) = &self.current else { return Ok(()) };
        let reason = format!("tile {} of the frame before it is missing", current.next_tile);
        let error = ParseError::malformed(element, reason).in_picture(current.coded_order);
        match self.errors {
            Errors::Strict => Err(error),
            Errors::Skip => {
                self.lose_frame(error);
                Ok(())
            }
        }
    }

    /// frame_header_obu( ) and frame_obu( ) (5.9.1, 5.10).
    fn read_frame(&mut self, data: &[u8], obu: &Obu, bytes: usize) -> Result<()> {
        let is_frame_obu = obu.header.obu_type == ObuType::Frame;
        if obu.header.obu_type == ObuType::RedundantFrameHeader {
            if let Some(coded_order) = self.unread {
                self.presentation.count(coded_order, bytes);
                return Ok(());
            }
            if let Some(current) = &mut self.current {
                // frame_header_copy( ): it says the same again.
                current.count_header(bytes as u64);
                return Ok(());
            }
        }
        self.end_frame_before("frame_header_obu")?;
        self.unread = None;
        self.settle_sequence(data, obu);
        let sequence = self.known_sequence()?;
        let mut bits = obu.header.behind(data, "uncompressed_header");
        let mut header = uncompressed_header(&mut bits, &sequence, self.slots.view(), obu.header.extension)
            .map_err(|error| error.at_bit(bits.position() as u64).in_picture(self.next_coded_order))?;
        if !is_frame_obu {
            header = check_trailing_bits(header, &bits)?;
        }
        if self.errors == Errors::Skip && self.is_repeated(data, bytes, &header) {
            return Ok(());
        }
        match header {
            UncompressedHeader::Broken(header, error) => {
                self.broken = Some(Unread { header: Arc::new(*header), is_trusted: false });
                Err(error.in_picture(self.next_coded_order))
            }
            UncompressedHeader::ShowExisting { .. } if is_frame_obu => {
                Err(ParseError::malformed("show_existing_frame", "it is 1 in a frame OBU"))
            }
            UncompressedHeader::ShowExisting { frame_to_show_map_idx } => self.show_existing(frame_to_show_map_idx, bytes),
            UncompressedHeader::Unreadable(header) => {
                let reason = "it depends on a reference that is missing or damaged";
                let error = ParseError::malformed("ref_frame_idx", reason).in_picture(self.next_coded_order);
                if self.errors == Errors::Skip {
                    self.presentation.tell(error.clone());
                }
                self.skip_frame(&Unread { header: Arc::new(*header), is_trusted: true }, bytes, error)
            }
            UncompressedHeader::Frame(header) => {
                self.begin_frame(&sequence, Arc::new(*header))?;
                if is_frame_obu {
                    bits.align();
                    return self.read_tiles(data, obu, &mut bits);
                }
                if let Some(current) = &mut self.current {
                    current.count_header(bytes as u64);
                }
                Ok(())
            }
        }
    }

    pub(crate) fn known_sequence(&self) -> Result<Arc<SequenceHeader>> {
        self.sequence.clone().ok_or_else(|| ParseError::malformed("frame_header_obu", "no sequence header comes before it"))
    }

    /// A frame that is shown again: decode_frame_wrapup( ) (7.4) where show_existing_frame is 1.
    fn show_existing(&mut self, slot: u8, bytes: usize) -> Result<()> {
        let Some(coded_order) = self.slots.coded_order(slot) else {
            // It came before the stream was cut, or was lost.
            self.presentation.count_ahead(bytes);
            return Ok(());
        };
        if self.slots.header(slot).is_some_and(|header| !header.showable_frame) {
            return Err(ParseError::malformed("frame_to_show_map_idx", "the frame is not showable"));
        }
        let pending = self.presentation.take_pending() as usize;
        self.presentation.count(coded_order, pending + bytes);
        let spatial_id = self.slots.header(slot).map_or(0, |header| header.spatial_id);
        self.show(coded_order, spatial_id, self.slots.is_before_start(slot));
        if self.slots.header(slot).is_some_and(|header| header.frame_type == FrameType::Key) {
            // The reference frame loading process (7.21), then the update of every slot (7.20).
            self.slots.load(slot);
        }
        self.settle()
    }

    /// Of a temporal unit's spatial layers only the highest one is output (7.18.1). Decoders that begin where the stream does show
    /// nothing that refers to what came before.
    fn show(&mut self, coded_order: u32, spatial_id: u8, is_before_start: bool) {
        if is_before_start {
            self.presentation.hide(coded_order);
        } else if spatial_id < self.highest_spatial_layer() {
            self.presentation.offer(coded_order, self.times);
        } else {
            self.presentation.show(coded_order, self.times);
        }
    }

    /// The spatial_id of the operating point's highest layer.
    fn highest_spatial_layer(&self) -> u8 {
        (self.operating_point_idc() >> 8).checked_ilog2().unwrap_or(0) as u8
    }

    fn begin_frame(&mut self, sequence: &Arc<SequenceHeader>, header: Arc<FrameHeader>) -> Result<()> {
        self.slots.mark_lost(&header);
        let mut picture = self.decoder.recycled();
        picture.frame = self.record(&header);
        let coded_order = picture.frame.coded_order;
        self.next_coded_order += 1;
        let mut current = CurrentFrame {
            sequence: Arc::clone(sequence),
            header: Arc::clone(&header),
            coded_order,
            next_tile: 0,
            bytes: 0,
            header_bits: 0,
        };
        current.count_header(self.presentation.take_pending());
        self.current = Some(current);
        self.decoder.begin(sequence, &header, &self.slots, picture)
    }

    /// The row of the frame that comes next.
    pub(crate) fn record(&self, header: &FrameHeader) -> FrameRecord {
        frame_record(self.next_coded_order, self.times.dts, header, self.sequence.as_deref(), &self.slots)
    }

    fn read_tile_group_obu(&mut self, data: &[u8], obu: &Obu, bytes: usize) -> Result<()> {
        if let Some(coded_order) = self.unread {
            self.presentation.count(coded_order, bytes);
            return Ok(());
        }
        if self.current.is_none() {
            return Err(ParseError::malformed("tile_group_obu", "no frame header comes before it"));
        }
        let mut bits = obu.header.behind(data, "tile_group_obu");
        self.read_tiles(data, obu, &mut bits)
    }

    /// tile_group_obu( ) (5.11.1), of the OBU that `data` is.
    fn read_tiles(&mut self, data: &[u8], obu: &Obu, bits: &mut BitReader<'_>) -> Result<()> {
        let Some(current) = &mut self.current else { return Ok(()) };
        let mut charged = 0;
        let mut header_bits = 8 * obu.overhead as u64;
        let tile_info = &current.header.tile_info;
        for span in read_tile_group(bits, tile_info, current.next_tile)? {
            // Headers and sizes before the tile; its reader charges what it holds.
            header_bits += 8 * (span.bytes.start - charged) as u64;
            charged = span.bytes.end;
            let base = 8 * span.bytes.start as u64;
            let tile = data.get(span.bytes).unwrap_or(&[]);
            self.decoder.tile(span.tile_num, tile).map_err(|mut error| {
                error.bit_offset = Some(base + error.bit_offset.unwrap_or(0));
                error
            })?;
            current.next_tile = span.tile_num + 1;
        }
        let ended = if current.next_tile == tile_info.num_tiles() { Some(self.decoder.end()?) } else { None };
        current.bytes += (obu.overhead + data.len()) as u64;
        current.header_bits += header_bits;
        ended.map_or(Ok(()), |(picture, tiles)| self.end_frame(picture, tiles))
    }

    /// decode_frame_wrapup( ) (7.4) where show_existing_frame is 0.
    fn end_frame(&mut self, mut picture: Box<Picture>, tiles: SavedTiles) -> Result<()> {
        let Some(current) = self.current.take() else { return Ok(()) };
        let is_before_start = self.refers_before_start(&current.header);
        picture.count_bytes(current.bytes);
        picture.charge_header(Information::from_bits(current.header_bits));
        self.presentation.push(picture);
        let (header, color_config) = (current.header, current.sequence.color_config);
        let frame = Arc::new(SavedFrame { coded_order: current.coded_order, header: Arc::clone(&header), color_config, tiles });
        self.slots.update(header.refresh_frame_flags, &frame, is_before_start);
        self.present(&header, current.coded_order, is_before_start)
    }

    /// Whether a frame refers to what came before the stream was cut open.
    pub(crate) fn refers_before_start(&self, header: &FrameHeader) -> bool {
        !header.frame_is_intra && header.ref_frame_idx.iter().any(|&slot| self.slots.is_before_start(slot))
    }

    pub(crate) fn present(&mut self, header: &FrameHeader, coded_order: u32, is_before_start: bool) -> Result<()> {
        if header.show_frame {
            self.show(coded_order, header.spatial_id, is_before_start);
        } else if !header.showable_frame {
            self.presentation.hide(coded_order);
        }
        self.settle()
    }

    /// Gives the pictures whose place is known. One that is waited for too long is hidden where damage is passed over.
    pub(crate) fn settle(&mut self) -> Result<()> {
        let result = self.presentation.settle(|coded_order| self.slots.holds(coded_order));
        match (result, self.errors) {
            (Err(error), Errors::Skip) => {
                self.presentation.tell(error);
                self.presentation.hide_first();
                Ok(())
            }
            (result, _) => result,
        }
    }

    /// Nothing follows.
    ///
    /// # Errors
    /// A frame lacks tiles.
    pub(crate) fn finish(&mut self) -> Result<()> {
        self.end_frame_before("tile_group_obu")?;
        self.presentation.finish();
        Ok(())
    }

    /// Gives up the frame that is being read.
    pub(crate) fn abandon(&mut self) {
        self.current = None;
        self.presentation.finish();
    }
}

/// trailing_bits( ) behind a header that is an OBU by itself.
fn check_trailing_bits(header: UncompressedHeader, bits: &BitReader<'_>) -> Result<UncompressedHeader> {
    match (trailing_bits(bits), header) {
        (Err(error), UncompressedHeader::Frame(header)) => Ok(UncompressedHeader::Broken(header, error)),
        (Err(error), UncompressedHeader::ShowExisting { .. }) => Err(error),
        (_, header) => Ok(header),
    }
}
