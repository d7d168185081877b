//! Syntax structures as tests write them, and what is noted of them.

use codecorpus_bitstream::syntax::{self, Structure};

/// How an element is coded: u(n) or i(n), ue(v), se(v).
#[derive(Clone, Copy)]
pub(crate) enum Coded {
    U(u32),
    Ue,
    Se,
}
use Coded::{Se, U, Ue};

/// Its name, how it is coded, and its value.
pub(crate) type Element = (&'static str, Coded, i64);

/// Bytes of these elements, the last one filled with zeros.
pub(crate) fn written(elements: &[Element]) -> Vec<u8> {
    bits_of(elements)
        .chunks(8)
        .map(|byte| byte.iter().enumerate().fold(0, |sum, (at, &bit)| sum | u8::from(bit) << (7 - at)))
        .collect()
}

/// Ones up to the next byte.
pub(crate) fn align(elements: &mut Vec<Element>, element: &'static str) {
    let ones = bits_of(elements).len().next_multiple_of(8) - bits_of(elements).len();
    elements.extend(std::iter::repeat_n((element, U(1), 1), ones));
}

fn bits_of(elements: &[Element]) -> Vec<bool> {
    let mut bits = Vec::new();
    let mut put = |count: u32, value: i64| bits.extend((0..count).rev().map(|bit| value >> bit & 1 == 1));
    for &(_, coded, value) in elements {
        match coded {
            U(count) => put(count, value),
            Ue | Se => {
                let number = match coded {
                    Se if value > 0 => 2 * value - 1,
                    Se => -2 * value,
                    _ => value,
                };
                put(63 - (number + 1).leading_zeros(), 0);
                put(64 - (number + 1).leading_zeros(), number + 1);
            }
        }
    }
    bits
}

/// What is told of them.
pub(crate) fn told(elements: &[Element]) -> Vec<(&'static str, i64)> {
    elements.iter().map(|&(name, _, value)| (name, value)).collect()
}

/// What is noted while `read` reads.
pub(crate) fn noted(read: impl FnOnce()) -> Vec<Structure> {
    syntax::record(true);
    read();
    let noted = syntax::take();
    syntax::record(false);
    noted
}
