//! The reader of VP9 streams: packets, each a frame or a superframe.

use codecorpus_bitstream::reader::Framing;
use codecorpus_bitstream::records::Picture;
use codecorpus_bitstream::{Event, Options, Packet, ParseError, Reader, Result};

use crate::framing::Superframe;
use crate::picture::Decoder;

/// Reads a VP9 stream.
#[derive(Debug)]
pub struct Vp9Reader {
    decoder: Decoder,
}

impl Vp9Reader {
    /// # Errors
    /// The stream does not come in packets: VP9 has no byte stream format.
    pub fn new(framing: Framing, options: Options) -> Result<Self> {
        match framing {
            Framing::ByteStream => Err(ParseError::unsupported("frame", "VP9 comes in packets of a container alone")),
            Framing::Packets { .. } => Ok(Self { decoder: Decoder::new(options) }),
        }
    }

    fn read_packet(&mut self, packet: Packet<'_>) -> Result<()> {
        self.decoder.begin_packet(packet.times);
        let superframe = match Superframe::of(packet.data) {
            Ok(superframe) => superframe,
            Err(error) => return self.decoder.pass_over_unknown(error.in_unit(packet.position), packet.data.len()),
        };
        let last = superframe.frames.len().saturating_sub(1);
        for (i, range) in superframe.frames.into_iter().enumerate() {
            // The index counts to the frame before it.
            let overhead = if i == last { superframe.overhead } else { 0 };
            let unit = packet.position + range.start as u64;
            let frame = packet.data.get(range).unwrap_or_default();
            self.decoder.read_frame(frame, overhead, unit)?;
        }
        Ok(())
    }
}

impl Reader for Vp9Reader {
    fn push(&mut self, packet: Packet<'_>) -> Result<()> {
        self.read_packet(packet)
    }

    /// The container's extradata (vpcC) say nothing that the frames do not.
    fn configure(&mut self, _extradata: &[u8]) -> Result<()> {
        Ok(())
    }

    fn finish(&mut self) -> Result<()> {
        self.decoder.finish();
        Ok(())
    }

    fn abandon(&mut self) {
        self.decoder.finish();
    }

    fn next_event(&mut self) -> Option<Event> {
        self.decoder.presentation_mut().next_event()
    }

    fn recycle(&mut self, picture: Box<Picture>) {
        self.decoder.recycle(picture);
    }
}
