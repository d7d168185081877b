//! What H.264 is to the rest.

use codecorpus_bitstream::codec::{Codec, Resemblance, boxed};
use codecorpus_bitstream::start_codes::{self, Header};

use crate::emit::NAMES;
use crate::headers::nal::unit_type;
use crate::reader::H264Reader;
use crate::survey::survey;

/// H.264, as every other room knows it.
pub static CODEC: Codec = Codec {
    name: "h264",
    title: "H.264",
    aliases: &[],
    names: &NAMES,
    probe,
    open: |framing, options| boxed(H264Reader::new(framing, options)),
    open_headers: None,
    survey,
    unpacker: None,
    completes_times: false,
    layers: |_| 1,
    qp: "QP",
    smallest_block: 16,
    covered_multiple: 16,
    counts_field_lines: false,
    shows_later: false,
    stretches: false,
};

fn probe(head: &[u8]) -> Resemblance {
    start_codes::resemblance(head, header)
}

/// nal_ref_idc goes with nal_unit_type (7.4.1): it is 0 of messages, and of no parameter set and no IDR picture.
fn header([first, _]: [u8; 2]) -> Header {
    let (forbidden_zero_bit, nal_ref_idc, nal_unit_type) = (first >> 7, first >> 5 & 3, first & 31);
    let if_fits = |fits: bool| if fits { Header::Typical } else { Header::Impossible };
    match nal_unit_type {
        _ if forbidden_zero_bit == 1 => Header::Impossible,
        0 | 22.. => Header::Impossible,
        unit_type::SPS | unit_type::PPS | unit_type::SPS_EXTENSION | unit_type::SUBSET_SPS => if_fits(nal_ref_idc > 0),
        unit_type::SEI | unit_type::ACCESS_UNIT_DELIMITER..=unit_type::FILLER => if_fits(nal_ref_idc == 0),
        unit_type::IDR => if_fits(nal_ref_idc > 0),
        unit_type::NON_IDR => Header::Typical,
        _ => Header::Possible,
    }
}
