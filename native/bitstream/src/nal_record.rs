//! Configuration records of NAL unit streams (ISO/IEC 14496-15): a container's extradata.

use crate::bits::BitReader;
use crate::error::{ParseError, Result};
use crate::start_codes::is_byte_stream;

/// How a container's packets delimit NAL units, and the units that it keeps apart, as far as the record can be read.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Record<'a> {
    /// Bytes of the length before each unit of a packet.
    pub length_size: Option<usize>,
    pub units: Vec<&'a [u8]>,
    /// Why it cannot be read to its end.
    pub error: Option<ParseError>,
}

impl<'a> Record<'a> {
    /// AVCDecoderConfigurationRecord (5.3.3.1), if extradata are one.
    #[must_use]
    pub fn avc(data: &'a [u8]) -> Option<Self> {
        let is_one = matches!(data, [1, _, ..]);
        is_one.then(|| {
            Self::read(data, |record, r| {
                r.u(32, "AVCDecoderConfigurationRecord")?;
                r.u(6, "reserved")?;
                record.length_size = Some(r.u(2, "lengthSizeMinusOne")? as usize + 1);
                r.u(3, "reserved")?;
                for count_bits in [5, 8] {
                    let count = r.u(count_bits, "numOfParameterSets")?;
                    record.read_units(r, data, count)?;
                }
                Ok(())
            })
        })
    }

    /// HEVCDecoderConfigurationRecord (8.3.3.1), if extradata are one. Its version is 0 in files from before it was settled.
    #[must_use]
    pub fn hevc(data: &'a [u8]) -> Option<Self> {
        let is_one = matches!(data, [0 | 1, _, ..]) && !is_byte_stream(data);
        is_one.then(|| {
            Self::read(data, |record, r| {
                r.skip(8 * 21, "HEVCDecoderConfigurationRecord")?;
                r.u(6, "constantFrameRate, numTemporalLayers, temporalIdNested")?;
                record.length_size = Some(r.u(2, "lengthSizeMinusOne")? as usize + 1);
                for _ in 0..r.u(8, "numOfArrays")? {
                    r.u(8, "NAL_unit_type")?;
                    let count = r.u(16, "numNalus")?;
                    record.read_units(r, data, count)?;
                }
                Ok(())
            })
        })
    }

    fn read(data: &'a [u8], read: impl FnOnce(&mut Self, &mut BitReader<'a>) -> Result<()>) -> Self {
        let mut record = Self::default();
        record.error = read(&mut record, &mut BitReader::new(data)).err();
        record
    }

    /// Units behind lengths of two bytes.
    fn read_units(&mut self, r: &mut BitReader<'a>, data: &'a [u8], count: u32) -> Result<()> {
        for _ in 0..count {
            let length = r.u(16, "nalUnitLength")? as usize;
            let at = r.position() / 8;
            r.skip(8 * length, "nalUnit")?;
            self.units.push(&data[at..at + length]);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A record with the units 9 8, 7, and one that is empty.
    fn hevc_record() -> Vec<u8> {
        let mut data = vec![1; 21];
        data.extend([0xff, 2, 0x20, 0, 1, 0, 2, 9, 8, 0x21, 0, 2, 0, 1, 7, 0, 0]);
        data
    }

    const AVC: [u8; 14] = [1, 100, 0, 31, 0xff, 0xe1, 0, 2, 0x67, 8, 1, 0, 1, 0x68];

    #[test]
    fn every_unit_of_every_array_is_found() {
        let units = |record: Record<'_>| record.units.iter().map(|unit| unit.to_vec()).collect::<Vec<_>>();
        assert_eq!(units(Record::hevc(&hevc_record()).unwrap()), [vec![9, 8], vec![7], vec![]]);
        let avc = Record::avc(&AVC).unwrap();
        assert_eq!((avc.length_size, &avc.error), (Some(4), &None));
        assert_eq!(units(avc), [vec![0x67, 8], vec![0x68]]);
    }

    #[test]
    fn what_begins_otherwise_is_no_record() {
        let early = [&[0], &hevc_record()[1..]].concat();
        assert_eq!(Record::hevc(&early), Record::hevc(&hevc_record()));
        for data in [&[][..], &[1], &[0, 0, 1, 0x40], &[0, 0, 0, 1, 0x67], &[2, 1]] {
            assert_eq!((Record::avc(data), Record::hevc(data)), (None, None));
        }
        assert_eq!(Record::avc(&early), None);
    }

    #[test]
    fn a_record_that_is_cut_says_so_and_gives_what_it_has() {
        let hevc = hevc_record();
        for cut in 2..hevc.len() {
            assert!(Record::hevc(&hevc[..cut]).unwrap().error.is_some());
        }
        let cut = Record::avc(&AVC[..AVC.len() - 1]).unwrap();
        assert_eq!((cut.length_size, cut.units), (Some(4), vec![&AVC[8..10]]));
        assert_eq!(cut.error.map(|error| error.element), Some("nalUnit"));
    }
}
