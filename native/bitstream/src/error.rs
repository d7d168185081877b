//! The one error of every parser. It says which picture, byte and syntax element; Python adds the file.

use std::borrow::Cow;
use std::fmt;
use std::ops::{Deref, DerefMut};

pub type Result<T, E = ParseError> = std::result::Result<T, E>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// The bitstream breaks its standard.
    Malformed,
    /// A tool or profile that is not read; never reported as empty tables.
    Unsupported,
    /// Reading on would need more memory or time than any conforming stream.
    Limit,
    /// The unit ends inside a syntax element.
    EndOfData,
}

/// What went wrong, and where: a [`Report`].
///
/// It is as wide as a pointer, so that the results of reading syntax elements travel in registers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseError(Box<Report>);

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    pub kind: ErrorKind,
    /// The syntax element or structure, spelled as in the standard.
    pub element: &'static str,
    pub reason: Cow<'static, str>,
    /// Bits from the start of the unit (NAL unit or OBU), emulation prevention bytes not counted.
    pub bit_offset: Option<u64>,
    /// Bytes from the start of the stream to the unit.
    pub unit: Option<u64>,
    /// Coded order of the picture being read.
    pub picture: Option<u32>,
}

impl ParseError {
    #[must_use]
    pub fn new(kind: ErrorKind, element: &'static str, reason: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Report { kind, element, reason: reason.into(), bit_offset: None, unit: None, picture: None }))
    }

    #[cold]
    pub fn malformed(element: &'static str, reason: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::Malformed, element, reason)
    }

    #[cold]
    pub fn unsupported(element: &'static str, reason: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::Unsupported, element, reason)
    }

    #[cold]
    pub fn limit(element: &'static str, reason: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::Limit, element, reason)
    }

    #[cold]
    pub fn end_of_data(element: &'static str) -> Self {
        Self::new(ErrorKind::EndOfData, element, "the data ends before it")
    }

    /// Adds the bit offset inside the unit, where none is known yet.
    #[must_use]
    pub fn at_bit(mut self, bit_offset: u64) -> Self {
        self.bit_offset.get_or_insert(bit_offset);
        self
    }

    /// Adds the byte offset of the unit in the stream, where none is known yet.
    #[must_use]
    pub fn in_unit(mut self, unit: u64) -> Self {
        self.unit.get_or_insert(unit);
        self
    }

    /// Keeps the offset inside a unit of so many bytes: an arithmetic decoder reads on behind the end.
    #[must_use]
    pub fn clamped_to(mut self, bytes: usize) -> Self {
        self.0.bit_offset = self.bit_offset.map(|bit| bit.min(bytes as u64 * 8));
        self
    }

    /// Adds the coded order of the picture, where none is known yet.
    #[must_use]
    pub fn in_picture(mut self, picture: u32) -> Self {
        self.picture.get_or_insert(picture);
        self
    }

    /// Bytes from the start of the stream, as near as is known.
    #[must_use]
    pub fn byte(&self) -> Option<u64> {
        self.unit.map(|unit| unit + self.bit_offset.unwrap_or(0) / 8)
    }
}

impl Deref for ParseError {
    type Target = Report;
    fn deref(&self) -> &Report {
        &self.0
    }
}

impl DerefMut for ParseError {
    fn deref_mut(&mut self) -> &mut Report {
        &mut self.0
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.element, self.reason)
    }
}

impl std::error::Error for ParseError {}
