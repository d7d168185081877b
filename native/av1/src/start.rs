//! What a reader begins with at a cut.

use std::sync::Arc;

use crate::framing::Format;
use crate::headers::SequenceHeader;

/// What a reader of AV1 begins with at a cut.
#[derive(Debug, Clone)]
pub struct Start {
    /// None where packets come.
    pub(crate) format: Option<Format>,
    pub(crate) sequence: Option<Arc<SequenceHeader>>,
    /// Temporal delimiters have come.
    pub(crate) delimited: bool,
}
