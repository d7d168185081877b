//! Transform bypass: the levels are the residual samples, or their differences along the direction of prediction (8.5.15).

use crate::entropy::Sink;
use crate::neighbours::macroblocks::{Macroblock, flag};
use crate::tables::scans::{SCANS, Scans};

/// The residual of one macroblock, by colour component.
#[derive(Debug, Default)]
pub(crate) struct Bypass {
    samples: Vec<i32>,
    /// Of each sample: the row of the transform whose level was the last to change it.
    rows: Vec<u8>,
}

/// More rows than a macroblock has: in each of three components, 16 of 4x4 blocks and one of DC.
const ROWS: usize = 64;

const PLANE: usize = 256;

/// What a list of levels is.
#[derive(Debug, Clone, Copy)]
pub(crate) enum BypassList {
    /// Of the block at (x, y) in 4x4 blocks; the list begins at scan position `first`.
    Block4x4 {
        x: usize,
        y: usize,
        first: usize,
    },
    /// Of the 8x8 block at (x, y) in 4x4 blocks; level k stands at scan position `k << shift | offset`.
    Block8x8 {
        x: usize,
        y: usize,
        shift: u32,
        offset: usize,
    },
    LumaDc,
    ChromaDc {
        tall: bool,
    },
}

/// Along which way samples of a rectangle (x, y, width, height) add up.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Accumulation {
    pub(crate) rectangle: [usize; 4],
    /// horPredFlag.
    pub(crate) horizontal: bool,
}

/// chroma DC of 4:2:2 (8-330): raster index of each level.
const DC_422: [u8; 8] = [0, 2, 1, 4, 6, 3, 5, 7];

pub(crate) struct BypassSink<'a> {
    samples: &'a mut [i32],
    rows: &'a mut [u8],
    row: u8,
    place: BypassList,
    scans: &'static Scans,
}

impl Sink for BypassSink<'_> {
    fn put(&mut self, index: usize, level: i32) {
        let (x, y) = match self.place {
            BypassList::Block4x4 { x, y, first } => {
                let position = self.scans.scan4x4[(index + first) & 15] as usize;
                (4 * x + position % 4, 4 * y + position / 4)
            }
            BypassList::Block8x8 { x, y, shift, offset } => {
                let position = self.scans.scan8x8[(index << shift | offset) & 63] as usize;
                (4 * x + position % 8, 4 * y + position / 8)
            }
            BypassList::LumaDc => {
                let block = self.scans.scan4x4[index & 15] as usize;
                (block % 4 * 4, block / 4 * 4)
            }
            BypassList::ChromaDc { tall } => {
                let block = if tall { DC_422[index & 7] as usize } else { index };
                (block % 2 * 4, block / 2 * 4)
            }
        };
        let at = y * 16 + x;
        if let (Some(sample), Some(row)) = (self.samples.get_mut(at), self.rows.get_mut(at)) {
            (*sample, *row) = (level, self.row);
        }
    }
}

impl Bypass {
    /// Begins a macroblock.
    pub(crate) fn begin(&mut self) {
        self.samples.clear();
        self.samples.resize(3 * PLANE, 0);
        self.rows.resize(3 * PLANE, 0);
    }

    /// `row`: which one of the macroblock's transforms the list is of, in order of their rows.
    pub(crate) fn sink(&mut self, plane: usize, place: BypassList, row: usize, field: bool) -> BypassSink<'_> {
        BypassSink {
            samples: &mut self.samples[plane * PLANE..][..PLANE],
            rows: &mut self.rows[plane * PLANE..][..PLANE],
            row: row as u8,
            place,
            scans: &SCANS[usize::from(field)],
        }
    }

    /// What chroma prediction modes 1 (horizontal) and 2 (vertical) of intra macroblocks add up along (8.5.15).
    #[must_use]
    pub(crate) fn chroma_accumulation(mb: &Macroblock) -> Vec<Accumulation> {
        let whole = |horizontal| vec![Accumulation { rectangle: [0, 0, 8, 16], horizontal }];
        match mb.intra_chroma_pred_mode {
            1 if mb.is(flag::INTRA) => whole(true),
            2 if mb.is(flag::INTRA) => whole(false),
            _ => Vec::new(),
        }
    }

    /// Residual samples of luma, once [`Bypass::energies`] has accumulated them.
    #[must_use]
    pub(crate) fn luma(&self) -> &[i32] {
        self.samples.get(..PLANE).unwrap_or_default()
    }

    /// The sums of the squared samples of a component of `size`, by the rows of transforms. Samples that add up along a line
    /// of several transforms (8.5.15) are each of the transform that was the last to change them.
    pub(crate) fn energies(&mut self, plane: usize, [width, height]: [usize; 2], accumulations: &[Accumulation]) -> [f32; ROWS] {
        let samples = &mut self.samples[plane * PLANE..][..PLANE];
        let rows = &mut self.rows[plane * PLANE..][..PLANE];
        for &Accumulation { rectangle: [x, y, w, h], horizontal } in accumulations {
            for line in y..y + h {
                for column in x..x + w {
                    let at = line * 16 + column;
                    let before = match horizontal {
                        true if column > x => at - 1,
                        false if line > y => at - 16,
                        _ => continue,
                    };
                    if samples[at] == 0 {
                        rows[at] = rows[before];
                    }
                    samples[at] = samples[at].wrapping_add(samples[before]);
                }
            }
        }
        let mut energies = [0.0; ROWS];
        for (samples, rows) in samples.chunks_exact(16).zip(rows.chunks_exact(16)).take(height) {
            for (&sample, &row) in samples[..width].iter().zip(rows) {
                energies[usize::from(row) % ROWS] += sample as f32 * sample as f32;
            }
        }
        energies
    }
}
