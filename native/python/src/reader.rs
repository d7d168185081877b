//! A stream's parser and the batches it has made, as one Python object.

use arrow_pyarrow::ToPyArrow;
use codecorpus_bitstream::codec::BoxedReader;
use codecorpus_bitstream::reader::Framing;
use codecorpus_bitstream::{Errors, Options, Packet, ParseError, Plane, Times, Wanted};
use codecorpus_columns::{Assembler, Batch};
use numpy::{PyArray1, PyArrayMethods};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use crate::errors::exception;

const STEP: usize = 512;

/// Reads one stream: packets in by `push`, record batches of whole pictures out by `take`.
#[pyclass(module = "codecorpus._native")]
pub struct StreamReader {
    reader: BoxedReader,
    assembler: Assembler,
    /// Bytes of a raw stream that are read at once, so that few pictures are in memory however small they are.
    /// A packet is read whole.
    step: Option<usize>,
    /// No packet follows, or none can be read.
    ended: bool,
    /// Of the pictures that were taken last, by coded order.
    residual: Vec<(u32, Plane)>,
}

#[pymethods]
impl StreamReader {
    /// `extradata` is None for a raw byte stream that may be cut anywhere; for whole packets it is what the container has.
    #[new]
    /// `skip` says that damage is passed over and told by `take_errors`.
    /// `residual` asks for the residual samples of luma.
    #[pyo3(signature = (codec, *, tables, extradata = None, time_base = (1, 1), skip = false, residual = false))]
    fn new(
        py: Python<'_>,
        codec: &str,
        tables: Vec<String>,
        extradata: Option<Vec<u8>>,
        time_base: (i64, i64),
        skip: bool,
        residual: bool,
    ) -> PyResult<Self> {
        let codec = crate::codecs::find(codec)?;
        let has = |table: &str| tables.iter().any(|t| t == table);
        let wanted = Wanted { blocks: has("blocks"), motion: has("motion"), transforms: has("transforms"), residual };
        let step = extradata.is_none().then_some(STEP);
        let framing = extradata.map_or(Framing::ByteStream, |extradata| Framing::Packets { extradata });
        let errors = if skip { Errors::Skip } else { Errors::Strict };
        let reader = (codec.open)(framing, Options { wanted, errors }).map_err(|error| exception(py, &error))?;
        let assembler = Assembler::new(codec.names, wanted, time_base);
        Ok(Self { reader, assembler, step, ended: false, residual: Vec::new() })
    }

    /// Reads one packet, or one chunk of a raw stream, from byte `start` on; `position` is its byte offset in the file,
    /// and what `is_discarded` is never presented.
    /// Says how far it read: a chunk may hold more pictures than make a batch, which is then to be taken first.
    #[pyo3(signature = (data, pts = None, dts = None, position = 0, *, is_discarded = false, start = 0))]
    fn push(
        &mut self,
        py: Python<'_>,
        data: &[u8],
        pts: Option<i64>,
        dts: Option<i64>,
        position: u64,
        is_discarded: bool,
        start: usize,
    ) -> PyResult<usize> {
        if self.ended {
            return Err(PyValueError::new_err("the stream has ended"));
        }
        let result = py.detach(|| {
            let mut read = start.min(data.len());
            while read < data.len() && !self.assembler.has_batch() {
                let end = self.step.map_or(data.len(), |step| data.len().min(read + step));
                self.reader.push(Packet {
                    data: &data[read..end],
                    times: Times { pts, dts, is_discarded },
                    position: position + read as u64,
                })?;
                self.assembler.drain(&mut *self.reader)?;
                read = end;
            }
            Ok(read)
        });
        result.map_err(|error| self.fail(py, &error))
    }

    /// Takes extradata that replace the container's from the next packet on.
    fn configure(&mut self, py: Python<'_>, extradata: &[u8]) -> PyResult<()> {
        self.reader.configure(extradata).map_err(|error| self.fail(py, &error))
    }

    /// Says that no packet follows: `take` then gives all that is left.
    /// After an error it does nothing.
    fn finish(&mut self, py: Python<'_>) -> PyResult<()> {
        if self.ended {
            return Ok(());
        }
        let result = py.detach(|| {
            self.reader.finish()?;
            self.assembler.drain_last(&mut *self.reader)
        });
        self.ended = true;
        result.map_err(|error| self.fail(py, &error))
    }

    /// The damage that was passed over since the last call, as exceptions.
    fn take_errors<'py>(&mut self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let damage = self.assembler.take_damage();
        PyList::new(py, damage.iter().map(|error| exception(py, error)))
    }

    /// The next tables, by name, of a run of whole pictures; None while too few are known.
    fn take<'py>(&mut self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyDict>>> {
        let Some(batch) = py.detach(|| self.assembler.take(self.ended)) else { return Ok(None) };
        let Batch { frames, blocks, motion, transforms, residual } = batch;
        let tables = PyDict::new(py);
        let named = [("frames", Some(frames)), ("blocks", blocks), ("motion", motion), ("transforms", transforms)];
        for (name, table) in named.into_iter().filter_map(|(name, table)| Some((name, table?))) {
            tables.set_item(name, table.to_pyarrow(py)?)?;
        }
        self.residual = residual;
        Ok(Some(tables))
    }

    /// The residual of the pictures that `take` gave last, where it is asked for: int16 [height, width] of the coded
    /// picture, by coded order.
    fn take_residual<'py>(&mut self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let planes = PyDict::new(py);
        for (coded_order, plane) in self.residual.drain(..) {
            let [width, height] = plane.size();
            planes.set_item(coded_order, PyArray1::from_vec(py, plane.into_samples()).reshape([height, width])?)?;
        }
        Ok(planes)
    }
}

impl StreamReader {
    /// Keeps what was read before the error, for `take`.
    fn fail(&mut self, py: Python<'_>, error: &ParseError) -> PyErr {
        self.reader.abandon();
        self.ended = true;
        // The first error is the one to tell; the order of the pictures before it is settled either way.
        let _ = self.assembler.drain(&mut *self.reader);
        exception(py, error)
    }
}
