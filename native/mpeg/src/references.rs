//! The two reference pictures: ISO/IEC 13818-2 clause 6.1.1.11, 14496-2 clause 6.1.3.8.

/// The pictures that others refer to, of which no more than two are kept.
#[derive(Debug, Clone)]
pub struct References<T> {
    past: Option<T>,
    future: Option<T>,
}

impl<T> Default for References<T> {
    fn default() -> Self {
        Self { past: None, future: None }
    }
}

impl<T> References<T> {
    /// What B pictures refer to.
    #[must_use]
    pub const fn both(&self) -> [Option<&T>; 2] {
        [self.past.as_ref(), self.future.as_ref()]
    }

    /// What P pictures refer to: the last one.
    #[must_use]
    pub const fn last(&self) -> Option<&T> {
        self.future.as_ref()
    }

    /// Adds one, and gives back the one that is no longer kept.
    pub const fn push(&mut self, reference: T) -> Option<T> {
        let last = self.future.replace(reference);
        std::mem::replace(&mut self.past, last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_than_two_are_kept() {
        let mut references = References::default();
        assert_eq!([1, 2, 3, 4].map(|n| references.push(n)), [None, None, Some(1), Some(2)]);
        assert_eq!((references.both(), references.last()), ([Some(&3), Some(&4)], Some(&4)));
    }
}
