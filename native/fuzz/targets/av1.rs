//! AV1: temporal units of OBUs with sizes.
#![no_main]

use fuzz::{Units, units};

const UNITS: Units = Units {
    split: units::split_obus,
    is_parameters: |obu| obu.first().is_some_and(|first| first >> 3 & 15 == 1),
    // An av1C record: marker and version, and three bytes that nothing is read by.
    extradata: |parameters| [&[0x81, 0, 0, 0], &*parameters.concat()].concat(),
    in_packet: <[u8]>::to_vec,
    resized: units::resized_obu,
};

fuzz::target!(codecorpus_av1::CODEC, UNITS);
