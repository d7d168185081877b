use codecorpus_bitstream::reader::{Framing, Packet, Reader};
use codecorpus_bitstream::{Event, Wanted};
fn main() {
    let path = std::env::args().nth(1).unwrap();
    let data = std::fs::read(path).unwrap();
    let n: usize = std::env::args().nth(2).map_or(1, |s| s.parse().unwrap());
    for _ in 0..n {
        let mut r =
            codecorpus_h264::H264Reader::new(Framing::ByteStream, Wanted { blocks: true, motion: true, transforms: false })
                .unwrap();
        let (mut blocks, mut pics) = (0, 0);
        let mut res = Ok(());
        let t = std::time::Instant::now();
        for chunk in data.chunks(65536) {
            res = r.push(Packet { data: chunk, pts: None, position: 0 });
            if res.is_err() {
                break;
            }
            while let Some(e) = r.next_event() {
                if let Event::Picture(p) = e {
                    blocks += p.blocks.len();
                    pics += 1;
                    r.recycle(p);
                }
            }
        }
        if res.is_ok() {
            res = r.finish();
        } else {
            r.abandon();
        }
        while let Some(e) = r.next_event() {
            if let Event::Picture(p) = e {
                blocks += p.blocks.len();
                pics += 1;
                r.recycle(p);
            }
        }
        println!("{pics} pictures {blocks} blocks {:?} {:?}", t.elapsed(), res);
    }
}
