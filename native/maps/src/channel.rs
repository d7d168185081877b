//! What a map can hold: each channel declared once.

/// The tables that a channel is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tables {
    Blocks,
    Motion,
    Both,
}

/// How blocks come together in a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cell {
    /// Averaged by area; NaN where none says anything.
    Mean,
    /// They add up.
    Sum,
    /// The share of the cell that has a value.
    Share,
}

/// What a channel says of itself.
struct Declaration {
    name: &'static str,
    unit: &'static str,
    meaning: &'static str,
    tables: Tables,
    cell: Cell,
}

/// Declares every channel: its name here, its public name and unit, what it is made of, and its meaning.
macro_rules! channels {
    ($($channel:ident: $name:literal in $unit:literal, $cell:ident of $tables:ident: $meaning:literal;)+) => {
        /// One channel of a map. Lengths are luma samples of the map's own size.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[repr(u8)]
        pub enum Channel {
            $($channel,)+
        }

        impl Channel {
            /// In the order of a map that has all.
            pub const ALL: [Self; [$($name),+].len()] = [$(Self::$channel),+];

            const fn declaration(self) -> Declaration {
                match self {
                    $(Self::$channel => Declaration {
                        name: $name, unit: $unit, meaning: $meaning, tables: Tables::$tables, cell: Cell::$cell,
                    },)+
                }
            }
        }
    };
}

channels! {
    VelocityPastX: "velocity_past_x" in "samples per frame interval", Mean of Motion:
        "mv / dt to the nearest past reference, rightwards; NaN where no block has one";
    VelocityPastY: "velocity_past_y" in "samples per frame interval", Mean of Motion:
        "mv / dt to the nearest past reference, downwards; NaN where no block has one";
    VelocityPastMask: "velocity_past_mask" in "share of the cell", Share of Motion:
        "how much of the cell has a past reference";
    VelocityFutureX: "velocity_future_x" in "samples per frame interval", Mean of Motion:
        "mv / dt to the nearest future reference, rightwards; NaN where no block has one";
    VelocityFutureY: "velocity_future_y" in "samples per frame interval", Mean of Motion:
        "mv / dt to the nearest future reference, downwards; NaN where no block has one";
    VelocityFutureMask: "velocity_future_mask" in "share of the cell", Share of Motion:
        "how much of the cell has a future reference";
    ReferenceDistance: "reference_distance" in "frames", Mean of Motion:
        "distance to the nearest reference, past or future; NaN where there is none";
    Qstep: "qstep" in "8-bit luma samples", Mean of Blocks:
        "quantiser step on the common scale; NaN where nothing is quantised";
    Bits: "bits" in "bits per sample", Sum of Blocks:
        "bits of mode, motion and residual";
    Energy: "energy" in "(8-bit sample)^2 per sample", Sum of Blocks:
        "squared luma residual";
    Skip: "skip" in "share of the cell", Mean of Blocks:
        "nothing but prediction is coded";
    Intra: "intra" in "share of the cell", Mean of Blocks:
        "not predicted from another picture: intra, intrabc, palette or pcm";
    Depth: "depth" in "log2 samples", Mean of Blocks:
        "log2 of the coding block's side, sqrt(w h)";
    Edges: "edges" in "share of a 4x4 split", Sum of Both:
        "length of the coding and inter prediction blocks' borders; 1 where all blocks are 4x4, 0.25 where 16x16";
}

impl Channel {
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|channel| channel.name() == name)
    }

    #[must_use]
    pub const fn name(self) -> &'static str {
        self.declaration().name
    }

    #[must_use]
    pub const fn unit(self) -> &'static str {
        self.declaration().unit
    }

    #[must_use]
    pub const fn meaning(self) -> &'static str {
        self.declaration().meaning
    }

    /// The tables that it is made of.
    #[must_use]
    pub const fn tables(self) -> &'static [&'static str] {
        match self.declaration().tables {
            Tables::Blocks => &["blocks"],
            Tables::Motion => &["motion"],
            Tables::Both => &["blocks", "motion"],
        }
    }

    /// Whether blocks add up in a cell, instead of being averaged.
    pub(crate) const fn is_additive(self) -> bool {
        matches!(self.declaration().cell, Cell::Sum)
    }

    pub(crate) const fn is_mask(self) -> bool {
        matches!(self.declaration().cell, Cell::Share)
    }
}
