//! The codecs, as Python asks for them.

use codecorpus_bitstream::Codec;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;

/// The codec of that name.
pub fn find(name: &str) -> PyResult<&'static Codec> {
    codecorpus_codecs::find(name).ok_or_else(|| PyValueError::new_err(format!("no codec {name:?}")))
}

/// What is declared of every codec, as arguments of `codecorpus.codecs.Codec`.
#[pyfunction]
pub fn codecs(py: Python<'_>) -> PyResult<Vec<Bound<'_, PyDict>>> {
    let declared = |codec: &'static Codec| {
        let fields = PyDict::new(py);
        fields.set_item("name", codec.name)?;
        fields.set_item("title", codec.title)?;
        fields.set_item("aliases", codec.aliases)?;
        fields.set_item("unpacker", codec.unpacker)?;
        fields.set_item("completes_times", codec.completes_times)?;
        fields.set_item("qp", codec.qp)?;
        fields.set_item("smallest_block", codec.smallest_block)?;
        fields.set_item("covered_multiple", codec.covered_multiple)?;
        fields.set_item("counts_field_lines", codec.counts_field_lines)?;
        fields.set_item("shows_later", codec.shows_later)?;
        fields.set_item("stretches", codec.stretches)?;
        Ok(fields)
    };
    codecorpus_codecs::codecs().map(declared).collect()
}

/// The codec of a raw stream that begins so, by name; None where it is none. `told` is what it is said to be.
#[pyfunction]
#[pyo3(signature = (head, told = None))]
pub fn of_raw_stream(head: &[u8], told: Option<&str>) -> PyResult<Option<&'static str>> {
    let told = told.map(find).transpose()?;
    Ok(codecorpus_codecs::of_raw_stream(head, told).map(|codec| codec.name))
}

/// How many layers a stream of a codec has, by its extradata or its first bytes.
#[pyfunction]
pub fn layers(codec: &str, head: &[u8]) -> PyResult<u32> {
    Ok((find(codec)?.layers)(head))
}
