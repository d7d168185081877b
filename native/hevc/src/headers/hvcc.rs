//! HEVCDecoderConfigurationRecord (ISO/IEC 14496-15, 8.3.3.1): a container's extradata.

use codecorpus_bitstream::{ParseError, Result};

/// How a container's packets delimit NAL units, and the parameter sets that it keeps apart.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Extradata<'a> {
    /// Packets are byte streams; the parameter sets are one too.
    AnnexB(&'a [u8]),
    /// Packets hold NAL units behind lengths of `length_size` bytes.
    Record { length_size: usize, units: Vec<&'a [u8]> },
}

impl<'a> Extradata<'a> {
    pub(crate) fn parse(data: &'a [u8]) -> Result<Self> {
        match data {
            [1, _, ..] => Self::parse_record(data),
            _ => Ok(Self::AnnexB(data)),
        }
    }

    fn parse_record(data: &'a [u8]) -> Result<Self> {
        const ELEMENT: &str = "HEVCDecoderConfigurationRecord";
        let end = || ParseError::end_of_data(ELEMENT);
        let length_size = usize::from(data.get(21).ok_or_else(end)? & 3) + 1;
        let num_of_arrays = *data.get(22).ok_or_else(end)?;
        let mut rest = data.get(23..).ok_or_else(end)?;
        let mut units = Vec::new();
        for _ in 0..num_of_arrays {
            let [_, high, low, tail @ ..] = rest else { return Err(end()) };
            rest = tail;
            for _ in 0..u16::from_be_bytes([*high, *low]) {
                let [high, low, tail @ ..] = rest else { return Err(end()) };
                let length = usize::from(u16::from_be_bytes([*high, *low]));
                units.push(tail.get(..length).ok_or_else(end)?);
                rest = tail.get(length..).ok_or_else(end)?;
            }
        }
        Ok(Self::Record { length_size, units })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_every_unit_of_every_array() {
        let mut data = vec![1; 21];
        data.extend([0xff, 2, 0x20, 0, 1, 0, 2, 9, 8, 0x21, 0, 2, 0, 1, 7, 0, 0]);
        let expected = Extradata::Record { length_size: 4, units: vec![&[9, 8], &[7], &[]] };
        assert_eq!(Extradata::parse(&data).unwrap(), expected);
        for cut in 2..data.len() {
            assert!(Extradata::parse(&data[..cut]).is_err());
        }
    }

    #[test]
    fn takes_anything_else_for_a_byte_stream() {
        assert_eq!(Extradata::parse(&[0, 0, 1, 0x40]).unwrap(), Extradata::AnnexB(&[0, 0, 1, 0x40]));
        assert_eq!(Extradata::parse(&[]).unwrap(), Extradata::AnnexB(&[]));
    }
}
