//! Which pictures are presented at all: a stream that begins between IRAP pictures shows nothing before decoding can start.

use codecorpus_bitstream::{Poc, PocDiff};

/// Whether pictures are presented yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Presentation {
    /// Neither an IRAP picture has come nor a recovery point.
    #[default]
    Unknown,
    /// All is right from a picture of this order count on: so said a recovery point SEI message (D.3.8).
    Recovering {
        poc: Poc,
    },
    Started,
}

/// What becomes of a picture, as far as that follows from where the stream begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Admission {
    /// It is presented.
    pub(crate) shown: bool,
    /// What came before the recovery point is expected to be missing.
    pub(crate) recovering: bool,
}

impl Presentation {
    /// Of the next picture in decoding order.
    pub(crate) fn admits(&mut self, is_irap: bool, poc: Poc, recovery_poc_cnt: Option<PocDiff>) -> Admission {
        match (*self, recovery_poc_cnt) {
            _ if is_irap => *self = Self::Started,
            (Self::Unknown, Some(count)) => *self = Self::Recovering { poc: poc + count },
            _ => {}
        }
        let Self::Recovering { poc: recovered } = *self else {
            return Admission { shown: *self == Self::Started, recovering: false };
        };
        let shown = poc >= recovered;
        if shown {
            *self = Self::Started;
        }
        Admission { shown, recovering: true }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_presented_before_an_irap_picture() {
        let mut presentation = Presentation::default();
        let shown =
            [(false, 3), (false, 4), (true, 8), (false, 6)].map(|(irap, poc)| presentation.admits(irap, Poc(poc), None).shown);
        assert_eq!(shown, [false, false, true, true]);
    }

    #[test]
    fn all_is_presented_once_the_recovery_point_is_reached() {
        let mut presentation = Presentation::default();
        let mut admits = |poc, count: Option<i32>| presentation.admits(false, Poc(poc), count.map(PocDiff));
        assert!(!admits(3, None).shown);
        assert_eq!(admits(4, Some(4)), Admission { shown: false, recovering: true });
        assert!(!admits(7, Some(0)).shown, "the first one counts");
        assert_eq!(admits(9, None), Admission { shown: true, recovering: true });
        assert_eq!(admits(7, None), Admission { shown: true, recovering: false }, "what is decoded later is right");
    }

    #[test]
    fn a_recovery_point_may_be_the_picture_itself_or_before_it() {
        for count in [0, -2] {
            assert_eq!(
                Presentation::default().admits(false, Poc(5), Some(PocDiff(count))),
                Admission { shown: true, recovering: true }
            );
        }
    }
}
