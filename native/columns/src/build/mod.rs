//! Records to columns.

mod arrays;
mod blocks;
mod frames;
mod lists;
mod motion;
mod places;
mod shared;
mod table;
mod transforms;

pub(crate) use shared::Shared;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use codecorpus_bitstream::division::Numbers;
use codecorpus_bitstream::records::{BlockRecord, MotionRecord, Names, Picture, TransformRecord};
use codecorpus_bitstream::{Plane, Wanted};

use crate::numbers::counted_from;
use crate::size::Size;
use crate::timeline::Timeline;
use table::Table;

/// The rows of a run of whole pictures in coded order; tables that were not asked for are absent.
#[derive(Debug)]
pub struct Batch {
    pub frames: RecordBatch,
    pub blocks: Option<RecordBatch>,
    pub motion: Option<RecordBatch>,
    pub transforms: Option<RecordBatch>,
    /// By coded order, where the residual is asked for: none of a damaged picture.
    pub residual: Vec<(u32, Plane)>,
    /// Width and height of the largest picture without an error, as decoders show it; 0 where none is known.
    pub shown_size: [u32; 2],
    /// Of each picture.
    pub(crate) sizes: Vec<Size>,
    /// What its pictures are counted from.
    pub(crate) numbers: Numbers,
}

impl Batch {
    /// The tables that are there, by name.
    pub fn tables(&self) -> impl Iterator<Item = (&'static str, &RecordBatch)> {
        let others = [("blocks", &self.blocks), ("motion", &self.motion), ("transforms", &self.transforms)];
        std::iter::once(("frames", &self.frames))
            .chain(others.into_iter().filter_map(|(name, table)| Some((name, table.as_ref()?))))
    }

    /// What it takes, about.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let columns = self.tables().flat_map(|(_, table)| table.columns());
        let rows: usize = columns.map(|column| column.to_data().get_slice_memory_size().unwrap_or(0)).sum();
        rows + self.residual.iter().map(|(_, plane)| plane.bytes()).sum::<usize>()
    }

    /// The batch of a reader that began at a cut, its pictures counted from there on, where another number was expected.
    #[must_use]
    pub fn counted_from(self, numbers: Numbers) -> Self {
        if numbers == self.numbers {
            return self;
        }
        let counted = |table: RecordBatch| counted_from(table, self.numbers, numbers);
        let order = |order: u32| order - self.numbers.coded_order + numbers.coded_order;
        Self {
            frames: counted(self.frames),
            blocks: self.blocks.map(counted),
            motion: self.motion.map(counted),
            transforms: self.transforms.map(counted),
            residual: self.residual.into_iter().map(|(own, plane)| (order(own), plane)).collect(),
            numbers,
            ..self
        }
    }
}

/// Rows of pictures in coded order, on their way to be a batch.
///
/// A picture's records become columns when it arrives, while they are near; what presentation order tells is added when
/// the batch is finished.
#[derive(Debug)]
pub(crate) struct Columns {
    wanted: Wanted,
    frames: frames::Rows,
    blocks: Table<BlockRecord>,
    motion: Table<MotionRecord>,
    transforms: Table<TransformRecord>,
}

impl Columns {
    /// Room for so many rows of each table that is wanted: memory that is not touched costs nothing.
    pub fn with_capacity(wanted: Wanted, rows: usize) -> Self {
        let rows_if = |wanted: bool| if wanted { rows } else { 0 };
        Self {
            wanted,
            frames: frames::Rows::default(),
            blocks: blocks::table(rows_if(wanted.blocks)),
            motion: motion::table(rows_if(wanted.motion)),
            transforms: transforms::table(rows_if(wanted.transforms)),
        }
    }

    pub fn push(&mut self, picture: &Picture) {
        self.frames.push(picture);
        self.blocks.extend(picture, &picture.blocks);
        self.motion.extend(picture, &picture.motion);
        self.transforms.extend(picture, &picture.transforms);
    }

    pub fn pictures(&self) -> usize {
        self.frames.len()
    }

    pub fn rows(&self) -> usize {
        self.blocks.len() + self.motion.len() + self.transforms.len()
    }

    /// The tables that are wanted, beside them nothing.
    pub fn finish(self, names: &'static Names, timeline: &Timeline, numbers: Numbers, shared: &mut Shared) -> Batch {
        let wanted = self.wanted;
        Batch {
            frames: counted_from(self.frames.finish(timeline), Numbers::default(), numbers),
            blocks: wanted.blocks.then(|| self.blocks.finish(names, timeline, numbers, shared)),
            motion: wanted.motion.then(|| self.motion.finish(names, timeline, numbers, shared)),
            transforms: wanted.transforms.then(|| self.transforms.finish(names, timeline, numbers, shared)),
            residual: Vec::new(),
            shown_size: [0; 2],
            sizes: Vec::new(),
            numbers,
        }
    }
}

/// The schema of the table of that name.
#[must_use]
pub fn schema(table: &str) -> Option<SchemaRef> {
    match table {
        "frames" => Some(frames::schema()),
        "blocks" => Some(blocks::table(0).schema()),
        "motion" => Some(motion::table(0).schema()),
        "transforms" => Some(transforms::table(0).schema()),
        _ => None,
    }
}
