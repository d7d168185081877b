//! Typed views of the columns that maps are made of.

use std::cell::RefCell;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, Int8Type, Int16Type, Int32Type, UInt16Type};
use arrow_array::{Array, ArrayRef, ArrowPrimitiveType, BooleanArray, PrimitiveArray, RecordBatch};

use crate::error::{MapError, Result};
use crate::placement::Geometry;

/// One row of **blocks**, as far as maps need it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Block {
    pub geometry: Geometry,
    /// Not predicted from another picture.
    pub intra: bool,
    pub skip: bool,
    pub qstep: Option<f32>,
    pub energy: f32,
    pub bits: f32,
}

/// One row of **motion**, as far as maps need it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Motion {
    pub block: i32,
    pub geometry: Geometry,
    pub dt: [Option<i16>; 2],
    pub mv: [Option<[f32; 2]>; 2],
}

/// A record batch, and which of its columns were asked for.
pub(crate) struct Columns<'a> {
    batch: &'a RecordBatch,
    asked: RefCell<Vec<&'static str>>,
}

impl<'a> Columns<'a> {
    pub fn of(batch: &'a RecordBatch) -> Self {
        Self { batch, asked: RefCell::default() }
    }

    pub fn rows(&self) -> usize {
        self.batch.num_rows()
    }

    /// The names of those that were asked for.
    pub fn asked(self) -> Vec<&'static str> {
        self.asked.into_inner()
    }

    fn column(&self, name: &'static str) -> Result<&'a ArrayRef> {
        self.asked.borrow_mut().push(name);
        self.batch.column_by_name(name).ok_or(MapError::MissingColumn(name))
    }

    pub fn primitive<T: ArrowPrimitiveType>(&self, name: &'static str) -> Result<&'a PrimitiveArray<T>> {
        self.column(name)?.as_primitive_opt::<T>().ok_or(MapError::ColumnType(name))
    }

    /// Which rows of a column have a value.
    pub fn is_there(&self, name: &'static str) -> Result<Vec<bool>> {
        let column = self.column(name)?;
        Ok((0..column.len()).map(|row| column.is_valid(row)).collect())
    }

    pub fn boolean(&self, name: &'static str) -> Result<&'a BooleanArray> {
        self.column(name)?.as_boolean_opt().ok_or(MapError::ColumnType(name))
    }
}

/// The columns that maps are made of, where a batch is of **blocks**.
///
/// # Errors
/// It lacks some, or they are of other types.
pub fn columns_of_blocks(batch: &RecordBatch) -> Result<Vec<&'static str>> {
    let columns = Columns::of(batch);
    Blocks::new(&columns)?;
    Ok(columns.asked())
}

/// As [`columns_of_blocks`], of **motion**.
///
/// # Errors
/// As there.
pub fn columns_of_motion(batch: &RecordBatch) -> Result<Vec<&'static str>> {
    let columns = Columns::of(batch);
    Motions::new(&columns)?;
    Ok(columns.asked())
}

pub(crate) fn optional<T: ArrowPrimitiveType>(array: &PrimitiveArray<T>, row: usize) -> Option<T::Native> {
    array.is_valid(row).then(|| array.value(row))
}

/// The columns x, y, w, h and field.
pub(crate) struct Geometries<'a> {
    x: &'a PrimitiveArray<UInt16Type>,
    y: &'a PrimitiveArray<UInt16Type>,
    w: &'a PrimitiveArray<UInt16Type>,
    h: &'a PrimitiveArray<UInt16Type>,
    field: &'a PrimitiveArray<Int8Type>,
}

impl<'a> Geometries<'a> {
    pub fn new(columns: &Columns<'a>) -> Result<Self> {
        Ok(Self {
            x: columns.primitive("x")?,
            y: columns.primitive("y")?,
            w: columns.primitive("w")?,
            h: columns.primitive("h")?,
            field: columns.primitive("field")?,
        })
    }

    pub fn get(&self, row: usize) -> Geometry {
        Geometry {
            x: self.x.value(row),
            y: self.y.value(row),
            w: self.w.value(row),
            h: self.h.value(row),
            field: self.field.value(row),
        }
    }
}

/// The columns of **blocks**.
pub(crate) struct Blocks<'a> {
    pub coded_order: &'a PrimitiveArray<Int32Type>,
    geometry: Geometries<'a>,
    intra: Vec<bool>,
    skip: &'a BooleanArray,
    qstep: &'a PrimitiveArray<Float32Type>,
    energy: &'a PrimitiveArray<Float32Type>,
    bits: [&'a PrimitiveArray<Float32Type>; 3],
}

impl<'a> Blocks<'a> {
    pub fn new(columns: &Columns<'a>) -> Result<Self> {
        Ok(Self {
            coded_order: columns.primitive("coded_order")?,
            geometry: Geometries::new(columns)?,
            intra: is_not(columns, "prediction", "inter")?,
            skip: columns.boolean("skip")?,
            qstep: columns.primitive("qstep")?,
            energy: columns.primitive("energy")?,
            bits: [columns.primitive("bits_mode")?, columns.primitive("bits_motion")?, columns.primitive("bits_residual")?],
        })
    }

    pub fn get(&self, row: usize) -> Block {
        Block {
            geometry: self.geometry.get(row),
            intra: self.intra[row],
            skip: self.skip.value(row),
            qstep: optional(self.qstep, row),
            energy: self.energy.value(row),
            bits: self.bits.iter().map(|bits| bits.value(row)).sum(),
        }
    }
}

/// Rows of a dictionary of strings that are not `name`.
pub(crate) fn is_not(columns: &Columns<'_>, column_name: &'static str, name: &str) -> Result<Vec<bool>> {
    let wrong = MapError::ColumnType(column_name);
    let dictionary = columns.column(column_name)?.as_any_dictionary_opt().ok_or_else(|| wrong.clone())?;
    let values = dictionary.values().as_string_opt::<i32>().ok_or(wrong)?;
    if values.is_empty() {
        return Ok(vec![true; columns.batch.num_rows()]);
    }
    let differs: Vec<bool> = (0..values.len()).map(|value| values.is_null(value) || values.value(value) != name).collect();
    Ok(dictionary.normalized_keys().into_iter().map(|key| differs[key]).collect())
}

/// The columns of **motion**.
pub(crate) struct Motions<'a> {
    pub coded_order: &'a PrimitiveArray<Int32Type>,
    block: &'a PrimitiveArray<Int32Type>,
    geometry: Geometries<'a>,
    dt: [&'a PrimitiveArray<Int16Type>; 2],
    mv: [[&'a PrimitiveArray<Float32Type>; 2]; 2],
}

impl<'a> Motions<'a> {
    pub fn new(columns: &Columns<'a>) -> Result<Self> {
        Ok(Self {
            coded_order: columns.primitive("coded_order")?,
            block: columns.primitive("block")?,
            geometry: Geometries::new(columns)?,
            dt: [columns.primitive("dt0")?, columns.primitive("dt1")?],
            mv: [
                [columns.primitive("mv0_x")?, columns.primitive("mv0_y")?],
                [columns.primitive("mv1_x")?, columns.primitive("mv1_y")?],
            ],
        })
    }

    pub fn get(&self, row: usize) -> Motion {
        let vector = |[x, y]: [&PrimitiveArray<Float32Type>; 2]| Some([optional(x, row)?, optional(y, row)?]);
        Motion {
            block: self.block.value(row),
            geometry: self.geometry.get(row),
            dt: self.dt.map(|dt| optional(dt, row)),
            mv: self.mv.map(vector),
        }
    }
}
