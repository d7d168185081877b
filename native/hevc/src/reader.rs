//! Packets in, events out.

use codecorpus_bitstream::division::{Cut, Divisible, Least, Numbers};
use codecorpus_bitstream::nal_reader::NalReader;
use codecorpus_bitstream::reader::Framing;
use codecorpus_bitstream::records::Picture;
use codecorpus_bitstream::{Event, Options, Packet, Reader, Result};

use crate::scout::{HevcScout, Start};
use crate::units::Units;

/// Reads an HEVC stream.
#[derive(Debug)]
pub struct HevcReader {
    nal: NalReader,
    units: Units,
}

impl HevcReader {
    /// # Errors
    /// Extradata that is cut, or holds a broken parameter set.
    pub fn new(framing: Framing, options: Options) -> Result<Self> {
        let mut units = Units::new(options, framing != Framing::ByteStream);
        Ok(Self { nal: NalReader::new(&framing, &mut units)?, units })
    }

    /// Reads the headers of a container's packets alone: pictures have no rows, and whether they are shown is known.
    ///
    /// # Errors
    /// Extradata that is cut, or holds a broken parameter set.
    pub fn of_headers(framing: Framing) -> Result<Self> {
        let mut units = Units::of_headers();
        Ok(Self { nal: NalReader::new(&framing, &mut units)?, units })
    }
}

impl Reader for HevcReader {
    fn push(&mut self, packet: Packet<'_>) -> Result<()> {
        self.nal.push(packet, &mut self.units)
    }

    fn configure(&mut self, extradata: &[u8]) -> Result<()> {
        self.nal.configure(extradata, &mut self.units)
    }

    fn finish(&mut self) -> Result<()> {
        self.nal.finish(&mut self.units)?;
        self.units.finish()
    }

    fn abandon(&mut self) {
        self.units.abandon();
    }

    fn next_event(&mut self) -> Option<Event> {
        self.units.next_event()
    }

    fn recycle(&mut self, picture: Box<Picture>) {
        self.units.recycle(picture);
    }
}

impl Divisible for HevcReader {
    type Start = Start;
    type Scout = HevcScout;

    fn scout(framing: &Framing, options: Options, least: Least) -> HevcScout {
        HevcScout::new(framing, options, least)
    }

    fn begin_at(cut: &Cut<Start>, options: Options) -> Self {
        let nal = NalReader::begin_at(cut.start.delimiting, cut.at);
        Self { nal, units: Units::begin_at(&cut.start, options) }
    }

    fn begins_alike(&self) -> Option<bool> {
        self.units.begins_alike()
    }

    fn reach_cut(&mut self) -> Result<()> {
        self.nal.finish(&mut self.units)
    }

    fn hand_over(&mut self, start: &Start) -> Option<Numbers> {
        if self.nal.delimiting() != start.delimiting {
            return None;
        }
        self.units.hand_over(start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sets::tests::{PPS, SPS};
    use codecorpus_bitstream::{Errors, Times, Wanted};
    use proptest::prelude::*;

    const ALL: Options =
        Options { wanted: Wanted { blocks: true, motion: true, transforms: true, residual: false }, errors: Errors::Strict };

    fn read(units: &[Vec<u8>]) -> (Result<()>, Vec<Event>) {
        let mut reader = HevcReader::new(Framing::ByteStream, ALL).unwrap();
        let data: Vec<u8> = units.iter().flat_map(|unit| [0, 0, 1].into_iter().chain(unit.iter().copied())).collect();
        let result = reader.push(Packet { data: &data, times: Times::default(), position: 0 }).and_then(|()| reader.finish());
        if result.is_err() {
            reader.abandon();
        }
        let events = std::iter::from_fn(|| reader.next_event()).collect();
        (result, events)
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(units in prop::collection::vec((0u8..64, prop::collection::vec(any::<u8>(), 0..200)), 0..8)) {
            let mut stream = vec![SPS.to_vec(), PPS.to_vec()];
            stream.extend(units.into_iter().map(|(unit_type, data)| [unit_type << 1, 1].into_iter().chain(data).collect()));
            let (_, events) = read(&stream);
            let mut coded = 0;
            for event in events {
                if let Event::Picture(picture) = event {
                    prop_assert_eq!(picture.frame.coded_order, coded);
                    coded += 1;
                }
            }
        }
    }

    #[test]
    fn an_arithmetic_code_outside_its_range_is_refused_where_it_begins() {
        // An IDR picture's I slice without SAO; its header ends in ones, then the 9 bits of ivlOffset are ones too.
        let slice = vec![19 << 1, 1, 0b1010_1100, 0b1111_1111, 0xff, 0x80, 0x55];
        let error = read(&[SPS.to_vec(), PPS.to_vec(), slice]).0.unwrap_err();
        assert_eq!((error.element, error.bit_offset, error.picture), ("ivlOffset", Some(32), Some(0)));
    }
}
