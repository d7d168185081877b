//! What a map can hold, each channel with its unit and meaning.

/// One channel of a map. Lengths are luma samples of the map's own size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Channel {
    VelocityPastX,
    VelocityPastY,
    VelocityPastMask,
    VelocityFutureX,
    VelocityFutureY,
    VelocityFutureMask,
    ReferenceDistance,
    Qstep,
    Bits,
    Energy,
    Skip,
    Intra,
    Depth,
    Edges,
}

impl Channel {
    pub const ALL: [Self; 14] = [
        Self::VelocityPastX,
        Self::VelocityPastY,
        Self::VelocityPastMask,
        Self::VelocityFutureX,
        Self::VelocityFutureY,
        Self::VelocityFutureMask,
        Self::ReferenceDistance,
        Self::Qstep,
        Self::Bits,
        Self::Energy,
        Self::Skip,
        Self::Intra,
        Self::Depth,
        Self::Edges,
    ];

    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|channel| channel.name() == name)
    }

    #[must_use]
    pub const fn name(self) -> &'static str {
        self.declaration().0
    }

    #[must_use]
    pub const fn unit(self) -> &'static str {
        self.declaration().1
    }

    #[must_use]
    pub const fn meaning(self) -> &'static str {
        self.declaration().2
    }

    /// Whether the channel comes from **motion**; the others come from **blocks**, edges from both.
    #[must_use]
    pub const fn needs_motion(self) -> bool {
        (self as u8) <= Self::ReferenceDistance as u8 || matches!(self, Self::Edges)
    }

    #[must_use]
    pub const fn needs_blocks(self) -> bool {
        (self as u8) > Self::ReferenceDistance as u8
    }

    /// Whether blocks add up in a cell, instead of being averaged.
    pub(crate) const fn is_additive(self) -> bool {
        matches!(self, Self::Bits | Self::Energy | Self::Edges)
    }

    pub(crate) const fn is_mask(self) -> bool {
        matches!(self, Self::VelocityPastMask | Self::VelocityFutureMask)
    }

    const fn declaration(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::VelocityPastX => (
                "velocity_past_x",
                "samples per frame interval",
                "mv / dt to the nearest past reference, rightwards; NaN where no block has one",
            ),
            Self::VelocityPastY => (
                "velocity_past_y",
                "samples per frame interval",
                "mv / dt to the nearest past reference, downwards; NaN where no block has one",
            ),
            Self::VelocityPastMask => ("velocity_past_mask", "share of the cell", "how much of the cell has a past reference"),
            Self::VelocityFutureX => (
                "velocity_future_x",
                "samples per frame interval",
                "mv / dt to the nearest future reference, rightwards; NaN where no block has one",
            ),
            Self::VelocityFutureY => (
                "velocity_future_y",
                "samples per frame interval",
                "mv / dt to the nearest future reference, downwards; NaN where no block has one",
            ),
            Self::VelocityFutureMask => {
                ("velocity_future_mask", "share of the cell", "how much of the cell has a future reference")
            }
            Self::ReferenceDistance => {
                ("reference_distance", "frames", "distance to the nearest reference, past or future; NaN where there is none")
            }
            Self::Qstep => ("qstep", "8-bit luma samples", "quantiser step on the common scale; NaN where nothing is quantised"),
            Self::Bits => ("bits", "bits per sample", "bits of mode, motion and residual"),
            Self::Energy => ("energy", "(8-bit sample)^2 per sample", "squared luma residual"),
            Self::Skip => ("skip", "share of the cell", "nothing but prediction is coded"),
            Self::Intra => ("intra", "share of the cell", "not predicted from another picture: intra, intrabc, palette or pcm"),
            Self::Depth => ("depth", "log2 samples", "log2 of the coding block's side, sqrt(w h)"),
            Self::Edges => (
                "edges",
                "share of a 4x4 split",
                "length of the coding and inter prediction blocks' borders; 1 where all blocks are 4x4, 0.25 where 16x16",
            ),
        }
    }
}
