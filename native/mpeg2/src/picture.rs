//! From picture headers and slices to pictures: where each begins and ends, what it refers to, and when it is presented.

use std::sync::Arc;

use codecorpus_bitstream::division::Numbers;
use codecorpus_bitstream::records::{NO_REF, Picture};
use codecorpus_bitstream::{BitReader, Information, Options, ParseError, Result, Times};
use codecorpus_mpeg::output::{Output, Presented};
use codecorpus_mpeg::references::References;
use codecorpus_mpeg::totals::Totals;
use codecorpus_mpeg::units::Unit;

use crate::emit::{Emitter, Outcome, begun_frame, damaged_frame, note_second_field, step};
use crate::headers::{PictureHeader, PictureType, Sequence, SliceHeader, Structure};
use crate::refs::Reference;
use crate::residual::weights::Weights;
use crate::scout::Start;
use crate::sets::{Announced, Headers};
use crate::state::{PictureInputs, SliceReader};

/// The picture that is being read: a frame, or one or both of its fields.
#[derive(Debug)]
pub(crate) struct Current {
    pub(crate) picture: Box<Picture>,
    /// None where its header could not be read.
    inputs: Option<PictureInputs>,
    /// It is known to be no reference.
    is_b: bool,
    pub(crate) times: Times,
    /// It can be decoded as far as is known, and is presented.
    pub(crate) shown: bool,
    /// Decoders know that there is one: a start code of a picture was there.
    pub(crate) is_seen: bool,
    /// Its first field was read, and this is the second.
    second_field: bool,
    /// Macroblocks of the frame or field that were read.
    read: u32,
    totals: Totals,
    missing_reference: bool,
    /// What keeps it from being read.
    pub(crate) damage: Option<ParseError>,
}

impl Current {
    /// Whether all macroblocks of the frame or field are there.
    fn check_macroblocks(&self) -> Result<()> {
        let Some(inputs) = &self.inputs else { return Ok(()) };
        let [width, height] = inputs.size;
        if self.read == width * height {
            return Ok(());
        }
        let reason = format!("{} of {} macroblocks are there", self.read, width * height);
        Err(ParseError::malformed("picture_data", reason).in_picture(self.picture.frame.coded_order))
    }

    /// Whether all macroblocks are there, of both fields where it is coded as fields.
    fn check_whole(&self) -> Result<()> {
        self.check_macroblocks()?;
        let is_field = self.inputs.as_ref().is_some_and(|inputs| inputs.header.structure != Structure::Frame);
        // Where a stream is cut open, the first one may be a second field.
        if self.second_field || !is_field || !self.shown {
            return Ok(());
        }
        let error = ParseError::malformed("picture_structure", "the other field of the frame is missing");
        Err(error.in_picture(self.picture.frame.coded_order))
    }

    /// Whether nothing of it is missing.
    pub(crate) fn is_whole(&self) -> bool {
        self.damage.is_none() && self.check_whole().is_ok()
    }

    const fn presented(&self) -> Presented {
        Presented { coded_order: self.picture.frame.coded_order, times: self.times, shown: self.shown }
    }

    pub(crate) fn count_header_bytes(&mut self, bytes: u64) {
        self.picture.count_bytes(bytes);
        self.totals.header += Information::from_bits(8 * bytes);
    }
}

#[derive(Debug)]
pub(crate) struct Decoder {
    options: Options,
    pub(crate) output: Output,
    pub(crate) headers: Headers,
    pub(crate) current: Option<Current>,
    references: References<Reference>,
    /// An I picture has come: what is before the first one cannot be decoded.
    begun: bool,
    /// Of the packet; the time of presentation is the first picture's that begins in it.
    pub(crate) times: Times,
    /// Bytes of units that count to the next picture.
    pub(crate) pending: u64,
}

impl Decoder {
    pub(crate) fn new(options: Options) -> Self {
        Self {
            options,
            output: Output::new(options.errors),
            headers: Headers::default(),
            current: None,
            references: References::default(),
            begun: false,
            times: Times::default(),
            pending: 0,
        }
    }

    /// Bytes that follow what they count to.
    pub(crate) fn count_after(&mut self, bytes: u64) {
        match &mut self.current {
            Some(current) if self.headers.announced.is_none() => current.count_header_bytes(bytes),
            _ => self.pending += bytes,
        }
    }

    /// The picture that errors are about.
    pub(crate) fn coded_order(&self) -> u32 {
        let being_read = self.current.is_some() && self.headers.announced.is_none();
        self.output.next_coded_order().saturating_sub(u32::from(being_read))
    }

    pub(crate) fn read_slice(&mut self, start_code: u8, unit: Unit<'_>) -> Result<()> {
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
    pub(crate) fn begin(&mut self, announced: Announced) -> Result<()> {
        let Some(sequence) = self.headers.sequence.clone() else {
            self.headers.announced = Some(announced);
            return Ok(());
        };
        let announced = match &self.headers.sequence_damage {
            Some(error) => Announced::Damaged(error.clone(), announced.picture_type()),
            None => announced,
        };
        match announced {
            Announced::Header(header) if self.headers.begin_picture(&header) => {
                self.note_damage(Current::check_macroblocks)?;
                let inputs = self.inputs(sequence, header, true);
                self.begin_second_field(inputs);
            }
            Announced::Header(header) => {
                self.finish_picture()?;
                let inputs = self.inputs(sequence, header, false);
                self.begin_picture(inputs)?;
            }
            Announced::Damaged(error, picture_type) => {
                self.headers.first_field = None;
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
            weights: Weights::new(&self.headers.matrices, header.alternate_scan),
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
        let past_is_due = !is_b || !self.headers.group.closed_gop || references[0] != NO_REF;
        picture.frame = begun_frame(picture.frame.coded_order, sequence, header, *references, past_is_due, self.times);
        self.begun |= picture.frame.key;
        let past_is_shown = self.references.both()[0].is_some_and(|past| past.shown);
        let shown = self.begun && (!is_b || self.headers.group.closed_gop || past_is_shown);
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

    /// Looks at what was read of the frame or field that ends.
    fn note_damage(&mut self, check: fn(&Current) -> Result<()>) -> Result<()> {
        let Some(current) = &mut self.current else { return Ok(()) };
        if current.damage.is_none()
            && let Err(error) = check(current)
        {
            current.damage = Some(error.clone());
            return self.output.pass_over(&error);
        }
        Ok(())
    }

    /// Ends the picture that was being read.
    fn finish_picture(&mut self) -> Result<()> {
        self.note_damage(Current::check_whole)?;
        let Some(current) = self.current.take() else { return Ok(()) };
        let presented = current.presented();
        let Current { mut picture, inputs, is_b, is_seen, totals, missing_reference, damage, .. } = current;
        let record = &mut picture.frame;
        record.complete = !missing_reference && !record.refs0.contains(&NO_REF);
        let coded_order = record.coded_order;
        let damaged = damage.is_some();
        match (damage, &inputs) {
            (None, Some(inputs)) => totals.add_to(&mut picture, f64::from(step(&inputs.sequence))),
            (Some(error), _) => picture.damage(error),
            (None, None) => {}
        }
        if is_b || !is_seen {
            self.output.push_other(picture, presented);
        } else {
            self.output.push_reference(picture, presented);
        }
        if !is_b {
            self.references.push(Reference { coded_order: coded_order as i32, damaged, shown: presented.shown });
        }
        Ok(())
    }

    /// What follows a cut.
    pub(crate) fn begin_at(start: &Start, options: Options) -> Self {
        let mut references = References::default();
        for numbers in start.preceding.references() {
            references.push(Reference { coded_order: numbers.coded_order as i32, damaged: false, shown: true });
        }
        Self {
            output: Output::begin_behind(start.preceding, options.errors),
            headers: start.headers.clone(),
            references,
            begun: true,
            pending: start.pending,
            ..Self::new(options)
        }
    }

    /// Ends the last picture before a cut, where it is whole and nothing else than `start` is carried on to those behind it.
    pub(crate) fn hand_over(&mut self, start: &Start) -> Option<Numbers> {
        let current = self.current.as_ref().filter(|current| current.is_whole())?;
        let presented = current.presented();
        let mut references = self.references.clone();
        if !current.is_b {
            references.push(Reference { coded_order: presented.coded_order as i32, damaged: false, shown: true });
        }
        let are_whole = references.both().iter().all(|reference| reference.is_some_and(|reference| !reference.damaged));
        let same = self.headers == start.headers && self.pending == start.pending && self.begun;
        let numbers = self.output.numbers_behind(start.preceding, presented, !current.is_b)?;
        if !are_whole || !same || self.finish_picture().is_err() {
            return None;
        }
        self.output.present_waiting();
        Some(numbers)
    }

    pub(crate) fn finish(&mut self) -> Result<()> {
        let pending = std::mem::take(&mut self.pending);
        self.headers.announced = None;
        self.count_after(pending);
        self.finish_picture()?;
        self.output.present_waiting();
        Ok(())
    }

    /// Ends the pictures before an error: the current one only where nothing of it is missing.
    pub(crate) fn abandon(&mut self) {
        if !self.current.as_ref().is_some_and(Current::is_whole) || self.finish_picture().is_err() {
            self.current = None;
        }
        self.output.present_waiting();
    }
}
