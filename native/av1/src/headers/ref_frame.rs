//! Reference frames by name (6.10.24).

/// RefFrame, by the standard's numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(i8)]
pub(crate) enum RefFrame {
    None = -1,
    Intra,
    Last,
    Last2,
    Last3,
    Golden,
    Bwdref,
    Altref2,
    Altref,
}

impl RefFrame {
    /// Those that inter blocks refer to.
    pub(crate) const INTER: [Self; 7] =
        [Self::Last, Self::Last2, Self::Last3, Self::Golden, Self::Bwdref, Self::Altref2, Self::Altref];
    /// All but NONE.
    const NUMBERED: [Self; 8] =
        [Self::Intra, Self::Last, Self::Last2, Self::Last3, Self::Golden, Self::Bwdref, Self::Altref2, Self::Altref];

    /// By its number, of three bits.
    #[inline]
    #[must_use]
    pub(crate) const fn from_number(number: u8) -> Self {
        Self::NUMBERED[(number & 7) as usize]
    }

    /// Whether it is a frame that was coded before: above INTRA_FRAME.
    #[inline(always)]
    #[must_use]
    pub(crate) const fn is_inter(self) -> bool {
        self as i8 > 0
    }

    /// Its place in what is kept by reference frame. NONE has none of its own.
    #[inline(always)]
    #[must_use]
    pub(crate) const fn index(self) -> usize {
        (self as i8 & 7) as usize
    }

    /// check_backward( ) (8.3.2).
    #[inline(always)]
    #[must_use]
    pub(crate) const fn is_backward(self) -> bool {
        self as i8 >= Self::Bwdref as i8
    }
}
