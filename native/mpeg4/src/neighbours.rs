//! What intra blocks are predicted from: 7.4.3.

/// The blocks of a macroblock that face a neighbour: two of luma, Cb and Cr.
pub const FACING: usize = 4;

/// DC coefficients of blocks outside the VOP or the video packet, or that are not intra.
pub const DC_OUTSIDE: i16 = 1024;

/// What an intra macroblock leaves for the one to its right, or below.
#[derive(Debug, Clone, Copy)]
pub struct Edge {
    /// F\[0\]\[0\].
    pub dc: [i16; FACING],
    /// QF of the first column (for the right), or the first row (for below), without DC.
    pub ac: [[i16; 7]; FACING],
    pub quantiser_scale: u8,
    pub intra: bool,
}

impl Edge {
    pub const OUTSIDE: Self = Self { dc: [DC_OUTSIDE; FACING], ac: [[0; 7]; FACING], quantiser_scale: 1, intra: false };
}

/// The edges that a macroblock meets.
#[derive(Debug)]
pub struct Edges {
    /// By column: of the macroblock above, until the one below it is read.
    pub above: Vec<Edge>,
    pub left: Edge,
    /// DC coefficients of the last luma block, Cb and Cr of the macroblock above the left one.
    pub corner: [i16; 3],
}

impl Edges {
    #[must_use]
    pub fn new(columns: u32) -> Self {
        Self { above: vec![Edge::OUTSIDE; columns as usize], left: Edge::OUTSIDE, corner: [DC_OUTSIDE; 3] }
    }

    /// Begins a row.
    pub const fn begin_row(&mut self) {
        self.left = Edge::OUTSIDE;
        self.corner = [DC_OUTSIDE; 3];
    }

    /// Ends a macroblock that is not intra.
    #[inline(always)]
    pub fn pass(&mut self, column: usize) {
        let above = &mut self.above[column];
        self.corner = corner_of(above);
        above.intra = false;
        self.left.intra = false;
    }

    /// Ends an intra macroblock.
    pub fn leave(&mut self, column: usize, right: Edge, below: Edge) {
        self.corner = corner_of(&self.above[column]);
        self.left = right;
        self.above[column] = below;
    }
}

fn corner_of(above: &Edge) -> [i16; 3] {
    if above.intra { [above.dc[1], above.dc[2], above.dc[3]] } else { [DC_OUTSIDE; 3] }
}
