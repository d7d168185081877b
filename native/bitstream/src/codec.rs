//! What a codec is to the rest: declared once, beside its parser.

use crate::error::Result;
use crate::reader::{Framing, Options, Reader};
use crate::records::Names;
use crate::survey::BoxedSurvey;

/// A reader, whatever the codec.
pub type BoxedReader = Box<dyn Reader + Sync>;

/// A codec: what it is called, how its streams are known and read, and what its tables need to be understood.
#[derive(Debug)]
pub struct Codec {
    /// As in tables and recipes.
    pub name: &'static str,
    /// As people write it.
    pub title: &'static str,
    /// FFmpeg's names of it and of its decoders, where they are others: what containers' tracks are called.
    pub aliases: &'static [&'static str],
    /// The names behind the codes of its rows.
    pub names: &'static Names,
    /// How much the first bytes of a file look like its raw stream.
    pub probe: fn(&[u8]) -> Resemblance,
    /// Makes a parser of one stream.
    pub open: fn(Framing, Options) -> Result<BoxedReader>,
    /// Makes one of headers alone, whose pictures have no rows, where decoders refuse to show some that are there: whoever counts
    /// what is shown asks it.
    pub open_headers: Option<fn(Framing) -> Result<BoxedReader>>,
    /// Makes what looks at the packets of a container with these extradata.
    pub survey: fn(&[u8]) -> BoxedSurvey,
    /// FFmpeg's bitstream filter that makes packets of a picture each, where some hold two.
    pub unpacker: Option<&'static str>,
    /// Containers need not tell when every picture is presented (ISO/IEC 13818-1, 2.7.4), and FFmpeg's demuxers reckon the others
    /// right where they have its decoder.
    pub completes_times: bool,
    /// How many layers a stream has, by its extradata or its first bytes; of several the base layer is read.
    pub layers: fn(&[u8]) -> u32,
    /// What its standard calls its native QP.
    pub qp: &'static str,
    /// Side of the smallest coding block, luma samples.
    pub smallest_block: u32,
    /// Blocks cover the coded size up to the next multiple of this, luma samples.
    pub covered_multiple: u32,
    /// Rows of a field count its lines from its top in frame pictures too, not macroblocks of the frame as H.264's MBAFF does.
    pub counts_field_lines: bool,
    /// A picture may be coded hidden, to be shown later.
    pub shows_later: bool,
    /// Pictures may be coded narrower than they are shown, by half at most.
    pub stretches: bool,
}

/// What the first bytes of a file say of a raw stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Resemblance {
    /// It is none of the codec.
    None,
    /// It may be one, where it is said to be.
    Possible,
    /// It may well be one, if nothing fits better: so many thousandths of what is there speak for it.
    Likely(u16),
    /// It is one.
    Certain,
}

/// As [`Codec::open`] wants it.
///
/// # Errors
/// Those of the reader that is made.
pub fn boxed<R: Reader + Sync + 'static>(reader: Result<R>) -> Result<BoxedReader> {
    Ok(Box::new(reader?))
}
