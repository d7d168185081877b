//! What packets tell of themselves, their pictures unread: where decoding can begin, and which of them show a picture.

use crate::nal::trim_zeros;
use crate::reader::is_blank;

/// Looks at a container's packets, a picture each, in coded order. What a codec's packets do not tell is as it is here.
pub trait Survey: std::fmt::Debug + Send + Sync {
    /// A picture in a packet that decoding can begin at, with all that it is read by: its own headers, or those that a decoder
    /// has that begins there, if no others came since. Asked of every packet.
    fn entry(&mut self, data: &[u8]) -> Option<Entry>;

    /// Whether the picture of a packet that follows an entry may be shown before it.
    fn is_leading(&self, data: &[u8]) -> bool {
        let _ = data;
        false
    }

    /// Whether a packet holds no picture at all: messages or parameter sets alone.
    fn lacks_picture(&self, data: &[u8]) -> bool {
        let _ = data;
        false
    }

    /// Whether a packet shows no picture.
    fn is_hidden(&self, data: &[u8]) -> bool {
        self.lacks_picture(data)
    }

    /// Whether a packet's lengths add up, and it is not zeros alone; else decoders show nothing of it.
    fn is_whole(&self, data: &[u8]) -> bool {
        !is_blank(data)
    }

    /// What a packet's slices or pictures are of, a frame or a field each; none where packets hold no single fields.
    fn fields(&mut self, data: &[u8]) -> Vec<Field> {
        let _ = data;
        Vec::new()
    }

    /// Parameter sets of new extradata, as they stand before a picture.
    fn in_band(&self, extradata: &[u8]) -> Vec<u8> {
        extradata.to_vec()
    }

    /// What only the first packet of a stream has, and an entry behind it is decoded by.
    fn carried(&self, first: &[u8], entry: &[u8]) -> Vec<u8> {
        let _ = (first, entry);
        Vec::new()
    }
}

/// A survey, whatever the codec.
pub type BoxedSurvey = Box<dyn Survey>;

/// A picture that decoding can begin at: all that is shown from it on is right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// The packets that follow tell if they are leading pictures: those are shown before it, and cannot be decoded without what
    /// came before.
    pub knows_leading: bool,
}

/// Headers that a decoder has wherever it begins.
#[derive(Debug, Default)]
pub struct Headers(Vec<Vec<u8>>);

impl Headers {
    #[must_use]
    pub fn new<'a>(units: impl IntoIterator<Item = &'a [u8]>) -> Self {
        Self(units.into_iter().map(|unit| trim_zeros(unit).to_vec()).collect())
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether one is the same as that of a packet, but for zeros before the next start code.
    #[must_use]
    pub fn has(&self, unit: &[u8]) -> bool {
        self.0.iter().any(|own| own == trim_zeros(unit))
    }
}

/// What a slice or picture is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// As H.262's picture_structure: 1 is the top field, 2 the bottom field, 3 both.
    pub structure: u8,
    /// What both fields of a picture have in common.
    pub pair: (u32, bool),
    pub can_be_second: bool,
}

impl Field {
    /// Both fields.
    pub const FRAME: Self = Self { structure: 3, pair: (0, false), can_be_second: true };
}
