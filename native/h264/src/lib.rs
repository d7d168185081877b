//! Not read yet.

use codecorpus_bitstream::reader::Framing;
use codecorpus_bitstream::records::{Names, Picture};
use codecorpus_bitstream::{Event, Packet, ParseError, Reader, Result, Wanted};

#[derive(Debug)]
pub struct H264Reader;

impl H264Reader {
    /// # Errors
    /// Always: this codec is not read yet.
    pub fn new(_framing: Framing, _wanted: Wanted) -> Result<Self> {
        Err(ParseError::unsupported("h264", "streams of this codec are not read yet"))
    }
}

impl Reader for H264Reader {
    fn names(&self) -> &'static Names {
        &Names { codec: "h264", partition: &[], intra_mode: &[], mode: &[], filter: &[], transform_type: &[] }
    }

    fn push(&mut self, _packet: Packet<'_>) -> Result<()> {
        Ok(())
    }

    fn finish(&mut self) -> Result<()> {
        Ok(())
    }

    fn abandon(&mut self) {}

    fn next_event(&mut self) -> Option<Event> {
        None
    }

    fn recycle(&mut self, _picture: Box<Picture>) {}
}
