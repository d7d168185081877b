//! What packets tell of themselves, as one Python object.

use codecorpus_bitstream::survey::BoxedSurvey;
use pyo3::prelude::*;

use crate::codecs::find;

/// Looks at the packets of one stream, in coded order.
#[pyclass(module = "codecorpus._native")]
pub struct Survey(BoxedSurvey);

/// A structure, what both fields of a picture have in common, and whether it can be the second one.
type Field = (u8, (u32, bool), bool);

#[pymethods]
impl Survey {
    #[new]
    fn new(codec: &str, extradata: &[u8]) -> PyResult<Self> {
        Ok(Self((find(codec)?.survey)(extradata)))
    }

    /// Whether decoding can begin at a packet: None, or whether the packets that follow tell if they are shown before it.
    fn entry(&mut self, data: &[u8]) -> Option<bool> {
        self.0.entry(data).map(|entry| entry.knows_leading)
    }

    fn is_leading(&self, data: &[u8]) -> bool {
        self.0.is_leading(data)
    }

    fn is_hidden(&self, data: &[u8]) -> bool {
        self.0.is_hidden(data)
    }

    fn is_whole(&self, data: &[u8]) -> bool {
        self.0.is_whole(data)
    }

    fn lacks_picture(&self, data: &[u8]) -> bool {
        self.0.lacks_picture(data)
    }

    fn fields(&mut self, data: &[u8]) -> Vec<Field> {
        self.0.fields(data).into_iter().map(|field| (field.structure, field.pair, field.can_be_second)).collect()
    }

    fn in_band(&self, extradata: &[u8]) -> Vec<u8> {
        self.0.in_band(extradata)
    }

    fn carried(&self, first: &[u8], entry: &[u8]) -> Vec<u8> {
        self.0.carried(first, entry)
    }
}
