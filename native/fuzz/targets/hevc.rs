//! HEVC: byte streams, and packets with an HEVCDecoderConfigurationRecord.
#![no_main]

use fuzz::{Units, units};

fn nal_unit_type(unit: &[u8]) -> Option<u8> {
    unit.get(3).map(|header| header >> 1 & 63)
}

/// HEVCDecoderConfigurationRecord: 22 bytes of which the last says that lengths have four bytes, and an array a parameter set.
fn extradata(parameters: &[&[u8]]) -> Vec<u8> {
    let mut out = vec![1];
    out.resize(21, 0);
    out.push(3);
    out.push(parameters.len().min(255) as u8);
    for set in parameters.iter().take(255) {
        let size = set.len() - 3;
        out.push(nal_unit_type(set).unwrap_or(0));
        out.extend_from_slice(&1u16.to_be_bytes());
        out.extend_from_slice(&(size as u16).to_be_bytes());
        out.extend_from_slice(&set[3..3 + size % 65536]);
    }
    out
}

const UNITS: Units = Units {
    split: units::split_start_codes,
    is_parameters: |unit| matches!(nal_unit_type(unit), Some(32..=34)),
    extradata,
    in_packet: units::length_prefixed,
    resized: |unit| unit,
};

fuzz::target!(codecorpus_hevc::CODEC, UNITS);
