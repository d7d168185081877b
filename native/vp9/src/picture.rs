//! Frames one after another (6.1): what each needs of those before, and what it leaves to those after.

use codecorpus_bitstream::error::{ParseError, Result};
use codecorpus_bitstream::information::Information;
use codecorpus_bitstream::presentation::Presentation;
use codecorpus_bitstream::records::Picture;
use codecorpus_bitstream::{BitReader, Times, Wanted};

use crate::emit::{coded_order_of, frame_record, set_reference_mode};
use crate::entropy::BoolDecoder;
use crate::entropy::adaptation::{Adapting, adapt_coef_probs, adapt_noncoef_probs};
use crate::entropy::counts::Counts;
use crate::entropy::probabilities::Probabilities;
use crate::headers::compressed::{CompressedHeader, TxMode, compressed_header};
use crate::headers::frame_size::RefFormat;
use crate::headers::tiles::tile_range;
use crate::headers::uncompressed::{Before, UncompressedHeader, uncompressed_header};
use crate::headers::{ColorConfig, FrameHeader, FrameSize, SegmentationParams};
use crate::neighbours::{BlockMap, Contexts};
use crate::refs::{RefFrame, Slots};
use crate::residual::coefficients::{TokenCache, token_probs};
use crate::residual::quantizer::Quantizer;
use crate::state::{Frame, Reference, Tally, Tile};

/// Bytes of tile_size (6.4).
const TILE_SIZE_BYTES: usize = 4;
/// Pictures that are kept for their allocations.
const POOL: usize = 10;

/// What a frame needs of the one before.
#[derive(Debug, Clone, Copy)]
struct LastFrame {
    size: FrameSize,
    show_frame: bool,
    is_key: bool,
}

/// A stream as far as it has been read.
#[derive(Debug)]
pub struct Decoder {
    wanted: Wanted,
    presentation: Presentation,
    next_coded_order: u32,
    times: Times,
    #[expect(clippy::vec_box, reason = "pictures come and go in their boxes")]
    recycled: Vec<Box<Picture>>,
    slots: Slots,
    color: Option<ColorConfig>,
    segmentation: SegmentationParams,
    /// What save_probs( ) saved; None where nothing was.
    contexts: [Option<Box<Probabilities>>; 4],
    last: Option<LastFrame>,
    /// The blocks of the frame that is read, and of the one before.
    map: BlockMap,
    previous_map: BlockMap,
    segment_ids: Vec<u8>,
    previous_segment_ids: Vec<u8>,
    counts: Box<Counts>,
    above: Contexts,
    left: Contexts,
    tokens: Box<TokenCache>,
}

impl Decoder {
    #[must_use]
    pub fn new(wanted: Wanted) -> Self {
        Self {
            wanted,
            presentation: Presentation::default(),
            next_coded_order: 0,
            times: Times::default(),
            recycled: Vec::new(),
            slots: Slots::default(),
            color: None,
            segmentation: SegmentationParams::default(),
            contexts: [const { None }; 4],
            last: None,
            map: BlockMap::default(),
            previous_map: BlockMap::default(),
            segment_ids: Vec::new(),
            previous_segment_ids: Vec::new(),
            counts: Box::default(),
            above: Contexts::default(),
            left: Contexts::default(),
            tokens: Box::new([0; 1024]),
        }
    }

    pub fn presentation_mut(&mut self) -> &mut Presentation {
        &mut self.presentation
    }

    pub fn recycle(&mut self, mut picture: Box<Picture>) {
        if self.recycled.len() < POOL {
            picture.clear();
            self.recycled.push(picture);
        }
    }

    /// A packet begins: of the frames that it shows, the last one is output.
    pub fn begin_packet(&mut self, times: Times) {
        self.presentation.end_temporal_unit();
        self.times = times;
    }

    /// Nothing follows.
    pub fn finish(&mut self) {
        self.presentation.finish();
    }

    /// frame( ) (6.1). `overhead` bytes of the packet count to it, too.
    ///
    /// # Errors
    /// It breaks the specification, or depends on a frame that is missing.
    pub fn read_frame(&mut self, data: &[u8], overhead: usize) -> Result<()> {
        let before = Before { color: self.color, segmentation: &self.segmentation, slots: self.slots.formats() };
        let mut bits = BitReader::new(data);
        let header = uncompressed_header(&mut bits, before)
            .map_err(|error| error.at_bit(bits.position() as u64).in_picture(self.next_coded_order))?;
        match header {
            UncompressedHeader::ShowExisting { frame_to_show_map_idx } => {
                self.show_existing(frame_to_show_map_idx, data.len() + overhead)
            }
            UncompressedHeader::Frame(header) => {
                let coded_order = self.next_coded_order;
                self.read_coded(*header, data, overhead).map_err(|error| error.in_picture(coded_order))
            }
        }
    }

    /// show_existing_frame: the frame of a slot is output, and nothing else changes.
    fn show_existing(&mut self, slot: u8, bytes: usize) -> Result<()> {
        let Some(frame) = self.slots.get(slot) else {
            return Err(ParseError::malformed("frame_to_show_map_idx", "the slot is empty").at_bit(0));
        };
        let coded_order = frame.coded_order;
        self.presentation.count(coded_order, bytes);
        self.presentation.show(coded_order, self.times.pts, true);
        self.presentation.settle(|coded_order| self.slots.holds(coded_order))
    }

    fn read_coded(&mut self, header: FrameHeader, data: &[u8], overhead: usize) -> Result<()> {
        let coded_order = self.next_coded_order;
        self.next_coded_order += 1;
        self.color = Some(header.color);
        self.segmentation = header.segmentation;
        let references = self.slots.references(&header.ref_frame_idx);
        let mut record = frame_record(&header, coded_order, &references);
        record.bytes = (data.len() + overhead) as u32;
        record.dts = self.times.dts;
        self.forget(&header);
        let frame = self.begin(header, &references, data)?;
        set_reference_mode(&mut record, frame.compressed.reference_mode);
        let mut picture = self.recycled.pop().unwrap_or_default();
        picture.frame = record;
        self.read_tiles(&frame, &mut picture, data)?;
        self.end(frame, picture)
    }

    /// What setup_past_independence( ), reset_frame_context (7.2) and a change of size (7.2.6) make of the frames before.
    fn forget(&mut self, header: &FrameHeader) {
        let units = header.size.mi_rows() * header.size.mi_cols();
        let same_size = |last: &LastFrame| (last.size.width, last.size.height) == (header.size.width, header.size.height);
        if header.is_independent() || !self.last.as_ref().is_some_and(same_size) {
            self.previous_segment_ids.clear();
            self.previous_segment_ids.resize(units, 0);
        }
        if !header.is_independent() {
            return;
        }
        let defaults = || Some(Box::new(Probabilities::default()));
        if header.is_key || header.error_resilient_mode || header.reset_frame_context == 3 {
            self.contexts = std::array::from_fn(|_| defaults());
        } else if header.reset_frame_context == 2 {
            self.contexts[usize::from(header.coded_frame_context_idx & 3)] = defaults();
        }
    }

    /// Prepares for a frame's tiles: loads its probabilities and reads its compressed header.
    fn begin(&mut self, header: FrameHeader, references: &[Option<RefFrame>; 3], data: &[u8]) -> Result<Frame> {
        let Some(loaded) = &self.contexts[header.frame_context_idx()] else {
            return Err(ParseError::malformed("frame_context_idx", "the probabilities that it names were never set"));
        };
        let mut probabilities = (**loaded).clone();
        let start = header.uncompressed_bytes;
        let Some(compressed) = data.get(start..start + header.header_size_in_bytes) else {
            return Err(ParseError::end_of_data("compressed_header").at_bit(8 * start as u64));
        };
        let compressed = compressed_header(compressed, &header, &mut probabilities).map_err(|error| offset_by(error, start))?;
        self.map.reset(header.size.mi_rows(), header.size.mi_cols());
        self.above.clear(header.size.mi_cols().next_multiple_of(8));
        *self.counts = Counts::default();
        if header.segmentation.enabled && header.segmentation.update_map {
            self.segment_ids.clear();
            self.segment_ids.resize(header.size.mi_rows() * header.size.mi_cols(), 0);
        }
        Ok(self.frame(header, compressed, probabilities, references))
    }

    fn frame(
        &self,
        header: FrameHeader,
        compressed: CompressedHeader,
        probabilities: Probabilities,
        references: &[Option<RefFrame>; 3],
    ) -> Frame {
        let mut refs = [Reference::default(); 4];
        for (to, from) in refs[1..].iter_mut().zip(references) {
            to.coded_order = coded_order_of(from.as_ref());
            to.is_scalable = from.is_none_or(|frame| frame.format.scales_to(&header.size));
        }
        let color = &header.color;
        Frame {
            is_intra: header.frame_is_intra(),
            lossless: header.quantization.lossless(),
            compressed,
            token_probs: Box::new(probabilities.coef.map(|types| types.map(|kinds| kinds.map(|bands| token_probs(&bands))))),
            probabilities,
            wanted: self.wanted,
            mi_rows: header.size.mi_rows(),
            mi_cols: header.size.mi_cols(),
            subsampling: [(0, 0), (u8::from(color.subsampling_x), u8::from(color.subsampling_y))],
            refs,
            quantizers: std::array::from_fn(|segment_id| Quantizer::new(&header, segment_id as u8)),
            counts: !header.error_resilient_mode && !header.frame_parallel_decoding_mode,
            header,
        }
    }

    /// UsePrevFrameMvs (7.2): the frame before was shown and is as large. One that is intra has no vectors to use.
    fn uses_previous_mvs(&self, header: &FrameHeader) -> bool {
        !header.error_resilient_mode
            && self.last.is_some_and(|last| {
                last.show_frame && (last.size.width, last.size.height) == (header.size.width, header.size.height)
            })
    }

    /// decode_tiles( ) (6.4).
    fn read_tiles(&mut self, frame: &Frame, picture: &mut Picture, data: &[u8]) -> Result<()> {
        let header = &frame.header;
        let mut start = header.uncompressed_bytes + header.header_size_in_bytes;
        let mut of_header = Information::from_bits(start as u64 * 8);
        let (tile_rows, tile_cols) = (1 << header.tiles.rows_log2, 1 << header.tiles.cols_log2);
        for tile in 0..tile_rows * tile_cols {
            let is_last = tile == tile_rows * tile_cols - 1;
            let bytes = if is_last {
                data.len() - start
            } else {
                let size = data.get(start..).and_then(|rest| rest.first_chunk::<TILE_SIZE_BYTES>());
                let size = size.ok_or_else(|| ParseError::end_of_data("tile_size").at_bit(8 * start as u64))?;
                start += TILE_SIZE_BYTES;
                of_header += Information::from_bits(8 * TILE_SIZE_BYTES as u64);
                u32::from_be_bytes(*size) as usize
            };
            let Some(bytes_of_tile) = data.get(start..start.saturating_add(bytes)) else {
                return Err(ParseError::end_of_data("tile").at_bit(8 * start as u64));
            };
            of_header += self
                .read_tile(frame, picture, (tile / tile_cols, tile % tile_cols), bytes_of_tile)
                .map_err(|error| offset_by(error, start))?;
            start += bytes;
        }
        check_sum(picture, of_header, data.len())
    }

    /// One tile; gives the bits that are no block's.
    fn read_tile(
        &mut self,
        frame: &Frame,
        picture: &mut Picture,
        (row, col): (usize, usize),
        data: &[u8],
    ) -> Result<Information> {
        let tiles = &frame.header.tiles;
        let previous = self.uses_previous_mvs(&frame.header).then_some(&self.previous_map);
        let mut tile = Tile {
            frame,
            picture,
            counts: &mut self.counts,
            bools: BoolDecoder::new(data, "tile")?,
            map: &mut self.map,
            previous,
            previous_segment_ids: &self.previous_segment_ids,
            segment_ids: &mut self.segment_ids,
            above: &mut self.above,
            left: &mut self.left,
            tokens: &mut self.tokens,
            rows: tile_range(row, frame.mi_rows, tiles.rows_log2),
            cols: tile_range(col, frame.mi_cols, tiles.cols_log2),
            tally: Tally::default(),
        };
        tile.decode(data.len())
    }

    /// refresh_probs( ) (6.1.2), then the reference frame update process (8.10), and what the next frame asks of this one.
    fn end(&mut self, mut frame: Frame, picture: Box<Picture>) -> Result<()> {
        let coded_order = picture.frame.coded_order;
        self.save_probabilities(&mut frame);
        let header = &frame.header;
        if header.segmentation.enabled && header.segmentation.update_map {
            std::mem::swap(&mut self.segment_ids, &mut self.previous_segment_ids);
        }
        std::mem::swap(&mut self.map, &mut self.previous_map);
        self.last = Some(LastFrame { size: header.size, show_frame: header.show_frame, is_key: header.is_key });
        let format = RefFormat { width: header.size.width, height: header.size.height, color: header.color };
        self.slots.update(header.refresh_frame_flags, RefFrame { coded_order, format });
        self.presentation.push(picture);
        if header.show_frame {
            self.presentation.show(coded_order, self.times.pts, true);
        }
        self.presentation.settle(|coded_order| self.slots.holds(coded_order))
    }

    fn save_probabilities(&mut self, frame: &mut Frame) {
        let header = &frame.header;
        let idx = header.frame_context_idx();
        if let Some(loaded) = &self.contexts[idx]
            && frame.counts
        {
            let last_was_key = self.last.is_some_and(|last| last.is_key);
            adapt_coef_probs(&mut frame.probabilities, loaded, &self.counts, header.frame_is_intra(), last_was_key);
            if !header.frame_is_intra() {
                let adapting = Adapting {
                    interp_filter: header.interpolation_filter.is_none(),
                    tx: frame.compressed.tx_mode == TxMode::Select,
                    high_precision: header.allow_high_precision_mv,
                };
                adapt_noncoef_probs(&mut frame.probabilities, loaded, &self.counts, adapting);
            }
        }
        if header.refresh_frame_context {
            self.contexts[idx] = Some(Box::new(frame.probabilities.clone()));
        }
    }
}

/// Moves an error's place by the bytes before the part that it counts from.
fn offset_by(mut error: ParseError, bytes: usize) -> ParseError {
    error.bit_offset = Some(8 * bytes as u64 + error.bit_offset.unwrap_or(0));
    error
}

/// What was charged is what the frame has.
fn check_sum(picture: &Picture, of_header: Information, bytes: usize) -> Result<()> {
    let sums = &picture.sums;
    let charged = of_header.bits() + sums.bits_mode + sums.bits_motion + sums.bits_residual;
    let expected = bytes as f64 * 8.0;
    if (charged - expected).abs() > 0.5 + expected * 1e-6 {
        return Err(ParseError::malformed("frame", format!("{charged:.1} bits were read of {expected}")));
    }
    Ok(())
}
