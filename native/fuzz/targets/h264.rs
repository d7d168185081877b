//! H.264: byte streams, and packets with an AVCDecoderConfigurationRecord.
#![no_main]

use fuzz::{Units, units};

fn nal_unit_type(unit: &[u8]) -> Option<u8> {
    unit.get(3).map(|header| header & 31)
}

/// AVCDecoderConfigurationRecord: lengths of four bytes, and up to 31 sequence and 255 picture parameter sets.
fn extradata(parameters: &[&[u8]]) -> Vec<u8> {
    let mut out = vec![1, 100, 0, 40, 0xff];
    for (kind, most) in [(7, 31), (8, 255)] {
        let sets: Vec<_> = parameters.iter().filter(|unit| nal_unit_type(unit) == Some(kind)).take(most).collect();
        out.push(sets.len() as u8 | if kind == 7 { 0xe0 } else { 0 });
        for set in sets {
            let size = set.len() - 3;
            out.extend_from_slice(&(size as u16).to_be_bytes());
            out.extend_from_slice(&set[3..3 + size % 65536]);
        }
    }
    out
}

const UNITS: Units = Units {
    split: units::split_start_codes,
    is_parameters: |unit| matches!(nal_unit_type(unit), Some(7 | 8)),
    extradata,
    in_packet: units::length_prefixed,
    resized: |unit| unit,
};

fuzz::target!(codecorpus_h264::CODEC, UNITS);
