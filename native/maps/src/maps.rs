//! Maps: every channel of every frame on one grid.

use arrow_array::RecordBatch;

use crate::channel::Channel;
use crate::error::{Result, allocate};
use crate::grid::{Grid, Rect};
use crate::placement::{Geometry, Placement, Placements};
use crate::rows::{Block, Blocks, Columns, Motion, Motions};
use crate::velocity::{Velocities, Velocity};

/// Border length in a sample, where all blocks are 4x4: a left and a top side of 4 samples in 16.
const DENSEST: f32 = 0.5;

/// Maps in the making: rows in, by coded order, then values out.
#[derive(Debug)]
pub struct Maps {
    values: Values,
    placements: Placements,
    blocks: Picture<BlockSums>,
    motion: Picture<MotionSums>,
    /// The coding block of the last motion row, and its corner.
    corner: Option<(i32, u16, u16)>,
}

/// What is averaged over the picture that is being read, by cell.
#[derive(Debug)]
struct Picture<S> {
    coded_order: Option<i32>,
    placement: Option<Placement>,
    sums: Vec<S>,
}

/// Area-weighted sums over the blocks of a cell.
#[derive(Debug, Clone, Copy, Default)]
struct BlockSums {
    area: f32,
    skip: f32,
    intra: f32,
    depth: f32,
    quantised: f32,
    qstep: f32,
}

/// Area-weighted sums over the prediction blocks of a cell.
#[derive(Debug, Clone, Copy, Default)]
struct MotionSums {
    past: VelocitySums,
    future: VelocitySums,
    referring: f32,
    distance: f32,
}

#[derive(Debug, Clone, Copy, Default)]
struct VelocitySums {
    area: f32,
    by: [f32; 2],
}

impl VelocitySums {
    fn add(&mut self, velocity: Option<Velocity>, area: f32) {
        if let Some(Velocity { by: [x, y], .. }) = velocity {
            self.area += area;
            self.by[0] += area * x;
            self.by[1] += area * y;
        }
    }
}

/// The output: [frame, channel, row, column].
#[derive(Debug)]
struct Values {
    grid: Grid,
    /// Position of each channel, where it is wanted.
    position: [Option<usize>; Channel::ALL.len()],
    channels: usize,
    values: Vec<f32>,
}

impl Values {
    fn channel(&mut self, frame: usize, channel: Channel) -> Option<&mut [f32]> {
        let cells = self.grid.cells();
        let begin = (frame * self.channels + self.position[channel as usize]?) * cells;
        self.values.get_mut(begin..begin + cells)
    }

    fn fill(&mut self, frame: usize, channel: Channel, value: f32) {
        if let Some(values) = self.channel(frame, channel) {
            values.fill(value);
        }
    }

    /// Shares an amount out over a rectangle, to each cell per sample.
    fn share(&mut self, frame: usize, channel: Channel, rect: Rect, amount: f32) {
        let grid = self.grid;
        let density = amount / rect.area();
        if let Some(values) = self.channel(frame, channel) {
            grid.each_cell(rect, |cell, area| {
                values[cell] += density * area / grid.area(cell / grid.columns, cell % grid.columns)
            });
        }
    }

    /// One half of a border between blocks: a line along it, on one side.
    fn half_border(&mut self, frame: usize, line: Rect, density: f32) {
        if self.position[Channel::Edges as usize].is_some() && self.grid.shows(line) {
            let line = self.grid.clip(line);
            let length = (line.right - line.left).max(line.bottom - line.top);
            self.share(frame, Channel::Edges, line, 0.5 * length * density / DENSEST);
        }
    }

    fn set<S>(&mut self, frame: usize, channel: Channel, sums: &[S], value: impl Fn(&S) -> f32) {
        if let Some(values) = self.channel(frame, channel) {
            values.iter_mut().zip(sums).for_each(|(out, sum)| *out = value(sum));
        }
    }

    fn velocity(&mut self, frame: usize, [x, y, mask]: [Channel; 3], sums: &[MotionSums], side: fn(&MotionSums) -> VelocitySums) {
        self.set(frame, x, sums, |s| ratio(side(s).by[0], side(s).area));
        self.set(frame, y, sums, |s| ratio(side(s).by[1], side(s).area));
        let grid = self.grid;
        if let Some(out) = self.channel(frame, mask) {
            for (cell, (out, sum)) in out.iter_mut().zip(sums).enumerate() {
                *out = side(sum).area / grid.area(cell / grid.columns, cell % grid.columns);
            }
        }
    }
}

fn ratio(sum: f32, area: f32) -> f32 {
    if area > 0.0 { sum / area } else { f32::NAN }
}

impl Maps {
    /// Maps of `frames` frames.
    ///
    /// # Errors
    /// Where they do not fit into memory.
    pub fn new(grid: Grid, channels: &[Channel], frames: usize, placements: Placements) -> Result<Self> {
        let mut position = [None; Channel::ALL.len()];
        channels.iter().enumerate().for_each(|(index, &channel)| position[channel as usize] = Some(index));
        let values = allocate(frames, channels.len(), grid.cells(), f32::NAN)?;
        let mut values = Values { grid, position, channels: channels.len(), values };
        for frame in 0..frames {
            Channel::ALL.into_iter().filter(|c| c.is_mask()).for_each(|mask| values.fill(frame, mask, 0.0));
        }
        for placement in placements.values().filter(|p| p.frame < frames) {
            let counted = |c: &Channel| c.is_additive() && !(placement.sums_only && *c == Channel::Edges);
            Channel::ALL.into_iter().filter(counted).for_each(|sum| values.fill(placement.frame, sum, 0.0));
        }
        let blocks = Picture::new(grid.cells());
        let motion = Picture::new(grid.cells());
        Ok(Self { values, placements, blocks, motion, corner: None })
    }

    /// Adds rows of **blocks**, sorted by coded order.
    ///
    /// # Errors
    /// Where a column is missing or of another type.
    pub fn add_blocks(&mut self, batch: &RecordBatch) -> Result<()> {
        let rows = Blocks::new(&Columns::of(batch))?;
        for row in 0..batch.num_rows() {
            let coded_order = rows.coded_order.value(row);
            if self.blocks.coded_order != Some(coded_order) {
                self.end_blocks();
                self.blocks.begin(coded_order, &self.placements);
            }
            if let Some(placement) = self.blocks.placement {
                self.add_block(&placement, &rows.get(row));
            }
        }
        Ok(())
    }

    fn add_block(&mut self, placement: &Placement, block: &Block) {
        let whole = placement.rect(block.geometry);
        let rect = self.values.grid.clip(whole);
        self.values.share(placement.frame, Channel::Bits, rect, block.bits);
        self.values.share(placement.frame, Channel::Energy, rect, block.energy);
        if placement.sums_only || !self.values.grid.shows(whole) {
            return;
        }
        self.add_block_borders(placement, block.geometry, whole);
        let weight = block.geometry.density();
        let [sx, sy] = placement.scale;
        let side = f32::from(block.geometry.w) * sx * f32::from(block.geometry.h) * sy;
        let depth = 0.5 * side.max(f32::MIN_POSITIVE).log2();
        let sums = &mut self.blocks.sums;
        self.values.grid.each_cell(rect, |cell, area| {
            let (area, sum) = (weight * area, &mut sums[cell]);
            sum.area += area;
            sum.skip += if block.skip { area } else { 0.0 };
            sum.intra += if block.intra { area } else { 0.0 };
            sum.depth += area * depth;
            if let Some(qstep) = block.qstep {
                sum.quantised += area;
                sum.qstep += area * qstep;
            }
        });
    }

    /// A coding block's own halves of its borders; the others are its neighbours'. Two field macroblocks over the same lines
    /// count as one block.
    fn add_block_borders(&mut self, placement: &Placement, block: Geometry, rect: Rect) {
        let [x, y] = placement.scale.map(|side| side / 2.0);
        let halves = [
            Rect { right: rect.left + x, ..rect },
            Rect { left: rect.right - x, ..rect },
            Rect { bottom: rect.top + y, ..rect },
            Rect { top: rect.bottom - y, ..rect },
        ];
        halves.into_iter().for_each(|half| self.values.half_border(placement.frame, half, block.density()));
    }

    /// Both halves of the borders that a prediction block has on its left and at its top within a coding block.
    fn add_motion_borders(&mut self, placement: &Placement, motion: Geometry, rect: Rect, [left, top]: [bool; 2]) {
        let [x, y] = placement.scale.map(|side| side / 2.0);
        let on_the_left = [Rect { left: rect.left - x, right: rect.left, ..rect }, Rect { right: rect.left + x, ..rect }];
        let at_the_top = [Rect { top: rect.top - y, bottom: rect.top, ..rect }, Rect { bottom: rect.top + y, ..rect }];
        for (is_within, halves) in [(left, on_the_left), (top, at_the_top)] {
            if is_within {
                halves.into_iter().for_each(|half| self.values.half_border(placement.frame, half, motion.density()));
            }
        }
    }

    fn end_blocks(&mut self) {
        let Some(Placement { frame, sums_only: false, .. }) = self.blocks.placement else { return };
        let (values, sums) = (&mut self.values, &self.blocks.sums);
        values.set(frame, Channel::Skip, sums, |s| ratio(s.skip, s.area));
        values.set(frame, Channel::Intra, sums, |s| ratio(s.intra, s.area));
        values.set(frame, Channel::Depth, sums, |s| ratio(s.depth, s.area));
        values.set(frame, Channel::Qstep, sums, |s| ratio(s.qstep, s.quantised));
    }

    /// Adds rows of **motion**, sorted by coded order.
    ///
    /// # Errors
    /// Where a column is missing or of another type.
    pub fn add_motion(&mut self, batch: &RecordBatch) -> Result<()> {
        let rows = Motions::new(&Columns::of(batch))?;
        for row in 0..batch.num_rows() {
            let coded_order = rows.coded_order.value(row);
            if self.motion.coded_order != Some(coded_order) {
                self.end_motion();
                self.motion.begin(coded_order, &self.placements);
                self.corner = None;
            }
            match self.motion.placement {
                Some(placement) if !placement.sums_only => self.add_motion_row(&placement, &rows.get(row)),
                _ => {}
            }
        }
        Ok(())
    }

    fn add_motion_row(&mut self, placement: &Placement, motion: &Motion) {
        let Geometry { x, y, .. } = motion.geometry;
        // A coding block's own sides are counted with the coding blocks; its first row begins at its corner, also where that is
        // not shown.
        let (_, corner_x, corner_y) = *self.corner.insert(match self.corner {
            Some(corner) if corner.0 == motion.block => corner,
            _ => (motion.block, x, y),
        });
        let whole = placement.rect(motion.geometry);
        // One half of its borders may be shown where the block is not.
        self.add_motion_borders(placement, motion.geometry, whole, [x != corner_x, y != corner_y]);
        if !self.values.grid.shows(whole) {
            return;
        }
        let velocities = scaled(Velocities::of(motion), placement.scale);
        let nearest = velocities.nearest();
        let weight = motion.geometry.density();
        let sums = &mut self.motion.sums;
        self.values.grid.each_cell(self.values.grid.clip(whole), |cell, area| {
            let (area, sum) = (weight * area, &mut sums[cell]);
            sum.past.add(velocities.past, area);
            sum.future.add(velocities.future, area);
            if let Some(nearest) = nearest {
                sum.referring += area;
                sum.distance += area * nearest.distance;
            }
        });
    }

    fn end_motion(&mut self) {
        let Some(Placement { frame, sums_only: false, .. }) = self.motion.placement else { return };
        let (values, sums) = (&mut self.values, &self.motion.sums);
        let past = [Channel::VelocityPastX, Channel::VelocityPastY, Channel::VelocityPastMask];
        values.velocity(frame, past, sums, |s| s.past);
        let future = [Channel::VelocityFutureX, Channel::VelocityFutureY, Channel::VelocityFutureMask];
        values.velocity(frame, future, sums, |s| s.future);
        values.set(frame, Channel::ReferenceDistance, sums, |s| ratio(s.distance, s.referring));
    }

    /// All values: [frame, channel, row, column].
    #[must_use]
    pub fn finish(mut self) -> Vec<f32> {
        self.end_blocks();
        self.end_motion();
        self.values.values
    }
}

impl<S: Copy + Default> Picture<S> {
    fn new(cells: usize) -> Self {
        Self { coded_order: None, placement: None, sums: vec![S::default(); cells] }
    }

    fn begin(&mut self, coded_order: i32, placements: &Placements) {
        self.coded_order = Some(coded_order);
        self.placement = placements.get(&coded_order).copied();
        if self.placement.is_some() {
            self.sums.fill(S::default());
        }
    }
}

/// Velocities in samples of the map.
pub(crate) fn scaled(velocities: Velocities, [sx, sy]: [f32; 2]) -> Velocities {
    let scale = |velocity: Velocity| Velocity { by: [velocity.by[0] * sx, velocity.by[1] * sy], ..velocity };
    Velocities { past: velocities.past.map(scale), future: velocities.future.map(scale) }
}
