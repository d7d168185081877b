//! From VOPs to pictures: what they refer to, and when they are presented.

use codecorpus_bitstream::division::Numbers;
use codecorpus_bitstream::records::{NO_REF, Picture};
use codecorpus_bitstream::tally::Tally;
use codecorpus_bitstream::{BitReader, Information, Options, ParseError, Result, Times};
use codecorpus_mpeg::division::Preceding;
use codecorpus_mpeg::output::{Output, Presented};
use codecorpus_mpeg::references::References;
use codecorpus_mpeg::totals::Totals;

use crate::clock::Clock;
use crate::emit::{Emitter, Outcome, STEP, begun_frame, damaged_frame};
use crate::headers::{Quantisation, Vol, VopHeader, VopType};
use crate::neighbours::Edges;
use crate::refs::{Distances, Motion, Reference};
use crate::residual::dequantise::Weights;
use crate::state::VopReader;

/// Where a VOP comes from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct VopOrigin {
    /// Bytes that count to it, and how many of them are read from its start code value on.
    pub(crate) bytes: u64,
    pub(crate) in_unit: u64,
    /// Of its unit in the stream.
    pub(crate) offset: u64,
    pub(crate) times: Times,
    /// It is kept back, and is presented only if it is released.
    pub(crate) held: bool,
}

/// A picture that is read, to which bytes may still be counted.
#[derive(Debug)]
struct Ready {
    picture: Box<Picture>,
    presented: Presented,
    is_reference: bool,
    totals: Totals,
    held: bool,
    /// Why it could not be read.
    damage: Option<ParseError>,
}

impl Ready {
    const fn presented(&self) -> Presented {
        Presented { shown: self.presented.shown && !self.held, ..self.presented }
    }
}

#[derive(Debug)]
pub(crate) struct Decoder {
    options: Options,
    /// VOPs are read to the end of their headers.
    headers_alone: bool,
    pub(crate) output: Output,
    ready: Option<Ready>,
    references: References<Reference>,
    /// Motion whose VOP none refers to any more.
    spare: Option<Motion>,
    edges: Edges,
    /// Those of the layer's matrices, and the quantisation that they are of.
    weights: Option<Weights>,
    quantisation: Quantisation,
    /// An I-VOP has come: what is before the first one cannot be decoded.
    begun: bool,
}

impl Decoder {
    #[must_use]
    pub(crate) fn new(options: Options) -> Self {
        Self {
            options,
            headers_alone: false,
            output: Output::new(options.errors),
            ready: None,
            references: References::default(),
            spare: None,
            edges: Edges::new(0),
            weights: None,
            quantisation: Quantisation::H263,
            begun: false,
        }
    }

    /// As [`Decoder::new`], for what headers say alone; damage is passed over.
    #[must_use]
    pub(crate) fn of_headers() -> Self {
        Self { headers_alone: true, ..Self::new(Options::OF_HEADERS) }
    }

    /// What follows a cut.
    pub(crate) fn begin_behind(preceding: Preceding, options: Options) -> Self {
        let mut references = References::default();
        for numbers in preceding.references() {
            let coded_order = numbers.coded_order as i32;
            references.push(Reference { coded_order, damaged: false, motion: Motion::default() });
        }
        Self { output: Output::begin_behind(preceding, options.errors), references, begun: true, ..Self::new(options) }
    }

    /// Hands over the last picture before a cut, where no more than `preceding` is needed of those before it.
    pub(crate) fn hand_over(&mut self, preceding: Preceding) -> Option<Numbers> {
        let ready = self.ready.as_ref()?;
        let are_whole = self.references.both().iter().all(|reference| reference.is_some_and(|reference| !reference.damaged));
        let numbers = self.output.numbers_behind(preceding, ready.presented(), ready.is_reference)?;
        if !are_whole || !self.begun {
            return None;
        }
        self.flush();
        self.output.present_waiting();
        Some(numbers)
    }

    /// What was kept back is presented after all.
    pub(crate) const fn release(&mut self) {
        if let Some(ready) = &mut self.ready {
            ready.held = false;
        }
    }

    /// Counts bytes to the last picture; false where there is none.
    pub(crate) fn add_bytes(&mut self, bytes: u64) -> bool {
        let Some(Ready { picture, totals, .. }) = &mut self.ready else { return false };
        picture.count_bytes(bytes);
        totals.header += Information::from_bits(8 * bytes);
        true
    }

    /// Reads a coded VOP, whose macroblocks begin where `reader` stands; `clock` has ticked for it.
    ///
    /// # Errors
    /// Anything that breaks the standard, unless damage is passed over.
    pub(crate) fn read(
        &mut self,
        reader: BitReader<'_>,
        vol: &Vol,
        vop: &VopHeader,
        clock: &Clock,
        origin: VopOrigin,
    ) -> Result<()> {
        self.flush();
        self.prepare(vol);
        let is_b = vop.vop_type == VopType::B;
        let mut picture = self.output.begin_picture()?;
        let references = self.references_of(vop.vop_type);
        picture.frame = begun_frame(picture.frame.coded_order, vol, vop.vop_type, references, origin.times);
        picture.count_bytes(origin.bytes);
        self.begun |= picture.frame.key;
        let [columns, rows] = vol.size();
        let mut motion = self.spare.take().unwrap_or_default();
        if !is_b {
            motion.begin((columns * rows) as usize, vol.interlaced);
        }
        let emitter = Emitter {
            picture: &mut picture,
            wanted: self.options.wanted,
            references,
            unit: if vol.quarter_sample { 0.25 } else { 0.5 },
            outcome: Outcome::default(),
        };
        let header = (origin.bytes - origin.in_unit) * 8 + reader.position() as u64;
        let mark = Information::from_bits(reader.position() as u64);
        let (result, outcome) = match self.distances(is_b, clock) {
            _ if self.headers_alone => (Ok(()), Outcome::default()),
            Err(error) => (Err(error), Outcome::default()),
            Ok(distances) => VopReader {
                bits: reader,
                vol,
                vop,
                weights: self.weights.as_ref(),
                out: emitter,
                motion: &mut motion,
                colocated: if is_b { self.references.last().map(|reference| &reference.motion) } else { None },
                distances,
                edges: &mut self.edges,
                last_vectors: [[[0; 2]; 2]; 2],
                quantiser_scale: vop.vop_quant,
                first: 0,
                has_coded: false,
                address: 0,
                column: 0,
                row: 0,
                tally: Tally::beginning_at(mark),
            }
            .read_vop(),
        };
        let mut totals = outcome.totals;
        totals.header += Information::from_bits(header);
        let record = &mut picture.frame;
        let coded_order = record.coded_order;
        record.complete = !outcome.missing_reference && !record.refs0.contains(&NO_REF) && !self.refers_to_damage(vop.vop_type);
        let shown = self.begun && (!is_b || references[0] != NO_REF && clock.seems_between(vol.interlaced));
        let located = |error: ParseError| error.in_unit(origin.offset).in_picture(coded_order);
        let mut damage = result.err().map(located);
        let damaged = damage.is_some();
        let presented = Presented { coded_order, times: origin.times, shown };
        if let Some(error) = &damage {
            self.output.pass_over(error)?;
        } else if outcome.lacks_distances {
            let reason = "direct mode needs the time of the past reference, which is missing or not before the future one's";
            let error = located(ParseError::malformed("TRD", reason));
            self.output.tell(&error);
            damage = Some(error);
        }
        self.ready = Some(Ready { picture, presented, is_reference: !is_b, totals, held: origin.held, damage });
        if is_b {
            self.spare = Some(motion);
        } else {
            let old = self.references.push(Reference { coded_order: coded_order as i32, damaged, motion });
            self.spare = old.map(|reference| reference.motion);
        }
        Ok(())
    }

    /// A VOP whose header could not be read, beyond its type at best. One that may be a reference counts as one.
    ///
    /// # Errors
    /// There are too many pictures.
    pub(crate) fn damaged(&mut self, error: ParseError, vop_type: Option<VopType>, origin: VopOrigin) -> Result<()> {
        self.flush();
        let mut picture = self.output.begin_picture()?;
        picture.frame = damaged_frame(picture.frame.coded_order, origin.times);
        picture.count_bytes(origin.bytes);
        let coded_order = picture.frame.coded_order;
        let presented = Presented { coded_order, times: origin.times, shown: self.begun };
        let is_reference = vop_type != Some(VopType::B);
        let totals = Totals::default();
        self.ready = Some(Ready { picture, presented, is_reference, totals, held: origin.held, damage: Some(error) });
        if is_reference {
            let motion = self.spare.take().unwrap_or_default();
            let old = self.references.push(Reference { coded_order: coded_order as i32, damaged: true, motion });
            self.spare = old.map(|reference| reference.motion);
        }
        Ok(())
    }

    /// coded_order of the past and the future reference of a VOP.
    fn references_of(&self, vop_type: VopType) -> [i32; 2] {
        let order = |reference: Option<&Reference>| reference.map_or(NO_REF, |reference| reference.coded_order);
        match vop_type {
            VopType::B => self.references.both().map(order),
            _ => [order(self.references.last()), NO_REF],
        }
    }

    /// What a B-VOP scales vectors by: it cannot be read without its references' times, nor without the motion of the future one.
    /// None where no past reference has come: nothing but vectors in direct mode depends on its time.
    fn distances(&self, is_b: bool, clock: &Clock) -> Result<Option<Distances>> {
        if !is_b {
            return Ok(None);
        }
        let error = |reason| ParseError::malformed("vop_coding_type", reason);
        let Some(future) = self.references.last() else {
            return Err(error("a B-VOP before any VOP that it can refer to"));
        };
        if future.damaged {
            return Err(error("the future reference of a B-VOP could not be read"));
        }
        if self.references.both()[0].is_none() {
            return Ok(None);
        }
        let distances = clock.distances().ok_or_else(|| error("a B-VOP between references of which one could not be read"))?;
        match clock.is_between() {
            true => Ok(Some(distances)),
            false => Err(error("a B-VOP that is not between its references in time: one of them was lost")),
        }
    }

    /// Whether a reference of VOPs of a type could not be read.
    fn refers_to_damage(&self, vop_type: VopType) -> bool {
        let [past, future] = self.references.both();
        let (past, future) = match vop_type {
            VopType::I => (None, None),
            VopType::P | VopType::S => (None, future),
            VopType::B => (past, future),
        };
        [past, future].into_iter().flatten().any(|reference| reference.damaged)
    }

    /// Makes room for VOPs of a layer.
    fn prepare(&mut self, vol: &Vol) {
        let columns = vol.size()[0];
        if self.edges.above.len() != columns as usize {
            self.edges = Edges::new(columns);
        }
        if self.quantisation != vol.quantisation {
            self.quantisation = vol.quantisation.clone();
            self.weights = match &self.quantisation {
                Quantisation::H263 => None,
                Quantisation::Mpeg(matrices) => Some(Weights::new(matrices)),
            };
        }
    }

    /// Hands over the last picture.
    fn flush(&mut self) {
        let Some(ready) = self.ready.take() else { return };
        let presented = ready.presented();
        let Ready { mut picture, is_reference, totals, damage, .. } = ready;
        match damage {
            None => totals.add_to(&mut picture, f64::from(STEP)),
            Some(error) => picture.damage(error),
        }
        if is_reference {
            self.output.push_reference(picture, presented);
        } else {
            self.output.push_other(picture, presented);
        }
    }

    /// Ends the stream: `bytes` are left over.
    pub(crate) fn finish(&mut self, bytes: u64) {
        self.add_bytes(bytes);
        self.flush();
        self.output.present_waiting();
    }

    /// Ends the pictures before an error.
    pub(crate) fn abandon(&mut self) {
        self.flush();
        self.output.present_waiting();
    }
}
