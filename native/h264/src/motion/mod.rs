//! Derivation processes for motion vector components and reference indices: 8.4.1.

mod cache;
mod colocated;
mod direct;
mod inter;
mod predict;
mod skip;
mod temporal;

pub(crate) use cache::{MotionCache, UNAVAILABLE};
pub(crate) use direct::DirectLack;
pub(crate) use inter::implicit_weights_differ;

/// A motion vector, in quarter samples.
pub(crate) type Mv = [i16; 2];
