//! Maps and flow: Arrow tables in, NumPy arrays out.

use std::collections::HashMap;

use arrow_array::RecordBatch;
use arrow_array::ffi_stream::RecordBatchStreamReader;
use arrow_pyarrow::PyArrowType;
use codecorpus_maps::{
    Channel, Direction, Flow, Grid, MapError, Maps, Placement, Placements, columns_of_blocks, columns_of_features,
    columns_of_motion,
};
use numpy::{PyArray1, PyArray4, PyArrayMethods};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{IntoPyDict, PyDict};

/// Any object of Python's with `__arrow_c_stream__`.
type Batches = PyArrowType<RecordBatchStreamReader>;

/// coded_order, frame, sums_only, scale, field_picture, origin: see [`Placement`].
type Placed = (i32, usize, bool, (f32, f32), bool, (f32, f32));

fn placements(placed: Vec<Placed>) -> Placements {
    let placement = |(coded_order, frame, sums_only, scale, field_picture, origin): Placed| {
        (coded_order, Placement { frame, sums_only, scale: scale.into(), origin: origin.into(), field_picture })
    };
    placed.into_iter().map(placement).collect()
}

fn wrong(error: impl ToString) -> PyErr {
    PyValueError::new_err(error.to_string())
}

/// Name, unit and meaning of every channel, and the tables that it is made of.
#[pyfunction]
pub fn map_channels() -> Vec<(&'static str, &'static str, &'static str, &'static [&'static str])> {
    Channel::ALL.iter().map(|channel| (channel.name(), channel.unit(), channel.meaning(), channel.tables())).collect()
}

/// The columns of **blocks** and of **motion** that maps are made of.
#[pyfunction]
pub fn map_columns() -> PyResult<HashMap<&'static str, Vec<&'static str>>> {
    let readers = [("blocks", columns_of_blocks as ColumnsOf), ("motion", columns_of_motion)];
    readers.into_iter().map(|(table, read)| Ok((table, read(&empty(table)?).map_err(wrong)?))).collect()
}

/// The columns of **frames**, **blocks** and **motion** that [`Features`] are of.
#[pyfunction]
pub fn feature_columns() -> PyResult<HashMap<&'static str, Vec<&'static str>>> {
    let tables = ["frames", "blocks", "motion"];
    let [frames, blocks, motion] = tables.map(empty);
    let columns = columns_of_features([&frames?, &blocks?, &motion?]).map_err(wrong)?;
    Ok(tables.into_iter().zip(columns).collect())
}

fn empty(table: &str) -> PyResult<RecordBatch> {
    Ok(RecordBatch::new_empty(codecorpus_columns::schema(table).ok_or_else(|| wrong("no such table"))?))
}

/// Which columns of a batch are read.
type ColumnsOf = fn(&RecordBatch) -> Result<Vec<&'static str>, MapError>;

/// Maps as [frame, channel, row, column]; `blocks` and `motion` are Arrow streams.
#[pyfunction]
#[pyo3(signature = (placed, blocks, motion, *, channels, frames, size, cell))]
#[expect(clippy::too_many_arguments, reason = "named in Python")]
pub fn maps<'py>(
    py: Python<'py>,
    placed: Vec<Placed>,
    blocks: Option<Batches>,
    motion: Option<Batches>,
    channels: Vec<String>,
    frames: usize,
    size: (usize, usize),
    cell: usize,
) -> PyResult<Bound<'py, PyArray4<f32>>> {
    let channels: Option<Vec<Channel>> = channels.iter().map(|name| Channel::from_name(name)).collect();
    let channels = channels.ok_or_else(|| wrong("no such channel"))?;
    let grid = Grid::new(size.0, size.1, cell).map_err(wrong)?;
    let shape = [frames, channels.len(), grid.rows, grid.columns];
    let values = py.detach(|| {
        let mut maps = Maps::new(grid, &channels, frames, placements(placed)).map_err(wrong)?;
        each_batch(blocks, |batch| maps.add_blocks(batch))?;
        each_batch(motion, |batch| maps.add_motion(batch))?;
        PyResult::Ok(maps.finish())
    })?;
    PyArray1::from_vec(py, values).reshape(shape)
}

/// Flow as [frame, x or y, row, column], NaN where there is no vector; `motion` is an Arrow stream.
#[pyfunction]
#[pyo3(signature = (placed, motion, *, frames, size, forward))]
pub fn flow<'py>(
    py: Python<'py>,
    placed: Vec<Placed>,
    motion: Batches,
    frames: usize,
    size: (usize, usize),
    forward: bool,
) -> PyResult<Bound<'py, PyArray4<f32>>> {
    let direction = if forward { Direction::Forward } else { Direction::Backward };
    let values = py.detach(|| {
        let mut flow = Flow::new(size.0, size.1, direction, frames, placements(placed)).map_err(wrong)?;
        each_batch(Some(motion), |batch| flow.add_motion(batch))?;
        PyResult::Ok(flow.finish())
    })?;
    PyArray1::from_vec(py, values).reshape([frames, 2, size.1, size.0])
}

/// The features of ITU-T P.1204.3 of a stream: its tables in by `add`, then by name out by `tell`.
#[pyclass(module = "codecorpus._native")]
#[derive(Default)]
pub struct Features(codecorpus_maps::Features);

#[pymethods]
impl Features {
    #[new]
    fn new() -> Self {
        Self::default()
    }

    /// Takes the next pictures: **frames**, **blocks** and **motion** as Arrow streams, with [`feature_columns`] at least,
    /// and the size of the largest, as decoders show it, where it is known.
    fn add(
        &mut self,
        py: Python<'_>,
        frames: Batches,
        blocks: Batches,
        motion: Batches,
        shown_size: Option<[i32; 2]>,
    ) -> PyResult<()> {
        py.detach(|| {
            let [frames, blocks, motion] = [read(frames)?, read(blocks)?, read(motion)?];
            self.0.add(&frames, &blocks, &motion, shown_size).map_err(wrong)
        })
    }

    /// What the pictures so far come to, at so many frames a second; NaN of what there is nothing of.
    fn tell<'py>(&self, py: Python<'py>, fps: f64) -> PyResult<Bound<'py, PyDict>> {
        self.0.tell(fps).into_py_dict(py)
    }
}

/// Of each row of **motion**, an Arrow stream, samples that its block moves in a frame interval; NaN where it does not tell.
#[pyfunction]
pub fn speeds(py: Python<'_>, motion: Batches) -> PyResult<Bound<'_, PyArray1<f64>>> {
    let mut values = Vec::new();
    each_batch(Some(motion), |batch| {
        values.extend(codecorpus_maps::speeds(batch)?);
        Ok(())
    })?;
    Ok(PyArray1::from_vec(py, values))
}

fn read(batches: Batches) -> PyResult<Vec<RecordBatch>> {
    batches.0.map(|batch| batch.map_err(wrong)).collect()
}

fn each_batch(batches: Option<Batches>, mut add: impl FnMut(&RecordBatch) -> Result<(), MapError>) -> PyResult<()> {
    if let Some(batches) = batches {
        for batch in batches.0 {
            add(&batch.map_err(wrong)?).map_err(wrong)?;
        }
    }
    Ok(())
}
