//! What VP9 is to the rest.

use codecorpus_bitstream::codec::{Codec, Resemblance, boxed};

use crate::emit::NAMES;
use crate::reader::Vp9Reader;
use crate::survey::survey;

/// VP9, as every other room knows it.
pub static CODEC: Codec = Codec {
    name: "vp9",
    title: "VP9",
    aliases: &["libvpx-vp9"],
    names: &NAMES,
    probe: |_| Resemblance::None, // it comes in containers alone
    open: |framing, options| boxed(Vp9Reader::new(framing, options)),
    open_headers: None,
    survey,
    unpacker: None,
    completes_times: false,
    layers: |_| 1,
    qp: "qindex",
    smallest_block: 8,
    covered_multiple: 8,
    counts_field_lines: false,
    shows_later: true,
    stretches: false,
};
