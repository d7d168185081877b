//! The reader of VP9 streams: packets, each a frame or a superframe.

use codecorpus_bitstream::division::{Beginning, Cut, Divisible, Least, Numbers};
use codecorpus_bitstream::reader::{Framing, is_blank};
use codecorpus_bitstream::records::Picture;
use codecorpus_bitstream::{Event, Options, Packet, ParseError, Reader, Result};

use crate::framing::Superframe;
use crate::picture::Decoder;
use crate::scout::{Start, Vp9Scout};

/// Reads a VP9 stream.
#[derive(Debug)]
pub struct Vp9Reader {
    decoder: Decoder,
    beginning: Beginning,
}

impl Vp9Reader {
    /// # Errors
    /// The stream does not come in packets: VP9 has no byte stream format.
    pub fn new(framing: Framing, options: Options) -> Result<Self> {
        match framing {
            Framing::ByteStream => Err(ParseError::unsupported("frame", "VP9 comes in packets of a container alone")),
            Framing::Packets { .. } => Ok(Self { decoder: Decoder::new(options), beginning: Beginning::OfStream }),
        }
    }

    fn read_packet(&mut self, packet: Packet<'_>) -> Result<()> {
        self.decoder.begin_packet(packet.times);
        if is_blank(packet.data) {
            let error = ParseError::malformed("frame", "the packet is zeros alone").in_unit(packet.position);
            return self.decoder.pass_over_unread(error, packet.data.len(), false);
        }
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
        let event = self.decoder.presentation_mut().next_event();
        self.beginning.look(event.as_ref());
        event
    }

    fn recycle(&mut self, picture: Box<Picture>) {
        self.decoder.recycle(picture);
    }
}

impl Divisible for Vp9Reader {
    type Start = Start;
    type Scout = Vp9Scout;

    fn scout(_: &Framing, _: Options, least: Least) -> Vp9Scout {
        Vp9Scout::new(least)
    }

    fn begin_at(_: &Cut<Start>, options: Options) -> Self {
        Self { decoder: Decoder::new(options), beginning: Beginning::Unknown }
    }

    fn begins_alike(&self) -> Option<bool> {
        self.beginning.is_alike()
    }

    fn reach_cut(&mut self) -> Result<()> {
        Ok(())
    }

    /// A key frame follows: it takes every slot, and neither its header nor its blocks need anything of what was before.
    fn hand_over(&mut self, _: &Start) -> Option<Numbers> {
        if self.decoder.presentation_mut().has_pending() {
            return None;
        }
        self.decoder.finish();
        let frame = self.decoder.presentation_mut().shown();
        Some(Numbers { coded_order: self.decoder.next_coded_order(), frame })
    }
}
