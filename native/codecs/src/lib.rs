//! Every codec that is read: the one crate that sees them all.

mod parallel;

use codecorpus_bitstream::{Codec, Resemblance, Result};
use codecorpus_parallel::TakesParts;

pub use parallel::Reading;
use parallel::{Open, open};

/// Each codec, and what opens a stream of it on several threads. Of two that fit a stream alike the first one is taken.
static REGISTRY: [(&Codec, Open); 6] = [
    (&codecorpus_h264::CODEC, |codec, reading| open(codec, codecorpus_h264::H264Reader::new, reading)),
    (&codecorpus_hevc::CODEC, |codec, reading| open(codec, codecorpus_hevc::HevcReader::new, reading)),
    (&codecorpus_av1::CODEC, |codec, reading| open(codec, codecorpus_av1::Av1Reader::new, reading)),
    (&codecorpus_vp9::CODEC, |codec, reading| open(codec, codecorpus_vp9::Vp9Reader::new, reading)),
    (&codecorpus_mpeg4::CODEC, |codec, reading| open(codec, codecorpus_mpeg4::Mpeg4Reader::new, reading)),
    (&codecorpus_mpeg2::CODEC, |codec, reading| open(codec, codecorpus_mpeg2::Mpeg2Reader::new, reading)),
];

/// Every codec.
pub fn codecs() -> impl DoubleEndedIterator<Item = &'static Codec> {
    REGISTRY.iter().map(|&(codec, _)| codec)
}

/// The codec of that name, as tables have it.
#[must_use]
pub fn find(name: &str) -> Option<&'static Codec> {
    codecs().find(|codec| codec.name == name)
}

/// The codec of a raw stream that begins so; None where it is none.
///
/// `told` is what it is said to be: that is taken wherever the stream may be raw at all.
#[must_use]
pub fn of_raw_stream(head: &[u8], told: Option<&'static Codec>) -> Option<&'static Codec> {
    let best = codecs().map(|codec| ((codec.probe)(head), codec)).rev().max_by_key(|(fit, _)| *fit);
    let found = best.filter(|(fit, _)| matches!(fit, Resemblance::Likely(_) | Resemblance::Certain)).map(|(_, codec)| codec);
    match told {
        Some(told) if found.is_some() || (told.probe)(head) >= Resemblance::Possible => Some(told),
        _ => found,
    }
}

/// A reader on several threads. None of a codec that is not registered.
///
/// # Errors
/// Those of the codec's reader, of the container's extradata.
#[must_use]
pub fn open_parallel(codec: &'static Codec, reading: Reading) -> Option<Result<Box<dyn TakesParts>>> {
    let (_, open) = REGISTRY.iter().find(|(registered, _)| registered.name == codec.name)?;
    Some(open(codec, reading))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(head: &[u8], told: Option<&str>) -> Option<&'static str> {
        of_raw_stream(head, told.and_then(find)).map(|codec| codec.name)
    }

    #[test]
    fn the_first_start_codes_tell_codecs_apart() {
        assert_eq!(name(&[0, 0, 1, 0x67, 1, 0, 0, 1, 0x68, 1, 0, 0, 1, 0x65, 1], None), Some("h264"));
        assert_eq!(name(&[0, 0, 0, 1, 0x40, 1, 0, 0, 1, 0x42, 1, 0, 0, 1, 0x44, 1, 0, 0, 1, 0x26, 1], None), Some("hevc"));
        assert_eq!(name(&[0x12, 0, 0x0a, 1, 0], None), Some("av1"));
        assert_eq!(name(&[0, 0, 1, 0xb3, 9, 9, 0, 0, 1, 0xb5, 9], None), Some("mpeg2"));
        assert_eq!(name(&[0, 0, 1, 0xb0, 1, 0, 0, 1, 0xb5, 9], None), Some("mpeg4"));
        assert_eq!(name(&[0, 0, 1, 0, 0, 0, 1, 0x20, 9], None), Some("mpeg4"));
        assert_eq!(name(&[0, 0, 1, 0xba, 9, 9, 0, 0, 1, 0xbb, 9, 9], None), None, "a program stream");
        assert_eq!(name(b"a text", None), None);
    }

    #[test]
    fn what_is_told_counts_where_the_stream_may_be_raw() {
        let h264 = [0, 0, 1, 0x67, 1];
        assert_eq!(name(&h264, Some("hevc")), Some("hevc"));
        assert_eq!(name(&[0, 0, 1, 0xba, 9, 9], Some("mpeg4")), Some("mpeg4"));
        assert_eq!(name(b"a text", Some("h264")), None);
    }

    #[test]
    fn names_are_unique() {
        let mut names: Vec<&str> =
            codecs().flat_map(|codec| [codec.name].into_iter().chain(codec.aliases.iter().copied())).collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
