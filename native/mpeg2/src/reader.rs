//! From bytes to units, and what is done with each kind of them; which of them make a picture.

use std::sync::Arc;

use codecorpus_bitstream::reader::Framing;
use codecorpus_bitstream::records::{NO_REF, Picture};
use codecorpus_bitstream::{BitReader, Event, Information, Options, Packet, ParseError, Reader, Result, Times, syntax};
use codecorpus_mpeg::output::{Output, Presented, References};
use codecorpus_mpeg::totals::Totals;
use codecorpus_mpeg::units::{Splitter, Unit, split};

use crate::emit::{Emitter, Outcome, begun_frame, damaged_frame, note_second_field, step};
use crate::headers::{Group, Matrices, PictureHeader, PictureType, Sequence, SliceHeader, Structure};
use crate::headers::{extension, extensions, start_code};
use crate::picture::{PictureInputs, Reference};
use crate::residual::weights::Weights;
use crate::state::SliceReader;

/// Reads MPEG-2 and MPEG-1.
#[derive(Debug)]
pub struct Mpeg2Reader {
    /// None where whole packets are pushed.
    splitter: Option<Splitter>,
    decoder: Decoder,
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

/// What a picture_header( ) came to.
#[derive(Debug)]
enum Announced {
    Header(PictureHeader),
    /// It could not be read, or an extension of it, beyond its picture_coding_type at best.
    Damaged(ParseError, Option<PictureType>),
}

impl Announced {
    const fn picture_type(&self) -> Option<PictureType> {
        match self {
            Self::Header(header) => Some(header.picture_type),
            Self::Damaged(_, picture_type) => *picture_type,
        }
    }
}

/// The picture that is being read: a frame, or one or both of its fields.
#[derive(Debug)]
struct Current {
    picture: Box<Picture>,
    /// None where its header could not be read.
    inputs: Option<PictureInputs>,
    /// It is known to be no reference.
    is_b: bool,
    times: Times,
    /// It can be decoded as far as is known, and is presented.
    shown: bool,
    /// Decoders know that there is one: a start code of a picture was there.
    is_seen: bool,
    /// Its first field was read, and this is the second.
    second_field: bool,
    /// Macroblocks of the frame or field that were read.
    read: u32,
    totals: Totals,
    missing_reference: bool,
    /// What keeps it from being read.
    damage: Option<ParseError>,
}

impl Current {
    /// Why the frame or field is not whole, if it is not.
    fn check_whole(&self) -> Result<()> {
        let Some(inputs) = &self.inputs else { return Ok(()) };
        let [width, height] = inputs.size;
        if self.read == width * height {
            return Ok(());
        }
        let reason = format!("{} of {} macroblocks are there", self.read, width * height);
        Err(ParseError::malformed("picture_data", reason).in_picture(self.picture.frame.coded_order))
    }

    /// Whether nothing of it is missing.
    fn is_whole(&self) -> bool {
        let is_frame = self.inputs.as_ref().is_some_and(|inputs| inputs.header.structure == Structure::Frame);
        (is_frame || self.second_field) && self.damage.is_none() && self.check_whole().is_ok()
    }

    fn count_header_bytes(&mut self, bytes: u64) {
        self.picture.count_bytes(bytes);
        self.totals.header += Information::from_bits(8 * bytes);
    }
}

#[derive(Debug)]
struct Decoder {
    options: Options,
    output: Output,
    sequence: Option<Arc<Sequence>>,
    /// Why what follows cannot be read until a sequence header comes that can.
    sequence_damage: Option<ParseError>,
    /// Those of the sequence, unless a picture has brought its own.
    matrices: Matrices,
    group: Group,
    /// Of a picture of which no slice has come.
    announced: Option<Announced>,
    current: Option<Current>,
    references: References<Reference>,
    /// An I picture has come: what is before the first one cannot be decoded.
    begun: bool,
    /// Of the packet; the time of presentation is the first picture's that begins in it.
    times: Times,
    /// Bytes of units that count to the next picture.
    pending: u64,
}

impl Decoder {
    fn new(options: Options) -> Self {
        Self {
            options,
            output: Output::new(options.errors),
            sequence: None,
            sequence_damage: None,
            matrices: Matrices::default(),
            group: Group::default(),
            announced: None,
            current: None,
            references: References::default(),
            begun: false,
            times: Times::default(),
            pending: 0,
        }
    }

    /// A container's copy of the sequence's headers: they count to no picture.
    fn read_extradata(&mut self, extradata: &[u8]) -> Result<()> {
        for unit in split(extradata, 0) {
            if matches!(unit.data.first(), Some(&(start_code::SEQUENCE_HEADER | start_code::EXTENSION))) {
                self.unit(Unit { size: 0, ..unit })?;
            }
        }
        Ok(())
    }

    /// Bytes that follow what they count to.
    fn count_after(&mut self, bytes: u64) {
        match &mut self.current {
            Some(current) if self.announced.is_none() => current.count_header_bytes(bytes),
            _ => self.pending += bytes,
        }
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

    /// The picture that errors are about.
    fn coded_order(&self) -> u32 {
        let being_read = self.current.is_some() && self.announced.is_none();
        self.output.next_coded_order().saturating_sub(u32::from(being_read))
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

    fn read_slice(&mut self, start_code: u8, unit: Unit<'_>) -> Result<()> {
        let Some(current) = &mut self.current else { return Ok(()) };
        let Some(inputs) = &current.inputs else { return Ok(()) };
        let mut reader = BitReader::of(unit.data, "slice");
        reader.u(8, "slice_start_code")?;
        let header = SliceHeader::read(&mut reader, start_code, &inputs.sequence)?;
        reader.hush();
        let emitter = Emitter {
            first_block: current.totals.blocks,
            picture: &mut current.picture,
            wanted: self.options.wanted,
            step: step(&inputs.sequence),
            outcome: Outcome::default(),
        };
        let before = (unit.size - unit.data.len() as u64) * 8 + reader.position() as u64;
        let slice = SliceReader::new(reader, inputs, emitter, header.quantiser_scale_code);
        let (result, outcome) = slice.read_slice(header, current.read);
        current.read += outcome.totals.blocks;
        current.missing_reference |= outcome.missing_reference;
        current.totals.header += Information::from_bits(before);
        current.totals.merge(&outcome.totals);
        result
    }

    /// Begins a frame, or the first or second field of one, with the slice that has come; nothing where there is no sequence yet.
    fn begin(&mut self, announced: Announced) -> Result<()> {
        let Some(sequence) = self.sequence.clone() else {
            self.announced = Some(announced);
            return Ok(());
        };
        let announced = match &self.sequence_damage {
            Some(error) => Announced::Damaged(error.clone(), announced.picture_type()),
            None => announced,
        };
        match announced {
            Announced::Header(header) if self.is_second_field(&header) => {
                self.finish_field()?;
                let inputs = self.inputs(sequence, header, true);
                self.begin_second_field(inputs);
            }
            Announced::Header(header) => {
                self.finish_picture()?;
                let inputs = self.inputs(sequence, header, false);
                self.begin_picture(inputs)?;
            }
            Announced::Damaged(error, picture_type) => {
                self.finish_picture()?;
                self.begin_damaged(error, picture_type == Some(PictureType::B))?;
            }
        }
        let pending = std::mem::take(&mut self.pending);
        if let Some(current) = &mut self.current {
            current.count_header_bytes(pending);
        }
        Ok(())
    }

    /// Whether a picture is the other field of the frame that is being read.
    fn is_second_field(&self, header: &PictureHeader) -> bool {
        let Some(current) = &self.current else { return false };
        let Some(inputs) = &current.inputs else { return false };
        let first = &inputs.header;
        !current.second_field
            && first.structure != Structure::Frame
            && header.structure != Structure::Frame
            && header.structure != first.structure
            && (header.picture_type == PictureType::B) == (first.picture_type == PictureType::B)
    }

    fn inputs(&self, sequence: Arc<Sequence>, header: PictureHeader, second_field: bool) -> PictureInputs {
        let [width, height] = sequence.size_in_macroblocks();
        let size = [width, if header.structure == Structure::Frame { height } else { height / 2 }];
        let order = |reference: Option<&Reference>| reference.map_or(NO_REF, |reference| reference.coded_order);
        let references = match header.picture_type {
            PictureType::B => self.references.both().map(order),
            _ => [order(self.references.last()), NO_REF],
        };
        let first_field_frame = second_field.then(|| self.coded_order() as i32);
        PictureInputs {
            weights: Weights::new(&self.matrices, header.alternate_scan),
            sequence,
            header,
            size,
            references,
            first_field_frame,
        }
    }

    fn begin_picture(&mut self, inputs: PictureInputs) -> Result<()> {
        let PictureInputs { header, references, sequence, .. } = &inputs;
        let mut picture = self.output.begin_picture()?;
        let is_b = header.picture_type == PictureType::B;
        let past_is_due = !is_b || !self.group.closed_gop || references[0] != NO_REF;
        picture.frame = begun_frame(picture.frame.coded_order, sequence, header, *references, past_is_due, self.times);
        self.begun |= picture.frame.key;
        let shown = self.begun && (!is_b || !past_is_due || references[0] != NO_REF);
        let missing_reference = !picture.frame.key && self.refers_to_damage(header.picture_type);
        let times = self.take_times();
        self.current = Some(Current {
            picture,
            inputs: Some(inputs),
            is_b,
            times,
            shown,
            is_seen: true,
            second_field: false,
            read: 0,
            totals: Totals::default(),
            missing_reference,
            damage: None,
        });
        Ok(())
    }

    /// When the picture that begins is presented: a packet's time is that of the first in it alone.
    fn take_times(&mut self) -> Times {
        Times { pts: self.times.pts.take(), ..self.times }
    }

    /// Whether a reference of pictures of a type could not be read.
    fn refers_to_damage(&self, picture_type: PictureType) -> bool {
        let [past, future] = self.references.both();
        let past = past.filter(|_| picture_type == PictureType::B);
        [past, future].into_iter().flatten().any(|reference| reference.damaged)
    }

    /// Begins a picture of which nothing is known but that it is there.
    fn begin_damaged(&mut self, error: ParseError, is_b: bool) -> Result<()> {
        let mut picture = self.output.begin_picture()?;
        picture.frame = damaged_frame(picture.frame.coded_order, self.times);
        self.current = Some(Current {
            picture,
            inputs: None,
            is_b,
            times: self.take_times(),
            shown: self.begun,
            is_seen: true,
            second_field: false,
            read: 0,
            totals: Totals::default(),
            missing_reference: false,
            damage: Some(error),
        });
        Ok(())
    }

    fn begin_second_field(&mut self, inputs: PictureInputs) {
        let Some(current) = &mut self.current else { return };
        note_second_field(&mut current.picture.frame, inputs.header.picture_type, inputs.references[0]);
        current.inputs = Some(inputs);
        current.second_field = true;
        current.read = 0;
    }

    /// Ends the frame or field that was being read.
    fn finish_field(&mut self) -> Result<()> {
        let Some(current) = &mut self.current else { return Ok(()) };
        if current.damage.is_none()
            && let Err(error) = current.check_whole()
        {
            current.damage = Some(error.clone());
            return self.output.pass_over(&error);
        }
        Ok(())
    }

    /// Ends the picture that was being read.
    fn finish_picture(&mut self) -> Result<()> {
        self.finish_field()?;
        let Some(current) = self.current.take() else { return Ok(()) };
        let Current { mut picture, inputs, is_b, times, shown, is_seen, totals, missing_reference, damage, .. } = current;
        let record = &mut picture.frame;
        record.complete = !missing_reference && !record.refs0.contains(&NO_REF);
        let coded_order = record.coded_order;
        let damaged = damage.is_some();
        match (damage, &inputs) {
            (None, Some(inputs)) => totals.add_to(&mut picture, f64::from(step(&inputs.sequence))),
            (Some(error), _) => picture.damage(error),
            (None, None) => {}
        }
        let presented = Presented { coded_order, times, shown };
        if is_b || !is_seen {
            self.output.push_other(picture, presented);
        } else {
            self.output.push_reference(picture, presented);
        }
        if !is_b {
            self.references.push(Reference { coded_order: coded_order as i32, damaged });
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<()> {
        let pending = std::mem::take(&mut self.pending);
        self.announced = None;
        self.count_after(pending);
        self.finish_picture()?;
        self.output.present_waiting();
        Ok(())
    }

    /// Ends the pictures before an error: the current one only where nothing of it is missing.
    fn abandon(&mut self) {
        if !self.current.as_ref().is_some_and(Current::is_whole) || self.finish_picture().is_err() {
            self.current = None;
        }
        self.output.present_waiting();
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
