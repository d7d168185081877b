//! Reading an input to its end, and what must hold of all that a parser says.

use std::collections::BTreeSet;

use codecorpus_bitstream::reader::Framing;
use codecorpus_bitstream::records::Picture;
use codecorpus_bitstream::{Codec, Errors, Event, Options, Packet, Reader, Result, Times, Wanted};

use crate::input::Packed;

const WANTED: Wanted = Wanted { blocks: true, motion: true, transforms: true, residual: true };

/// A raw stream comes in pieces of so many bytes.
const PIECE: usize = 1000;

/// Of so many inputs that have damage, one is read strictly too: what that does before it fails, passing over damage did.
const STRICT_ONCE_IN: usize = 4;

/// Reads an input as a stream of the codec, passing over damage, and some strictly.
///
/// # Panics
///
/// Where the parser contradicts itself: a fault is found.
pub fn read(data: &[u8], codec: &Codec) {
    let packed = Packed::parse(data);
    let (framing, packets) = match &packed {
        Some(packed) => {
            let framing = Framing::Packets { extradata: packed.extradata.clone() };
            (framing, packed.packets.iter().map(Vec::as_slice).collect())
        }
        None => (Framing::ByteStream, data.chunks(PIECE).collect::<Vec<_>>()),
    };
    let told = read_once(&framing, &packets, codec, Errors::Skip);
    let sum = data.iter().fold(0_usize, |sum, &byte| sum.wrapping_add(byte.into()));
    if told.damage && sum.is_multiple_of(STRICT_ONCE_IN) {
        read_once(&framing, &packets, codec, Errors::Strict);
    }
}

fn read_once(framing: &Framing, packets: &[&[u8]], codec: &Codec, errors: Errors) -> Told {
    let open = |wanted| (codec.open)(framing.clone(), Options { wanted, errors });
    let mut told = Told::default();
    // Not every codec has a residual.
    let Ok(mut reader) = open(WANTED).or_else(|_| open(Wanted { residual: false, ..WANTED })) else {
        return told;
    };
    if push_all(&mut *reader, packets, &mut told).is_err() {
        reader.abandon();
        told.take(&mut *reader);
    }
    told
}

fn push_all(reader: &mut dyn Reader, packets: &[&[u8]], told: &mut Told) -> Result<()> {
    let mut position = 0;
    for &data in packets {
        reader.push(Packet { data, times: Times::default(), position })?;
        position += data.len() as u64;
        told.take(reader);
    }
    reader.finish()?;
    told.take(reader);
    Ok(())
}

/// What has been said of a stream so far.
#[derive(Debug, Default)]
struct Told {
    pictures: u32,
    /// coded_order of pictures that are shown, or hidden.
    placed: BTreeSet<u32>,
    /// The frames that they are.
    frames: BTreeSet<u32>,
    /// Something was passed over.
    damage: bool,
}

impl Told {
    fn take(&mut self, reader: &mut dyn Reader) {
        while let Some(event) = reader.next_event() {
            match event {
                Event::Picture(picture) => {
                    assert!(picture.frame.coded_order >= self.pictures, "pictures come in coded order");
                    self.pictures = picture.frame.coded_order + 1;
                    check(&picture);
                    reader.recycle(picture);
                }
                Event::Shown { coded_order, frame, .. } => {
                    assert!(self.placed.insert(coded_order), "picture {coded_order} is placed twice");
                    assert!(self.frames.insert(frame), "frame {frame} is shown twice");
                }
                Event::Hidden { coded_order } => {
                    assert!(self.placed.insert(coded_order), "picture {coded_order} is placed twice");
                }
                Event::Damage(_) => self.damage = true,
            }
        }
    }
}

/// A picture's blocks cover no more than all of it, and its bits are all charged; one that is damaged has neither.
fn check(picture: &Picture) {
    let frame = &picture.frame;
    let (width, height) = (u64::from(frame.width), u64::from(frame.height));
    let visible = |at: u16, length: u16, whole: u64| u64::from(length).min(whole.saturating_sub(u64::from(at)));
    let area: u64 = picture.blocks.iter().map(|b| visible(b.x, b.w, width) * visible(b.y, b.h, height)).sum();
    assert!(area <= width * height, "blocks of {area} samples in {width}x{height}");
    let sums = &picture.sums;
    if frame.error.is_some() {
        assert!(picture.blocks.is_empty() && picture.motion.is_empty() && picture.transforms.is_empty());
    } else {
        assert!((picture.bits() - 8.0 * f64::from(frame.bytes)).abs() <= 1.0, "{} bits of {} bytes", picture.bits(), frame.bytes);
    }
    assert_eq!(sums.blocks as usize, picture.blocks.len());
    if frame.complete {
        assert!(picture.motion.iter().all(|motion| motion.block < sums.blocks), "motion of no block");
        assert!(picture.transforms.iter().all(|transform| transform.block < sums.blocks), "a transform of no block");
    }
}
