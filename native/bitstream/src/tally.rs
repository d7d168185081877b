//! Charging bits: each is spent on one class, where its syntax is read.

use crate::information::Information;

/// What bits are spent on: the columns bits_header, bits_mode, bits_motion and bits_residual.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Class {
    /// Of no block: headers, framing, alignment, padding.
    Header,
    /// How to predict and split.
    Mode,
    /// What moves where: references, modes of vectors, vectors.
    Motion,
    /// Transform sizes and types, coefficients, QP deltas.
    Residual,
}

/// The bits that an arithmetic decoder has read, by class.
#[derive(Debug, Clone, Copy, Default)]
pub struct Tally {
    /// Up to where they are charged.
    mark: Information,
    spent: [Information; 4],
}

impl Tally {
    /// Nothing is charged of what stands behind `mark`.
    #[must_use]
    pub const fn beginning_at(mark: Information) -> Self {
        Self { mark, spent: [Information(0); 4] }
    }

    /// Charges what was read since the last charge, up to `now`.
    #[inline(always)]
    pub fn charge(&mut self, class: Class, now: Information) {
        self.spent[class as usize] += now - self.mark;
        self.mark = now;
    }

    #[must_use]
    pub const fn mark(&self) -> Information {
        self.mark
    }

    #[must_use]
    pub fn spent(&self, class: Class) -> Information {
        self.spent[class as usize]
    }

    /// What a block has come to, which ends: the bits of mode, motion and residual. Those of headers go on.
    #[inline]
    pub fn take_block(&mut self) -> [Information; 3] {
        let [header, mode, motion, residual] = self.spent;
        self.spent = [header, Information(0), Information(0), Information(0)];
        [mode, motion, residual]
    }

    /// A block goes on that had come to `spent` when another one was read between its parts; none is open.
    #[inline]
    pub fn resume_block(&mut self, [mode, motion, residual]: [Information; 3]) {
        self.spent = [self.spent(Class::Header), mode, motion, residual];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bit_is_charged_once() {
        let at = Information::from_bits;
        let mut tally = Tally::beginning_at(at(5));
        tally.charge(Class::Header, at(8));
        tally.charge(Class::Mode, at(10));
        tally.charge(Class::Residual, at(30));
        tally.charge(Class::Mode, at(31));
        assert_eq!(tally.take_block(), [at(3), at(0), at(20)]);
        tally.charge(Class::Motion, at(40));
        tally.charge(Class::Header, at(41));
        assert_eq!(tally.take_block(), [at(0), at(9), at(0)]);
        assert_eq!(tally.spent(Class::Header), at(4));
        tally.resume_block([at(3), at(0), at(20)]);
        tally.charge(Class::Motion, at(43));
        assert_eq!(tally.take_block(), [at(3), at(2), at(20)]);
        assert_eq!(tally.spent(Class::Header), at(4));
    }
}
