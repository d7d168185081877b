//! The reader of AV1 streams.

use codecorpus_bitstream::division::{Beginning, Cut, Divisible, Least, Numbers};
use codecorpus_bitstream::reader::Framing;
use codecorpus_bitstream::records::Picture;
use codecorpus_bitstream::{Errors, Event, Options, Packet, ParseError, Reader, Result};

use crate::framing::{ByteStream, HEADER_BYTES, cut_in_packet, each_in_extradata, is_void, next_in_packet};
use crate::picture::FrameDecoder;
use crate::scout::Av1Scout;
use crate::start::Start;
use crate::stream::Stream;

/// Reads an AV1 stream.
#[derive(Debug)]
pub struct Av1Reader {
    stream: Stream,
    /// None where whole packets come.
    byte_stream: Option<ByteStream>,
    errors: Errors,
    /// The beginning of a temporal unit is searched: what comes before it is known to be damaged.
    searching: bool,
    beginning: Beginning,
}

impl Av1Reader {
    /// # Errors
    /// None: what the extradata lacks, the stream can have.
    pub fn new(framing: Framing, options: Options) -> Result<Self> {
        let mut reader = Self {
            stream: Stream::new(FrameDecoder::new(options.wanted), options.errors),
            byte_stream: None,
            errors: options.errors,
            searching: false,
            beginning: Beginning::OfStream,
        };
        match framing {
            Framing::ByteStream => reader.byte_stream = Some(ByteStream::default()),
            Framing::Packets { extradata } => reader.read_extradata(&extradata),
        }
        Ok(reader)
    }

    /// The sequence headers in the stream itself decide; a record that cannot be read is as good as none.
    fn read_extradata(&mut self, extradata: &[u8]) {
        let _ = each_in_extradata(extradata, |data, obu| self.stream.read_extradata(data, obu));
    }

    fn read_packet(&mut self, packet: Packet<'_>) -> Result<()> {
        self.stream.begin_packet(packet.times).map_err(|error| error.in_unit(packet.position))?;
        if is_void(packet.data) {
            let error = ParseError::malformed("obu_type", "the packet is of a reserved type as a whole");
            return self.stream.lose_packet(packet.data.len(), error.in_unit(packet.position));
        }
        let mut at = 0;
        loop {
            let unit = packet.position + at as u64;
            match next_in_packet(packet.data, at).map_err(|error| error.in_unit(unit)) {
                Ok(None) => return Ok(()),
                Ok(Some(obu)) => {
                    at = obu.range.end;
                    match self.stream.read(&packet.data[obu.range.clone()], &obu).map_err(|error| error.in_unit(unit)) {
                        Err(error) if self.errors == Errors::Skip => self.stream.pass_over(obu.range.len(), error),
                        result => result?,
                    }
                }
                Err(error) if self.errors == Errors::Skip => {
                    match cut_in_packet(packet.data, at) {
                        Some(obu) => self.stream.pass_over_cut(&packet.data[at..], &obu, error),
                        None => self.stream.pass_over(packet.data.len() - at, error),
                    }
                    return Ok(());
                }
                Err(error) => return Err(error),
            }
        }
    }

    fn drain(&mut self, end: bool) -> Result<()> {
        let Some(byte_stream) = &mut self.byte_stream else { return Ok(()) };
        loop {
            if self.searching {
                let (passed, found) = byte_stream.recover(end);
                self.stream.pass_over_more(passed.len());
                self.searching = !found;
                if !found {
                    return Ok(());
                }
            }
            match byte_stream.next(end) {
                Ok(None) => return Ok(()),
                Ok(Some(obu)) => {
                    let unit = byte_stream.position_of(obu.range.start);
                    match self.stream.read(byte_stream.bytes(obu.range.clone()), &obu).map_err(|error| error.in_unit(unit)) {
                        Err(error) if self.errors == Errors::Skip => {
                            let end = byte_stream.give_up(&obu);
                            self.stream.pass_over(obu.overhead + end - obu.range.start, error);
                        }
                        result => result?,
                    }
                }
                Err(error) if self.errors == Errors::Skip => {
                    if !byte_stream.can_recover(end) {
                        return Ok(());
                    }
                    let (passed, found) = byte_stream.recover(end);
                    let head = passed.start..passed.end.min(passed.start + HEADER_BYTES);
                    let rest = passed.len() - head.len();
                    match byte_stream.cut(head.clone()) {
                        Some(obu) => self.stream.pass_over_cut(byte_stream.bytes(head), &obu, error),
                        None => self.stream.pass_over(head.len(), error),
                    }
                    self.stream.pass_over_more(rest);
                    self.searching = !found;
                }
                Err(error) => return Err(error),
            }
        }
    }
}

impl Reader for Av1Reader {
    fn push(&mut self, packet: Packet<'_>) -> Result<()> {
        let Some(byte_stream) = &mut self.byte_stream else { return self.read_packet(packet) };
        byte_stream.push(packet.data);
        self.drain(false)
    }

    fn configure(&mut self, extradata: &[u8]) -> Result<()> {
        self.read_extradata(extradata);
        Ok(())
    }

    fn finish(&mut self) -> Result<()> {
        self.drain(true)?;
        self.stream.finish()
    }

    fn abandon(&mut self) {
        self.stream.abandon();
    }

    fn next_event(&mut self) -> Option<Event> {
        let event = self.stream.presentation.next_event();
        self.beginning.look(event.as_ref());
        event
    }

    fn recycle(&mut self, picture: Box<Picture>) {
        self.stream.decoder.recycle(picture);
    }
}

impl Divisible for Av1Reader {
    type Start = Start;
    type Scout = Av1Scout;

    fn scout(framing: &Framing, options: Options, least: Least) -> Av1Scout {
        Av1Scout::new(framing, options, least)
    }

    fn begin_at(cut: &Cut<Start>, options: Options) -> Self {
        Self {
            stream: Stream::begin_at(FrameDecoder::new(options.wanted), options.errors, &cut.start),
            byte_stream: cut.start.format.map(|format| ByteStream::begin_at(format, cut.at)),
            errors: options.errors,
            searching: false,
            beginning: Beginning::Unknown,
        }
    }

    fn begins_alike(&self) -> Option<bool> {
        self.beginning.is_alike()
    }

    fn reach_cut(&mut self) -> Result<()> {
        Ok(())
    }

    fn hand_over(&mut self, start: &Start) -> Option<Numbers> {
        let is_between_units = match (&self.byte_stream, start.format) {
            (Some(byte_stream), Some(format)) => !self.searching && byte_stream.is_between_units(format),
            (byte_stream, format) => byte_stream.is_none() && format.is_none(),
        };
        if !is_between_units {
            return None;
        }
        self.stream.hand_over(start)
    }
}
