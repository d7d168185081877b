//! What is before a cut: ISO/IEC 13818-2 clause 6.1.1.11, 14496-2 clause 6.1.3.8.
//!
//! Streams are cut before pictures that others refer to. No sample is decoded, so that of the pictures before a cut those
//! behind it need no more than the numbers of the last two that others refer to; the cut may be at any of them, an I picture
//! or not, in a closed group of pictures or an open one.

use codecorpus_bitstream::division::Numbers;

use crate::references::References;

/// The pictures before a cut, from the past one of the last two that others refer to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Preceding {
    /// Coded order of the future one, counted from the past one's.
    pub future: u32,
    /// Pictures from the past one to the cut. Those behind the future one are B pictures.
    pub pictures: u32,
}

impl Preceding {
    /// Numbers of both, counted from the past one's: B pictures behind the future one are presented between them.
    #[must_use]
    pub fn references(self) -> [Numbers; 2] {
        [Numbers::default(), Numbers { coded_order: self.future, frame: self.frames() - 1 }]
    }

    /// Frames from the past one to the cut.
    #[must_use]
    pub const fn frames(self) -> u32 {
        self.pictures - self.future + 1
    }
}

/// Counts pictures for a scout.
#[derive(Debug, Default)]
pub struct Count {
    pictures: u32,
    /// Their coded order.
    references: References<u32>,
}

impl Count {
    /// A picture begins.
    pub fn add(&mut self, is_reference: bool) {
        if is_reference {
            self.references.push(self.pictures);
        }
        self.pictures += 1;
    }

    /// A picture begins that cannot be read: nothing is known before two others have come.
    pub fn lose(&mut self) {
        *self = Self::default();
    }

    /// What precedes the picture that comes next, where it is known.
    #[must_use]
    pub fn preceding(&self) -> Option<Preceding> {
        let [Some(past), Some(future)] = self.references.both() else { return None };
        Some(Preceding { future: future - past, pictures: self.pictures - past })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b_pictures_are_between_the_last_two_references() {
        let mut count = Count::default();
        for (is_reference, expected) in
            [(true, None), (true, None), (false, Some((1, 2))), (false, Some((1, 3))), (true, Some((1, 4))), (true, Some((3, 4)))]
        {
            let preceding = count.preceding();
            assert_eq!(preceding.map(|preceding| (preceding.future, preceding.pictures)), expected);
            count.add(is_reference);
        }
        let preceding = Preceding { future: 1, pictures: 4 };
        let future = Numbers { coded_order: 1, frame: 3 };
        assert_eq!((preceding.references()[1], preceding.frames()), (future, 4));
        count.lose();
        assert_eq!(count.preceding(), None);
    }
}
