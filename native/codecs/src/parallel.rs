//! Streams that can be cut, read by several threads.

use codecorpus_bitstream::division::Divisible;
use codecorpus_bitstream::reader::Framing;
use codecorpus_bitstream::{Codec, Options, Result};
use codecorpus_parallel::{Limits, ParallelReader, TakesParts};

/// How a stream is to be read.
#[derive(Debug)]
pub struct Reading {
    pub framing: Framing,
    pub options: Options,
    /// The fraction of a second that is one unit of pts.
    pub time_base: (i64, i64),
    pub limits: Limits,
}

/// Opens a stream of a codec on several threads.
pub(crate) type Open = fn(&'static Codec, Reading) -> Result<Box<dyn TakesParts>>;

/// As an [`Open`], with what makes the codec's reader.
pub(crate) fn open<R: Divisible + Sync>(
    codec: &'static Codec,
    make: fn(Framing, Options) -> Result<R>,
    reading: Reading,
) -> Result<Box<dyn TakesParts>>
where
    R::Scout: Sync,
{
    let Reading { framing, options, time_base, limits } = reading;
    Ok(Box::new(ParallelReader::new(make, framing, options, codec.names, time_base, limits)?))
}
