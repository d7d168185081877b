//! Mutations that know what a stream is made of. Half of the time libFuzzer's own are made, on all of it.

use crate::Units;
use crate::input::Packed;
use crate::random::Random;

/// A stream in pieces: units of a raw one, packets of a packed one.
struct Pieces {
    /// None where it is raw.
    extradata: Option<Vec<u8>>,
    pieces: Vec<Vec<u8>>,
}

impl Pieces {
    fn new(units: &Units, data: &[u8]) -> Self {
        match Packed::parse(data) {
            Some(packed) => Self { extradata: Some(packed.extradata), pieces: packed.packets },
            None => {
                let pieces = (units.split)(data).into_iter().map(|range| data[range].to_vec()).collect();
                Self { extradata: None, pieces }
            }
        }
    }

    fn bytes(self) -> Vec<u8> {
        match self.extradata {
            Some(extradata) => Packed { extradata, packets: self.pieces }.bytes(),
            None => self.pieces.concat(),
        }
    }

    /// As a container would have it: parameters in extradata, every other unit a packet.
    fn pack(&mut self, units: &Units) {
        if self.extradata.is_some() {
            return;
        }
        let (parameters, others): (Vec<_>, Vec<_>) = self.pieces.iter().partition(|unit| (units.is_parameters)(unit));
        let parameters: Vec<_> = parameters.into_iter().map(Vec::as_slice).collect();
        self.extradata = Some((units.extradata)(&parameters));
        self.pieces = others.into_iter().map(|unit| (units.in_packet)(unit)).collect();
    }
}

/// libFuzzer's custom mutator: the new size of what is in `data`.
pub fn mutate(units: &Units, data: &mut [u8], size: usize, max_size: usize, seed: u32) -> usize {
    let mut random = Random::new(seed);
    if random.once_in(2) || size == 0 {
        return libfuzzer_sys::fuzzer_mutate(data, size, max_size);
    }
    let mut pieces = Pieces::new(units, &data[..size]);
    for _ in 0..=random.below(3) {
        mutate_once(units, &mut pieces, &mut random);
    }
    put(&pieces.bytes(), &mut data[..max_size])
}

/// libFuzzer's custom crossover: the beginning of one stream, the end of another; or one with the other's parameters.
pub fn cross(units: &Units, one: &[u8], other: &[u8], out: &mut [u8], seed: u32) -> usize {
    let mut random = Random::new(seed);
    let (mut one, other) = (Pieces::new(units, one), Pieces::new(units, other));
    if random.once_in(4) {
        let parameters = other.pieces.into_iter().filter(|unit| (units.is_parameters)(unit));
        let at = random.below(one.pieces.len() + 1);
        one.pieces.splice(at..at, parameters);
    } else {
        let keep = random.below(one.pieces.len() + 1);
        let from = random.below(other.pieces.len() + 1);
        one.pieces.truncate(keep);
        one.pieces.extend_from_slice(&other.pieces[from..]);
    }
    put(&one.bytes(), out)
}

fn put(bytes: &[u8], out: &mut [u8]) -> usize {
    let size = bytes.len().min(out.len());
    out[..size].copy_from_slice(&bytes[..size]);
    size
}

fn mutate_once(units: &Units, stream: &mut Pieces, random: &mut Random) {
    if stream.pieces.is_empty() {
        return;
    }
    let pieces = &mut stream.pieces;
    let (at, to) = (random.below(pieces.len()), random.below(pieces.len()));
    match random.below(10) {
        0 => pieces.swap(at, to),
        1 => drop(pieces.remove(at)),
        2 => pieces.insert(to, pieces[at].clone()),
        3 => {
            let moved = pieces.remove(at);
            pieces.insert(to.min(pieces.len()), moved);
        }
        4 => {
            let size = random.below(pieces[at].len() + 1);
            pieces[at].truncate(size);
        }
        5 | 6 => edit_inside(units, &mut pieces[at], random),
        7 | 8 => edit_parameters(units, stream, random),
        _ => stream.pack(units),
    }
}

/// Mutates a unit's bytes, and says its length again.
fn edit_inside(units: &Units, unit: &mut Vec<u8>, random: &mut Random) {
    let (size, room) = (unit.len(), unit.len() + 1 + random.below(16));
    unit.resize(room, 0);
    let size = libfuzzer_sys::fuzzer_mutate(unit, size, room);
    unit.truncate(size);
    *unit = (units.resized)(std::mem::take(unit));
}

/// Flips some bits of a parameter set.
fn edit_parameters(units: &Units, stream: &mut Pieces, random: &mut Random) {
    let mut parameters: Vec<_> = stream.pieces.iter_mut().filter(|unit| (units.is_parameters)(unit)).collect();
    parameters.extend(stream.extradata.iter_mut().filter(|extradata| !extradata.is_empty()));
    if parameters.is_empty() {
        return;
    }
    let at = random.below(parameters.len());
    let bits = 8 * parameters[at].len();
    for _ in 0..=random.below(3) {
        let bit = random.below(bits);
        parameters[at][bit / 8] ^= 1 << (bit % 8);
    }
}
