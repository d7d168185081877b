//! A stream's parser and the batches it has made, as one Python object.

use std::sync::Arc;
use std::time::Duration;

use codecorpus_bitstream::codec::BoxedReader;
use codecorpus_bitstream::division::Least;
use codecorpus_bitstream::reader::Framing;
use codecorpus_bitstream::{Errors, Options, Packet, ParseError, Plane, Times, Wanted};
use codecorpus_columns::{Assembler, Batch, most_bytes_of};
use codecorpus_parallel::{Limits, Piece, Taken, TakesParts};
use numpy::{PyArray1, PyArrayMethods};
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyDict, PyList};

use crate::errors::exception;
use crate::tables::Tables;

/// How long to wait before looking whether Python was interrupted.
const WAIT: Duration = Duration::from_millis(50);

/// Reads one stream: packets in by `push`, record batches of whole pictures out by `take`.
#[pyclass(module = "codecorpus._native")]
pub struct StreamReader {
    reading: Reading,
    /// No packet follows, or none can be read.
    ended: bool,
    /// The process that the workers are of.
    process: u32,
    /// Of the pictures that were taken last, by coded order.
    residual: Vec<(u32, Plane)>,
    /// Of the largest of them, as decoders show it.
    shown_size: [u32; 2],
}

/// Who reads.
enum Reading {
    Alone(Box<Alone>),
    Together(Together),
}

/// One reader, in the thread that pushes.
struct Alone {
    reader: BoxedReader,
    assembler: Assembler,
    /// A packet is read whole.
    is_byte_stream: bool,
}

/// Several, in threads of their own.
struct Together {
    reader: Box<dyn TakesParts>,
    /// To go with the next packet.
    extradata: Option<Arc<[u8]>>,
    /// Everything was taken.
    over: bool,
}

#[pymethods]
impl StreamReader {
    /// `extradata` is None for a raw byte stream that may be cut anywhere; for whole packets it is what the container has.
    #[new]
    /// `residual` asks for the residual samples of luma; `skip` says that damage is passed over and told by `take_errors`.
    /// With more than one of `threads`, errors come in their place in coded order, from `take`;
    /// as long as batches of `memory` bytes wait to be taken, no more are made. `least` are the bytes and pictures that are at
    /// least between two cuts. `samples` are the luma samples of a picture as far as the container tells, else 0.
    #[pyo3(signature = (
        codec, *, tables, extradata = None, time_base = (1, 1), skip = false, residual = false, threads = 1,
        memory = 1 << 28, least = (1 << 15, 24), samples = 0
    ))]
    #[expect(clippy::too_many_arguments, reason = "each has its name in Python")]
    fn new(
        py: Python<'_>,
        codec: &str,
        tables: Vec<String>,
        extradata: Option<Vec<u8>>,
        time_base: (i64, i64),
        skip: bool,
        residual: bool,
        threads: usize,
        memory: usize,
        least: (u64, u32),
        samples: usize,
    ) -> PyResult<Self> {
        let codec = crate::codecs::find(codec)?;
        let has = |table: &str| tables.iter().any(|t| t == table);
        let wanted = Wanted { blocks: has("blocks"), motion: has("motion"), transforms: has("transforms"), residual };
        let is_byte_stream = extradata.is_none();
        let framing = extradata.map_or(Framing::ByteStream, |extradata| Framing::Packets { extradata });
        let options = Options { wanted, errors: if skip { Errors::Skip } else { Errors::Strict } };
        let picture_bytes = if samples > 0 { most_bytes_of(samples, wanted) } else { 0 };
        let limits = Limits { threads, memory, picture_bytes, least: Least { bytes: least.0, pictures: least.1 } };
        let parallel = codecorpus_codecs::Reading { framing: framing.clone(), options, time_base, limits };
        let together = if threads > 1 { codecorpus_codecs::open_parallel(codec, parallel) } else { None };
        let reading = match together {
            Some(reader) => {
                let reader = reader.map_err(|error| exception(py, &error))?;
                Reading::Together(Together { reader, extradata: None, over: false })
            }
            None => {
                let reader = (codec.open)(framing, options).map_err(|error| exception(py, &error))?;
                let assembler = Assembler::new(codec.names, wanted, time_base);
                Reading::Alone(Box::new(Alone { reader, assembler, is_byte_stream }))
            }
        };
        Ok(Self { reading, ended: false, process: std::process::id(), residual: Vec::new(), shown_size: [0; 2] })
    }

    /// Reads one packet, or one chunk of a raw stream, from byte `start` on; `position` is its byte offset in the file,
    /// and what `is_discarded` is never presented.
    /// Says how far it read: a chunk may hold more pictures than make a batch, which is then to be taken first.
    #[pyo3(signature = (data, pts = None, dts = None, position = 0, *, is_discarded = false, start = 0))]
    #[expect(clippy::too_many_arguments, reason = "each has its name in Python")]
    fn push(
        &mut self,
        py: Python<'_>,
        data: PyBackedBytes,
        pts: Option<i64>,
        dts: Option<i64>,
        position: u64,
        is_discarded: bool,
        start: usize,
    ) -> PyResult<usize> {
        if self.ended {
            return Err(PyValueError::new_err("the stream has ended"));
        }
        let times = Times { pts, dts, is_discarded };
        self.check_process()?;
        match &mut self.reading {
            Reading::Alone(alone) => {
                let result = py.detach(|| alone.push(&data, times, position, start));
                result.map_err(|error| self.fail(py, &error))
            }
            Reading::Together(together) => {
                let bytes = data.len();
                let piece = Piece::new(Arc::new(data), times, position, together.extradata.take());
                py.detach(|| together.reader.push(piece));
                while !py.detach(|| together.reader.wait_for_room(WAIT)) {
                    py.check_signals()?;
                }
                Ok(bytes)
            }
        }
    }

    /// So many threads may read from now on, where more than one were asked for.
    fn allow(&mut self, threads: usize) {
        if let Reading::Together(together) = &mut self.reading {
            together.reader.allow(threads.max(1));
        }
    }

    /// Takes extradata that replace the container's from the next packet on.
    fn configure(&mut self, py: Python<'_>, extradata: &[u8]) -> PyResult<()> {
        match &mut self.reading {
            Reading::Alone(alone) => alone.reader.configure(extradata).map_err(|error| self.fail(py, &error)),
            Reading::Together(together) => {
                together.extradata = Some(extradata.into());
                Ok(())
            }
        }
    }

    /// Says that no packet follows: `take` then gives all that is left. `broken`: one would have, but could not be had; that
    /// the last picture is not whole is not told then. After an error it does nothing.
    #[pyo3(signature = (*, broken = false))]
    fn finish(&mut self, py: Python<'_>, broken: bool) -> PyResult<()> {
        self.check_process()?;
        if std::mem::replace(&mut self.ended, true) {
            return Ok(());
        }
        match &mut self.reading {
            Reading::Alone(alone) => match py.detach(|| alone.finish()) {
                Err(error) => {
                    let error = self.fail(py, &error);
                    if broken { Ok(()) } else { Err(error) }
                }
                Ok(()) => Ok(()),
            },
            Reading::Together(together) => {
                py.detach(|| together.reader.finish(broken));
                Ok(())
            }
        }
    }

    /// The damage that was passed over since the last call, as exceptions.
    fn take_errors<'py>(&mut self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let damage = match &mut self.reading {
            Reading::Alone(alone) => alone.assembler.take_damage(),
            Reading::Together(together) => together.reader.take_damage(),
        };
        PyList::new(py, damage.iter().map(|error| exception(py, error)))
    }

    /// The next tables, by name, of a run of whole pictures; None while too few are known.
    fn take<'py>(&mut self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyDict>>> {
        self.check_process()?;
        let ended = self.ended;
        let batch = match &mut self.reading {
            Reading::Alone(alone) => py.detach(|| alone.assembler.take(ended)),
            Reading::Together(together) => match together.take(py, ended)? {
                Ok(batch) => batch,
                Err(error) => {
                    self.ended = true;
                    return Err(exception(py, &error));
                }
            },
        };
        let Some(batch) = batch else { return Ok(None) };
        let (tables, made) = (PyDict::new(py), Tables::get(py)?);
        for (name, table) in batch.tables() {
            tables.set_item(name, made.batch(py, name, table)?)?;
        }
        self.residual = batch.residual;
        self.shown_size = batch.shown_size;
        Ok(Some(tables))
    }

    /// Width and height of the largest picture without an error that `take` gave last, as decoders show it; 0 where none is
    /// known.
    #[getter]
    fn shown_size(&self) -> (u32, u32) {
        self.shown_size.into()
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
        self.ended = true;
        if let Reading::Alone(alone) = &mut self.reading {
            alone.reader.abandon();
            // The first error is the one to tell; the order of the pictures before it is settled either way.
            let _ = alone.assembler.drain(&mut *alone.reader);
        }
        exception(py, error)
    }

    /// A fork has none of the workers.
    fn check_process(&self) -> PyResult<()> {
        let is_same = matches!(self.reading, Reading::Alone(_)) || self.process == std::process::id();
        if is_same { Ok(()) } else { Err(PyRuntimeError::new_err("the stream is read by the process that opened it")) }
    }
}

impl Drop for StreamReader {
    fn drop(&mut self) {
        let same_process = self.process == std::process::id();
        if let Reading::Together(together) = &mut self.reading {
            if same_process {
                // Workers end between two packets; meanwhile others may go on.
                if Python::try_attach(|py| py.detach(|| together.reader.stop())).is_none() {
                    together.reader.stop();
                }
            } else {
                together.reader.forget();
            }
        }
    }
}

impl Alone {
    fn push(&mut self, data: &[u8], times: Times, position: u64, start: usize) -> Result<usize, ParseError> {
        let mut read = start.min(data.len());
        while read < data.len() && !self.assembler.has_batch() {
            let end = if self.is_byte_stream { data.len().min(read + self.assembler.step()) } else { data.len() };
            self.reader.push(Packet { data: &data[read..end], times, position: position + read as u64 })?;
            self.assembler.drain(&mut *self.reader)?;
            read = end;
        }
        Ok(read)
    }

    fn finish(&mut self) -> Result<(), ParseError> {
        self.reader.finish()?;
        self.assembler.drain_last(&mut *self.reader)
    }
}

impl Together {
    /// The next batch; at the end of the stream it is waited for.
    fn take(&mut self, py: Python<'_>, ended: bool) -> PyResult<Result<Option<Batch>, ParseError>> {
        while !self.over {
            match py.detach(|| self.reader.take(if ended { WAIT } else { Duration::ZERO })) {
                Ok(Taken::Batch(batch)) => return Ok(Ok(Some(*batch))),
                Ok(Taken::Nothing) if !ended => break,
                Ok(Taken::Nothing) => py.check_signals()?,
                Ok(Taken::End) => self.over = true,
                Err(error) => {
                    self.over = true;
                    return Ok(Err(error));
                }
            }
        }
        Ok(Ok(None))
    }
}
