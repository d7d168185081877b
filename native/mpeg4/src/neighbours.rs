//! What intra blocks are predicted from: 7.4.3.

/// The blocks of a macroblock that face a neighbour: two of luma, Cb and Cr.
pub(crate) const FACING: usize = 4;

/// DC coefficients of blocks outside the VOP or the video packet, or that are not intra.
pub(crate) const DC_OUTSIDE: i16 = 1024;

/// What an intra macroblock leaves for the one to its right, or below.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Edge {
    /// F\[0\]\[0\].
    pub(crate) dc: [i16; FACING],
    /// QF of the first column (for the right), or the first row (for below), without DC.
    pub(crate) ac: [[i16; 7]; FACING],
    pub(crate) quantiser_scale: u8,
    pub(crate) intra: bool,
}

impl Edge {
    pub(crate) const OUTSIDE: Self = Self { dc: [DC_OUTSIDE; FACING], ac: [[0; 7]; FACING], quantiser_scale: 1, intra: false };
}

/// The edges that a macroblock meets.
#[derive(Debug)]
pub(crate) struct Edges {
    /// By column: of the macroblock above, until the one below it is read.
    pub(crate) above: Vec<Edge>,
    pub(crate) left: Edge,
    /// DC coefficients of the last luma block, Cb and Cr of the macroblock above the left one.
    pub(crate) corner: [i16; 3],
}

impl Edges {
    #[must_use]
    pub(crate) fn new(columns: u32) -> Self {
        Self { above: vec![Edge::OUTSIDE; columns as usize], left: Edge::OUTSIDE, corner: [DC_OUTSIDE; 3] }
    }

    /// Begins a row.
    pub(crate) const fn begin_row(&mut self) {
        self.left = Edge::OUTSIDE;
        self.corner = [DC_OUTSIDE; 3];
    }

    /// Ends a macroblock that is not intra.
    #[inline(always)]
    pub(crate) fn pass(&mut self, column: usize) {
        let above = &mut self.above[column];
        self.corner = corner_of(above);
        above.intra = false;
        self.left.intra = false;
    }

    /// Ends an intra macroblock.
    pub(crate) fn leave(&mut self, column: usize, right: Edge, below: Edge) {
        self.corner = corner_of(&self.above[column]);
        self.left = right;
        self.above[column] = below;
    }
}

fn corner_of(above: &Edge) -> [i16; 3] {
    if above.intra { [above.dc[1], above.dc[2], above.dc[3]] } else { [DC_OUTSIDE; 3] }
}
