//! What AV1 is to the rest.

use codecorpus_bitstream::codec::{Codec, boxed};

use crate::emit::NAMES;
use crate::framing::probe;
use crate::reader::Av1Reader;
use crate::survey::survey;

/// AV1, as every other room knows it.
pub static CODEC: Codec = Codec {
    name: "av1",
    title: "AV1",
    aliases: &["libdav1d", "libaom-av1"],
    names: &NAMES,
    probe,
    open: |framing, options| boxed(Av1Reader::new(framing, options)),
    open_headers: None,
    survey,
    unpacker: None,
    completes_times: false,
    layers: |_| 1,
    qp: "qindex",
    smallest_block: 4,
    covered_multiple: 8, // MiCols counts 4x4 units, two at a time
    counts_field_lines: false,
    shows_later: true,
    stretches: true,
};
