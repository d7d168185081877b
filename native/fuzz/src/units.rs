//! Streams as the units that a mutation moves about.

use std::ops::Range;

/// What a codec's raw streams are made of.
#[derive(Debug, Clone, Copy)]
pub struct Units {
    /// Ends of the units of a raw stream, the last one at its end.
    pub split: fn(&[u8]) -> Vec<Range<usize>>,
    /// Whether a unit has parameters that others are read by.
    pub is_parameters: fn(&[u8]) -> bool,
    /// Extradata out of a stream's parameter units, and a unit as it stands in a packet.
    pub extradata: fn(&[&[u8]]) -> Vec<u8>,
    pub in_packet: fn(&[u8]) -> Vec<u8>,
    /// A unit that says its own length again, after its bytes have changed.
    pub resized: fn(Vec<u8>) -> Vec<u8>,
}

/// H.264 and HEVC: each unit with its start code, 00 00 01.
#[must_use]
pub fn split_start_codes(stream: &[u8]) -> Vec<Range<usize>> {
    let codes = (0..stream.len().saturating_sub(2)).filter(|&at| stream[at..at + 3] == [0, 0, 1]);
    between(codes.collect(), stream.len())
}

/// AV1: OBUs with sizes; what is none is one unit to the end.
#[must_use]
pub fn split_obus(stream: &[u8]) -> Vec<Range<usize>> {
    let mut starts = Vec::new();
    let mut at = 0;
    while at < stream.len() {
        starts.push(at);
        let Some((header, size)) = obu_header(&stream[at..]) else { break };
        at += header + size;
    }
    between(starts, stream.len())
}

/// The bytes of an IVF file's header, and of that of each frame in it.
const IVF_HEADER: usize = 32;
const IVF_FRAME_HEADER: usize = 12;

/// VP9: frames of an IVF file, each with its header; the file's header stands before the first.
#[must_use]
pub fn split_ivf(file: &[u8]) -> Vec<Range<usize>> {
    let mut starts = Vec::new();
    let mut at = if file.starts_with(b"DKIF") { IVF_HEADER } else { 0 };
    while let Some(&size) = file.get(at..).and_then(|rest| rest.first_chunk::<4>()) {
        starts.push(at);
        at = at.saturating_add(IVF_FRAME_HEADER + u32::from_le_bytes(size) as usize);
    }
    starts.push(at.min(file.len()));
    starts.windows(2).map(|pair| pair[0]..pair[1].min(file.len())).filter(|unit| !unit.is_empty()).collect()
}

/// A frame as it stands in a packet.
#[must_use]
pub fn without_ivf_header(frame: &[u8]) -> Vec<u8> {
    frame.get(IVF_FRAME_HEADER..).unwrap_or_default().to_vec()
}

fn between(mut starts: Vec<usize>, end: usize) -> Vec<Range<usize>> {
    if starts.first() != Some(&0) {
        starts.insert(0, 0);
    }
    starts.push(end);
    starts.windows(2).map(|pair| pair[0]..pair[1]).filter(|unit| !unit.is_empty()).collect()
}

/// Bytes of an OBU's header, and of what follows it.
fn obu_header(obu: &[u8]) -> Option<(usize, usize)> {
    let first = *obu.first()?;
    if first & 0x82 != 2 {
        return None;
    }
    let mut at = 1 + usize::from(first >> 2 & 1);
    let mut size = 0;
    for i in 0..4 {
        let byte = *obu.get(at)?;
        at += 1;
        size |= usize::from(byte & 0x7f) << (7 * i);
        if byte & 0x80 == 0 {
            return Some((at, size));
        }
    }
    None
}

/// An OBU whose size field is that of its bytes.
#[must_use]
pub fn resized_obu(obu: Vec<u8>) -> Vec<u8> {
    let Some((header, _)) = obu_header(&obu) else { return obu };
    let mut out = obu[..1 + usize::from(obu[0] >> 2 & 1)].to_vec();
    let mut size = obu.len() - header;
    while size > 0x7f {
        out.push(size as u8 | 0x80);
        size >>= 7;
    }
    out.push(size as u8);
    out.extend_from_slice(&obu[header..]);
    out
}

/// A NAL unit behind a length of four bytes in place of its start code.
#[must_use]
pub fn length_prefixed(unit: &[u8]) -> Vec<u8> {
    let nal = unit.strip_prefix(&[0, 0, 1]).unwrap_or(unit);
    let mut out = (nal.len() as u32).to_be_bytes().to_vec();
    out.extend_from_slice(nal);
    out
}
