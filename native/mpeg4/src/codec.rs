//! What MPEG-4 Part 2 is to the rest, with baseline H.263, its short header.

use codecorpus_bitstream::codec::{Codec, Resemblance, boxed};
use codecorpus_bitstream::start_codes;

use crate::emit::NAMES;
use crate::reader::Mpeg4Reader;
use crate::survey::survey;

/// MPEG-4 Part 2, as every other room knows it.
pub static CODEC: Codec = Codec {
    name: "mpeg4",
    title: "MPEG-4",
    aliases: &["h263"],
    names: &NAMES,
    probe,
    open: |framing, options| boxed(Mpeg4Reader::new(framing, options)),
    open_headers: Some(|framing| boxed(Mpeg4Reader::of_headers(framing))),
    survey,
    unpacker: Some("mpeg4_unpack_bframes"),
    completes_times: false,
    layers: |_| 1,
    qp: "quantiser_scale",
    smallest_block: 16,
    covered_multiple: 16,
    counts_field_lines: true,
    shows_later: false,
    stretches: false,
};

/// The first start code values: table 6-3.
fn probe(head: &[u8]) -> Resemblance {
    if !start_codes::is_byte_stream(head) {
        return Resemblance::None;
    }
    let units: Vec<&[u8]> = start_codes::units(head).filter(|unit| !unit.is_empty()).take(2).collect();
    match units[..] {
        // A visual object sequence, or a visual object.
        [&[0xb0 | 0xb5, ..], ..] => Resemblance::Certain,
        // A video object, which is its start code alone, and its layer.
        [&[..=0x1f], &[0x20..=0x2f, ..]] => Resemblance::Certain,
        // A layer, and what may follow one.
        [&[0x20..=0x2f, ..], &[0xb2 | 0xb3 | 0xb6, ..]] => Resemblance::Certain,
        _ => Resemblance::Possible,
    }
}
