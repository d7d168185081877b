//! Motion vector prediction (7.10) and motion field estimation (7.9).

pub(crate) mod extra;
pub(crate) mod field;
pub(crate) mod global;
pub(crate) mod overlap;
pub(crate) mod stack;
pub(crate) mod temporal;
pub(crate) mod warp;

use crate::headers::FrameHeader;

/// A motion vector, in eighths of a luma sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Mv {
    pub(crate) row: i16,
    pub(crate) col: i16,
}

impl Mv {
    /// MotionFieldMvs where nothing was projected (7.9.1).
    pub(crate) const INVALID: Self = Self { row: i16::MIN, col: i16::MIN };

    /// Both components in one word.
    #[inline(always)]
    #[must_use]
    pub(crate) fn word(self) -> u64 {
        u64::from(self.row as u16) | u64::from(self.col as u16) << 16
    }

    /// The same length backwards.
    #[inline]
    #[must_use]
    pub(crate) fn negated(self) -> Self {
        Self { row: self.row.wrapping_neg(), col: self.col.wrapping_neg() }
    }

    /// Lower precision process (7.10.2.10).
    #[inline]
    #[must_use]
    pub(crate) fn lower_precision(self, header: &FrameHeader) -> Self {
        if header.allow_high_precision_mv {
            return self;
        }
        let lower = |v: i16| {
            let v = i32::from(v);
            if header.force_integer_mv {
                let whole = ((v.abs() + 3) >> 3) << 3;
                (if v > 0 { whole } else { -whole }) as i16
            } else {
                (v - (v & 1) * v.signum()) as i16
            }
        };
        Self { row: lower(self.row), col: lower(self.col) }
    }
}
