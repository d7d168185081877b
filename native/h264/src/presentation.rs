//! Which pictures are presented at all: a stream that begins between key frames shows nothing before decoding can start.

use codecorpus_bitstream::Poc;

use crate::headers::SliceHeader;
use crate::headers::sps::Sps;

/// Whether pictures are presented yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Presentation {
    /// No picture has come.
    #[default]
    Unknown,
    /// Nothing can be decoded before a picture with this frame_num, where a recovery point SEI message told of one (D.2.8).
    Waiting { recovery_frame: Option<u32> },
    /// It can from a picture with this order count on: what follows in the same sequence and is presented before it may refer
    /// to what was not there.
    RecoveredAt { poc: Poc },
    /// It can.
    Started,
}

/// What decides on a picture's presentation.
#[derive(Debug)]
pub(crate) struct EndedPicture<'a> {
    pub(crate) header: &'a SliceHeader,
    pub(crate) sps: &'a Sps,
    pub(crate) idr: bool,
    /// The frame or its first field has no inter slice.
    pub(crate) intra: bool,
    pub(crate) recovery_frame_cnt: Option<u32>,
    pub(crate) begins_sequence: bool,
    pub(crate) poc: Poc,
}

impl Presentation {
    /// Whether the next picture in decoding order is presented.
    pub(crate) fn admits(&mut self, picture: &EndedPicture<'_>) -> bool {
        if picture.idr {
            *self = Self::Started;
        }
        if *self == Self::Unknown {
            let starts = picture.intra && picture.recovery_frame_cnt.is_none();
            *self = if starts { Self::Started } else { Self::Waiting { recovery_frame: None } };
        }
        if let Self::Waiting { recovery_frame } = self {
            let max_frame_num = 1u32 << picture.sps.log2_max_frame_num;
            let frame_num = picture.header.frame_num;
            let pictures_to = |frame: u32| frame.wrapping_sub(frame_num) % max_frame_num;
            if let Some(count) = picture.recovery_frame_cnt
                && recovery_frame.is_none_or(|frame| pictures_to(frame) > count)
            {
                *recovery_frame = Some(frame_num.wrapping_add(count) % max_frame_num);
            }
            let recovered = match *recovery_frame {
                Some(frame_num) => frame_num == picture.header.frame_num,
                None => picture.intra,
            };
            if recovered && picture.header.is_reference() {
                *self = Self::RecoveredAt { poc: picture.poc };
            }
        }
        match *self {
            Self::RecoveredAt { poc } if !picture.begins_sequence => picture.poc >= poc,
            Self::RecoveredAt { .. } => {
                *self = Self::Started;
                true
            }
            Self::Unknown | Self::Waiting { .. } => false,
            Self::Started => true,
        }
    }
}
