//! What MPEG-2 is to the rest, with MPEG-1.

use codecorpus_bitstream::codec::{Codec, Resemblance, boxed};
use codecorpus_bitstream::start_codes;

use crate::emit::NAMES;
use crate::reader::Mpeg2Reader;
use crate::survey::survey;

/// MPEG-2, as every other room knows it.
pub static CODEC: Codec = Codec {
    name: "mpeg2",
    title: "MPEG-2",
    aliases: &["mpeg1video", "mpeg2video"],
    names: &NAMES,
    probe,
    open: |framing, options| boxed(Mpeg2Reader::new(framing, options)),
    open_headers: None,
    survey,
    unpacker: None,
    completes_times: true,
    layers: |_| 1,
    qp: "quantiser_scale",
    smallest_block: 16,
    covered_multiple: 16,
    counts_field_lines: true,
    shows_later: false,
    stretches: false,
};

/// The first start code values (table 6-1): a sequence header, and what may follow one.
fn probe(head: &[u8]) -> Resemblance {
    if !start_codes::is_byte_stream(head) {
        return Resemblance::None;
    }
    let codes: Vec<u8> = start_codes::units(head).filter_map(|unit| unit.first().copied()).take(3).collect();
    match codes[..] {
        [0xb3, ref rest @ ..] if rest.iter().any(|&code| matches!(code, 0x00..=0xb5 | 0xb8)) => Resemblance::Certain,
        _ => Resemblance::Possible,
    }
}
