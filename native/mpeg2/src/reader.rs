//! From bytes to units, and what is done with each kind of them.

use std::sync::Arc;

use codecorpus_bitstream::reader::Framing;
use codecorpus_bitstream::records::Picture;
use codecorpus_bitstream::{BitReader, Event, Options, Packet, ParseError, Reader, Result, syntax};
use codecorpus_mpeg::units::{Splitter, Unit, split};

use crate::headers::{Group, PictureHeader, Sequence, extension, extensions, start_code};
use crate::picture::{Announced, Current, Decoder};

/// Reads MPEG-2 and MPEG-1.
#[derive(Debug)]
pub(crate) struct Mpeg2Reader {
    /// None where whole packets are pushed.
    splitter: Option<Splitter>,
    decoder: Decoder,
}

impl Mpeg2Reader {
    /// # Errors
    /// Extradata that are no headers.
    pub(crate) fn new(framing: Framing, options: Options) -> Result<Self> {
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
        Ok(Self { splitter, decoder })
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
        self.decoder.output.events.pop_front()
    }

    fn recycle(&mut self, picture: Box<Picture>) {
        self.decoder.output.recycle(picture);
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
                self.read_header(code, unit.data)
            }
        };
        let Err(error) = result else { return Ok(()) };
        let error = error.in_unit(unit.offset).in_picture(self.coded_order());
        if code == Some(start_code::PICTURE) {
            let picture_type = PictureHeader::picture_type_of(unit.data);
            self.announced = Some(Announced::Damaged(error.clone(), picture_type));
        } else if let Some(announced) = &mut self.announced {
            *announced = Announced::Damaged(error.clone(), announced.picture_type());
        } else if matches!(code, Some(start_code::SEQUENCE_HEADER | start_code::EXTENSION)) {
            self.sequence_damage = Some(error.clone());
        }
        self.output.pass_over(&error)
    }

    fn read_header(&mut self, start_code: u8, data: &[u8]) -> Result<()> {
        let mut reader = BitReader::of(data, syntax_structure(start_code, data));
        reader.skip(8, "start_code")?;
        match start_code {
            start_code::PICTURE => self.announced = Some(Announced::Header(PictureHeader::read(&mut reader)?)),
            start_code::SEQUENCE_HEADER => {
                let sequence = Sequence::read(&mut reader)?;
                self.matrices = sequence.matrices.clone();
                self.sequence = Some(Arc::new(sequence));
                self.sequence_damage = None;
            }
            start_code::EXTENSION => self.read_extension(&mut reader)?,
            start_code::GROUP => self.group = Group::read(&mut reader)?,
            start_code::USER_DATA => reader.bytes(reader.left() / 8, "user_data")?,
            _ => {}
        }
        Ok(())
    }

    fn read_extension(&mut self, reader: &mut BitReader<'_>) -> Result<()> {
        let at = reader.position() as u64;
        match reader.u(4, "extension_start_code_identifier")? {
            extension::SEQUENCE => {
                if let Some(sequence) = &mut self.sequence {
                    Arc::make_mut(sequence).read_extension(reader)?;
                }
            }
            extension::QUANT_MATRIX => self.matrices.read_extension(reader)?,
            extension::SEQUENCE_SCALABLE => {
                return Err(ParseError::unsupported("extension_start_code_identifier", "scalability is not read").at_bit(at));
            }
            extension::PICTURE_CODING => {
                if let Some(Announced::Header(header)) = &mut self.announced {
                    header.read_extension(reader)?;
                }
            }
            other if reader.is_noted() => {
                if let Err(error) = extensions::read(reader, other) {
                    syntax::fail(&error);
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// A slice, of the picture that was announced or of the one that is being read.
    fn slice(&mut self, start_code: u8, unit: Unit<'_>) -> Result<()> {
        if let Some(announced) = self.announced.take() {
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

    /// A slice behind the last one of a picture is of another, whose header was lost.
    fn begin_without_header(&mut self, unit: Unit<'_>) -> Result<()> {
        let error = ParseError::malformed("picture_start_code", "none comes between a picture's last slice and this one");
        let error = error.in_unit(unit.offset).in_picture(self.output.next_coded_order());
        self.begin(Announced::Damaged(error.clone(), None))?;
        if let Some(current) = &mut self.current {
            current.picture.count_bytes(unit.size);
            // Decoders see no picture there.
            (current.shown, current.is_seen) = (false, false);
        }
        Err(error)
    }
}

/// The syntax structure behind a start code, for who asks for headers.
fn syntax_structure(start_code: u8, data: &[u8]) -> &'static str {
    match start_code {
        start_code::PICTURE => "picture_header",
        start_code::SEQUENCE_HEADER => "sequence_header",
        start_code::GROUP => "group_of_pictures_header",
        start_code::USER_DATA => "user_data",
        start_code::EXTENSION => extensions::name(data.get(1).map_or(0, |&byte| byte >> 4)),
        _ => "reserved",
    }
}
