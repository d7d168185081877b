//! The reader of AV1 streams.

use codecorpus_bitstream::division::{Beginning, Cut, Divisible, Least, Numbers};
use codecorpus_bitstream::reader::Framing;
use codecorpus_bitstream::records::Picture;
use codecorpus_bitstream::{Errors, Event, Options, Packet, Reader, Result};

use crate::framing::{ByteStream, cut_in_packet, each_in_extradata, next_in_packet};
use crate::picture::FrameDecoder;
use crate::scout::Av1Scout;
use crate::start::Start;
use crate::stream::{DecodeFrame, Stream};

/// A stream of OBUs in its framing.
#[derive(Debug)]
pub struct ObuReader<D: DecodeFrame> {
    stream: Stream<D>,
    /// None where whole packets come.
    byte_stream: Option<ByteStream>,
    errors: Errors,
    /// The beginning of a temporal unit is searched: what comes before it is known to be damaged.
    searching: bool,
}

impl<D: DecodeFrame> ObuReader<D> {
    pub fn new(framing: Framing, decoder: D, errors: Errors) -> Self {
        let mut reader = Self { stream: Stream::new(decoder, errors), byte_stream: None, errors, searching: false };
        match framing {
            Framing::ByteStream => reader.byte_stream = Some(ByteStream::default()),
            Framing::Packets { extradata } => reader.configure(&extradata),
        }
        reader
    }

    /// Takes a container's extradata. The sequence headers in the stream itself decide; a record that cannot be read is
    /// as good as none.
    pub fn configure(&mut self, extradata: &[u8]) {
        let _ = each_in_extradata(extradata, |data, obu| self.stream.read_extradata(data, obu));
    }

    /// # Errors
    /// As [`codecorpus_bitstream::Reader::push`].
    pub fn push(&mut self, packet: Packet<'_>) -> Result<()> {
        let Some(byte_stream) = &mut self.byte_stream else { return self.read_packet(packet) };
        byte_stream.push(packet.data);
        self.drain(false)
    }

    fn read_packet(&mut self, packet: Packet<'_>) -> Result<()> {
        self.stream.begin_packet(packet.times).map_err(|error| error.in_unit(packet.position))?;
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
                    let (passed, found) = byte_stream.recover(end);
                    match byte_stream.cut(passed.clone()) {
                        Some(obu) => self.stream.pass_over_cut(byte_stream.bytes(passed), &obu, error),
                        None => self.stream.pass_over(passed.len(), error),
                    }
                    self.searching = !found;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// # Errors
    /// As [`codecorpus_bitstream::Reader::finish`].
    pub fn finish(&mut self) -> Result<()> {
        self.drain(true)?;
        self.stream.finish()
    }

    /// Reads what follows a cut.
    fn begin_at(cut: &Cut<Start>, decoder: D, errors: Errors) -> Self {
        let byte_stream = cut.start.format.map(|format| ByteStream::begin_at(format, cut.at));
        Self { stream: Stream::begin_at(decoder, errors, &cut.start), byte_stream, errors, searching: false }
    }

    /// As [`Divisible::hand_over`].
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

    pub fn abandon(&mut self) {
        self.stream.abandon();
    }

    pub fn next_event(&mut self) -> Option<Event> {
        self.stream.presentation_mut().next_event()
    }

    pub fn decoder_mut(&mut self) -> &mut D {
        self.stream.decoder_mut()
    }
}

/// Reads an AV1 stream.
#[derive(Debug)]
pub struct Av1Reader {
    obus: ObuReader<FrameDecoder>,
    beginning: Beginning,
}

impl Av1Reader {
    /// # Errors
    /// None: what the extradata lacks, the stream can have.
    pub fn new(framing: Framing, options: Options) -> Result<Self> {
        let obus = ObuReader::new(framing, FrameDecoder::new(options.wanted), options.errors);
        Ok(Self { obus, beginning: Beginning::OfStream })
    }
}

impl Reader for Av1Reader {
    fn push(&mut self, packet: Packet<'_>) -> Result<()> {
        self.obus.push(packet)
    }

    fn configure(&mut self, extradata: &[u8]) -> Result<()> {
        self.obus.configure(extradata);
        Ok(())
    }

    fn finish(&mut self) -> Result<()> {
        self.obus.finish()
    }

    fn abandon(&mut self) {
        self.obus.abandon();
    }

    fn next_event(&mut self) -> Option<Event> {
        {
            let event = self.obus.next_event();
            self.beginning.look(event.as_ref());
            event
        }
    }

    fn recycle(&mut self, picture: Box<Picture>) {
        self.obus.decoder_mut().recycle(picture);
    }
}

impl Divisible for Av1Reader {
    type Start = Start;
    type Scout = Av1Scout;

    fn scout(framing: &Framing, options: Options, least: Least) -> Av1Scout {
        Av1Scout::new(framing, options, least)
    }

    fn begin_at(cut: &Cut<Start>, options: Options) -> Self {
        let obus = ObuReader::begin_at(cut, FrameDecoder::new(options.wanted), options.errors);
        Self { obus, beginning: Beginning::Unknown }
    }

    fn begins_alike(&self) -> Option<bool> {
        self.beginning.is_alike()
    }

    fn reach_cut(&mut self) -> Result<()> {
        Ok(())
    }

    fn hand_over(&mut self, start: &Start) -> Option<Numbers> {
        self.obus.hand_over(start)
    }
}
