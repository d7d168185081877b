//! Packets in, events out.

use codecorpus_bitstream::division::{Beginning, Cut, Divisible, Least, Numbers};
use codecorpus_bitstream::nal_reader::{Delimiting, NalReader};
use codecorpus_bitstream::reader::Framing;
use codecorpus_bitstream::records::Picture;
use codecorpus_bitstream::{Event, Options, Packet, Reader, Result};

use crate::scout::{H264Scout, Start};
use crate::sets::ParameterSets;
use crate::units::Units;

/// Reads H.264.
#[derive(Debug)]
pub struct H264Reader {
    nal: NalReader,
    units: Units,
    beginning: Beginning,
}

impl H264Reader {
    /// # Errors
    /// Extradata that are not an AVCDecoderConfigurationRecord, nor parameter sets.
    pub fn new(framing: Framing, options: Options) -> Result<Self> {
        let mut units = Units::new(options, framing != Framing::ByteStream);
        Ok(Self { nal: NalReader::new(&framing, &mut units)?, units, beginning: Beginning::OfStream })
    }
}

impl Reader for H264Reader {
    fn push(&mut self, packet: Packet<'_>) -> Result<()> {
        self.nal.push(packet, &mut self.units)
    }

    fn configure(&mut self, extradata: &[u8]) -> Result<()> {
        self.nal.configure(extradata, &mut self.units)
    }

    fn finish(&mut self) -> Result<()> {
        self.nal.finish(&mut self.units)?;
        let pending = std::mem::take(&mut self.units.pending);
        self.units.decoder.count_header_bytes(pending);
        self.units.decoder.finish()
    }

    fn abandon(&mut self) {
        self.units.decoder.abandon();
    }

    fn next_event(&mut self) -> Option<Event> {
        let event = self.units.decoder.events.pop_front();
        self.beginning.look(event.as_ref());
        event
    }

    fn recycle(&mut self, picture: Box<Picture>) {
        self.units.decoder.recycle(picture);
    }
}

impl Divisible for H264Reader {
    type Start = Start;
    type Scout = H264Scout;

    fn scout(framing: &Framing, _: Options, least: Least) -> H264Scout {
        H264Scout::new(framing, least)
    }

    fn begin_at(cut: &Cut<Start>, options: Options) -> Self {
        let Start { delimiting, sets, x264_build } = &cut.start;
        let mut units = Units::new(options, *delimiting != Delimiting::ByteStream);
        units.sets = ParameterSets::clone(sets);
        units.decoder.x264_build = *x264_build;
        Self { nal: NalReader::begin_at(*delimiting, cut.at), units, beginning: Beginning::Unknown }
    }

    fn begins_alike(&self) -> Option<bool> {
        match self.beginning {
            Beginning::OfStream => Some(true),
            _ if self.units.has_strays => Some(false),
            beginning => beginning.is_alike(),
        }
    }

    fn reach_cut(&mut self) -> Result<()> {
        self.nal.finish(&mut self.units)
    }

    /// An IDR picture follows: it needs no picture before it, no order count, and no frame_num. What else a reader keeps
    /// from one picture to the next has to be the same.
    fn hand_over(&mut self, start: &Start) -> Option<Numbers> {
        let units = &mut self.units;
        let nothing_waits =
            units.pending == 0 && units.announced.recovery_frame_cnt.is_none() && units.announced.temporal_id == 0;
        let same = units.sets == *start.sets
            && units.decoder.x264_build == start.x264_build
            && self.nal.delimiting() == start.delimiting;
        if !nothing_waits || !same {
            return None;
        }
        units.decoder.hand_over()
    }
}
