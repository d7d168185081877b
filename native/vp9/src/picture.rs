//! Frames one after another (6.1): what each needs of those before, and what it leaves to those after.

use codecorpus_bitstream::error::{ParseError, Result};
use codecorpus_bitstream::information::Information;
use codecorpus_bitstream::pool::PicturePool;
use codecorpus_bitstream::presentation::Presentation;
use codecorpus_bitstream::records::{FrameRecord, Picture};
use codecorpus_bitstream::tally::Tally;
use codecorpus_bitstream::{BitReader, Errors, Options, Plane, Times};

use crate::emit::{coded_order_of, frame_record, set_reference_mode, unknown_record};
use crate::entropy::BoolDecoder;
use crate::entropy::adaptation::{Adapting, adapt_coef_probs, adapt_noncoef_probs};
use crate::entropy::counts::Counts;
use crate::entropy::probabilities::Probabilities;
use crate::headers::FrameHeader;
use crate::headers::compressed::{CompressedHeader, TxMode, compressed_header};
use crate::headers::tiles::tile_range;
use crate::headers::uncompressed::{UncompressedHeader, referred_slots, uncompressed_header};
use crate::kept::{Kept, has_segment_ids};
use crate::neighbours::{BlockMap, Contexts};
use crate::refs::HeldFrame;
use crate::residual::inverse::Inverse;
use crate::residual::models::TokenModels;
use crate::residual::quantizer::Quantizer;
use crate::residual::scan::TokenCache;
use crate::state::{Frame, Reference, Tile};

/// Bytes of tile_size (6.4).
const TILE_SIZE_BYTES: usize = 4;

/// A stream as far as it has been read.
#[derive(Debug)]
pub(crate) struct Decoder {
    options: Options,
    presentation: Presentation,
    next_coded_order: u32,
    times: Times,
    pool: PicturePool,
    kept: Kept,
    /// The blocks of the frame that is read, and its SegmentIds.
    map: BlockMap,
    segment_ids: Vec<u8>,
    counts: Box<Counts>,
    above: Contexts,
    left: Contexts,
    models: Box<TokenModels>,
    cache: Box<TokenCache>,
}

/// No picture's: that of one that is lost.
const LOST: u32 = u32::MAX;

impl Decoder {
    #[must_use]
    pub(crate) fn new(options: Options) -> Self {
        Self {
            options,
            presentation: Presentation::default(),
            next_coded_order: 0,
            times: Times::default(),
            pool: PicturePool::default(),
            kept: Kept::default(),
            map: BlockMap::default(),
            segment_ids: Vec::new(),
            counts: Box::default(),
            above: Contexts::default(),
            left: Contexts::default(),
            models: Box::default(),
            cache: Box::new([0; 1024]),
        }
    }

    pub(crate) fn presentation_mut(&mut self) -> &mut Presentation {
        &mut self.presentation
    }

    /// coded_order of the next picture.
    #[must_use]
    pub(crate) fn next_coded_order(&self) -> u32 {
        self.next_coded_order
    }

    pub(crate) fn recycle(&mut self, picture: Box<Picture>) {
        self.pool.give_back(picture);
    }

    /// A packet begins: of the frames that it shows, the last one is output.
    pub(crate) fn begin_packet(&mut self, times: Times) {
        self.presentation.end_temporal_unit();
        self.times = times;
    }

    /// Nothing follows.
    pub(crate) fn finish(&mut self) {
        self.presentation.finish();
    }

    /// frame( ) (6.1), at byte `unit` of the stream. `overhead` bytes of the packet count to it, too.
    ///
    /// # Errors
    /// It breaks the specification, or depends on a frame that is missing.
    pub(crate) fn read_frame(&mut self, data: &[u8], overhead: usize, unit: u64) -> Result<()> {
        let mut bits = BitReader::of(data, "uncompressed_header");
        match uncompressed_header(&mut bits, self.kept.before()) {
            Ok(UncompressedHeader::ShowExisting { frame_to_show_map_idx }) => {
                self.show_existing(frame_to_show_map_idx, data.len() + overhead, unit)
            }
            Ok(UncompressedHeader::Frame(header)) => self.read_coded(&header, data, overhead, unit),
            Err(error) => {
                let error = error.at_bit(bits.position() as u64).in_unit(unit);
                let is_before_start = self.kept.slots.any_is_before_start(referred_slots(data).iter().flatten());
                // Decoders refuse it, unless what it lacks is lost here and not to them.
                let is_shown = !is_before_start && self.kept.has_lost();
                self.pass_over_unread(error, data.len() + overhead, is_shown)
            }
        }
    }

    /// show_existing_frame: the frame of a slot is output, and nothing else changes.
    fn show_existing(&mut self, slot: u8, bytes: usize, unit: u64) -> Result<()> {
        let is_before_start = self.kept.slots.is_before_start(slot);
        let coded_order = match self.kept.slots.get(slot) {
            Some(frame) => frame.coded_order,
            None => {
                self.pass_over(ParseError::malformed("frame_to_show_map_idx", "the slot is empty").at_bit(0).in_unit(unit))?;
                LOST
            }
        };
        self.presentation.count(coded_order, bytes);
        self.show(coded_order, is_before_start);
        self.settle()
    }

    fn read_coded(&mut self, header: &FrameHeader, data: &[u8], overhead: usize, unit: u64) -> Result<()> {
        let references = self.kept.slots.references(&header.ref_frame_idx);
        let is_before_start = self.kept.refers_before_start(header);
        let mut picture = self.next_picture(frame_record(self.next_coded_order, self.times.dts, header, &references));
        picture.count_bytes((data.len() + overhead) as u64);
        picture.charge_header(Information::from_bits(8 * overhead as u64));
        self.kept.prepare(header);
        let (error, probabilities) = match self.begin(header, &references, data) {
            Err(error) => (error, None),
            Ok(mut frame) => {
                set_reference_mode(&mut picture.frame, frame.compressed.reference_mode);
                match self.read_tiles(&frame, &mut picture, data) {
                    Err(error) => (error, Some(frame.probabilities)),
                    Ok(()) => {
                        self.adapt(&mut frame);
                        let (order, probabilities) = (picture.frame.coded_order, &frame.probabilities);
                        self.kept.keep(header, order, probabilities, &mut self.map, &mut self.segment_ids);
                        return self.present(picture, header.show_frame, is_before_start);
                    }
                }
            }
        };
        let coded_order = picture.frame.coded_order;
        let error = error.in_unit(unit).in_picture(coded_order);
        self.pass_over(error.clone())?;
        picture.damage(error);
        self.kept.lose(header, coded_order, probabilities);
        self.present(picture, header.show_frame && !is_refused(header, data), is_before_start)
    }

    /// An empty picture with its row.
    fn next_picture(&mut self, record: FrameRecord) -> Box<Picture> {
        let mut picture = self.pool.take();
        let FrameRecord { width, height, .. } = record;
        picture.frame = record;
        picture.residual = self.options.wanted.residual.then(|| Plane::new(width, height));
        self.next_coded_order += 1;
        picture
    }

    fn present(&mut self, picture: Box<Picture>, show_frame: bool, is_before_start: bool) -> Result<()> {
        let coded_order = picture.frame.coded_order;
        self.presentation.push(picture);
        if show_frame {
            self.show(coded_order, is_before_start);
        }
        self.settle()
    }

    /// Decoders that begin where the stream does show nothing that refers to what came before.
    fn show(&mut self, coded_order: u32, is_before_start: bool) {
        if is_before_start {
            self.presentation.hide(coded_order);
        } else {
            self.presentation.offer(coded_order, self.times);
        }
    }

    /// Gives the pictures whose place is known. One that is waited for too long is hidden where damage is passed over.
    fn settle(&mut self) -> Result<()> {
        if let Err(error) = self.presentation.settle(|coded_order| self.kept.slots.holds(coded_order)) {
            self.pass_over(error)?;
            self.presentation.hide_first();
        }
        Ok(())
    }

    /// Tells of damage, unless that is the end.
    fn pass_over(&mut self, error: ParseError) -> Result<()> {
        match self.options.errors {
            Errors::Strict => Err(error),
            Errors::Skip => {
                self.presentation.tell(error);
                Ok(())
            }
        }
    }

    /// Bytes that should be a frame of which nothing can be said. Packets show a picture as a rule: it counts as shown, unless
    /// another one of its packet is, or nothing that decoders can begin with has come yet.
    ///
    /// # Errors
    /// Where damage is the end.
    pub(crate) fn pass_over_unknown(&mut self, error: ParseError, bytes: usize) -> Result<()> {
        self.pass_over_unread(error, bytes, true)
    }

    /// The same of a frame that may be known not to be shown.
    pub(crate) fn pass_over_unread(&mut self, error: ParseError, bytes: usize, is_shown: bool) -> Result<()> {
        let error = error.in_picture(self.next_coded_order);
        self.pass_over(error.clone())?;
        let mut picture = self.next_picture(unknown_record(self.next_coded_order, self.times.dts));
        picture.count_bytes(bytes as u64);
        picture.damage(error);
        self.kept.lose_all();
        self.present(picture, true, !is_shown || self.kept.slots.are_before_start())
    }

    /// Prepares for a frame's tiles: loads its probabilities and reads its compressed header.
    fn begin(&mut self, header: &FrameHeader, references: &[Option<HeldFrame>; 3], data: &[u8]) -> Result<Frame> {
        let mut probabilities = self.kept.probabilities(header)?.clone();
        self.kept.previous_blocks(header)?;
        self.kept.segment_ids(header)?;
        let start = header.uncompressed_bytes;
        let Some(compressed) = data.get(start..start + header.header_size_in_bytes) else {
            return Err(ParseError::end_of_data("compressed_header").at_bit(8 * start as u64));
        };
        let compressed = compressed_header(compressed, header, &mut probabilities).map_err(|error| offset_by(error, start))?;
        let (mi_rows, mi_cols) = (header.size.mi_rows(), header.size.mi_cols());
        self.map.reset(mi_cols);
        self.above.clear(mi_cols.next_multiple_of(8));
        *self.counts = Counts::default();
        self.models.load(&probabilities.coef);
        if has_segment_ids(header) && self.segment_ids.len() != mi_rows * mi_cols {
            // Every one will be set: untouched memory costs nothing until then.
            self.segment_ids = vec![0; mi_rows * mi_cols];
        }
        Ok(self.frame(header, compressed, probabilities, references))
    }

    fn frame(
        &self,
        header: &FrameHeader,
        compressed: CompressedHeader,
        probabilities: Probabilities,
        references: &[Option<HeldFrame>; 3],
    ) -> Frame {
        let mut refs = [Reference::default(); 4];
        for (to, from) in refs[1..].iter_mut().zip(references) {
            to.coded_order = coded_order_of(from.as_ref());
            to.is_scalable = from.is_none_or(|frame| frame.format.scales_to(&header.size));
        }
        let color = &header.color;
        Frame {
            header: header.clone(),
            is_intra: header.frame_is_intra(),
            lossless: header.quantization.lossless(),
            compressed,
            probabilities,
            wanted: self.options.wanted,
            mi_rows: header.size.mi_rows(),
            mi_cols: header.size.mi_cols(),
            subsampling: [(0, 0), (u8::from(color.subsampling_x), u8::from(color.subsampling_y))],
            refs,
            quantizers: std::array::from_fn(|segment_id| Quantizer::new(header, segment_id as u8)),
            counts: !header.error_resilient_mode && !header.frame_parallel_decoding_mode,
        }
    }

    /// decode_tiles( ) (6.4).
    fn read_tiles(&mut self, frame: &Frame, picture: &mut Picture, data: &[u8]) -> Result<()> {
        let header = &frame.header;
        let mut start = header.uncompressed_bytes + header.header_size_in_bytes;
        picture.charge_header(Information::from_bits(start as u64 * 8));
        let (tile_rows, tile_cols) = (1 << header.tiles.rows_log2, 1 << header.tiles.cols_log2);
        for tile in 0..tile_rows * tile_cols {
            let is_last = tile == tile_rows * tile_cols - 1;
            let tile_data = next_tile(data, &mut start, is_last)?;
            if !is_last {
                picture.charge_header(Information::from_bits(8 * TILE_SIZE_BYTES as u64));
            }
            self.read_tile(frame, picture, (tile / tile_cols, tile % tile_cols), tile_data)
                .map_err(|error| offset_by(error, start - tile_data.len()))?;
        }
        check_sum(picture)
    }

    fn read_tile(&mut self, frame: &Frame, picture: &mut Picture, (row, col): (usize, usize), data: &[u8]) -> Result<()> {
        let tiles = &frame.header.tiles;
        let mut tile = Tile {
            frame,
            picture,
            counts: &mut self.counts,
            bools: BoolDecoder::new(data, "tile")?,
            map: &mut self.map,
            previous: self.kept.previous_blocks(&frame.header)?,
            previous_segment_ids: self.kept.segment_ids(&frame.header)?,
            segment_ids: &mut self.segment_ids,
            above: &mut self.above,
            left: &mut self.left,
            models: &mut self.models,
            cache: &mut self.cache,
            inverse: frame.wanted.residual.then(|| Inverse::new(frame.header.color.bit_depth)),
            rows: tile_range(row, frame.mi_rows, tiles.rows_log2),
            cols: tile_range(col, frame.mi_cols, tiles.cols_log2),
            tally: Tally::default(),
        };
        tile.decode()
    }

    /// refresh_probs( ) (6.1.2): the probabilities as they are to be saved.
    fn adapt(&self, frame: &mut Frame) {
        let header = &frame.header;
        let Ok(loaded) = self.kept.probabilities(header) else { return };
        if !frame.counts {
            return;
        }
        let last_was_key = self.kept.last_was_key();
        adapt_coef_probs(&mut frame.probabilities, loaded, &self.models, frame.is_intra, last_was_key);
        if !frame.is_intra {
            let adapting = Adapting {
                interp_filter: header.interpolation_filter.is_none(),
                tx: frame.compressed.tx_mode == TxMode::Select,
                high_precision: header.allow_high_precision_mv,
            };
            adapt_noncoef_probs(&mut frame.probabilities, loaded, &self.counts, adapting);
        }
    }
}

/// The bytes of the tile that begins at `start` with tile_size, but for the last one (6.4); moves `start` behind them.
fn next_tile<'a>(data: &'a [u8], start: &mut usize, is_last: bool) -> Result<&'a [u8]> {
    let rest = data.get(*start..).unwrap_or_default();
    let (size, rest) = if is_last {
        (rest.len(), rest)
    } else {
        let size = rest.split_first_chunk::<TILE_SIZE_BYTES>();
        let (size, rest) = size.ok_or_else(|| ParseError::end_of_data("tile_size").at_bit(8 * *start as u64))?;
        *start += TILE_SIZE_BYTES;
        (u32::from_be_bytes(*size) as usize, rest)
    };
    let tile = rest.get(..size).ok_or_else(|| ParseError::end_of_data("tile").at_bit(8 * *start as u64))?;
    *start += size;
    Ok(tile)
}

/// Whether decoders refuse a frame, and show nothing: there is no arithmetic code where its compressed header and its tiles should
/// begin. What else is damaged of a frame they show as it comes.
fn is_refused(header: &FrameHeader, data: &[u8]) -> bool {
    let mut start = header.uncompressed_bytes + header.header_size_in_bytes;
    let begins = |part: &[u8]| BoolDecoder::new(part, "tile").is_ok();
    let tiles = 1 << header.tiles.rows_log2 << header.tiles.cols_log2;
    !data.get(header.uncompressed_bytes..start).is_some_and(begins)
        || !(0..tiles).all(|tile| next_tile(data, &mut start, tile == tiles - 1).is_ok_and(begins))
}

/// Moves an error's place by the bytes before the part that it counts from.
fn offset_by(mut error: ParseError, bytes: usize) -> ParseError {
    error.bit_offset = Some(8 * bytes as u64 + error.bit_offset.unwrap_or(0));
    error
}

/// What was charged is what the frame has.
fn check_sum(picture: &Picture) -> Result<()> {
    let (charged, bits) = (picture.bits(), 8.0 * f64::from(picture.frame.bytes));
    if (charged - bits).abs() > 1.0 {
        return Err(ParseError::malformed("frame", format!("{charged:.1} bits were charged of {bits}")));
    }
    Ok(())
}
