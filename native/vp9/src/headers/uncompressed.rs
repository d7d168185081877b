//! uncompressed_header( ) (6.2).

use codecorpus_bitstream::{BitReader, ParseError, Result};

use super::frame_size::RefFormat;
use super::loop_filter::read_loop_filter_params;
use super::{ColorConfig, FrameSize, NUM_REF_FRAMES, QuantizationParams, REFS_PER_FRAME, SegmentationParams, TileInfo};

/// interp_filter and interpolation_filter (7.2.7, 7.4.14), by the specification's numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[repr(u8)]
pub(crate) enum InterpFilter {
    #[default]
    EightTap,
    EightTapSmooth,
    EightTapSharp,
    Bilinear,
}

/// literal_to_type (6.2.7).
const LITERAL_TO_TYPE: [InterpFilter; 4] =
    [InterpFilter::EightTapSmooth, InterpFilter::EightTap, InterpFilter::EightTapSharp, InterpFilter::Bilinear];

/// What a header says, with what follows from it and the frames before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FrameHeader {
    pub(crate) is_key: bool,
    pub(crate) show_frame: bool,
    pub(crate) error_resilient_mode: bool,
    pub(crate) intra_only: bool,
    pub(crate) reset_frame_context: u8,
    pub(crate) color: ColorConfig,
    pub(crate) refresh_frame_flags: u8,
    pub(crate) ref_frame_idx: [u8; REFS_PER_FRAME],
    /// By reference frame: that of INTRA_FRAME is not used.
    pub(crate) ref_frame_sign_bias: [bool; 4],
    pub(crate) size: FrameSize,
    pub(crate) allow_high_precision_mv: bool,
    /// None is SWITCHABLE.
    pub(crate) interpolation_filter: Option<InterpFilter>,
    pub(crate) refresh_frame_context: bool,
    pub(crate) frame_parallel_decoding_mode: bool,
    /// As it is coded: the context that reset_frame_context may name.
    pub(crate) coded_frame_context_idx: u8,
    pub(crate) quantization: QuantizationParams,
    pub(crate) segmentation: SegmentationParams,
    pub(crate) tiles: TileInfo,
    /// header_size_in_bytes: of the compressed header.
    pub(crate) header_size_in_bytes: usize,
    /// Bytes of this header.
    pub(crate) uncompressed_bytes: usize,
}

impl FrameHeader {
    /// FrameIsIntra.
    #[must_use]
    pub(crate) fn frame_is_intra(&self) -> bool {
        self.is_key || self.intra_only
    }

    /// Whether setup_past_independence( ) (7.2) applies.
    #[must_use]
    pub(crate) fn is_independent(&self) -> bool {
        self.frame_is_intra() || self.error_resilient_mode
    }

    /// frame_context_idx: 0 in frames that depend on none.
    #[must_use]
    pub(crate) fn frame_context_idx(&self) -> usize {
        if self.is_independent() { 0 } else { usize::from(self.coded_frame_context_idx & 3) }
    }
}

#[derive(Debug)]
pub(crate) enum UncompressedHeader {
    ShowExisting { frame_to_show_map_idx: u8 },
    Frame(Box<FrameHeader>),
}

/// What headers are read with: the frames before.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Before<'a> {
    /// The color_config( ) that applies where a header has none.
    pub(crate) color: Option<ColorConfig>,
    pub(crate) segmentation: &'a SegmentationParams,
    pub(crate) slots: [Option<RefFormat>; NUM_REF_FRAMES],
}

/// # Errors
/// It breaks the specification, or depends on a frame that is missing.
pub(crate) fn uncompressed_header(bits: &mut BitReader<'_>, before: Before<'_>) -> Result<UncompressedHeader> {
    if bits.u(2, "frame_marker")? != 2 {
        return Err(ParseError::malformed("frame_marker", "it is not 2"));
    }
    let profile = bits.u(1, "profile_low_bit")? | bits.u(1, "profile_high_bit")? << 1;
    if profile == 3 && bits.flag("reserved_zero")? {
        return Err(ParseError::unsupported("reserved_zero", "a profile above 3"));
    }
    if bits.flag("show_existing_frame")? {
        let frame_to_show_map_idx = bits.u(3, "frame_to_show_map_idx")? as u8;
        return Ok(UncompressedHeader::ShowExisting { frame_to_show_map_idx });
    }
    let is_key = !bits.flag("frame_type")?;
    let show_frame = bits.flag("show_frame")?;
    let error_resilient_mode = bits.flag("error_resilient_mode")?;
    let mut header = FrameHeader {
        is_key,
        show_frame,
        error_resilient_mode,
        intra_only: false,
        reset_frame_context: 0,
        color: before.color.unwrap_or(ColorConfig::PROFILE_0),
        refresh_frame_flags: 0xff,
        ref_frame_idx: [0; REFS_PER_FRAME],
        ref_frame_sign_bias: [false; 4],
        size: FrameSize::default(),
        allow_high_precision_mv: false,
        interpolation_filter: Some(InterpFilter::default()),
        refresh_frame_context: false,
        frame_parallel_decoding_mode: true,
        coded_frame_context_idx: 0,
        quantization: QuantizationParams::default(),
        segmentation: *before.segmentation,
        tiles: TileInfo::default(),
        header_size_in_bytes: 0,
        uncompressed_bytes: 0,
    };
    if is_key {
        frame_sync_code(bits)?;
        header.color = ColorConfig::read(bits, profile)?;
        header.size = FrameSize::read(bits)?;
    } else {
        header.intra_only = !show_frame && bits.flag("intra_only")?;
        header.reset_frame_context = if error_resilient_mode { 0 } else { bits.u(2, "reset_frame_context")? as u8 };
        if header.intra_only {
            read_intra_only(bits, &mut header, profile)?;
        } else {
            read_references(bits, &mut header, before)?;
        }
    }
    if !error_resilient_mode {
        header.refresh_frame_context = bits.flag("refresh_frame_context")?;
        header.frame_parallel_decoding_mode = bits.flag("frame_parallel_decoding_mode")?;
    }
    header.coded_frame_context_idx = bits.u(2, "frame_context_idx")? as u8;
    if header.is_independent() {
        header.segmentation = SegmentationParams::default();
        // As decoders have it: where nothing of the past counts, neither does the direction of time.
        header.ref_frame_sign_bias = [false; 4];
    }
    read_loop_filter_params(bits)?;
    header.quantization = QuantizationParams::read(bits)?;
    header.segmentation.read(bits)?;
    header.tiles = TileInfo::read(bits, header.size.mi_cols())?;
    header.header_size_in_bytes = bits.u(16, "header_size_in_bytes")? as usize;
    if header.header_size_in_bytes == 0 {
        return Err(ParseError::malformed("header_size_in_bytes", "it is 0"));
    }
    bits.align();
    header.uncompressed_bytes = bits.position() / 8;
    Ok(UncompressedHeader::Frame(Box::new(header)))
}

/// ref_frame_idx, where `data` begin with the header of a frame that refers to others; the rest of it may be anything.
#[must_use]
pub(crate) fn referred_slots(data: &[u8]) -> Option<[u8; REFS_PER_FRAME]> {
    let mut bits = BitReader::new(data);
    let mut bit = |name| bits.flag(name).ok();
    let marker = (bit("frame_marker")?, bit("frame_marker")?);
    let is_profile_3 = bit("profile_low_bit")? & bit("profile_high_bit")?;
    let is_reserved = is_profile_3 && bit("reserved_zero")?;
    let is_inter = !bit("show_existing_frame")? && bit("frame_type")?;
    let (show_frame, error_resilient_mode) = (bit("show_frame")?, bit("error_resilient_mode")?);
    let intra_only = !show_frame && bit("intra_only")?;
    if marker != (true, false) || is_reserved || !is_inter || intra_only {
        return None;
    }
    if !error_resilient_mode {
        bits.u(2, "reset_frame_context").ok()?;
    }
    bits.u(8, "refresh_frame_flags").ok()?;
    let mut slots = [0; REFS_PER_FRAME];
    for slot in &mut slots {
        *slot = bits.u(3, "ref_frame_idx").ok()? as u8;
        bits.flag("ref_frame_sign_bias").ok()?;
    }
    Some(slots)
}

fn frame_sync_code(bits: &mut BitReader<'_>) -> Result<()> {
    match bits.u(24, "frame_sync_code")? {
        0x49_83_42 => Ok(()),
        _ => Err(ParseError::malformed("frame_sync_code", "it is not 0x498342")),
    }
}

fn read_intra_only(bits: &mut BitReader<'_>, header: &mut FrameHeader, profile: u32) -> Result<()> {
    frame_sync_code(bits)?;
    header.color = if profile > 0 { ColorConfig::read(bits, profile)? } else { ColorConfig::PROFILE_0 };
    header.refresh_frame_flags = bits.u(8, "refresh_frame_flags")? as u8;
    header.size = FrameSize::read(bits)?;
    Ok(())
}

fn read_references(bits: &mut BitReader<'_>, header: &mut FrameHeader, before: Before<'_>) -> Result<()> {
    header.refresh_frame_flags = bits.u(8, "refresh_frame_flags")? as u8;
    for i in 0..REFS_PER_FRAME {
        header.ref_frame_idx[i] = bits.u(3, "ref_frame_idx")? as u8;
        header.ref_frame_sign_bias[i + 1] = bits.flag("ref_frame_sign_bias")?;
    }
    if before.color.is_none() {
        return Err(ParseError::malformed("frame_type", "no key frame and no intra-only frame comes before it"));
    }
    let refs = header.ref_frame_idx.map(|slot| before.slots[usize::from(slot & 7)]);
    header.size = FrameSize::read_with_refs(bits, &refs, header.color)?;
    header.allow_high_precision_mv = bits.flag("allow_high_precision_mv")?;
    // read_interpolation_filter( ) (6.2.7).
    header.interpolation_filter = match bits.flag("is_filter_switchable")? {
        true => None,
        false => Some(LITERAL_TO_TYPE[bits.u(2, "raw_interpolation_filter")? as usize & 3]),
    };
    Ok(())
}
