//! The state that one macroblock is read with. How it is read stands in `block.rs`, `residual.rs` and `motion/`.

use std::cell::Cell as Shared;

use codecorpus_bitstream::tally::{Class, Tally};
use codecorpus_bitstream::{Information, ParseError, Result};

use crate::emit::Emitter;
use crate::entropy::Syntax;
use crate::headers::slice::{SliceHeader, SliceType, Structure};
use crate::headers::{Pps, Sps};
use crate::motion::{DirectLack, MotionCache};
use crate::neighbours::macroblocks::{Details, Macroblock, Macroblocks, flag};
use crate::neighbours::{Cell, Grid, Neighbours};
use crate::refs::OrderCnts;
use crate::refs::resolved::{Colocated, REFERENCES, References};
use crate::refs::saved_motion::Motion;
use crate::residual::bypass::Bypass;
use crate::residual::inverse::Inverse;
use crate::residual::transform::{Residual, Scale};

/// Where 4x4 block (column, row) of the current macroblock stands in a cache of 8 columns: neighbours are at -1 and -8, and
/// what is above right of the macroblock follows the row above.
#[inline(always)]
#[must_use]
pub(crate) const fn cell_of(column: usize, row: usize) -> usize {
    (row + 1) * 8 + column + 4
}

/// Cells of a cache.
pub(crate) const CACHE: usize = 48;

/// What does not change while the macroblocks of one slice are read.
#[derive(Debug)]
pub(crate) struct SliceInputs<'a> {
    pub(crate) sps: &'a Sps,
    pub(crate) pps: &'a Pps,
    pub(crate) header: &'a SliceHeader,
    /// Its number in the stream, and that of the picture's first slice.
    pub(crate) number: u32,
    pub(crate) first_number: u32,
    /// 1 + its index in the picture, or in the colour plane.
    pub(crate) index: u16,
    /// Macroblocks of the picture: of the field, in a field picture.
    pub(crate) picture_size: u32,
    /// mbToSliceGroupMap, where there are several slice groups.
    pub(crate) slice_groups: Option<&'a [u8]>,
    pub(crate) references: &'a References,
    /// Of the current picture.
    pub(crate) poc: OrderCnts,
    pub(crate) colocated: Option<Colocated<'a>>,
    /// By list and refIdx + 1, where refIdx of an unused list is -1: coded_order of what it refers to.
    pub(crate) coded_orders: [[i32; REFERENCES]; 2],
    /// By refIdxL0 + 1, a bit for each refIdxL1 + 1: whether weights or offsets apply that are not the default ones. Implicit
    /// ones of field macroblocks of MBAFF frames are not in it.
    pub(crate) weighted: [u64; REFERENCES],
    /// ChromaArrayType.
    pub(crate) chroma_array_type: u8,
    /// Written by an x264 that takes another context of coded_block_flag than the standard's: of a 8x8 block in 4:4:4 whose
    /// neighbour has no 8x8 transform, which it takes for one that is not available.
    pub(crate) early_x264: bool,
}

impl SliceInputs<'_> {
    /// Whether its syntax is one that early builds of x264 write in their own way.
    #[must_use]
    pub(crate) fn may_be_early_x264(&self) -> bool {
        !self.early_x264 && self.chroma_array_type == 3 && self.pps.entropy_coding_mode_flag && self.pps.transform_8x8_mode_flag
    }

    #[must_use]
    pub(crate) fn is_b(&self) -> bool {
        self.header.slice_type == SliceType::B
    }

    #[must_use]
    pub(crate) fn width(&self) -> u32 {
        self.sps.pic_width_in_mbs
    }

    #[must_use]
    pub(crate) fn is_field_picture(&self) -> bool {
        self.header.structure != Structure::Frame
    }

    /// 0 frame, 1 top field, 2 bottom field: of the picture.
    #[must_use]
    pub(crate) fn picture_field(&self) -> u8 {
        match self.header.structure {
            Structure::Frame => 0,
            Structure::Top => 1,
            Structure::Bottom => 2,
        }
    }
}

/// Reads the macroblocks of a slice. `MBAFF`: MbaffFrameFlag, without which much of what neighbours are asked falls away.
#[derive(Debug)]
pub(crate) struct MacroblockReader<'a, S, const MBAFF: bool> {
    pub(crate) slice: &'a SliceInputs<'a>,
    pub(crate) syntax: S,
    pub(crate) mbs: &'a mut Macroblocks,
    pub(crate) motion: &'a mut Motion,
    pub(crate) out: Emitter<'a>,

    /// CurrMbAddr.
    pub(crate) address: u32,
    /// In macroblocks; the row is that of the macroblock address in MBAFF frames.
    pub(crate) column: u32,
    pub(crate) row: u32,
    /// As [`MacroblockReader::is_field`] says.
    pub(crate) field: bool,
    pub(crate) neighbours: Neighbours,
    pub(crate) current: Macroblock,
    pub(crate) cache: MotionCache,
    pub(crate) quantiser: Quantiser,
    pub(crate) coded: Coded,
    pub(crate) intra: IntraModes,
    /// As [`crate::emit::Outcome::lack`], in a cell since nothing else changes where motion is looked up.
    pub(crate) lack: Shared<Option<DirectLack>>,
    pub(crate) tally: Tally,
}

/// How the current macroblock is quantised.
#[derive(Debug)]
pub(crate) struct Quantiser {
    /// QPY.
    pub(crate) qp: i32,
    /// Whether the last macroblock in decoding order had a mb_qp_delta other than 0.
    pub(crate) last_qp_delta: bool,
    /// By colour component, for the QPY that they were made for.
    pub(crate) scales: [Scale; 3],
    pub(crate) scaled_qp: Option<i32>,
}

impl Quantiser {
    fn new(qp: i32) -> Self {
        Self { qp, last_qp_delta: false, scales: [Scale::default(); 3], scaled_qp: None }
    }
}

/// Coefficients of the current macroblock.
#[derive(Debug)]
pub(crate) struct Coded {
    /// By colour component, of its blocks and of those around it.
    pub(crate) total_coeff: [[u8; CACHE]; 3],
    pub(crate) residual: Residual,
    /// TransformBypassModeFlag.
    pub(crate) is_bypass: bool,
    pub(crate) bypass: Bypass,
    /// Where the rows of its transforms begin.
    pub(crate) first_transform: usize,
    /// Levels of the last list, where each is asked for.
    pub(crate) levels: [i32; 64],
    /// Where residual samples are asked for.
    pub(crate) inverse: Option<Inverse>,
}

impl Coded {
    fn new(inverse: Option<Inverse>) -> Self {
        Self {
            total_coeff: [[0; CACHE]; 3],
            residual: Residual::default(),
            is_bypass: false,
            bypass: Bypass::default(),
            first_transform: 0,
            levels: [0; 64],
            inverse,
        }
    }
}

/// Intra prediction modes of the current macroblock.
#[derive(Debug)]
pub(crate) struct IntraModes {
    /// Intra4x4PredMode or Intra8x8PredMode of its blocks and of those around it.
    pub(crate) of_blocks: [i8; CACHE],
    /// Intra16x16PredMode.
    pub(crate) of_16x16: u8,
}

impl Default for IntraModes {
    fn default() -> Self {
        Self { of_blocks: [0; CACHE], of_16x16: 0 }
    }
}

impl<'a, S: Syntax, const MBAFF: bool> MacroblockReader<'a, S, MBAFF> {
    pub(crate) fn new(
        slice: &'a SliceInputs<'a>,
        syntax: S,
        mbs: &'a mut Macroblocks,
        motion: &'a mut Motion,
        out: Emitter<'a>,
    ) -> Self {
        // What stands before: the NAL unit's and the slice's headers, and cabac_alignment_one_bit.
        let mut tally = Tally::default();
        tally.charge(Class::Header, syntax.information());
        let residual = out.wanted.residual && out.colour_plane.is_none();
        let inverse = residual.then(|| Inverse::new(&slice.pps.scaling, slice.sps.bit_depth_luma));
        Self {
            slice,
            syntax,
            mbs,
            motion,
            out,
            address: 0,
            column: 0,
            row: 0,
            field: false,
            neighbours: Neighbours::default(),
            current: Macroblock::default(),
            cache: MotionCache::default(),
            quantiser: Quantiser::new(slice.header.slice_qp),
            coded: Coded::new(inverse),
            intra: IntraModes::default(),
            lack: Shared::new(None),
            tally,
        }
    }

    /// Whether the current one is a field macroblock of an MBAFF frame.
    #[inline(always)]
    #[must_use]
    pub(crate) fn is_field(&self) -> bool {
        MBAFF && self.field
    }

    /// Goes to a macroblock, without its neighbours.
    pub(crate) fn move_to(&mut self, address: u32) -> Result<()> {
        let width = self.slice.width();
        if address >= self.slice.picture_size {
            return Err(ParseError::malformed("CurrMbAddr", "the slice has more macroblocks than the picture"));
        }
        if self.mbs.slices[address as usize] >= self.slice.first_number {
            return Err(ParseError::malformed("CurrMbAddr", format!("macroblock {address} is coded twice")));
        }
        if MBAFF {
            let pair = address / 2;
            self.column = pair % width;
            self.row = pair / width * 2 + (address & 1);
        } else if address == self.address + 1 && self.column + 1 < width {
            self.column += 1;
        } else {
            self.column = address % width;
            self.row = address / width;
        }
        self.address = address;
        Ok(())
    }

    /// Finds the neighbours of the current macroblock, which `self.field` must be known for.
    #[inline]
    pub(crate) fn find_neighbours(&mut self) {
        let grid = Grid { mbs: &*self.mbs, width: self.slice.width(), slice: self.slice.number };
        if MBAFF {
            self.neighbours = grid.mbaff(self.address, self.column, self.is_field());
        } else {
            grid.plain(self.address, self.column, &mut self.neighbours);
        }
    }

    /// What is left of a row of 4x4 blocks.
    #[inline(always)]
    #[must_use]
    pub(crate) fn left(&self, row: usize) -> Cell {
        if MBAFF { self.neighbours.a[row & 3] } else { Cell { mb: self.neighbours.a[0].mb, row: row as u32 } }
    }

    /// What is above left of the macroblock.
    #[inline(always)]
    #[must_use]
    pub(crate) fn above_left(&self) -> Cell {
        if MBAFF { self.neighbours.d } else { Cell { mb: self.neighbours.d.mb, row: 3 } }
    }

    /// The macroblocks that cover the locations (-1, 0) and (0, -1): mbAddrA and mbAddrB of 6.4.11.1.
    #[inline]
    #[must_use]
    pub(crate) fn left_and_above(&self) -> [Option<&Macroblock>; 2] {
        [self.get(self.neighbours.a[0].mb), self.get(self.neighbours.b)]
    }

    #[inline]
    #[must_use]
    pub(crate) fn get(&self, mb: u32) -> Option<&Macroblock> {
        self.mbs.states.get(mb as usize)
    }

    #[inline]
    #[must_use]
    pub(crate) fn details(&self, mb: u32) -> Option<&Details> {
        self.mbs.details.get(mb as usize)
    }

    /// Details of the current macroblock.
    #[inline]
    pub(crate) fn current_details(&mut self) -> &mut Details {
        &mut self.mbs.details[self.address as usize]
    }

    /// How many of the macroblocks to the left and above are there and pass a test.
    #[inline]
    pub(crate) fn count_neighbours(&self, test: impl Fn(&Macroblock) -> bool) -> u8 {
        let [left, above] = self.left_and_above();
        u8::from(left.is_some_and(&test)) + u8::from(above.is_some_and(&test))
    }

    /// Which class the bits since the last call belong to.
    #[inline(always)]
    pub(crate) fn charge(&mut self, class: Class) {
        self.tally.charge(class, self.syntax.information());
    }

    /// The slice's data end at a bit: what stands before it is of no macroblock (rbsp_slice_trailing_bits( )).
    pub(crate) fn charge_end(&mut self, end: u64) {
        self.tally.charge(Class::Header, Information::from_bits(end));
        self.out.outcome.header = self.tally.spent(Class::Header);
    }

    /// Which field the macroblock is of: 0 none, 1 top, 2 bottom.
    #[inline]
    #[must_use]
    pub(crate) fn field_code(&self) -> u8 {
        if self.is_field() { 1 + (self.address & 1) as u8 } else { self.slice.picture_field() }
    }

    /// Keeps the current macroblock for its neighbours.
    #[inline]
    pub(crate) fn store(&mut self) {
        if self.is_field() {
            self.current.flags |= flag::FIELD;
        }
        self.mbs.slices[self.address as usize] = self.slice.number;
        self.mbs.states[self.address as usize] = self.current;
        let motion = &mut self.motion.mbs[self.address as usize];
        motion.slice = self.slice.index;
        motion.flags = self.current.flags;
    }
}
