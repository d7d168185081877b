//! The codecs whose streams can be cut, and read by several threads.

use codecorpus_av1::Av1Reader;
use codecorpus_bitstream::division::Divisible;
use codecorpus_bitstream::reader::Framing;
use codecorpus_bitstream::{Codec, Options, Result};
use codecorpus_h264::H264Reader;
use codecorpus_hevc::HevcReader;
use codecorpus_parallel::{Limits, ParallelReader, TakesParts};
use codecorpus_vp9::Vp9Reader;

/// How a stream is to be read.
#[derive(Debug)]
pub struct Reading {
    pub framing: Framing,
    pub options: Options,
    /// The fraction of a second that is one unit of pts.
    pub time_base: (i64, i64),
    pub limits: Limits,
}

/// A reader on several threads. None where the codec is read by one alone.
///
/// # Errors
/// Those of the codec's reader, of the container's extradata.
#[must_use]
pub fn open_parallel(codec: &'static Codec, reading: Reading) -> Option<Result<Box<dyn TakesParts>>> {
    match codec.name {
        "h264" => Some(open(codec, H264Reader::new, reading)),
        "hevc" => Some(open(codec, HevcReader::new, reading)),
        "av1" => Some(open(codec, Av1Reader::new, reading)),
        "vp9" => Some(open(codec, Vp9Reader::new, reading)),
        _ => None,
    }
}

fn open<R: Divisible + Sync>(
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
