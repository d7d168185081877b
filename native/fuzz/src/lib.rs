//! What the targets share: one a codec, each feeds mutated streams to its parser, which must neither panic nor contradict itself.
//!
//! An input is a raw stream, or [`packed`] as a container would have it. Limits on time and memory are libFuzzer's.

pub mod input;
pub mod mutate;
pub mod random;
pub mod read;
pub mod units;

pub use read::read;
pub use units::Units;

/// A target: its codec, and how its streams are cut into units.
#[macro_export]
macro_rules! target {
    ($codec:expr, $units:expr) => {
        use libfuzzer_sys::{fuzz_crossover, fuzz_mutator, fuzz_target};

        fuzz_target!(|data: &[u8]| {
            fuzz::read(data, &$codec);
        });

        fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
            fuzz::mutate::mutate(&$units, data, size, max_size, seed)
        });

        fuzz_crossover!(|one: &[u8], other: &[u8], out: &mut [u8], seed: u32| {
            fuzz::mutate::cross(&$units, one, other, out, seed)
        });
    };
}
