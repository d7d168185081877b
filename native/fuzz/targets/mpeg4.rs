//! MPEG-4: byte streams, and packets of VOPs.
#![no_main]

use fuzz::{Units, units};

const UNITS: Units = Units {
    split: units::split_start_codes,
    is_parameters: |unit| matches!(unit.get(3), Some(0x20..=0x2f | 0xb5)),
    extradata: |parameters| parameters.concat(),
    in_packet: <[u8]>::to_vec,
    resized: |unit| unit,
};

fuzz::target!(codecorpus_mpeg4::CODEC, UNITS);
