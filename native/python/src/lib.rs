//! The private module `codecorpus._native`: bytes in, Arrow out. Nothing here knows a bitstream.

mod codecs;
mod errors;
mod headers;
mod maps;
mod reader;
mod survey;
mod tables;

use codecorpus_bitstream::syntax;
use pyo3::prelude::*;

/// Whether headers that this thread reads are noted, element by element.
#[pyfunction]
fn record_syntax(on: bool) {
    syntax::record(on);
}

/// A syntax structure: name, elements, and why it is not read to its end.
type Noted = (&'static str, Vec<(&'static str, i64)>, Option<String>);

/// The syntax structures that were noted since the last call.
#[pyfunction]
fn take_syntax() -> Vec<Noted> {
    syntax::take().into_iter().map(|structure| (structure.name, structure.elements, structure.error)).collect()
}

#[pymodule]
fn _native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("IS_CHECKED", cfg!(debug_assertions))?;
    module.add("SCHEMA_VERSION", codecorpus_columns::VERSION)?;
    module.add_function(wrap_pyfunction!(tables::schema, module)?)?;
    module.add_function(wrap_pyfunction!(codecs::codecs, module)?)?;
    module.add_function(wrap_pyfunction!(codecs::of_raw_stream, module)?)?;
    module.add_function(wrap_pyfunction!(codecs::layers, module)?)?;
    module.add_function(wrap_pyfunction!(maps::map_channels, module)?)?;
    module.add_function(wrap_pyfunction!(maps::map_columns, module)?)?;
    module.add_function(wrap_pyfunction!(maps::feature_columns, module)?)?;
    module.add_function(wrap_pyfunction!(maps::maps, module)?)?;
    module.add_function(wrap_pyfunction!(maps::flow, module)?)?;
    module.add_function(wrap_pyfunction!(maps::speeds, module)?)?;
    module.add_function(wrap_pyfunction!(record_syntax, module)?)?;
    module.add_function(wrap_pyfunction!(take_syntax, module)?)?;
    module.add_class::<headers::HeaderReader>()?;
    module.add_class::<maps::Features>()?;
    module.add_class::<reader::StreamReader>()?;
    module.add_class::<survey::Survey>()?;
    Ok(())
}
