//! What a codec's parser is to the rest: packets in, pictures and presentation order out.

use crate::error::{ParseError, Result};
use crate::records::Picture;

/// Bytes of the stream, with what the container says of them.
#[derive(Debug, Clone, Copy)]
pub struct Packet<'a> {
    pub data: &'a [u8],
    pub times: Times,
    /// Byte offset of `data` in the file, for errors.
    pub position: u64,
}

/// Whether a packet is zeros alone, which no encoder writes: of a file that was made in full size before it came, what did not come.
/// One byte may say that a picture is skipped.
#[must_use]
pub fn is_blank(packet: &[u8]) -> bool {
    packet.len() > 1 && packet.iter().all(|&byte| byte == 0)
}

/// When a packet's picture is presented and decoded, in the container's time base.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Times {
    /// Of presentation.
    pub pts: Option<i64>,
    /// Of decoding.
    pub dts: Option<i64>,
    /// It is decoded, and never presented: an edit list begins later or ends earlier, or decoders refuse the packet.
    pub is_discarded: bool,
}

/// What is asked for. **frames** always is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Wanted {
    pub blocks: bool,
    pub motion: bool,
    pub transforms: bool,
    /// The residual samples of luma.
    pub residual: bool,
}

impl Wanted {
    /// Whether each coefficient must be known, not only what they sum to.
    #[inline]
    #[must_use]
    pub const fn coefficients(self) -> bool {
        self.transforms || self.residual
    }
}

/// What becomes of damage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Errors {
    /// The first one is an error, and the end.
    #[default]
    Strict,
    /// It costs the pictures that it touches: each is told, and reading goes on.
    Skip,
}

/// How a stream is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    pub wanted: Wanted,
    pub errors: Errors,
}

impl Options {
    /// For what headers say alone: no rows are wanted, and damage is passed over.
    pub const OF_HEADERS: Self =
        Self { wanted: Wanted { blocks: false, motion: false, transforms: false, residual: false }, errors: Errors::Skip };
}

/// Rows that may be held back for a picture whose place in presentation order is not told; more is a limit.
pub const MAX_WAITING_ROWS: usize = 1 << 26;

/// What a parser has found out, in the order in which it did.
#[derive(Debug)]
pub enum Event {
    /// A picture is whole. Pictures come in coded order, from 0 without a gap.
    Picture(Box<Picture>),
    /// The picture `coded_order` is the `frame`-th that is presented, at `pts`. At most once for a picture, before or after its `Picture`.
    Shown { coded_order: u32, frame: u32, pts: Option<i64> },
    /// The picture `coded_order` is never presented.
    Hidden { coded_order: u32 },
    /// With [`Errors::Skip`]: what was passed over, whether or not it touches a picture.
    Damage(ParseError),
}

/// How a stream's NAL units or OBUs reach the parser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Framing {
    /// Chunks of an H.264 or HEVC byte stream, cut anywhere (a raw file).
    ByteStream,
    /// Whole access units (or temporal units) a packet; the container's extradata tells how NAL units are delimited.
    Packets { extradata: Vec<u8> },
}

/// A parser of one codec.
///
/// With [`Errors::Skip`] no data of the stream are an error: damage comes as an [`Event::Damage`], and a picture that cannot
/// be read as one that says why. After an error nothing more can be pushed; events of the pictures before it can still be taken.
pub trait Reader: Send {
    /// Reads one packet or chunk.
    ///
    /// # Errors
    /// Anything in it that breaks the standard, or is not supported.
    fn push(&mut self, packet: Packet<'_>) -> Result<()>;

    /// Takes extradata that replace those of [`Framing::Packets`] from the next packet on.
    ///
    /// # Errors
    /// Extradata that are none of the codec's.
    fn configure(&mut self, extradata: &[u8]) -> Result<()>;

    /// Says that no packet follows: the last picture is closed and presentation order is final.
    ///
    /// # Errors
    /// As [`Reader::push`], of what was held back.
    fn finish(&mut self) -> Result<()>;

    /// After an error: gives up the picture that was being read, and settles the order of those before it.
    fn abandon(&mut self);

    /// The next event, if any is ready.
    fn next_event(&mut self) -> Option<Event>;

    /// Takes back a picture whose rows have been read, for its allocations.
    fn recycle(&mut self, picture: Box<Picture>);
}
