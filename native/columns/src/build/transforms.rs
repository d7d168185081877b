//! **transforms**.

use arrow_array::RecordBatch;
use arrow_array::types::{Float32Type, Int32Type, UInt8Type, UInt16Type};
use codecorpus_bitstream::records::Picture;

use super::{Runs, TILE, Table, coded};
use crate::assemble::Context;
use crate::schema;

/// The columns as they grow.
#[derive(Debug)]
pub(super) struct Columns {
    runs: Runs,
    block: Vec<i32>,
    plane: Vec<u8>,
    geometry: [Vec<u16>; 4],
    kind: Vec<u8>,
    coefs: Vec<u16>,
    energy: Vec<f32>,
    bits: Vec<f32>,
}

impl Columns {
    pub fn with_capacity(rows: usize) -> Self {
        Self {
            runs: Runs::default(),
            block: Vec::with_capacity(rows),
            plane: Vec::with_capacity(rows),
            geometry: std::array::from_fn(|_| Vec::with_capacity(rows)),
            kind: Vec::with_capacity(rows),
            coefs: Vec::with_capacity(rows),
            energy: Vec::with_capacity(rows),
            bits: Vec::with_capacity(rows),
        }
    }

    pub fn len(&self) -> usize {
        self.block.len()
    }

    pub fn extend(&mut self, picture: &Picture) {
        let rows = &picture.transforms;
        self.runs.push(picture, rows.len());
        for rows in rows.chunks(TILE) {
            self.block.extend(rows.iter().map(|t| t.block as i32));
            self.plane.extend(rows.iter().map(|t| t.plane));
            self.geometry[0].extend(rows.iter().map(|t| t.x));
            self.geometry[1].extend(rows.iter().map(|t| t.y));
            self.geometry[2].extend(rows.iter().map(|t| t.w));
            self.geometry[3].extend(rows.iter().map(|t| t.h));
            self.kind.extend(rows.iter().map(|t| t.kind));
            self.coefs.extend(rows.iter().map(|t| t.coefs));
            self.energy.extend(rows.iter().map(|t| t.energy));
            self.bits.extend(rows.iter().map(|t| t.bits));
        }
    }

    pub fn finish(self, context: &Context) -> RecordBatch {
        let mut table = Table::new(schema::transforms(), self.block.len());
        self.runs.add_keys(&mut table, context);
        table.add_values::<Int32Type>("block", self.block);
        table.add_values::<UInt8Type>("plane", self.plane);
        for (name, values) in ["x", "y", "w", "h"].into_iter().zip(self.geometry) {
            table.add_values::<UInt16Type>(name, values);
        }
        table.add("type", coded(self.kind, context.names.transform_type));
        table.add_values::<UInt16Type>("coefs", self.coefs);
        table.add_values::<Float32Type>("energy", self.energy);
        table.add_values::<Float32Type>("bits", self.bits);
        table.finish()
    }
}
