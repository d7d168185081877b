//! From bytes to units, and what is done with each kind of them.

use codecorpus_bitstream::division::{Beginning, Cut, Divisible, Least, Numbers};
use codecorpus_bitstream::reader::{Framing, is_blank};
use codecorpus_bitstream::records::Picture;
use codecorpus_bitstream::{Event, Options, Packet, ParseError, Reader, Result};
use codecorpus_mpeg::units::{Splitter, Unit, is_void, split};

use crate::headers::start_code;
use crate::picture::{Current, Decoder};
use crate::scout::{Lookout, Mpeg2Scout, Start};
use crate::sets::Announced;

/// Reads MPEG-2 and MPEG-1.
#[derive(Debug)]
pub struct Mpeg2Reader {
    /// None where whole packets are pushed.
    splitter: Option<Splitter>,
    decoder: Decoder,
    beginning: Beginning,
}

impl Mpeg2Reader {
    /// # Errors
    /// Extradata that are no headers.
    pub fn new(framing: Framing, options: Options) -> Result<Self> {
        if options.wanted.residual {
            let reason = "MPEG-2 leaves the inverse transform's rounding to the decoder: it has no one residual";
            return Err(ParseError::unsupported("residual", reason));
        }
        let mut decoder = Decoder::new(options);
        let splitter = match framing {
            Framing::ByteStream => Some(Splitter::default()),
            Framing::Packets { extradata } => {
                decoder.read_extradata(&extradata)?;
                None
            }
        };
        Ok(Self { splitter, decoder, beginning: Beginning::OfStream })
    }

    fn drain_byte_stream(&mut self, end: bool) -> Result<()> {
        let Some(splitter) = &mut self.splitter else { return Ok(()) };
        while let Some(unit) = splitter.next_unit(end) {
            self.decoder.unit(unit)?;
        }
        Ok(())
    }
}

impl Reader for Mpeg2Reader {
    fn push(&mut self, packet: Packet<'_>) -> Result<()> {
        self.decoder.times = packet.times;
        if let Some(splitter) = &mut self.splitter {
            splitter.push(packet.data);
            return self.drain_byte_stream(false);
        }
        let begun = self.decoder.output.next_coded_order() > 0;
        if is_void(packet.data) && (begun || is_blank(packet.data)) {
            return self.decoder.lose_packet(packet);
        }
        let mut counted = 0;
        for unit in split(packet.data, packet.position) {
            counted += unit.size;
            self.decoder.unit(unit)?;
        }
        self.decoder.count_after(packet.data.len() as u64 - counted);
        Ok(())
    }

    fn configure(&mut self, extradata: &[u8]) -> Result<()> {
        self.decoder.read_extradata(extradata)
    }

    fn finish(&mut self) -> Result<()> {
        self.drain_byte_stream(true)?;
        self.decoder.finish()
    }

    fn abandon(&mut self) {
        self.decoder.abandon();
    }

    fn next_event(&mut self) -> Option<Event> {
        let event = self.decoder.output.events.pop_front();
        self.beginning.look(event.as_ref());
        event
    }

    fn recycle(&mut self, picture: Box<Picture>) {
        self.decoder.output.recycle(picture);
    }
}

impl Divisible for Mpeg2Reader {
    type Start = Start;
    type Scout = Mpeg2Scout;

    fn scout(framing: &Framing, _: Options, least: Least) -> Mpeg2Scout {
        Mpeg2Scout::new(framing, Lookout::new(framing, least))
    }

    fn begin_at(cut: &Cut<Start>, options: Options) -> Self {
        let splitter = cut.start.is_byte_stream.then(|| Splitter::begin_at(cut.at));
        Self { splitter, decoder: Decoder::begin_at(&cut.start, options), beginning: Beginning::Unknown }
    }

    fn begins_alike(&self) -> Option<bool> {
        self.beginning.is_alike()
    }

    fn reach_cut(&mut self) -> Result<()> {
        self.drain_byte_stream(true)
    }

    fn hand_over(&mut self, start: &Start) -> Option<Numbers> {
        self.decoder.hand_over(start)
    }
}

impl Decoder {
    /// A container's copy of the sequence's headers: they count to no picture.
    fn read_extradata(&mut self, extradata: &[u8]) -> Result<()> {
        for unit in split(extradata, 0) {
            if matches!(unit.data.first(), Some(&(start_code::SEQUENCE_HEADER | start_code::EXTENSION))) {
                self.unit(Unit { size: 0, ..unit })?;
            }
        }
        Ok(())
    }

    fn unit(&mut self, unit: Unit<'_>) -> Result<()> {
        let code = unit.data.first().copied();
        let result = match code {
            Some(code @ start_code::FIRST_SLICE..=start_code::LAST_SLICE) => self.slice(code, unit),
            Some(start_code::SEQUENCE_END) | None => {
                self.count_after(unit.size);
                return Ok(());
            }
            Some(code) => {
                self.pending += unit.size;
                self.headers.read(code, unit.data)
            }
        };
        let Err(error) = result else { return Ok(()) };
        let error = error.in_unit(unit.offset).in_picture(self.coded_order());
        self.headers.lose(code, unit.data, &error);
        self.output.pass_over(&error)
    }

    /// A slice, of the picture that was announced or of the one that is being read.
    fn slice(&mut self, start_code: u8, unit: Unit<'_>) -> Result<()> {
        if let Some(announced) = self.headers.announced.take() {
            self.begin(announced)?;
        } else if self.current.as_ref().is_some_and(Current::is_whole) {
            return self.begin_without_header(unit);
        }
        let Some(current) = &mut self.current else {
            // The stream is cut open: no sequence header has come, or no picture header.
            self.pending += unit.size;
            return Ok(());
        };
        current.picture.count_bytes(unit.size);
        if current.damage.is_some() {
            return Ok(());
        }
        let result = self.read_slice(start_code, unit);
        if let (Err(error), Some(current)) = (&result, &mut self.current) {
            let coded_order = current.picture.frame.coded_order;
            current.damage = Some(error.clone().in_unit(unit.offset).in_picture(coded_order));
        }
        result
    }

    /// A packet of no units.
    fn lose_packet(&mut self, packet: Packet<'_>) -> Result<()> {
        let error = ParseError::malformed("picture_start_code", "no start code is in the packet");
        let error = self.begin_lost(error.in_unit(packet.position), packet.data.len() as u64)?;
        self.output.pass_over(&error)
    }

    /// A slice behind the last one of a picture is of another, whose header was lost.
    fn begin_without_header(&mut self, unit: Unit<'_>) -> Result<()> {
        let error = ParseError::malformed("picture_start_code", "none comes between a picture's last slice and this one");
        Err(self.begin_lost(error.in_unit(unit.offset), unit.size)?)
    }

    /// Begins a picture of which nothing is there by which decoders see one; gives the error as it is of that picture.
    fn begin_lost(&mut self, error: ParseError, bytes: u64) -> Result<ParseError> {
        let error = error.in_picture(self.output.next_coded_order());
        self.begin(Announced::Damaged(error.clone(), None))?;
        if let Some(current) = &mut self.current {
            current.picture.count_bytes(bytes);
            (current.shown, current.is_seen) = (false, false);
        }
        Ok(error)
    }
}
