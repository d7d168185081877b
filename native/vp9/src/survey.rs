//! What VP9 packets, which are frames or superframes, tell of themselves (6.2, annex B).

use codecorpus_bitstream::survey::{BoxedSurvey, Entry, Survey};
use codecorpus_bitstream::{BitReader, Result};

/// What uncompressed_header( ) begins with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Beginning {
    /// frame_type is KEY_FRAME.
    is_key: bool,
    show_frame: bool,
}

impl Beginning {
    pub(crate) fn read(frame: &[u8]) -> Result<Self> {
        let mut bits = BitReader::new(frame);
        bits.u(2, "frame_marker")?;
        let profile = bits.u(1, "profile_low_bit")? | bits.u(1, "profile_high_bit")? << 1;
        bits.u(u32::from(profile == 3), "reserved_zero")?;
        let show_existing_frame = bits.flag("show_existing_frame")?;
        let is_key = !show_existing_frame && !bits.flag("frame_type")?;
        Ok(Self { is_key, show_frame: show_existing_frame || bits.flag("show_frame")? })
    }

    pub(crate) const fn is_key(self) -> bool {
        self.is_key
    }
}

#[derive(Debug)]
struct Vp9Survey;

pub(crate) fn survey(_: &[u8]) -> BoxedSurvey {
    Box::new(Vp9Survey)
}

impl Survey for Vp9Survey {
    fn entry(&mut self, data: &[u8]) -> Option<Entry> {
        Beginning::read(data).is_ok_and(Beginning::is_key).then_some(Entry { knows_leading: true })
    }

    /// A frame that stands alone, in no superframe, and has show_frame 0.
    fn is_hidden(&self, data: &[u8]) -> bool {
        let is_alone = data.last().is_some_and(|last| last & 0xe0 != 0xc0);
        is_alone && Beginning::read(data).is_ok_and(|frame| !frame.show_frame)
    }

    /// None: a VPCodecConfigurationRecord says nothing that frames do not.
    fn in_band(&self, _: &[u8]) -> Vec<u8> {
        Vec::new()
    }
}
