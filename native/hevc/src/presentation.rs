//! Which pictures are presented at all: a stream that begins between IRAP pictures shows nothing before decoding can start.

/// Whether pictures are presented yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Presentation {
    /// Neither an IRAP picture has come nor a recovery point.
    #[default]
    Unknown,
    /// All is right from a picture of this order count on: so said a recovery point SEI message (D.3.8).
    Recovering {
        order: i32,
    },
    Started,
}

impl Presentation {
    /// Whether the next picture in decoding order is presented, as far as that follows from where the stream begins.
    pub(crate) fn admits(&mut self, is_irap: bool, order: i32, recovery_poc_cnt: Option<i32>) -> bool {
        match *self {
            _ if is_irap => *self = Self::Started,
            Self::Unknown => {
                if let Some(count) = recovery_poc_cnt {
                    *self = Self::Recovering { order: order.saturating_add(count) };
                }
            }
            Self::Recovering { order: recovered } if order >= recovered => *self = Self::Started,
            Self::Recovering { .. } | Self::Started => {}
        }
        match *self {
            Self::Unknown => false,
            Self::Recovering { order: recovered } => order >= recovered,
            Self::Started => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_presented_before_an_irap_picture() {
        let mut presentation = Presentation::default();
        let shown = [(false, 3), (false, 4), (true, 8), (false, 6)].map(|(irap, order)| presentation.admits(irap, order, None));
        assert_eq!(shown, [false, false, true, true]);
    }

    #[test]
    fn all_is_presented_once_the_recovery_point_is_reached() {
        let mut presentation = Presentation::default();
        assert!(!presentation.admits(false, 3, None));
        assert!(!presentation.admits(false, 4, Some(4)));
        assert!(!presentation.admits(false, 7, Some(0)), "the first one counts");
        assert!(presentation.admits(false, 9, None));
        assert!(presentation.admits(false, 7, None), "what is decoded later is right");
    }

    #[test]
    fn a_recovery_point_may_be_the_picture_itself_or_before_it() {
        assert!(Presentation::default().admits(false, 5, Some(0)));
        assert!(Presentation::default().admits(false, 5, Some(-2)));
    }
}
