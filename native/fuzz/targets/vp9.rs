//! VP9: frames and superframes of an IVF file.
#![no_main]

use fuzz::input::Packed;
use fuzz::{Units, units};
use libfuzzer_sys::{fuzz_crossover, fuzz_mutator, fuzz_target};

const UNITS: Units = Units {
    split: units::split_ivf,
    is_parameters: |_| false,
    extradata: |_| Vec::new(),
    in_packet: units::without_ivf_header,
    resized: |unit| unit,
};

// VP9 has no byte stream: a file that is none of packets yet is taken apart.
fuzz_target!(|data: &[u8]| {
    let packed = match Packed::parse(data) {
        Some(_) => data.to_vec(),
        None => {
            let packets = units::split_ivf(data).into_iter().map(|range| units::without_ivf_header(&data[range])).collect();
            Packed { extradata: Vec::new(), packets }.bytes()
        }
    };
    fuzz::read(&packed, &codecorpus_vp9::CODEC);
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    fuzz::mutate::mutate(&UNITS, data, size, max_size, seed)
});

fuzz_crossover!(|one: &[u8], other: &[u8], out: &mut [u8], seed: u32| { fuzz::mutate::cross(&UNITS, one, other, out, seed) });
