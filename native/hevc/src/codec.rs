//! What HEVC is to the rest.

use codecorpus_bitstream::codec::{Codec, Resemblance, boxed};
use codecorpus_bitstream::start_codes::{self, Header};

use crate::emit::NAMES;
use crate::reader::HevcReader;
use crate::survey::{layers, survey};

/// HEVC, as every other room knows it.
pub static CODEC: Codec = Codec {
    name: "hevc",
    title: "HEVC",
    aliases: &[],
    names: &NAMES,
    probe,
    open: |framing, options| boxed(HevcReader::new(framing, options)),
    open_headers: Some(|framing| boxed(HevcReader::of_headers(framing))),
    survey,
    unpacker: None,
    completes_times: false,
    layers,
    qp: "QP",
    smallest_block: 8,
    covered_multiple: 8,
    counts_field_lines: false,
    shows_later: false,
    stretches: false,
};

fn probe(head: &[u8]) -> Resemblance {
    start_codes::resemblance(head, header)
}

/// TemporalId goes with nal_unit_type (7.4.2.2).
fn header([first, second]: [u8; 2]) -> Header {
    let (forbidden_zero_bit, nal_unit_type) = (first >> 7, first >> 1 & 63);
    let (nuh_layer_id, nuh_temporal_id_plus1) = ((first & 1) << 5 | second >> 3, second & 7);
    let if_fits = |fits: bool| if fits { Header::Typical } else { Header::Impossible };
    if forbidden_zero_bit == 1 || nuh_temporal_id_plus1 == 0 || nuh_layer_id == 63 {
        return Header::Impossible;
    }
    if nuh_layer_id > 0 {
        return Header::Possible; // of another view or quality; a base layer is there too
    }
    match nal_unit_type {
        // TSA and STSA pictures switch the temporal sub-layer up: they are never in the lowest.
        2..=5 => if_fits(nuh_temporal_id_plus1 > 1),
        0..=9 => Header::Typical,
        16..=21 | 32 | 33 => if_fits(nuh_temporal_id_plus1 == 1),
        34..=40 => Header::Typical,
        48.. => Header::Possible,
        _ => Header::Impossible,
    }
}
