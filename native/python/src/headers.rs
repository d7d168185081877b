//! Which packets' pictures decoders show, as one Python object.

use codecorpus_bitstream::codec::BoxedReader;
use codecorpus_bitstream::reader::Framing;
use codecorpus_bitstream::{ErrorKind, Event, Packet, ParseError, Times};
use pyo3::prelude::*;

use crate::errors::exception;

/// Reads the headers of a container's packets: all in by `push`, then those that are shown out by `finish`.
#[pyclass(module = "codecorpus._native")]
pub struct HeaderReader {
    reader: BoxedReader,
    shown: Vec<i64>,
}

#[pymethods]
impl HeaderReader {
    /// A reader of a codec whose decoders refuse to show some pictures that are there; None of any other.
    #[staticmethod]
    fn open(py: Python<'_>, codec: &str, extradata: Vec<u8>) -> PyResult<Option<Self>> {
        let Some(open) = codecorpus_codecs::find(codec).and_then(|codec| codec.open_headers) else { return Ok(None) };
        let reader = open(Framing::Packets { extradata }).map_err(|error| exception(py, &error))?;
        Ok(Some(Self { reader, shown: Vec::new() }))
    }

    /// Reads one packet; `is_discarded`: the container says that it is not to be shown. What is not supported is an error,
    /// since decoders may show it.
    #[pyo3(signature = (data, number, *, is_discarded = false))]
    fn push(&mut self, py: Python<'_>, data: &[u8], number: i64, is_discarded: bool) -> PyResult<()> {
        let times = Times { pts: Some(number), dts: None, is_discarded };
        let result = self.reader.push(Packet { data, times, position: 0 });
        self.drain(py, result)
    }

    /// Takes extradata that replace the container's from the next packet on.
    fn configure(&mut self, py: Python<'_>, extradata: &[u8]) -> PyResult<()> {
        let result = self.reader.configure(extradata);
        self.drain(py, result)
    }

    /// The numbers of the packets whose pictures are shown, in the order in which they are.
    fn finish(&mut self, py: Python<'_>) -> PyResult<Vec<i64>> {
        let result = self.reader.finish();
        self.drain(py, result)?;
        Ok(std::mem::take(&mut self.shown))
    }
}

impl HeaderReader {
    fn drain(&mut self, py: Python<'_>, result: Result<(), ParseError>) -> PyResult<()> {
        let mut unread = None;
        while let Some(event) = self.reader.next_event() {
            match event {
                Event::Picture(picture) => self.reader.recycle(picture),
                Event::Shown { pts, .. } => self.shown.extend(pts),
                Event::Damage(error) if error.kind == ErrorKind::Unsupported => unread = Some(error),
                Event::Hidden { .. } | Event::Damage(_) => {}
            }
        }
        result.and(unread.map_or(Ok(()), Err)).map_err(|error| exception(py, &error))
    }
}
