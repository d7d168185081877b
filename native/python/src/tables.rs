//! Record batches as PyArrow's. A table's schema is made once: that of each batch, all its words with it, would cost as much
//! as the columns.

use std::collections::HashMap;

use arrow_array::ffi::FFI_ArrowArray;
use arrow_array::{Array, RecordBatch, StructArray};
use arrow_pyarrow::ToPyArrow;
use pyo3::exceptions::PyValueError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

/// The schema of one of the tables that are read out of bitstreams.
#[pyfunction]
pub fn schema(py: Python<'_>, table: &str) -> PyResult<Py<PyAny>> {
    let schema = codecorpus_columns::schema(table).ok_or_else(|| PyValueError::new_err(format!("no table {table:?}")))?;
    Ok(schema.to_pyarrow(py)?.unbind())
}

/// Makes record batches; one of it is there.
#[derive(Debug)]
pub struct Tables {
    record_batch: Py<PyAny>,
    schemas: HashMap<&'static str, Py<PyAny>>,
}

impl Tables {
    pub fn get(py: Python<'_>) -> PyResult<&'static Self> {
        static TABLES: PyOnceLock<Tables> = PyOnceLock::new();
        TABLES.get_or_try_init(py, || {
            let schemas = ["frames", "blocks", "motion", "transforms"].map(|table| Ok((table, schema(py, table)?)));
            Ok(Self {
                record_batch: py.import("pyarrow")?.getattr("RecordBatch")?.unbind(),
                schemas: schemas.into_iter().collect::<PyResult<_>>()?,
            })
        })
    }

    /// Rows of the table `name`, whose memory stays where it is (the Arrow C data interface).
    pub fn batch<'py>(&self, py: Python<'py>, name: &str, rows: &RecordBatch) -> PyResult<Bound<'py, PyAny>> {
        let mut array = FFI_ArrowArray::new(&StructArray::from(rows.clone()).to_data());
        let arguments = (&raw mut array as usize, &self.schemas[name]);
        self.record_batch.bind(py).call_method1(intern!(py, "_import_from_c"), arguments)
    }
}
