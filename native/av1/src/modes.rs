//! How a block is predicted.

pub(crate) use crate::tables::modes::IntraMode;
use crate::tables::modes::{FILTER_INTRA_MODE_TO_INTRA_DIR, INTRA_MODE_CONTEXT};

impl IntraMode {
    /// Intra_Mode_Context: what neighbours' contexts tell apart (8.3.2, intra_frame_y_mode).
    #[inline(always)]
    #[must_use]
    pub(crate) fn context(self) -> usize {
        INTRA_MODE_CONTEXT[self as usize].into()
    }

    /// is_directional_mode( ) (5.11.44): which of them, from V_PRED on.
    #[inline(always)]
    #[must_use]
    pub(crate) fn direction(self) -> Option<usize> {
        (Self::V..=Self::D67).contains(&self).then(|| self as usize - Self::V as usize)
    }
}

/// uv_mode (6.10.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UvMode {
    Intra(IntraMode),
    /// UV_CFL_PRED.
    Cfl,
}

impl UvMode {
    /// By the standard's numbers.
    pub(crate) const ALL: [Self; 14] = {
        let mut modes = [Self::Cfl; 14];
        let mut i = 0;
        while i < IntraMode::ALL.len() {
            modes[i] = Self::Intra(IntraMode::ALL[i]);
            i += 1;
        }
        modes
    };
}

/// filter_intra_mode (6.10.23).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum FilterIntraMode {
    Dc,
    V,
    H,
    D157,
    Paeth,
}

impl FilterIntraMode {
    pub(crate) const ALL: [Self; 5] = [Self::Dc, Self::V, Self::H, Self::D157, Self::Paeth];

    /// Filter_Intra_Mode_To_Intra_Dir: the mode whose transform types it has.
    #[inline(always)]
    #[must_use]
    pub(crate) fn intra_dir(self) -> IntraMode {
        FILTER_INTRA_MODE_TO_INTRA_DIR[self as usize]
    }
}

/// YMode of inter blocks (6.10.22): from NEARESTMV on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum InterMode {
    Nearest,
    Near,
    Global,
    New,
    NearestNearest,
    NearNear,
    NearestNew,
    NewNearest,
    NearNew,
    NewNear,
    GlobalGlobal,
    NewNew,
}

impl InterMode {
    /// compound_mode (6.10.22).
    pub(crate) const COMPOUND: [Self; 8] = [
        Self::NearestNearest,
        Self::NearNear,
        Self::NearestNew,
        Self::NewNearest,
        Self::NearNew,
        Self::NewNear,
        Self::GlobalGlobal,
        Self::NewNew,
    ];

    /// has_newmv( ) (7.10.2.9).
    #[inline(always)]
    #[must_use]
    pub(crate) const fn has_new(self) -> bool {
        use InterMode::{NearNew, NearestNew, New, NewNear, NewNearest, NewNew};
        matches!(self, New | NewNew | NearNew | NewNear | NearestNew | NewNearest)
    }

    /// has_nearmv( ) (5.11.23).
    #[inline(always)]
    #[must_use]
    pub(crate) const fn has_near(self) -> bool {
        matches!(self, Self::Near | Self::NearNear | Self::NearNew | Self::NewNear)
    }

    /// GLOBALMV or GLOBAL_GLOBALMV.
    #[inline(always)]
    #[must_use]
    pub(crate) const fn is_global(self) -> bool {
        matches!(self, Self::Global | Self::GlobalGlobal)
    }

    /// get_mode( ) (5.11.30) of both lists.
    #[inline(always)]
    #[must_use]
    pub(crate) const fn of_lists(self) -> [Self; 2] {
        match self {
            Self::NearestNearest => [Self::Nearest, Self::Nearest],
            Self::NearNear => [Self::Near, Self::Near],
            Self::NearestNew => [Self::Nearest, Self::New],
            Self::NewNearest => [Self::New, Self::Nearest],
            Self::NearNew => [Self::Near, Self::New],
            Self::NewNear => [Self::New, Self::Near],
            Self::GlobalGlobal => [Self::Global, Self::Global],
            Self::NewNew => [Self::New, Self::New],
            single => [single, single],
        }
    }
}

/// motion_mode (6.10.26).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[repr(u8)]
pub(crate) enum MotionMode {
    #[default]
    Simple,
    Obmc,
    LocalWarp,
}

impl MotionMode {
    pub(crate) const ALL: [Self; 3] = [Self::Simple, Self::Obmc, Self::LocalWarp];
}

/// compound_type (6.10.28).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[repr(u8)]
pub(crate) enum CompoundType {
    Wedge,
    DiffWtd,
    #[default]
    Average,
    Intra,
    Distance,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_modes_lists_make_its_name() {
        for mode in InterMode::COMPOUND {
            let [first, second] = mode.of_lists();
            assert_eq!(format!("{mode:?}"), format!("{first:?}{second:?}"));
            assert_eq!(mode.has_new(), [first, second].contains(&InterMode::New));
            assert_eq!(mode.has_near(), [first, second].contains(&InterMode::Near));
            assert_eq!(mode.is_global(), first == InterMode::Global);
        }
    }

    #[test]
    fn chroma_has_the_modes_of_luma_and_one_more() {
        assert_eq!(UvMode::ALL[12], UvMode::Intra(IntraMode::Paeth));
        assert_eq!(UvMode::ALL[13], UvMode::Cfl);
    }
}
