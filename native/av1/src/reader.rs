//! The reader of AV1 streams.

use codecorpus_bitstream::reader::Framing;
use codecorpus_bitstream::records::Picture;
use codecorpus_bitstream::{Errors, Event, Options, Packet, Reader, Result};

use crate::framing::{ByteStream, cut_in_packet, next_in_packet};
use crate::picture::FrameDecoder;
use crate::stream::{DecodeFrame, Stream};

/// Bytes of an AV1CodecConfigurationRecord before its configOBUs (AV1 Codec ISO Media File Format Binding, 2.3).
const AV1C_BYTES: usize = 4;

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
        drop(self.read_extradata(extradata));
    }

    /// An av1C record (its first byte has the marker bit and version 1), or OBUs as they are.
    fn read_extradata(&mut self, extradata: &[u8]) -> Result<()> {
        let obus = match extradata {
            [0x81, ..] => extradata.get(AV1C_BYTES..).unwrap_or(&[]),
            _ => extradata,
        };
        let mut at = 0;
        while let Some(obu) = next_in_packet(obus, at)? {
            self.stream.read_extradata(&obus[obu.range.clone()], &obu)?;
            at = obu.range.end;
        }
        Ok(())
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
pub struct Av1Reader(ObuReader<FrameDecoder>);

impl Av1Reader {
    /// # Errors
    /// None: what the extradata lacks, the stream can have.
    pub fn new(framing: Framing, options: Options) -> Result<Self> {
        Ok(Self(ObuReader::new(framing, FrameDecoder::new(options.wanted), options.errors)))
    }
}

impl Reader for Av1Reader {
    fn push(&mut self, packet: Packet<'_>) -> Result<()> {
        self.0.push(packet)
    }

    fn configure(&mut self, extradata: &[u8]) -> Result<()> {
        self.0.configure(extradata);
        Ok(())
    }

    fn finish(&mut self) -> Result<()> {
        self.0.finish()
    }

    fn abandon(&mut self) {
        self.0.abandon();
    }

    fn next_event(&mut self) -> Option<Event> {
        self.0.next_event()
    }

    fn recycle(&mut self, picture: Box<Picture>) {
        self.0.decoder_mut().recycle(picture);
    }
}
