//! Reads an IVF file, and says how long that took: `cargo run --profile quick --example read -- CODEC FILE [TIMES]`.

use std::time::Instant;

use codecorpus_bitstream::reader::Framing;
use codecorpus_bitstream::{Errors, Event, Options, Packet, Reader, Times, Wanted};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().ok_or("which codec?")?;
    let codec = codecorpus_codecs::find(&name).ok_or("no such codec")?;
    let data = std::fs::read(arguments.next().ok_or("which file?")?)?;
    let times = arguments.next().map_or(Ok(1), |times| times.parse::<u32>())?;
    let wanted = Wanted { blocks: true, motion: true, transforms: false, residual: false };
    for _ in 0..times {
        let start = Instant::now();
        let framing = Framing::Packets { extradata: Vec::new() };
        let mut reader = (codec.open)(framing, Options { wanted, errors: Errors::Strict })?;
        let mut counts = [0; 3];
        let mut at = 32;
        while let Some(header) = data.get(at..at + 12) {
            let length = u32::from_le_bytes([header[0], header[1], header[2], header[3]]) as usize;
            let Some(packet) = data.get(at + 12..at + 12 + length) else { break };
            reader.push(Packet { data: packet, times: Times::default(), position: at as u64 + 12 })?;
            at += 12 + length;
            count(&mut *reader, &mut counts);
        }
        reader.finish()?;
        count(&mut *reader, &mut counts);
        let [frames, blocks, motion] = counts;
        println!("{frames} coded pictures, {blocks} blocks, {motion} motion rows, {:.1} ms", start.elapsed().as_secs_f64() * 1e3);
    }
    Ok(())
}

/// Adds the pictures that are ready, with their rows.
fn count(reader: &mut dyn Reader, counts: &mut [usize; 3]) {
    while let Some(event) = reader.next_event() {
        if let Event::Picture(picture) = event {
            for (count, more) in counts.iter_mut().zip([1, picture.blocks.len(), picture.motion.len()]) {
                *count += more;
            }
            reader.recycle(picture);
        }
    }
}
