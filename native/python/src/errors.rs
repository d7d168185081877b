//! Parse errors as the exceptions of `codecorpus.errors`.

use codecorpus_bitstream::{ErrorKind, ParseError};
use pyo3::prelude::*;
use pyo3::types::PyDict;

/// The exception for a parse error; Python adds the file.
pub fn exception(py: Python<'_>, error: &ParseError) -> PyErr {
    match instance(py, error) {
        Ok(exception) => PyErr::from_value(exception),
        Err(broken) => broken,
    }
}

fn instance<'py>(py: Python<'py>, error: &ParseError) -> PyResult<Bound<'py, PyAny>> {
    let class = match error.kind {
        ErrorKind::Malformed => "MalformedError",
        ErrorKind::Unsupported => "UnsupportedError",
        ErrorKind::Limit => "LimitError",
        ErrorKind::EndOfData => "TruncatedError",
    };
    let fields = PyDict::new(py);
    fields.set_item("picture", error.picture)?;
    fields.set_item("byte", error.byte())?;
    fields.set_item("element", error.element)?;
    py.import("codecorpus.errors")?.getattr(class)?.call((error.reason.as_ref(),), Some(&fields))
}
